import FeedModel
import FoundationEssentials
import Storage
import TestSupport
import Testing

@Suite struct VoteTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)
    private let feed = Feed(url: "https://a.example/feed")

    private func vote(_ entry: String, isFor: Bool = true, after seconds: Double = 0) -> Vote {
        Vote(
            entry: EntryID(entry), isFor: isFor, at: now.addingTimeInterval(seconds),
            labels: ["both in the title", "دونوں"])
    }

    @Test func `votes are read back oldest first; a new one on the same entry replaces the old; one can be taken back`()
        async throws
    {
        let store = try Store(path: ":memory:")
        try await store.cast(vote("b", after: 1))
        try await store.cast(vote("a"))
        try await store.cast(vote("b", isFor: false, after: 2))
        #expect(try await store.votes() == [vote("a"), vote("b", isFor: false, after: 2)])
        #expect(try await store.withdrawVote(on: EntryID("a")))
        #expect(try await store.withdrawVote(on: EntryID("a")) == false)
        #expect(try await store.votes().map(\.entry.text) == ["b"])
    }

    @Test func `a vote is cast beside the process that has the store, and that process sees it`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/durbeen.sqlite"
        #expect(throws: StoreError.self) { try Store(amendingBeside: path) }
        let daemon = try Store(path: path)
        try await Store(amendingBeside: path).cast(vote("a"))
        #expect(try await daemon.votes() == [vote("a")])
        try await daemon.setFeeds([feed], now: now)
        #expect(try await Store(readingOnly: path).votes() == [vote("a")])
    }

    @Test(arguments: [(EntryKind?.some(.job), true, EntryKind?.some(.job)), (.job, false, nil), (nil, true, nil)])
    func `the kind of an entry is kept for what is shown`(
        kind: EntryKind?, isRelevant: Bool, kept: EntryKind?
    ) async throws {
        let store = try Store(path: ":memory:")
        try await store.setFeeds([feed], now: now)
        let watch = Watch(name: "W", topic: "technology", area: .economy, threshold: 6)
        let entry = Entry(
            id: EntryID("e"), feedURL: feed.url, title: "Now hiring", kind: kind,
            identity: EntryIdentity(keys: ["k"]))
        let matches = isRelevant ? [Match(watch: watch, score: 9, hits: [])] : []
        let matched = MatchedEntry(
            entry: entry, verdict: Verdict(matches: matches, relevance: 1), firstSeen: now, isFirstFill: false)
        try await store.commit(
            CheckResult(
                feedURL: feed.url, at: now, state: FeedState(), outcome: .updated(new: 1, matched: 1),
                entries: [matched]))
        #expect(try await store.entry(EntryID("e"))?.entry.kind == kept)
    }
}
