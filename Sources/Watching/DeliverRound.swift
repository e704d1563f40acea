import FeedModel
import FoundationEssentials
import Matching
import Storage
import Transfers

/// An outbox full of messages handed to one mail server by the daemon's own code, with no limit to the rate: for measuring
/// against a server of one's own, and for nothing else.
public struct DeliverRound: Sendable {
    private let store: Store
    private let run: DeliveryRun

    /// How a round ended.
    public struct Summary: Sendable {
        public var delivered: Int
        public var deferred: Int
        public var failed: Int
    }

    /// - Parameters:
    ///   - port: of a server on this machine that takes mail in the clear.
    ///   - folder: holds the store, which is made if there is none.
    /// - Throws: what kept the store from being opened.
    public init(port: Int, folder: String) throws {
        var configuration = Configuration()
        configuration.state.folder = folder
        configuration.mail.host = "127.0.0.1"
        configuration.mail.port = port
        configuration.mail.tls = .none
        configuration.mail.from = "durbeen@localhost"
        configuration.mail.rate = 0
        configuration.mail.dailyCap = 0
        store = try Store(path: configuration.state.storePath)
        run = DeliveryRun(
            store: store, configuration: configuration, fetcher: Fetcher(Wiring.fetchSettings(configuration.fetch)),
            time: .system, log: .silent)
    }

    /// Puts `count` messages into the outbox, each with this head and the body that all share.
    public func fill(head: [UInt8], body: [UInt8], count: Int) async throws {
        let now = run.time.now()
        let key = DigestKey(profile: "bench \(timestamp(now))", date: LocalDate(year: 2026, month: 1, day: 1))
        let deliveries = (0..<count).map { number in
            Delivery(
                id: "\(key) \(number)", digest: key, sink: .mail, recipient: "reader@localhost",
                files: [FrozenFile(fileExtension: "eml", bytes: head, shared: body)], nextAttempt: now)
        }
        let record = DigestRecord(
            key: key, id: "bench", madeAt: now, from: nil, to: now, stories: 0, entries: 0, json: [])
        try await store.allocate(record, entries: [], deliveries: deliveries)
    }

    /// Makes a digest of `stories` unlike stories for `readers` recipients and freezes a message for each.
    ///
    /// - Returns: how many stories and messages came of it.
    public func freeze(stories: Int, readers: Int) async throws -> (stories: Int, messages: Int) {
        let now = run.time.now()
        let feed = Feed(url: "https://bench.example/feed", title: "Bench")
        try await store.setFeeds([feed], now: now)
        try await store.commit(
            CheckResult(
                feedURL: feed.url, at: now, state: FeedState(), outcome: .updated(new: stories, matched: stories),
                entries: (0..<stories).map { Self.entry($0, of: feed, at: now) }))
        var profile = Configuration.Profile()
        profile.name = "bench"
        profile.sinks = [.mail]
        profile.to = (0..<readers).map { "reader\($0)@bench.example" }
        let digests = DigestRun(
            store: store, configuration: run.configuration, feeds: [feed], installation: store.installationID)
        let request = DigestRun.Request(
            profile: profile, date: LocalDate(year: 2026, month: 1, day: 2), cutoff: now.addingTimeInterval(1))
        guard case .made(let digest, _) = try await digests.make(request, now: now) else { return (0, 0) }
        return (digest.allStories.count, try await store.deliveries(in: [.frozen], withFiles: false).count)
    }

    private static func entry(_ number: Int, of feed: Feed, at now: Date) -> MatchedEntry {
        let topics = ["trade-investment", "technology", "defence", "critical-minerals", "diplomacy-regional"]
        let watch = FeedModel.Watch(
            name: topics[number % 5], topic: topics[number % 5], area: Area.allCases[number % 4], threshold: 6)
        // Words of their own for each, as stories have; else they would all be one.
        let words = (0..<60).map { "word\(number * 977 % 4099)x\($0 * (number + 3) % 997)" }
        let body = "Pakistan and the United States agree. " + words.joined(separator: " ") + "."
        let entry = Entry(
            id: EntryID("bench-\(number)"), feedURL: feed.url, title: words.prefix(9).joined(separator: " "),
            url: "https://bench.example/\(number)", summary: body, body: body,
            published: now.addingTimeInterval(-3600),
            identity: EntryIdentity(keys: [IdentityKey(high: UInt64(number), low: 0)]))
        let hit = Hit(line: 1, field: .body, start: 0, end: 8, text: "Pakistan", points: 9)
        return MatchedEntry(
            entry: entry, verdict: Verdict(matches: [Match(watch: watch, score: 9, hits: [hit])], relevance: 0.5),
            firstSeen: now)
    }

    /// Hands over all that waits.
    public func deliver() async throws -> Summary {
        let summary = try await run.deliverDue()
        return Summary(delivered: summary.delivered, deferred: summary.deferred, failed: summary.failed)
    }

    public func end() async {
        await run.fetcher.stop()
        await store.close()
    }
}
