import FeedModel
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Storage

/// What must hold when the disk, the clock or the end of the process comes at the wrong moment.
@Suite struct HardeningTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)
    private let feed = Feed(url: "https://a.example/feed", title: "A")
    private let day: TimeInterval = 86_400

    private func entry(_ name: String, seen: Date? = nil, relevant: Bool = true) -> MatchedEntry {
        let watch = Watch(name: "W", topic: "technology", area: .economy, threshold: 6)
        return MatchedEntry(
            entry: Entry(
                id: EntryID("id-" + name), feedURL: feed.url, title: "Title \(name)", summary: "s",
                body: "body \(name)",
                identity: EntryIdentity(keys: ["k-" + name], looseKeys: ["l-" + name])),
            verdict: Verdict(matches: relevant ? [Match(watch: watch, score: 9, hits: [])] : [], relevance: 0.5),
            firstSeen: seen ?? now)
    }

    private func result(_ entries: [MatchedEntry], at: Date? = nil, seenAgain: [EntryIdentity] = []) -> CheckResult {
        CheckResult(
            feedURL: feed.url, at: at ?? now, state: FeedState(), outcome: .updated(new: entries.count, matched: 0),
            entries: entries, seenAgain: seenAgain)
    }

    private func record() -> DigestRecord {
        let key = DigestKey(profile: "p", date: LocalDate(daysSince1970: 20_000))
        return DigestRecord(key: key, id: "d", madeAt: now, from: nil, to: now, stories: 0, entries: 0, json: [])
    }

    private func storeWithDelivery() async throws -> Store {
        let store = try Store(path: ":memory:")
        let file = FrozenFile(fileExtension: "eml", bytes: [1])
        try await store.allocate(
            record(), entries: [],
            deliveries: [
                Delivery(
                    id: "x", digest: record().key, sink: .mail, recipient: "a@b.example", files: [file],
                    nextAttempt: now)
            ])
        return store
    }

    @Test func `P-13: a result for a feed that was never listed is kept, not dropped`() async throws {
        let store = try Store(path: ":memory:")
        try await store.commit(result([entry("1")]))
        #expect(try await store.entry(EntryID("id-1")) != nil)
    }

    @Test func `R8: of two entries that share any key in one document only the first is new`() async throws {
        let store = try Store(path: ":memory:")
        let two = [EntryIdentity(keys: ["a", "shared"]), EntryIdentity(keys: ["b", "shared"])]
        #expect(try await store.unseen(two, in: feed.url) == [true, false])
    }

    @Test func `R8: titles that many entries share do not hide new ones when all ids are new`() async throws {
        let store = try Store(path: ":memory:")
        let old = (0..<6).map { n in
            var old = entry("\(n)")
            old.entry.identity = EntryIdentity(keys: ["k-\(n)"], looseKeys: ["daily briefing"])
            return old
        }
        try await store.commit(result(old))
        let fresh = (10..<16).map { EntryIdentity(keys: ["k-\($0)"], looseKeys: ["link-\($0)", "daily briefing"]) }
        #expect(try await store.unseen(fresh, in: feed.url) == Array(repeating: true, count: 6))
    }

    @Test func `D2: links and titles are believed again when every id changes a second time`() async throws {
        let store = try Store(path: ":memory:")
        try await store.commit(result((0..<6).map { entry("\($0)") }))
        for round in ["a", "b", "c"] {
            let renamed = (0..<6).map { EntryIdentity(keys: ["\(round)-\($0)"], looseKeys: ["l-\($0)"]) }
            #expect(try await store.standings(of: renamed, in: feed.url) == Array(repeating: .knownLoosely, count: 6))
            try await store.commit(result([], at: now.addingTimeInterval(9 * day), seenAgain: renamed))
        }
    }

    @Test
    func `D2: an entry is known by each of the last three links or titles it had, and no longer by the one before`()
        async throws
    {
        let store = try Store(path: ":memory:")
        try await store.commit(result((0..<6).map { entry("\($0)") }))
        for version in 1...4 {
            let edited = (0..<6).map { n in
                EntryIdentity(
                    keys: ["k-\(n)"], looseKeys: ["link-\(n)-\(version)", "title-\(n)-\(version)"],
                    fingerprint: UInt64(version))
            }
            // What is shown as it was changes nothing.
            for _ in 0..<2 { try await store.commit(result([], seenAgain: edited)) }
        }
        for version in 1...4 {
            let renamed = (0..<6).map { n in EntryIdentity(keys: ["new-\(n)"], looseKeys: ["title-\(n)-\(version)"]) }
            let standing: Standing = version > 1 ? .knownLoosely : .new
            #expect(try await store.standings(of: renamed, in: feed.url) == Array(repeating: standing, count: 6))
        }
    }

    @Test func `D2: a title that one entry had and another has now tells neither`() async throws {
        let store = try Store(path: ":memory:")
        try await store.commit(result((0..<6).map { entry("\($0)") }))
        var second = entry("again")
        second.entry.identity = EntryIdentity(keys: ["k-again"], looseKeys: ["l-0"])
        try await store.commit(result([second]))
        let renamed = (0..<6).map { EntryIdentity(keys: ["new-\($0)"], looseKeys: ["l-\($0)"]) }
        let expected: [Standing] = [.new] + Array(repeating: .knownLoosely, count: 5)
        #expect(try await store.standings(of: renamed, in: feed.url) == expected)
    }

    @Test func `R14: entries read while the clock was ten years ahead reach a digest when it is back`() async throws {
        let store = try Store(path: ":memory:")
        try await store.commit(result([entry("1", seen: now.addingTimeInterval(3650 * day))]))
        let waiting = try await store.unallocated(for: "p", before: now, firstFill: .all, now: now)
        #expect(waiting.map(\.entry.id.text) == ["id-1"])
    }

    @Test func `R14: a clock that jumps ten years ahead does not empty the store`() async throws {
        let store = try Store(path: ":memory:")
        try await store.commit(result([entry("1")]))
        _ = try await store.prune(Retention(), now: now)
        _ = try await store.prune(Retention(), now: now.addingTimeInterval(3650 * day))
        _ = try await store.prune(Retention(), now: now)
        #expect(try await store.entry(EntryID("id-1")) != nil)
        #expect(try await store.unseen([EntryIdentity(keys: ["k-1"])], in: feed.url) == [false])
    }

    @Test func `R2: entries that a feed shows through years of 304 are not forgotten`() async throws {
        let store = try Store(path: ":memory:")
        try await store.setFeeds([feed], now: now)
        try await store.commit(result([entry("1")]))
        for week in 0..<200 {
            _ = try await store.prune(Retention(), now: now.addingTimeInterval(Double(week) * 7 * day))
        }
        #expect(try await store.unseen([EntryIdentity(keys: ["k-1"])], in: feed.url) == [false])
    }

    @Test func `M-06: what was accepted stays accepted`() async throws {
        let store = try await storeWithDelivery()
        try await store.markSending("x", at: now)
        try await store.markDelivered("x", at: now)
        try await store.markDelivered("x", at: now)
        await #expect(throws: StoreError.self) { try await store.markSending("x", at: now) }
        await #expect(throws: StoreError.self) {
            try await store.markDeferred("x", error: "e", nextAttempt: now, at: now)
        }
        #expect(try await store.dueDeliveries(now: now).isEmpty)
        #expect(try await store.status().outbox == [.accepted: 1])
    }

    @Test func `R2: what is being sent now is not due`() async throws {
        let store = try await storeWithDelivery()
        try await store.markSending("x", at: now)
        #expect(try await store.dueDeliveries(now: now).isEmpty)
        await #expect(throws: StoreError.self) { try await store.markSending("x", at: now) }
    }

    @Test func `marking a delivery that does not exist is an error`() async throws {
        let store = try Store(path: ":memory:")
        await #expect(throws: StoreError.noSuchDelivery("y")) { try await store.markDelivered("y", at: now) }
    }

    @Test func `R14: a delivery put off while the clock was years ahead is due when it is back`() async throws {
        let store = try await storeWithDelivery()
        try await store.markSending("x", at: now)
        try await store.markDeferred("x", error: "e", nextAttempt: now.addingTimeInterval(3650 * day), at: now)
        #expect(try await store.dueDeliveries(now: now).count == 1)
    }

    @Test func `a digest is found by its key with its deliveries, and a dead letter can be tried again`() async throws {
        let store = try await storeWithDelivery()
        let key = record().key
        #expect(try await store.digestExists(key))
        #expect(try await store.digest(key)?.deliveries.map(\.id) == ["x"])
        try await store.markSending("x", at: now)
        try await store.markFailed("x", error: "550", at: now)
        #expect(try await store.dueDeliveries(now: now).isEmpty)
        #expect(try await store.deliveries(state: .failed).map(\.lastError) == ["550"])
        #expect(try await store.retryDelivery("x", now: now))
        #expect(try await store.dueDeliveries(now: now).map(\.attempts) == [0])
        #expect(try await !store.retryDelivery("x", now: now))
    }

    @Test func `P-33: a feed's history and its failures by class are kept, runs of 304 as one line`() async throws {
        let store = try Store(path: ":memory:")
        func check(_ outcome: CheckOutcome, _ hour: Double) async throws {
            var state = FeedState()
            let at = now.addingTimeInterval(hour * 3600)
            if case .failed = outcome {} else { state.lastSuccess = at }
            try await store.commitUnchanged([
                CheckResult(feedURL: feed.url, at: at, state: state, outcome: outcome)
            ])
        }
        let failure = CheckFailure(.timeout, "fetching: no answer")
        for hour in 0..<3 { try await check(.unchanged, Double(hour)) }
        #expect(try await store.checks(of: feed.url).map(\.times) == [3])
        try await check(.failed(failure), 3)
        try await check(.unchanged, 4)
        let lines = try await store.checks(of: feed.url)
        #expect(lines.map(\.times) == [1, 1, 3])
        #expect(lines.map(\.outcome) == [.unchanged, .failed(failure), .unchanged])
        #expect(lines.last?.at == now.addingTimeInterval(7200))
        for hour in 5..<100 { try await check(.failed(failure), Double(hour)) }
        #expect(try await store.checks(of: feed.url).count == Store.checksKept)
        #expect(try await store.failures(of: feed.url)[.timeout]?.count == 96)
    }

    @Test func `a score that is no number costs neither the entry nor its feed`() async throws {
        let store = try Store(path: ":memory:")
        var odd = entry("1")
        odd.verdict.relevance = .nan
        odd.verdict.matches[0].score = .infinity
        odd.verdict.matches[0].hits = [
            Hit(line: 1, field: .title, start: 0, end: 1, text: "a", points: .infinity)
        ]
        try await store.commit(result([odd]))
        #expect(try await store.entry(EntryID("id-1"))?.verdict.matches == odd.verdict.matches)
    }

    @Test func `a query of words and marks finds what has the words`() async throws {
        let store = try Store(path: ":memory:")
        try await store.commit(result([entry("1")]))
        #expect(try await store.search("Title - 1", limit: 5).count == 1)
        #expect(try await store.search("-", limit: 5).isEmpty)
    }

    @Test func `the store and its journals can be read by nobody else`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/new/s.sqlite"
        let store = try Store(path: path)
        try await store.setFeeds([feed], now: now)
        for (name, mode) in [
            (folder.path + "/new", 0o700), (path, 0o600), (path + "-wal", 0o600), (path + ".lock", 0o600),
        ] {
            var facts = stat()
            try #require(stat(name, &facts) == 0)
            #expect(facts.st_mode & 0o777 == mode_t(mode), "\(name)")
        }
    }

    @Test func `a closed store lets another open it, and answers with an error`() async throws {
        let folder = try TemporaryDirectory()
        let first = try Store(path: folder.path + "/s.sqlite")
        await first.close()
        let second = try Store(path: folder.path + "/s.sqlite")
        #expect(first.installationID == second.installationID)
        await #expect(throws: StoreError.closed) { try await first.feeds() }
    }

    @Test func `R18: a journal without its store is refused`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let store = try Store(path: path)
        try await store.setFeeds([feed], now: now)
        unlink(path)
        await store.close()
        try Data([1, 2, 3]).write(to: URL(filePath: path + "-wal"))
        #expect(throws: StoreError.self) { try Store(path: path) }
    }

    @Test func `R1: a process that ended while it made the store leaves nothing in the way`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        try Data([1]).write(to: URL(filePath: path + ".new"))
        try Data([1]).write(to: URL(filePath: path + ".new-journal"))
        _ = try Store(path: path)
        #expect(access(path + ".new", F_OK) != 0)
        #expect(access(path + ".new-journal", F_OK) != 0)
    }

    @Test func `R16: with no room left nothing is half-written, and the same call succeeds later`() async throws {
        let store = try Store(path: ":memory:")
        try await store.setFeeds([feed], now: now)
        try await store.leaveNoRoom()
        var many = result((0..<400).map { entry("\($0)") })
        many.state.validators.etag = [1]
        let big = many
        await #expect { try await store.commit(big) } throws: { ($0 as? StoreError)?.isPassing == true }
        #expect(try await store.feeds().first?.state.validators.etag == nil)
        #expect(try await store.status().entries == 0)
        try await store.makeRoom()
        try await store.commit(big)
        #expect(try await store.status().entries == 400)
    }

    @Test func `R16: mail accepted as the disk fills is marked when there is room, and not sent again`() async throws {
        let store = try await storeWithDelivery()
        try await store.markSending("x", at: now)
        try await store.forbidWriting(true)
        await #expect(throws: StoreError.self) { try await store.markDelivered("x", at: now) }
        await #expect(throws: StoreError.self) { try await store.dueDeliveries(now: now) }
        try await store.forbidWriting(false)
        #expect(try await store.dueDeliveries(now: now).isEmpty)
        #expect(try await store.status().outbox == [.accepted: 1])
    }

    @Test func `M-05: what readers share is kept once, comes back whole, and goes with the last of them`() async throws
    {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let store = try Store(path: path)
        let body = [UInt8](repeating: 7, count: 1 << 20)
        let deliveries = (0..<20).map { number in
            Delivery(
                id: "x\(number)", digest: record().key, sink: .mail, recipient: "\(number)@b.example",
                files: [FrozenFile(fileExtension: "eml", bytes: [UInt8(number)], shared: body)], nextAttempt: now)
        }
        try await store.allocate(record(), entries: [], deliveries: deliveries)
        try await store.checkpoint()
        #expect(try await store.status().bytes < 3 << 20)
        #expect(try await store.files(of: "x7").map(\.bytes) == [[7] + body])
        #expect(
            try await store.dueDeliveries(now: now).map { $0.files.map(\.count) }.allSatisfy { $0 == [body.count + 1] })
        for number in 0..<20 { try await store.markFailed("x\(number)", error: "550", at: now) }
        _ = try await store.prune(Retention(), now: now)
        #expect(try await store.files(of: "x7").count == 1)
        _ = try await store.prune(Retention(), now: now.addingTimeInterval(20 * day))
        _ = try await store.prune(Retention(), now: now.addingTimeInterval(40 * day))
        _ = try await store.prune(Retention(), now: now.addingTimeInterval(61 * day))
        #expect(try await store.files(of: "x7").isEmpty)
        #expect(try await store.sharedRows() == 0)
        await store.close()
    }

    @Test func `a backup is whole, private, and never written over another file`() async throws {
        let folder = try TemporaryDirectory()
        let store = try Store(path: folder.path + "/s.sqlite")
        try await store.setFeeds([feed], now: now)
        try await store.backup(to: folder.path + "/b.sqlite")
        await #expect(throws: StoreError.self) { try await store.backup(to: folder.path + "/b.sqlite") }
        let copy = try Store(path: folder.path + "/b.sqlite")
        #expect(try await copy.feeds().map(\.feed) == [feed])
        #expect(copy.installationID == store.installationID)
    }
}

extension Store {
    fileprivate func sharedRows() throws -> Int64? { try connection.number("SELECT count(*) FROM shared_bytes") }
    fileprivate func leaveNoRoom() throws { try connection.execute("PRAGMA max_page_count = 1") }
    fileprivate func makeRoom() throws { try connection.execute("PRAGMA max_page_count = 1000000") }
    fileprivate func forbidWriting(_ on: Bool) throws {
        try connection.execute(on ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0")
    }
}
