import FeedModel
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Storage

/// The process may end between any two statements. What is then on the disk is copied at each of them, and opened again.
@Suite struct CrashTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)
    private let feed = Feed(url: "https://a.example/feed")

    private func entry(_ name: String) -> MatchedEntry {
        let watch = Watch(name: "W", topic: "technology", area: .economy, threshold: 6)
        return MatchedEntry(
            entry: Entry(
                id: EntryID("id-" + name), feedURL: feed.url, title: name, body: String(repeating: name, count: 3000),
                identity: EntryIdentity(keys: ["k-" + name], looseKeys: ["l-" + name])),
            verdict: Verdict(matches: [Match(watch: watch, score: 9, hits: [])], relevance: 1), firstSeen: now)
    }

    @Test func `P-13, M-04: at every statement the disk holds all of a step or nothing of it`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let store = try Store(path: path)
        try await store.setFeeds([feed], now: now)
        let key = DigestKey(profile: "p", date: LocalDate(daysSince1970: 20_000))
        let camera = Camera(path: path)
        await store.watch(camera)
        var state = FeedState()
        state.validators.etag = [1]
        let names = (0..<5).map { "\($0)" }
        try await store.commit(
            CheckResult(
                feedURL: feed.url, at: now, state: state, outcome: .updated(new: 5, matched: 5),
                entries: names.map(entry)))
        let waiting = try await store.unallocated(for: "p", before: now.addingTimeInterval(1), firstFill: .all)
        try await store.allocate(
            DigestRecord(key: key, id: "d", madeAt: now, from: nil, to: now, stories: 5, entries: 5, json: [1]),
            entries: waiting.map(\.entry.id),
            deliveries: [
                Delivery(
                    id: "x", digest: key, sink: .mail, recipient: "a@b.example",
                    files: [FrozenFile(fileExtension: "eml", bytes: [7])], nextAttempt: now)
            ])
        try await store.markSending("x", at: now)
        try await store.markDelivered("x", at: now)
        _ = try await store.status()
        await store.watch(nil)
        await store.close()

        #expect(camera.count > 40)
        var stages: Set<String> = []
        for number in 0..<camera.count {
            let copy = try Store(path: camera.copy(number))
            let stored = try await copy.status().entries
            let etag = try await copy.feedState(feed.url)?.validators.etag
            #expect(stored == (etag == nil ? 0 : 5), "an ETag without its entries, or entries without it")
            let new = try await copy.unseen(names.map { entry($0).entry.identity }, in: feed.url)
            #expect(new == Array(repeating: etag == nil, count: 5))
            let left = try await copy.unallocated(for: "p", before: now.addingTimeInterval(1), firstFill: .all)
            let digest = try await copy.digest(key)
            #expect(left.count == (digest == nil ? stored : 0), "entries allocated without their digest")
            #expect(digest?.deliveries.count ?? 1 == 1)
            let due = try await copy.dueDeliveries(now: now)
            if let delivery = digest?.deliveries.first {
                #expect(due.isEmpty == (delivery.state == .accepted))
                #expect(delivery.files == [FrozenFile(fileExtension: "eml", bytes: [7])])
                stages.insert(delivery.state.rawValue)
            }
            #expect(try await copy.quickCheck() == [])
            await copy.close()
        }
        #expect(stages == ["frozen", "unknown", "accepted"])
    }

    @Test func `R1: killed in the middle of a transaction, the store opens with what was before`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        setenv("DURBEEN_TEST_STORE", path, 1)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let path = String(cString: getenv("DURBEEN_TEST_STORE"))
            let store = try Store(path: path)
            try await store.setFeeds([Feed(url: "https://a.example/")], now: Date(timeIntervalSince1970: 0))
            try await store.dieInTransaction()
        }
        let store = try Store(path: path)
        #expect(store.wasLeftOpen)
        #expect(try await store.feeds().map(\.feed.url) == ["https://a.example/"])
        #expect(try await store.feed("https://half.example/") == nil)
        #expect(try await store.quickCheck() == [])
    }

    @Test func `N6: a migration keeps a copy of the file, and one that fails changes nothing`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        _ = try Store(path: path)
        let now = Schema.current
        let connection = try Connection(path: path, mode: .readWrite)
        let broken = Schema.steps + ["CREATE TABLE more (a INTEGER) STRICT; CREATE TABLE feeds (a)"]
        #expect(throws: StoreError.self) { try Schema.migrate(connection, path: path, steps: broken) }
        #expect(try connection.number("PRAGMA user_version") == Int64(now))
        #expect(try connection.number("SELECT count(*) FROM sqlite_schema WHERE name = 'more'") == 0)
        try Schema.migrate(connection, path: path, steps: Schema.steps + ["CREATE TABLE more (a INTEGER) STRICT"])
        #expect(try connection.number("PRAGMA user_version") == Int64(now + 1))
        let kept = try Connection(path: path + ".before-\(now + 1)", mode: .readOnly)
        #expect(try kept.number("PRAGMA user_version") == Int64(now))
        connection.close()
        #expect(throws: StoreError.newerSchema(path: path, found: now + 1, known: now)) { try Store(path: path) }
    }

    @Test func `R8: a store whose keys were texts knows its entries when it has been brought up to date`() async throws
    {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        try StoreFile.createEmpty(path)
        let old = try Connection(path: path, mode: .readWrite)
        try Schema.migrate(old, path: path, steps: Array(Schema.steps.prefix(5)))
        // 130 bits in base 32; the last two belonged to no key.
        let bytes: [[UInt8]] = [
            Array(0..<16) + [0xFF], Array(repeating: 0xFF, count: 17), Array(repeating: 0, count: 17),
        ]
        try old.run(
            "INSERT INTO feeds (id, url, active, config) VALUES (7, ?, 1, ?)",
            [.text(feed.url), .text(try jsonText(feed))])
        for bytes in bytes.prefix(2) {
            try old.run("INSERT INTO seen VALUES (7, ?, 1000)", [.text(base32(bytes, length: 26))])
        }
        for (rank, bytes) in bytes.enumerated() {
            try old.run(
                "INSERT INTO seen_loosely VALUES (7, ?, 1000, ?)",
                [.text(base32(bytes, length: 26)), .integer(Int64(rank + 1))])
        }
        try old.run("INSERT INTO seen VALUES (7, 'not a key that we ever wrote', 1000)")
        old.close()

        let store = try Store(path: path)
        let keys = bytes.compactMap { IdentityKey($0) }
        #expect(keys.count == 3)
        let asked = keys.map { EntryIdentity(keys: [$0]) }
        #expect(try await store.unseen(asked, in: feed.url) == [false, false, true])
        // Most of the document is new, so the loose keys are asked: the first stood for one entry, the others for several.
        let churned =
            (0..<5).map { EntryIdentity(keys: [IdentityKey("new \($0)")]) }
            + keys.map { EntryIdentity(keys: [IdentityKey(high: $0.low, low: 1)], looseKeys: [$0]) }
        #expect(
            try await store.unseen(churned, in: feed.url) == Array(repeating: true, count: 5) + [false, true, true])
    }

    @Test func `P-24: a store with times in wide rows keeps them when it is brought up to date`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let feed = Feed(url: "https://a.example/")
        try StoreFile.createEmpty(path)
        let old = try Connection(path: path, mode: .readWrite)
        try Schema.migrate(old, path: path, steps: Array(Schema.steps.prefix(5)))
        try old.execute(
            """
            INSERT INTO feeds (url, active, config, last_attempt, last_success, next_check, permitted, interval, unchanged,
                unchanged_since, document_title, decision)
            VALUES ('https://a.example/', 1, '\(Store.configText(feed))', 5000, 4000, 9000, 8000, 3000, 2, 1000, 'T',
                'floor\t3000\tfetch.floor\n')
            """)
        old.close()
        let store = try Store(path: path)
        let state = try #require(try await store.setFeeds([feed], now: now).first?.state)
        func date(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }
        #expect(state.lastAttempt == date(5) && state.lastSuccess == date(4) && state.nextCheck == date(9))
        #expect(state.permittedFrom == date(8) && state.interval == .seconds(3) && state.documentTitle == "T")
        #expect(try await store.checks(of: feed.url).map(\.times) == [2])
        #expect(try await store.terms(of: feed.url) == [WaitTerm(.floor, .seconds(3), "fetch.floor")])
        #expect(try await store.status(now: date(8)).feedsDue == 0)
        #expect(try await store.quickCheck() == [])
    }

    @Test func `P-24: of attempts that were written together, those that are answered rule no longer`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let feeds = (0..<3).map { Feed(url: "https://\($0).example/") }
        let later = now.addingTimeInterval(3600)
        var store: Store? = try Store(path: path)
        try await store?.setFeeds(feeds, now: now)
        try await store?.write(
            CheckBatch(attempts: feeds.map { .init(url: $0.url, at: now, nextCheck: later) }))
        // Its clock was set back between the attempt and the answer.
        var times = CheckTimes()
        times.lastAttempt = now.addingTimeInterval(-60)
        times.lastSuccess = times.lastAttempt
        times.nextCheck = now.addingTimeInterval(600)
        let term = WaitTerm(.floor, .seconds(660), "fetch.floor")
        try await store?.write(
            CheckBatch(unchanged: [.init(url: feeds[0].url, times: times, terms: [term])]))
        await store?.close()
        store = try Store(path: path)
        let known = try #require(try await store?.setFeeds(feeds, now: now))
        #expect(known.map(\.state.nextCheck) == [times.nextCheck, later, later])
        #expect(known.map(\.state.lastAttempt) == [times.lastAttempt, now, now])
        #expect(try await store?.terms(of: feeds[0].url) == [term])
        #expect(try await store?.checks(of: feeds[0].url).map(\.outcome) == [.unchanged])
        // A new attempt takes the place of one that nobody answered.
        let evenLater = later.addingTimeInterval(60)
        try await store?.write(
            CheckBatch(attempts: [.init(url: feeds[1].url, at: now.addingTimeInterval(1), nextCheck: evenLater)]))
        #expect(try await store?.feedState(feeds[1].url)?.nextCheck == evenLater)
        for feed in feeds {
            try await store?.write(CheckBatch(unchanged: [.init(url: feed.url, times: times, terms: [term])]))
        }
        #expect(try await store?.feeds().map(\.state.nextCheck) == [times.nextCheck, times.nextCheck, times.nextCheck])
        #expect(try await store?.attemptsOnRecord() == 0)
    }

    @Test func `P-24: attempts that an older store has on record rule in a new one, too`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        try StoreFile.createEmpty(path)
        let old = try Connection(path: path, mode: .readWrite)
        let before = try #require(Schema.steps.firstIndex(of: Schema.attemptsTogether))
        try Schema.migrate(old, path: path, steps: Array(Schema.steps[..<before]))
        let feed = Feed(url: "https://a.example/")
        try old.run(
            "INSERT INTO feeds (url, active, config) VALUES (?, 1, ?)",
            [.text(feed.url), .text(Store.configText(feed))])
        try old.run("INSERT INTO asked VALUES (1, ?, ?)", [Value(now), Value(now.addingTimeInterval(3600))])
        old.close()
        let store = try Store(path: path)
        let state = try #require(try await store.setFeeds([feed], now: now).first?.state)
        #expect(state.lastAttempt == now && state.nextCheck == now.addingTimeInterval(3600))
        var times = CheckTimes()
        times.lastAttempt = now.addingTimeInterval(1)
        times.nextCheck = now.addingTimeInterval(7200)
        try await store.write(CheckBatch(unchanged: [.init(url: feed.url, times: times, terms: [])]))
        #expect(try await store.feedState(feed.url)?.times == times)
        #expect(try await store.attemptsOnRecord() == 0)
    }

    @Test func `P-24: an answer that could not be written leaves its attempt open`() async throws {
        let store = try Store(path: ":memory:")
        let feed = Feed(url: "https://a.example/")
        let later = now.addingTimeInterval(3600)
        try await store.setFeeds([feed], now: now)
        try await store.write(CheckBatch(attempts: [.init(url: feed.url, at: now, nextCheck: later)]))
        var times = CheckTimes()
        times.nextCheck = now.addingTimeInterval(60)
        let batch = CheckBatch(unchanged: [.init(url: feed.url, times: times, terms: [])])
        try await store.break(on: "times")
        await #expect(throws: StoreError.self) { try await store.write(batch) }
        #expect(try await store.feedState(feed.url)?.nextCheck == later)
        try await store.mend()
        try await store.write(batch)
        #expect(try await store.feedState(feed.url)?.nextCheck == times.nextCheck)
        #expect(try await store.attemptsOnRecord() == 0)
    }

    @Test func `P-24: an attempt on record rules until its result is written, over the end of the process, too`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let feed = Feed(url: "https://a.example/")
        let later = now.addingTimeInterval(3600)
        var store: Store? = try Store(path: path)
        try await store?.setFeeds([feed], now: now)
        try await store?.write(CheckBatch(attempts: [.init(url: feed.url, at: now, nextCheck: later)]))
        await store?.close()
        store = try Store(path: path)
        #expect(try await store?.feedState(feed.url)?.lastAttempt == now)
        #expect(try await store?.feedState(feed.url)?.nextCheck == later)
        #expect(try await store?.status().lastCheck == now)
        var state = FeedState()
        state.lastAttempt = now.addingTimeInterval(1)
        state.nextCheck = later.addingTimeInterval(60)
        var result = CheckResult(feedURL: feed.url, at: now, state: state, outcome: .unchanged)
        result.terms = [WaitTerm(.floor, .seconds(3600), "fetch.floor")]
        try await store?.commitUnchanged([result])
        #expect(try await store?.feedState(feed.url) == state)
        #expect(try await store?.terms(of: feed.url) == result.terms)
    }

    @Test func `R18: a store cut short or of another program is refused, and left as it is`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let store = try Store(path: path)
        try await store.setFeeds([feed], now: now)
        await store.close()
        let whole = try Data(contentsOf: URL(filePath: path))
        let cut = whole.prefix(whole.count / 2)
        try cut.write(to: URL(filePath: path))
        #expect { try Store(path: path) } throws: { if case StoreError.damaged = $0 { true } else { false } }
        #expect(try Data(contentsOf: URL(filePath: path)) == cut)

        let other = folder.path + "/other.sqlite"
        try StoreFile.createEmpty(other)
        let connection = try Connection(path: other, mode: .readWrite)
        try connection.execute("CREATE TABLE t (a)")
        connection.close()
        #expect { try Store(path: other) } throws: { if case StoreError.damaged = $0 { true } else { false } }
    }

    @Test func `a reader with no right to write opens a store that was closed`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        #expect(throws: StoreError.self) { try Store(readingOnly: path) }
        let store = try Store(path: path)
        try await store.setFeeds([feed], now: now)
        await store.close()
        chmod(folder.path, 0o500)
        defer { chmod(folder.path, 0o700) }
        let reader = try Store(readingOnly: path)
        #expect(try await reader.feeds().count == 1)
        await #expect(throws: StoreError.self) { try await reader.setFeeds([], now: now) }
    }

    @Test func `a store on a disk that nobody can write is read whatever its name`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/a b?c#d%20é.sqlite"
        let store = try Store(path: path)
        try await store.setFeeds([feed], now: now)
        await store.close()
        // Not by rights, which do not bind root: as `Store(readingOnly:)` does when the first way is barred.
        let connection = try Connection(path: path, mode: .immutable)
        #expect(try connection.number("SELECT count(*) FROM feeds") == 1)
    }

    @Test(arguments: 0..<6)
    func `R8: however documents overlap and repeat, each entry is stored and given out once`(seed: UInt64) async throws
    {
        var random = Sequence(state: seed &* 7919 &+ 1)
        let store = try Store(path: ":memory:")
        try await store.setFeeds([feed], now: now)
        var published: Set<Int> = []
        var given: [EntryID] = []
        var edition = 0
        for round in 0..<60 {
            let first = random.next(below: 50)
            let document = (0..<random.next(below: 12)).map { _ in first + random.next(below: 14) }
            let entries = document.map { entry("\($0)") }
            let isNew = try await store.unseen(entries.map(\.entry.identity), in: feed.url)
            // One commit in four is lost with the process.
            if random.next(below: 4) > 0 {
                try await store.commit(
                    CheckResult(
                        feedURL: feed.url, at: now, state: FeedState(), outcome: .unchanged,
                        entries: entries.indices.filter { isNew[$0] }.map { entries[$0] },
                        seenAgain: entries.indices.filter { !isNew[$0] }.map { entries[$0].entry.identity }))
                published.formUnion(document)
            }
            guard round % 7 == 6 || round == 59 else { continue }
            let waiting = try await store.unallocated(for: "p", before: now.addingTimeInterval(1), firstFill: .all)
            edition += 1
            let key = DigestKey(profile: "p", date: LocalDate(daysSince1970: 20_000), edition: edition)
            try await store.allocate(
                DigestRecord(key: key, id: "d", madeAt: now, from: nil, to: now, stories: 0, entries: 0, json: []),
                entries: waiting.map(\.entry.id), deliveries: [])
            given += waiting.map(\.entry.id)
        }
        #expect(Set(given).count == given.count)
        #expect(Set(given.map(\.text)) == Set(published.map { "id-\($0)" }))
    }

    @Test func `B1: feeds that are asked together lie together, whatever their order in the list`() async throws {
        let store = try Store(path: ":memory:")
        let feeds = (0..<500).map { Feed(url: "https://host\($0).example/feed.xml") }
        #expect(try await store.setFeeds(feeds, now: now).map(\.feed) == feeds)
        var rows: [Int64?] = []
        for feed in feeds.sorted(by: { stableHash($0.url) < stableHash($1.url) }) {
            rows.append(try await store.rowOfFeed(feed.url))
        }
        #expect(rows == (1...500).map { Int64($0) })
        #expect(try await store.feeds().map(\.feed) == feeds)
    }

    @Test func `B1: ten thousand feeds are attempted and answered by 304 in few transactions`() async throws {
        let folder = try TemporaryDirectory()
        let store = try Store(path: folder.path + "/s.sqlite")
        let feeds = (0..<10_000).map { Feed(url: "https://host\($0).example/feed.xml", title: "Feed \($0)") }
        try await store.setFeeds(feeds, now: now)
        let next = now.addingTimeInterval(3600)
        var state = FeedState()
        state.lastSuccess = now
        state.nextCheck = next
        for start in stride(from: 0, to: feeds.count, by: 128) {
            let some = feeds[start..<min(start + 128, feeds.count)]
            try await store.write(
                CheckBatch(attempts: some.map { .init(url: $0.url, at: now, nextCheck: next) }))
            try await store.commitUnchanged(
                some.map { CheckResult(feedURL: $0.url, at: now, state: state, outcome: .unchanged) })
        }
        let records = try await store.feeds()
        #expect(records.count == 10_000)
        #expect(records.allSatisfy { $0.state.nextCheck == next && $0.state.lastSuccess == now })
        #expect(records.map(\.feed) == feeds)
        #expect(try await store.status().journalBytes <= 16 << 20)
    }
}

/// Copies the database and its journal as they are on the disk before each statement: what a `kill -9` at
/// that moment leaves.
private final class Camera: Sendable {
    private let path: String
    // Written by the store's queue alone, read only after the last statement was awaited.
    nonisolated(unsafe) private(set) var count = 0

    init(path: String) { self.path = path }

    func copy(_ number: Int) -> String { "\(path).at-\(number)" }

    func take() {
        for suffix in ["", "-wal"] {
            guard let bytes = try? Data(contentsOf: URL(filePath: path + suffix)), !bytes.isEmpty else { continue }
            try? bytes.write(to: URL(filePath: copy(count) + suffix))
        }
        count += 1
    }
}

/// Numbers that are the same on every run.
private struct Sequence {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}

extension Store {
    /// `camera` outlives the watching: the caller ends it with nil.
    fileprivate func watch(_ camera: Camera?) {
        connection.onStatement = camera.map { camera in { camera.take() } }
    }

    fileprivate func dieInTransaction() throws(StoreError) {
        try connection.transaction(durably: true) { () throws(StoreError) in
            try connection.run(
                "INSERT INTO feeds (url, active, config) VALUES ('https://half.example/', 1, '{}')")
            kill(getpid(), SIGKILL)
        }
    }
}

extension Store {
    fileprivate func attemptsOnRecord() throws(StoreError) -> Int64? {
        try connection.number("SELECT count(*) FROM attempts")
    }

    /// Lets every change of a table fail, after what came before it in its transaction.
    fileprivate func `break`(on table: String) throws(StoreError) {
        try connection.execute(
            "CREATE TRIGGER broken AFTER UPDATE ON \(table) BEGIN SELECT raise(FAIL, 'broken'); END")
    }

    fileprivate func mend() throws(StoreError) { try connection.execute("DROP TRIGGER broken") }
}
