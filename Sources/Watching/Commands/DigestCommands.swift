import Digests
import FeedModel
import FoundationEssentials
import Storage

// `digest list`, `show`, `preview` and `replay`.

extension Commands {
    /// The formats a digest can be printed in, as the command line names them.
    public static let digestFormats: [String] = DigestFormat.allCases.map(\.rawValue)

    /// `digest list`.
    public func digestList(json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            let records = try await store.digests(of: nil, limit: 100)
            if json {
                let all = records.map { record in
                    JSON.object([
                        "key": .string("\(record.key)"), "made_at": .string(timestamp(record.madeAt)),
                        "stories": .integer(Int64(record.stories)), "entries": .integer(Int64(record.entries)),
                    ])
                }
                output.json(.array(all))
            } else {
                for record in records {
                    output.line("\(record.key)  \(record.stories) stories, \(record.entries) entries")
                }
                if records.isEmpty { output.line("no digests yet") }
            }
            return .success
        }
    }

    /// `digest show`: a digest that was made, in any format. What was frozen in that format is printed as it is.
    ///
    /// - Parameters:
    ///   - key: `PROFILE/YYYY-MM-DD`; `latest` stands for the newest.
    ///   - format: one of `digestFormats`.
    public func digestShow(key: String, format name: String) async -> ExitCode {
        guard let format = DigestFormat(rawValue: name) else { return .usage }
        return await withReader { (store) throws(StoreError) in
            guard let (record, deliveries) = try await found(key, in: store) else { return wrongKey(key) }
            if let frozen = deliveries.lazy.flatMap(\.files).first(where: { $0.fileExtension == format.fileExtension }),
                format != .json, format != .jsonfeed
            {
                output.document(String(decoding: frozen.bytes, as: UTF8.self))
                return .success
            }
            guard format != .json else {
                output.raw(String(decoding: record.json, as: UTF8.self))
                return .success
            }
            guard let digest = Self.digest(of: record) else {
                output.error("showing a digest: \(record.key): its record cannot be read; durbeen digest list")
                return .wrong
            }
            show(digest, as: format)
            return .success
        }
    }

    /// `digest preview`: what a digest made now would hold, with nothing written.
    public func digestPreview(profile name: String?, format formatName: String) async -> ExitCode {
        guard let format = DigestFormat(rawValue: formatName) else { return .usage }
        do throws(Ended) {
            let wiring = try loadWiring()
            let names = wiring.configuration.profiles.map(\.name)
            if let name, !names.contains(name) {
                let near = nearest(to: name, among: names).map { "did you mean \($0)?" }
                output.error(
                    "digest preview: \(name): no such profile; \(near ?? "write one of \(names.joined(separator: ", "))")"
                )
                return .usage
            }
            let store = try openStore(wiring.configuration, readingOnly: true)
            for profile in wiring.configuration.profiles where name == nil || profile.name == name {
                guard let calendar = DigestCalendar(profile) else { continue }
                let now = TimeSource.system.now()
                let date = calendar.zone.date(at: now)
                let run = DigestRun(
                    store: store, configuration: wiring.configuration, feeds: wiring.feeds,
                    installation: store.installationID)
                do throws(StoreError) {
                    let digest = try await run.compose(
                        DigestRun.Request(profile: profile, date: date, cutoff: now),
                        key: DigestKey(profile: profile.name, date: date), now: now)
                    show(digest, as: format)
                } catch { throw said(error) }
            }
            return .success
        } catch { return error.code }
    }

    private func show(_ digest: Digest, as format: DigestFormat) {
        if format == .text, output.isTerminal {
            output.styled(terminalText(digest, width: output.width, color: environment["NO_COLOR"] == nil))
        } else {
            output.document(String(decoding: render(digest, as: format), as: UTF8.self))
        }
    }

    /// `digest replay`: makes every frozen file of a digest again from its record and compares the bytes (M-14). Exit code 1 if
    /// one differs, as it may after an update of the program.
    public func digestReplay(key: String, json: Bool) async -> ExitCode {
        do throws(Ended) {
            let configuration = try loadConfiguration()
            let store = try openStore(configuration, readingOnly: true)
            do throws(StoreError) {
                guard let (record, deliveries) = try await found(key, in: store) else { return wrongKey(key) }
                guard let digest = Self.digest(of: record) else {
                    output.error("replaying a digest: \(record.key): its record cannot be read; durbeen digest list")
                    return .wrong
                }
                let replay = DigestReplay(
                    digest: digest, record: record,
                    run: DigestRun(
                        store: store, configuration: configuration, feeds: [], installation: store.installationID))
                let results = replay.compare(deliveries)
                show(results, of: record.key, json: json)
                return results.allSatisfy(\.isSame) ? .success : .wrong
            } catch { throw said(error) }
        } catch { return error.code }
    }

    private func show(_ results: [DigestReplay.Result], of key: DigestKey, json: Bool) {
        if json {
            output.json(
                .array(
                    results.map {
                        .object([
                            "sink": .string($0.sink.rawValue), "to": .string($0.recipient), "file": .string($0.file),
                            "sha256": .string($0.hash), "same": .bool($0.isSame),
                        ])
                    }))
            return
        }
        for result in results {
            let place = [result.sink.rawValue, result.recipient].filter { !$0.isEmpty }.joined(separator: " ")
            output.line("\(result.isSame ? "same   " : "DIFFERS") \(result.hash.prefix(16)) \(place) .\(result.file)")
        }
        if results.isEmpty { output.line("\(key): no frozen bytes are kept any more") }
    }

    private func found(
        _ key: String, in store: Store
    ) async throws(StoreError) -> (record: DigestRecord, deliveries: [Delivery])? {
        if let key = DigestKey(key) { return try await store.digest(key) }
        guard key == "latest", let newest = try await store.digests(of: nil, limit: 1).first else { return nil }
        return try await store.digest(newest.key)
    }

    private func wrongKey(_ key: String) -> ExitCode {
        guard key == "latest" || DigestKey(key) != nil else {
            output.error("showing a digest: \"\(key)\" is no key; write PROFILE/YYYY-MM-DD or latest")
            return .usage
        }
        output.error("showing a digest: there is no \(key); see durbeen digest list")
        return .wrong
    }

    private static func digest(of record: DigestRecord) -> Digest? {
        // What is no JSON is no record of ours: the caller says so.
        (try? JSON(reading: record.json)).flatMap { Digests.digest(reading: $0) }
    }
}
