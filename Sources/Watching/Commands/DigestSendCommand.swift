import Digests
import FeedModel
import FoundationEssentials
import Storage
import Transfers

extension Commands {
    /// Sends one address the digest that a profile would get now. Nothing is allocated and nothing written down: the
    /// profile's own digest will hold it all (M-14).
    ///
    /// - Parameter name: nil for the only profile there is.
    public func digestSend(to recipient: String, as name: String?) async -> ExitCode {
        guard isMailAddress(recipient) else {
            output.error("digest send: \(recipient): not a mail address; write it as in reader@your-domain.example")
            return .usage
        }
        do throws(Ended) {
            let wiring = try loadWiring()
            let configuration = wiring.configuration
            let profile = try profile(named: name, in: configuration)
            guard !configuration.mail.from.isEmpty else {
                throw undeliverable("names no sender; write from under [mail]")
            }
            let store = try openStore(configuration, readingOnly: true)
            let message = try await testMessage(to: recipient, profile, wiring, store)
            let result = await handOver(message, to: recipient, wiring)
            await wiring.fetcher.stop()
            await store.close()
            do throws(DeliveryError) { try result.get() } catch { throw undeliverable("\(error); nothing was sent") }
            output.line("sent to \(recipient); nothing counts as sent")
            return .success
        } catch { return error.code }
    }

    private func profile(named name: String?, in configuration: Configuration) throws(Ended) -> Configuration.Profile {
        let names = configuration.profiles.map(\.name)
        guard let name else {
            if names.count == 1 { return configuration.profiles[0] }
            output.error("digest send: \(names.isEmpty ? "there is no profile" : "which profile?"); write --as PROFILE")
            throw Ended(code: .usage)
        }
        if let profile = configuration.profiles.first(where: { $0.name == name }) { return profile }
        let near = nearest(to: name, among: names)
        let hint = near.map { "did you mean \($0)?" } ?? "write one of \(names.joined(separator: ", "))"
        output.error("digest send: --as \(name): no such profile; \(hint)")
        throw Ended(code: .usage)
    }

    private func undeliverable(_ why: String) -> Ended {
        output.error("digest send: \(configurationPath): \(why)")
        return Ended(code: .nothingToDeliverTo)
    }

    private func testMessage(
        to recipient: String, _ profile: Configuration.Profile, _ wiring: Wiring, _ store: Store
    ) async throws(Ended) -> [UInt8] {
        let now = TimeSource.system.now()
        let date = Zone(named: profile.zone).date(at: now)
        // Its Message-ID must differ from that of any real edition, which would else be dropped as a copy of this one.
        let installation = "test \(timestamp(now)) \(store.installationID)"
        let run = DigestRun(
            store: store, configuration: wiring.configuration, feeds: wiring.feeds, installation: installation)
        let request = DigestRun.Request(profile: profile, date: date, cutoff: now, notes: ["This is a test edition."])
        let digest: Digest
        do throws(StoreError) {
            digest = try await run.compose(request, key: DigestKey(profile: profile.name, date: date), now: now)
        } catch { throw said(error) }
        // As a reader gets it, with an address to unsubscribe at that is nobody's.
        return run.mail(digest, to: recipient, for: profile, frozenAt: now, isTest: true).bytes
    }

    /// Through the mail server where one is configured, else through sendmail.
    private func handOver(
        _ message: [UInt8], to recipient: String, _ wiring: Wiring
    ) async -> Result<Void, DeliveryError> {
        let configuration = wiring.configuration
        do throws(DeliveryError) {
            if !configuration.mail.host.isEmpty {
                do {
                    let server = try configuration.mail.server(caFile: configuration.fetch.caFile)
                    try await wiring.fetcher.submit(message, from: configuration.mail.from, to: recipient, via: server)
                } catch let error as DeliveryError { throw error } catch {
                    throw .permanent("\(error)")
                }
                return .success(())
            }
            guard isProgram(configuration.sendmail.path) else {
                throw .permanent(
                    "names no mail server, and there is no \(configuration.sendmail.path); write host under [mail]")
            }
            let delivery = Delivery(
                id: "test", digest: DigestKey(profile: "test", date: LocalDate(year: 1970, month: 1, day: 1)),
                sink: .sendmail, recipient: recipient, files: [FrozenFile(fileExtension: "eml", bytes: message)],
                nextAttempt: Date(timeIntervalSince1970: 0))
            try await SendmailSink(path: configuration.sendmail.path).deliver(delivery, from: configuration.mail.from)
            return .success(())
        } catch { return .failure(error) }
    }
}
