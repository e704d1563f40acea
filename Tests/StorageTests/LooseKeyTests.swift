import CSQLite
import FeedModel
import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

/// What links and titles tell when most ids of a feed are new at once (D2), and what else is kept beside the keys of entries.
@Suite struct LooseKeyTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)
    private let feed = Feed(url: "https://a.example/feed", title: "A")
    private let day: TimeInterval = 86_400

    private func entry(_ number: Int, _ identity: EntryIdentity) -> MatchedEntry {
        MatchedEntry(
            entry: Entry(
                id: EntryID("id-\(number)"), feedURL: feed.url, title: "Title \(number)", summary: "s", body: "b",
                identity: identity),
            verdict: Verdict(matches: [], relevance: 0.5), firstSeen: now)
    }

    private func result(_ entries: [MatchedEntry], again: [EntryIdentity] = [], isChange: Bool = false) -> CheckResult {
        var result = CheckResult(
            feedURL: feed.url, at: now, state: FeedState(), outcome: .updated(new: entries.count, matched: 0),
            entries: entries, seenAgain: again)
        if isChange {
            result.changed = again.enumerated().map { number, identity in
                ChangedEntry(id: EntryID("id-\(number)"), identity: identity, edit: nil)
            }
        }
        return result
    }

    /// Keys and loose keys of entry `#`; the second document shows what is known by a key, the third by loose keys alone.
    @Test(arguments: [
        // The ids change, then the ids and the texts.
        (["g#", "text#"], ["h#", "text#"], ["i#", "other#"], ["title#"], ["title#"]),
        // The ids turn out to tell nothing apart.
        (["g#", "text#"], ["text#", "pair#", "g#"], ["x#", "y#"], ["title#"], ["title#"]),
        // No ids; the texts are edited, then the links change.
        (
            ["text#", "pair#", "link#"], ["text2#", "pair2#", "link#"], ["text3#", "pair3#", "link3#"],
            ["link#", "title#"],
            ["link3#", "title#"]
        ),
    ])
    func `D2: several ids that one entry had are no several entries`(
        first: [String], second: [String], third: [String], loose: [String], looseInTheThird: [String]
    ) async throws {
        func identities(_ keys: [String], _ loose: [String], _ fingerprint: UInt64) -> [EntryIdentity] {
            (0..<6).map { number in
                EntryIdentity(
                    keys: keys.map { $0.replacing("#", with: "\(number)") },
                    looseKeys: loose.map { $0.replacing("#", with: "\(number)") }, fingerprint: fingerprint)
            }
        }
        let store = try Store(path: ":memory:")
        try await store.commit(result(identities(first, loose, 1).enumerated().map { entry($0, $1) }))
        try await store.commit(result([], again: identities(second, loose, 2), isChange: true))
        let standings = try await store.standings(of: identities(third, looseInTheThird, 3), in: feed.url)
        #expect(standings == Array(repeating: .knownLoosely, count: 6))
    }

    /// Six entries, none known by its id, the first with this title.
    private func standingOfFirst(titled title: String, in store: Store) async throws -> Standing? {
        let fresh = (0..<6).map { EntryIdentity(keys: ["n-\($0)"], looseKeys: [$0 == 0 ? title : "t-\($0)"]) }
        return try await store.standings(of: fresh, in: feed.url).first
    }

    @Test func `D2: a title that a version before saw once, and this one again, tells no entry`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        try StoreFile.createEmpty(path)
        let old = try Connection(path: path, mode: .readWrite)
        try Schema.migrate(old, path: path, steps: Array(Schema.steps.prefix(16)))
        try old.run(
            "INSERT INTO feeds (id, url, active, config) VALUES (7, ?, 1, ?)",
            [.text(feed.url), .text(try jsonText(feed))])
        try old.run(
            "INSERT INTO seen (feed, key, last_seen, entry) VALUES (7, ?, ?, 1)",
            [.key(IdentityKey("old")), Value(now)])
        try old.run(
            "INSERT INTO seen_loosely VALUES (7, ?, ?, 1)", [.key(IdentityKey("daily briefing")), Value(now)])
        old.close()
        let store = try Store(path: path)
        #expect(try await standingOfFirst(titled: "daily briefing", in: store) == .knownLoosely)
        let second = EntryIdentity(keys: ["g"], looseKeys: ["daily briefing"])
        try await store.commit(result([entry(2, second)]))
        #expect(try await standingOfFirst(titled: "daily briefing", in: store) == .new)
    }

    @Test func `D2: a title that two entries had tells none when both are gone`() async throws {
        let store = try Store(path: ":memory:")
        let two = (0..<2).map { entry($0, EntryIdentity(keys: ["g-\($0)"], looseKeys: ["statement"])) }
        try await store.commit(result(two))
        _ = try await store.prune(Retention(), now: now.addingTimeInterval(200 * day))
        _ = try await store.prune(Retention(), now: now.addingTimeInterval(204 * day))
        #expect(try await store.entry(EntryID("id-1")) == nil)
        #expect(try await standingOfFirst(titled: "statement", in: store) == .new)
        // And no entry that takes their row numbers is taken for theirs.
        try await store.commit(result([entry(5, EntryIdentity(keys: ["five"], fingerprint: 1))]))
        let again = EntryIdentity(keys: ["g-0"], fingerprint: 9)
        #expect(try await store.standings(of: [again], in: feed.url) == [.known])
    }

    /// Checks of several feeds in step, and how many lines each of them writes.
    @Test(arguments: [(1, true), (1, false), (2, false), (4, true), (8, false)])
    func `histories are cut, whatever the rhythm of checks`(feeds: Int, isQuietBetween: Bool) async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let store = try Store(path: path)
        for hour in 0..<300 {
            for number in 0..<feeds {
                let at = now.addingTimeInterval(3600 * Double(hour))
                var state = FeedState()
                (state.lastAttempt, state.lastSuccess) = (at, at)
                let outcome: CheckOutcome =
                    isQuietBetween && hour % 2 == 1 ? .unchanged : .updated(new: 1, matched: 0)
                try await store.commitUnchanged([
                    CheckResult(feedURL: "https://\(number).example/", at: at, state: state, outcome: outcome)
                ])
            }
        }
        await store.close()
        let lines = try Connection(path: path, mode: .readOnly).number("SELECT count(*) FROM checks")
        // That one goes uncut a hundred times running happens once in 600,000 runs.
        #expect(try #require(lines) < feeds * (Store.checksKept + 200))
    }

    @Test func `an entry that goes does not read through the keys of all others`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let store = try Store(path: path)
        try await store.commit(result((0..<200).map { entry($0, EntryIdentity(keys: ["a-\($0)", "b-\($0)"])) }))
        await store.close()
        var database: OpaquePointer?
        var statement: OpaquePointer?
        #expect(sqlite3_open(path, &database) == SQLITE_OK)
        defer { sqlite3_close(database) }
        #expect(sqlite3_prepare_v2(database, "DELETE FROM entries WHERE id = 7", -1, &statement, nil) == SQLITE_OK)
        #expect(sqlite3_step(statement) == SQLITE_DONE && sqlite3_changes(database) == 1)
        #expect(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0) < 20)
        sqlite3_finalize(statement)
    }
}
