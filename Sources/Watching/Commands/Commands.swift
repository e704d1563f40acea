import Digests
import FeedModel
import FoundationEssentials
import Glibc
import Matching
import Parsing
import Storage
import Transfers

public let durbeenVersion = "0.1.0"

/// What the command line asks for. Each command takes values, writes to `output`, and answers with an exit code.
public struct Commands: Sendable {
    let configurationPath: String
    let environment: [String: String]
    let output: Output

    public init(configurationPath: String?, environment: [String: String], output: Output) {
        self.configurationPath =
            configurationPath ?? environment["DURBEEN_CONFIG"] ?? "/etc/durbeen/durbeen.toml"
        self.environment = environment
        self.output = output
    }

    public struct OnceOptions: Sendable {
        public var all = false
        public var force = false
        public var full = false
        public var digestNow = false
        public var json = false

        public init() {}
    }
}

/// A command that cannot go on; what was to be said has been said.
struct Ended: Error { var code: ExitCode }

extension Commands {
    func loadConfiguration() throws(Ended) -> Configuration {
        do { return try Configuration.load(path: configurationPath, environment: environment) } catch {
            for one in error.errors { output.error("reading the configuration: \(one)") }
            throw Ended(code: .configuration)
        }
    }

    func loadWiring() throws(Ended) -> Wiring {
        let configuration = try loadConfiguration()
        do { return try Wiring.load(configuration) } catch {
            for line in error.lines { output.error("reading the configuration: \(line)") }
            throw Ended(code: .configuration)
        }
    }

    func openStore(_ configuration: Configuration, readingOnly: Bool = false) throws(Ended) -> Store {
        guard !configuration.state.folder.isEmpty else {
            output.error(
                "opening the store: \(configuration.path): [state] folder is not given and $STATE_DIRECTORY is not set; "
                    + "write folder = \"/var/lib/durbeen\" under [state]")
            throw Ended(code: .configuration)
        }
        let path = configuration.state.storePath
        do { return readingOnly ? try Store(readingOnly: path) : try Store(path: path) } catch { throw said(error) }
    }

    func said(_ error: StoreError) -> Ended {
        output.error("\(error)")
        return Ended(code: error.exitCode)
    }
}

extension StoreError {
    var exitCode: ExitCode {
        switch self {
        case .inUse: .storeInUse
        case .damaged: .storeDamaged
        default: .storeCannotBeOpened
        }
    }
}

// MARK: run and once

extension Commands {
    /// The daemon.
    public func run() async -> ExitCode {
        // Before anything else: a signal that comes while the watchlists load must not end the process.
        let signals = Signals()
        do throws(Ended) {
            let wiring = try loadWiring()
            let log = Log.standardError(
                level: wiring.configuration.log.level, journal: environment["JOURNAL_STREAM"] != nil)
            if wiring.configuration.fetch.contact == nil {
                log(.warning, "fetch.contact is unset: webmasters cannot reach you", ["file": configurationPath])
            }
            let store = try openStore(wiring.configuration)
            let reload: @Sendable () throws(WiringErrors) -> Wiring = {
                [configurationPath, environment] () throws(WiringErrors) in
                let configuration: Configuration
                do throws(ConfigurationErrors) {
                    configuration = try Configuration.load(path: configurationPath, environment: environment)
                } catch { throw WiringErrors(lines: error.errors.map(\.description)) }
                return try Wiring.load(configuration)
            }
            var watch = Watch(
                wiring: wiring, store: store, time: .system, log: log,
                service: ServiceManager(environment: environment),
                reload: reload)
            return await watch.run(signals: signals)
        } catch { return error.code }
    }

    /// One round, and on request digests.
    public func once(_ options: OnceOptions) async -> ExitCode {
        do throws(Ended) {
            let wiring = try loadWiring()
            let store = try openStore(wiring.configuration)
            let log = Log(level: .error, forJournal: false) { _ in }
            let round = OnceRound(wiring: wiring, store: store, time: .system, log: log)
            var asked = OnceRound.Options()
            asked.all = options.all
            asked.force = options.force
            asked.full = options.full
            asked.digestNow = options.digestNow
            let summary: OnceRound.Summary
            do throws(StoreError) {
                summary = try await round.run(asked) { [output] done, total in
                    output.progress("checked \(done) of \(total) feeds")
                }
            } catch { throw said(error) }
            output.endProgress()
            await wiring.fetcher.stop()
            await store.close()
            if options.json { output.raw(summary.json.text(indented: true) + "\n") } else { show(summary, options) }
            return summary.reachedNone ? .wrong : .success
        } catch { return error.code }
    }

    private func show(_ summary: OnceRound.Summary, _ options: OnceOptions) {
        output.line(
            "\(summary.checked) feeds checked: \(summary.updated) read, \(summary.unchanged) unchanged, "
                + "\(summary.failures.count) failed; \(summary.newEntries) new entries, \(summary.matched) matched")
        for (feed, failure) in summary.failures {
            output.line("  failed: \(feed.title.isEmpty ? feed.url : feed.title): \(failure)")
        }
        if !summary.paused.isEmpty {
            output.line("  \(summary.paused.count) feeds asked to be left alone (--force asks them too)")
        }
        for made in summary.digests {
            if let digest = made.digest {
                output.line("digest \(made.key): \(digest.stories.count) stories")
            } else {
                output.line("digest \(made.key.profile)/\(made.key.date): nothing new, no edition")
            }
        }
        for path in summary.delivery.paths { output.line("  \(path)") }
        if options.digestNow, summary.delivery.deferred + summary.delivery.failed > 0 {
            output.line(
                "  not delivered yet: \(summary.delivery.deferred) will be tried again, \(summary.delivery.failed) failed"
            )
        }
    }
}

extension OnceRound.Summary {
    var json: JSON {
        .object([
            "checked": .integer(Int64(checked)), "updated": .integer(Int64(updated)),
            "unchanged": .integer(Int64(unchanged)),
            "new": .integer(Int64(newEntries)), "matched": .integer(Int64(matched)), "paused": .strings(paused),
            "failed": .array(
                failures.map {
                    .object([
                        "url": .string($0.feed.url), "class": .string($0.failure.kind.rawValue),
                        "why": .string($0.failure.message),
                    ])
                }),
            "digests": .array(
                digests.map {
                    .object(["key": .string("\($0.key)"), "stories": .integer(Int64($0.digest?.stories.count ?? 0))])
                }), "paths": .strings(delivery.paths), "deferred": .integer(Int64(delivery.deferred)),
            "undeliverable": .integer(Int64(delivery.failed)),
        ])
    }
}

// MARK: status, digest, search

extension Commands {
    public func status(json: Bool) async -> ExitCode {
        do throws(Ended) {
            let configuration = try loadConfiguration()
            let store = try openStore(configuration, readingOnly: true)
            do throws(StoreError) {
                let status = try await store.status()
                let failing = try await store.feeds().filter { $0.state.failures > 0 }
                if json {
                    output.raw(statusJSON(status, failing).text(indented: true) + "\n")
                } else {
                    show(status, failing)
                }
            } catch { throw said(error) }
            return .success
        } catch { return error.code }
    }

    private func statusJSON(_ status: StoreStatus, _ failing: [FeedRecord]) -> JSON {
        .object([
            "feeds": .integer(Int64(status.feeds)),
            "failing": .array(
                failing.map {
                    .object([
                        "url": .string($0.feed.url), "failures": .integer(Int64($0.state.failures)),
                        "why": .string($0.state.lastFailure?.message ?? ""),
                    ])
                }), "entries": .integer(Int64(status.entries)), "matched": .integer(Int64(status.matchedEntries)),
            "digests": .integer(Int64(status.digests)),
            "outbox": .object(
                DeliveryState.allCases.map { JSON.Member($0.rawValue, .integer(Int64(status.outbox[$0] ?? 0))) }),
            "last_digest": status.lastDigest.map { .string("\($0)") },
            "last_check": status.lastCheck.map { .string(timestamp($0)) },
            "next_check": status.nextCheck.map { .string(timestamp($0)) }, "bytes": .integer(Int64(status.bytes)),
        ])
    }

    private func show(_ status: StoreStatus, _ failing: [FeedRecord]) {
        output.line("feeds    \(status.feeds), \(status.feedsFailing) failing")
        output.line("entries  \(status.entries), \(status.matchedEntries) matched")
        output.line("digests  \(status.digests), last \(status.lastDigest?.description ?? "none")")
        let outbox = DeliveryState.allCases.compactMap { state in status.outbox[state].map { "\($0) \(state.rawValue)" }
        }
        output.line("outbox   \(outbox.isEmpty ? "empty" : outbox.joined(separator: ", "))")
        output.line(
            "checks   last \(status.lastCheck.map(timestamp) ?? "none"), next \(status.nextCheck.map(timestamp) ?? "none")"
        )
        for record in failing.prefix(20) {
            output.line("failing  \(record.feed.url): \(record.state.lastFailure?.message ?? "")")
        }
    }

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
                output.raw(JSON.array(all).text(indented: true) + "\n")
            } else {
                for record in records {
                    output.line("\(record.key)  \(record.stories) stories, \(record.entries) entries")
                }
                if records.isEmpty { output.line("no digests yet") }
            }
            return .success
        }
    }

    /// `digest show KEY`; `latest` stands for the newest.
    public func digestShow(key: String, json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            let record: DigestRecord?
            if key == "latest" {
                record = try await store.digests(of: nil, limit: 1).first
            } else if let key = DigestKey(key) {
                record = try await store.digest(key)?.record
            } else {
                output.error("showing a digest: \"\(key)\" is no key; write PROFILE/YYYY-MM-DD or latest")
                return .usage
            }
            guard let record else {
                output.error("showing a digest: there is no \(key); see durbeen digest list")
                return .wrong
            }
            guard !json else {
                output.raw(String(decoding: record.json, as: UTF8.self))
                return .success
            }
            let files = try await store.digest(record.key)?.deliveries.flatMap(\.files) ?? []
            if let text = files.first(where: { $0.fileExtension == "txt" }) {
                output.line(String(decoding: text.bytes, as: UTF8.self))
            } else {
                output.raw(String(decoding: record.json, as: UTF8.self))
            }
            return .success
        }
    }

    /// `digest preview`: what a digest made now would hold, with nothing written.
    public func digestPreview(profile name: String?, json: Bool) async -> ExitCode {
        do throws(Ended) {
            let wiring = try loadWiring()
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
                    let bytes = render(digest, as: json ? .json : .text)
                    output.raw(
                        json ? String(decoding: bytes, as: UTF8.self) : visible(String(decoding: bytes, as: UTF8.self)))
                } catch { throw said(error) }
            }
            return .success
        } catch { return error.code }
    }

    /// `search WORDS`.
    public func search(_ query: String, limit: Int, json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            for found in try await store.search(query, limit: limit) {
                let entry = found.entry
                if json {
                    let line = JSON.object([
                        "id": .string(entry.id.text), "title": .string(entry.title), "url": entry.url.map(JSON.string),
                        "feed": .string(entry.feedURL), "published": entry.published.map { .string(timestamp($0)) },
                        "topics": .strings(found.verdict.matches.map(\.watch.topic)),
                    ])
                    output.raw(line.text() + "\n")
                } else {
                    output.line("\(entry.title)\n  \(entry.url ?? entry.feedURL)")
                }
            }
            return .success
        }
    }

    /// `outbox list` and `outbox retry`.
    public func outbox(retry: Bool, json: Bool) async -> ExitCode {
        guard retry else {
            return await withReader { (store) throws(StoreError) in
                let open = try await store.deliveries(in: DeliveryState.allCases.filter { $0 != .accepted })
                for delivery in open {
                    let line = JSON.object([
                        "id": .string(delivery.id), "digest": .string("\(delivery.digest)"),
                        "sink": .string(delivery.sink.rawValue),
                        "to": .string(delivery.recipient), "state": .string(delivery.state.rawValue),
                        "attempts": .integer(Int64(delivery.attempts)), "error": delivery.lastError.map(JSON.string),
                    ])
                    if json {
                        output.raw(line.text() + "\n")
                    } else {
                        output.line(
                            "\(delivery.digest) \(delivery.sink.rawValue) \(delivery.recipient) \(delivery.state.rawValue): \(delivery.lastError ?? "")"
                        )
                    }
                }
                return .success
            }
        }
        do throws(Ended) {
            let wiring = try loadWiring()
            let store = try openStore(wiring.configuration)
            let time = TimeSource.system
            do throws(StoreError) {
                for dead in try await store.deliveries(in: [.failed]) {
                    _ = try await store.retryDelivery(dead.id, now: time.now())
                }
                let run = DeliveryRun(
                    store: store, configuration: wiring.configuration, fetcher: wiring.fetcher, time: time, log: .silent
                )
                let summary = try await run.deliverDue()
                output.line("\(summary.delivered) delivered, \(summary.deferred) put off, \(summary.failed) failed")
                await wiring.fetcher.stop()
                await store.close()
                return summary.failed > 0 ? .wrong : .success
            } catch { throw said(error) }
        } catch { return error.code }
    }

    private func withReader(_ body: (Store) async throws(StoreError) -> ExitCode) async -> ExitCode {
        do throws(Ended) {
            let store = try openStore(try loadConfiguration(), readingOnly: true)
            do throws(StoreError) { return try await body(store) } catch { throw said(error) }
        } catch { return error.code }
    }
}
