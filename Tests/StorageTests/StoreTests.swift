import FeedModel
import FoundationEssentials
import Storage
import TestSupport
import Testing

@Suite struct StoreTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)
    private let feed = Feed(url: "https://a.example/feed", title: "A")

    private func store(with feeds: [Feed]? = nil) async throws -> Store {
        let store = try Store(path: ":memory:")
        try await store.setFeeds(feeds ?? [feed], now: now)
        return store
    }

    private func identity(_ name: String) -> EntryIdentity {
        EntryIdentity(keys: ["k-" + name], looseKeys: ["l-" + name])
    }

    private func matched(_ name: String, relevant: Bool = true, firstFill: Bool = false, published: Date? = nil)
        -> MatchedEntry
    {
        let entry = Entry(
            id: EntryID("id-" + name), feedURL: feed.url, title: "Title \(name)", url: "https://a.example/\(name)",
            summary: "Reko Diq and résumé", authors: ["Someone"], tags: ["x"], published: published,
            identity: identity(name))
        let watch = Watch(name: "W", topic: "technology", area: .economy, threshold: 6)
        let hit = Hit(line: 3, field: .title, start: 0, end: 5, text: "Title", points: 6)
        let matches = relevant ? [Match(watch: watch, score: 9, hits: [hit])] : []
        return MatchedEntry(
            entry: entry, verdict: Verdict(matches: matches, relevance: 0.5), firstSeen: now, isFirstFill: firstFill)
    }

    private func commit(_ entries: [MatchedEntry], to store: Store, state: FeedState = FeedState()) async throws {
        try await store.commit(
            CheckResult(
                feedURL: feed.url, at: now, state: state, outcome: .updated(new: entries.count, matched: 0),
                entries: entries))
    }

    private func record(_ edition: Int = 1, to: Date? = nil) throws -> DigestRecord {
        let date = try #require(LocalDate("2026-11-25"))
        return DigestRecord(
            key: DigestKey(profile: "p", date: date, edition: edition), id: "d\(edition)", madeAt: now, from: nil,
            to: to ?? now,
            stories: 1, entries: 1, json: [1, 2])
    }

    @Test func `P-61: the share of a feed's entries that watches accept follows what is judged of them now`()
        async throws
    {
        let store = try await store()
        var state = FeedState()
        state.rate = PublishingRate(items: 8, matched: 4, days: 30, at: now)
        try await commit(
            ["1", "2", "3", "4"].map { matched($0, relevant: $0 < "3") }, to: store, state: state)
        try await store.recountMatches(since: now)
        #expect(try await store.feedState(feed.url)?.rate.matched == 4)
        let verdict = matched("3").verdict
        try await store.rewrite([(matched("3").entry, verdict)], delivers: false)
        try await store.recountMatches(since: now.addingTimeInterval(1))
        #expect(try await store.feedState(feed.url)?.rate.matched == 4)
        try await store.recountMatches(since: now)
        #expect(try await store.feedState(feed.url)?.rate == PublishingRate(items: 8, matched: 6, days: 30, at: now))
    }

    @Test func `P-13: entries, matches, validators and due time are written together and read back`() async throws {
        let store = try await store()
        var state = FeedState()
        state.validators = Validators(etag: [0x22, 0xFF, 0x22], lastModified: Array("Tue".utf8))
        state.validatorsURL = feed.url
        state.nextCheck = now.addingTimeInterval(3600)
        state.interval = .seconds(3600)
        let entry = matched("1")
        try await commit([entry], to: store, state: state)
        #expect(try await store.feeds() == [FeedRecord(feed: feed, state: state)])
        let read = try #require(try await store.entry(EntryID("id-1")))
        #expect(read.verdict.matches == entry.verdict.matches)
        #expect(read.entry.title == entry.entry.title)
    }

    @Test func `R8: an entry is known by any of its keys, and of several alike only the first is new`() async throws {
        let store = try await store()
        try await commit([matched("1")], to: store)
        let again = EntryIdentity(keys: ["k-other", "k-1"])
        #expect(try await store.unseen([again, identity("2"), identity("2")], in: feed.url) == [false, true, false])
    }

    @Test func `R8: one key in two feeds hides nothing`() async throws {
        let other = Feed(url: "https://b.example/feed")
        let store = try await store(with: [feed, other])
        try await commit([matched("1")], to: store)
        #expect(try await store.unseen([identity("1")], in: other.url) == [true])
    }

    @Test func `D2: when every id of a known feed changes at once, links and titles are believed`() async throws {
        let store = try await store()
        try await commit((0..<10).map { matched("\($0)") }, to: store)
        let churned = (0..<10).map { EntryIdentity(keys: ["new-\($0)"], looseKeys: ["l-\($0)"]) }
        let really = EntryIdentity(keys: ["new-x"], looseKeys: ["l-x"])
        #expect(try await store.unseen(churned + [really], in: feed.url) == Array(repeating: false, count: 10) + [true])
    }

    @Test func `M-03: what is allocated to a profile is not offered to it again, but to others`() async throws {
        let store = try await store()
        try await commit([matched("1"), matched("2", relevant: false)], to: store)
        let cutoff = now.addingTimeInterval(1)
        #expect(try await store.unallocated(for: "p", before: cutoff, firstFill: .all).map(\.entry.id.text) == ["id-1"])
        try await store.allocate(record(), entries: [EntryID("id-1")], deliveries: [])
        #expect(try await store.unallocated(for: "p", before: cutoff, firstFill: .all).isEmpty)
        #expect(try await store.unallocated(for: "q", before: cutoff, firstFill: .all).count == 1)
        #expect(try await store.unallocated(for: "q", before: now, firstFill: .all).isEmpty)
    }

    @Test func `M-04: a digest that exists, or an entry allocated before, leaves nothing written`() async throws {
        let store = try await store()
        try await commit([matched("1")], to: store)
        try await store.allocate(record(), entries: [EntryID("id-1")], deliveries: [])
        await #expect(throws: StoreError.self) { try await store.allocate(record(), entries: [], deliveries: []) }
        await #expect(throws: StoreError.self) {
            try await store.allocate(record(2), entries: [EntryID("id-1")], deliveries: [])
        }
        #expect(try await store.editions(of: "p", on: try #require(LocalDate("2026-11-25"))) == 1)
    }

    @Test(arguments: [(FirstFill.recent(.seconds(7 * 86_400)), 2), (.all, 3), (.none, 0)])
    func `M-16: what a new feed's first check contributes`(choice: FirstFill, count: Int) async throws {
        let store = try await store()
        try await commit(
            [
                matched("old", firstFill: true, published: now.addingTimeInterval(-30 * 86_400)),
                matched("new", firstFill: true, published: now.addingTimeInterval(-3600)),
                matched("undated", firstFill: true),
            ], to: store)
        #expect(
            try await store.unallocated(for: "p", before: now.addingTimeInterval(1), firstFill: choice).count == count)
    }

    @Test func `M-06: a delivery goes through its states, and only an open one is due`() async throws {
        let store = try await store()
        let file = FrozenFile(fileExtension: "eml", bytes: [0, 13, 10, 255])
        let delivery = Delivery(
            id: "x", digest: try record().key, sink: .mail, recipient: "a@b.example", files: [file], nextAttempt: now)
        try await store.allocate(record(), entries: [], deliveries: [delivery])
        #expect(try await store.dueDeliveries(now: now) == [delivery])
        try await store.markSending("x", at: now)
        try await store.markDeferred("x", error: "451", nextAttempt: now.addingTimeInterval(60), at: now)
        #expect(try await store.dueDeliveries(now: now).isEmpty)
        let later = try await store.dueDeliveries(now: now.addingTimeInterval(60))
        #expect(later.map(\.attempts) == [1])
        #expect(later.first?.files == [file])
        try await store.markDelivered("x", at: now)
        #expect(try await store.nextDeliveryTime() == nil)
        #expect(try await store.status().outbox == [.accepted: 1])
    }

    @Test func `any text is a valid search`() async throws {
        let store = try await store()
        try await commit([matched("1")], to: store)
        #expect(try await store.search("resume diq", limit: 10).count == 1)
        for query in ["\"", "AND OR (", "title:*", "*", "a\0b", "reko*"] {
            _ = try await store.search(query, limit: 10)
        }
    }
}

@Suite struct StoreFileTests {
    @Test func `P-25: a second process on the same store is refused, with its number`() async throws {
        let folder = try TemporaryDirectory()
        let store = try Store(path: folder.path + "/s.sqlite")
        #expect(
            throws: StoreError.inUse(
                path: folder.path + "/s.sqlite", pid: Int(ProcessInfo.processInfo.processIdentifier))
        ) {
            try Store(path: folder.path + "/s.sqlite")
        }
        await store.close()
    }

    @Test(arguments: ["", "not a database at all, but long enough to look"])
    func `R18: a damaged file is refused and left as it is`(content: String) throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        try Data(content.utf8).write(to: URL(filePath: path))
        #expect(throws: StoreError.self) { try Store(path: path) }
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(content.utf8))
    }

    @Test func `M-08: what was being sent when the process ended is unknown, and due, when it starts again`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let now = Date(timeIntervalSince1970: 1_795_600_000)
        let key = DigestKey(profile: "p", date: LocalDate(daysSince1970: 20_000))
        do {
            let store = try Store(path: path)
            try await store.allocate(
                DigestRecord(key: key, id: "d", madeAt: now, from: nil, to: now, stories: 0, entries: 0, json: []),
                entries: [],
                deliveries: [Delivery(id: "x", digest: key, sink: .mail, recipient: "a@b", files: [], nextAttempt: now)]
            )
            try await store.markSending("x", at: now)
            await store.close()
        }
        let store = try Store(path: path)
        #expect(try await store.dueDeliveries(now: now).map(\.state) == [.unknown])
    }

    @Test func `a reader opens the store beside the process that writes`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let writer = try Store(path: path)
        try await writer.setFeeds([Feed(url: "https://a.example/")], now: Date(timeIntervalSince1970: 0))
        let reader = try Store(readingOnly: path)
        #expect(try await reader.feeds().count == 1)
        #expect(reader.installationID == writer.installationID)
    }
}
