import FeedModel
import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

@Suite struct VersionTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)
    private let feed = Feed(url: "https://a.example/feed")

    private func entry(_ title: String = "Title", body: String = "", fingerprint: UInt64 = 1) -> MatchedEntry {
        let entry = Entry(
            id: EntryID("id-1"), feedURL: feed.url, title: title, summary: "Lead", body: body,
            identity: EntryIdentity(keys: ["k-1", "k-2"], fingerprint: fingerprint))
        let watch = Watch(name: "W", topic: "technology", area: .economy, threshold: 6)
        return MatchedEntry(
            entry: entry, verdict: Verdict(matches: [Match(watch: watch, score: 9, hits: [])], relevance: 0.5),
            firstSeen: now)
    }

    private func commit(_ new: [MatchedEntry], changed: [ChangedEntry] = [], to store: Store, at: Date? = nil)
        async throws
    {
        var result = CheckResult(
            feedURL: feed.url, at: at ?? now, state: FeedState(), outcome: .updated(new: new.count, matched: 0),
            entries: new, seenAgain: changed.map(\.identity))
        result.changed = changed
        try await store.commit(result)
    }

    private func edit(
        _ store: Store, _ edit: EditClass = .material, at minute: Int, change: (inout MatchedEntry) -> Void
    ) async throws {
        var matched = try #require(try await store.entry(EntryID("id-1")))
        change(&matched)
        let identity = EntryIdentity(keys: ["k-1", "k-2"], fingerprint: UInt64(minute) + 100)
        try await commit(
            [],
            changed: [
                ChangedEntry(
                    id: matched.entry.id, identity: identity,
                    edit: EntryEdit(matched: matched, edit: edit, reasons: ["reason \(minute)"]))
            ], to: store, at: now.addingTimeInterval(Double(minute) * 60))
    }

    @Test func `D4: another fingerprint under the first key, or a hit by a later key, is a change`() async throws {
        let store = try Store(path: ":memory:")
        try await commit([entry()], to: store)
        func standing(_ keys: [String], _ fingerprint: UInt64?) async throws -> Standing? {
            try await store.standings(of: [EntryIdentity(keys: keys, fingerprint: fingerprint)], in: feed.url).first
        }
        #expect(try await standing(["k-1", "k-2"], 1) == .known)
        #expect(try await standing(["k-1"], nil) == .known)
        #expect(try await standing(["k-1", "k-2"], .max) == .changed(EntryID("id-1")))
        #expect(try await standing(["k-9", "k-2"], 1) == .changed(EntryID("id-1")))
        #expect(try await standing(["k-9"], 1) == .new)
    }

    @Test func `D4: a version keeps its link, and a text that the next one has as well is kept once`() async throws {
        let store = try Store(path: ":memory:")
        try await commit([entry()], to: store)
        try await edit(store, .cosmetic, at: 1) { $0.entry.url = "https://a.example/2" }
        try await edit(store, .cosmetic, at: 2) { $0.entry.tags = ["visas"] }
        try await edit(store, at: 3) { $0.entry.title = "Another" }
        let versions = try await store.versions(of: EntryID("id-1"))
        #expect(versions.map(\.number) == [0, 1, 2, 3])
        #expect(versions.map(\.url) == [nil] + Array(repeating: "https://a.example/2", count: 3))
        #expect(versions.map(\.text?.title) == [nil, nil, "Title", "Another"])
        #expect(try await store.entry(EntryID("id-1"))?.entry.tags == ["visas"])
    }

    @Test func `D4: what was looked at is known the next time, under its new keys too`() async throws {
        let store = try Store(path: ":memory:")
        try await commit([entry()], to: store)
        let moved = EntryIdentity(keys: ["k-9", "k-2"], fingerprint: 1)
        try await commit([], changed: [ChangedEntry(id: EntryID("id-1"), identity: moved)], to: store)
        #expect(try await store.standings(of: [moved], in: feed.url) == [.known])
        let edited = EntryIdentity(keys: ["k-9"], fingerprint: 2)
        #expect(try await store.standings(of: [edited], in: feed.url) == [.changed(EntryID("id-1"))])
    }

    @Test func `D4: each version is kept with its time, kind and reasons, the newest is the entry`() async throws {
        let store = try Store(path: ":memory:")
        try await commit([entry("First")], to: store)
        try await edit(store, .cosmetic, at: 1) { $0.entry.title = "Second" }
        try await edit(store, at: 2) { $0.entry.title = "Third" }
        let versions = try await store.versions(of: EntryID("id-1"))
        #expect(versions.map(\.number) == [0, 1, 2])
        #expect(versions.map(\.edit) == [nil, .cosmetic, .material])
        #expect(versions.compactMap(\.text?.title) == ["First", "Second", "Third"])
        #expect(versions.map(\.reasons) == [[], ["reason 1"], ["reason 2"]])
        #expect(versions.map(\.at) == [now, now.addingTimeInterval(60), now.addingTimeInterval(120)])
        #expect(try await store.entry(EntryID("id-1"))?.version == 2)
    }

    @Test func `R7: of an entry's older texts eight are kept, and 64 KiB, but always the last`() async throws {
        let store = try Store(path: ":memory:")
        try await commit([entry()], to: store)
        for minute in 1...20 { try await edit(store, at: minute) { $0.entry.title = "Title \(minute)" } }
        #expect(try await store.versions(of: EntryID("id-1")).map(\.number) == Array(12...20))
        let long = String(repeating: "x", count: 60_000)
        for minute in 21...23 { try await edit(store, at: minute) { $0.entry.body = long + "\(minute)" } }
        let versions = try await store.versions(of: EntryID("id-1"))
        #expect(versions.map(\.number) == [22, 23])
        #expect(versions.map(\.text?.body.utf8.count) == [60_002, 60_002])
    }

    @Test func `R7: links that change push out no text, and the last eight of them are kept`() async throws {
        let store = try Store(path: ":memory:")
        try await commit([entry()], to: store)
        for minute in 1...2 { try await edit(store, at: minute) { $0.entry.title = "Title \(minute)" } }
        for minute in 3...30 {
            try await edit(store, .cosmetic, at: minute) { $0.entry.url = "https://a.example/\(minute)" }
        }
        let versions = try await store.versions(of: EntryID("id-1"))
        #expect(versions.map(\.number) == [0, 1] + Array(22...30))
        #expect(versions.map(\.text?.title) == ["Title", "Title 1"] + Array(repeating: nil, count: 8) + ["Title 2"])
        #expect(versions.dropFirst(2).map(\.url) == (22...30).map { "https://a.example/\($0)" })
        for minute in 31...50 { try await edit(store, at: minute) { $0.entry.title = "Title \(minute)" } }
        #expect(try await store.versions(of: EntryID("id-1")).map(\.number) == Array(42...50))
    }

    @Test func `an edited entry is found by its new words and no longer by the old`() async throws {
        let store = try Store(path: ":memory:")
        try await commit([entry("Firstword")], to: store)
        while try await store.indexPortion() {}
        try await edit(store, at: 1) { $0.entry.title = "Secondword" }
        #expect(try await store.search("secondword", limit: 9).count == 1)
        #expect(try await store.search("firstword", limit: 9).isEmpty)
    }

    @Test func `the texts of what matched nothing go with its body`() async throws {
        let store = try Store(path: ":memory:")
        try await commit([entry("First")], to: store)
        try await edit(store, at: 1) {
            $0.entry.title = "Second"
            $0.verdict = .nothing
        }
        try await prune(store, days: 0...29)
        #expect(try await store.versions(of: EntryID("id-1")).count == 2)
        try await prune(store, days: 29...40)
        #expect(try await store.versions(of: EntryID("id-1")).isEmpty)
    }

    @Test func `a key of an entry that is pruned never leads to the one that gets its row`() async throws {
        let store = try Store(path: ":memory:")
        try await commit([entry("First")], to: store)
        try await prune(store, days: 0...410)
        #expect(try await store.entry(EntryID("id-1")) == nil)
        var other = entry("Other")
        other.entry.id = EntryID("id-2")
        other.entry.identity = EntryIdentity(keys: ["k-3"], fingerprint: 3)
        try await commit([other], to: store)
        let edited = EntryIdentity(keys: ["k-1"], fingerprint: 9)
        #expect(try await store.standings(of: [edited], in: feed.url) == [.known])
    }

    /// Day by day, for a clock that leaps is not believed.
    private func prune(_ store: Store, days: ClosedRange<Int>) async throws {
        for day in stride(from: days.lowerBound, through: days.upperBound, by: 5) {
            _ = try await store.prune(Retention(), now: now.addingTimeInterval(Double(day) * 86_400))
        }
    }

    @Test func `a store of the layout before knows its entries, and follows those that come`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path("store.db")
        let before = Schema.steps.firstIndex { $0.contains("CREATE TABLE versions") } ?? 0
        try StoreFile(path: path).create { (connection) throws(StoreError) in
            try Schema.migrate(connection, path: path, steps: Array(Schema.steps[..<before]))
            try connection.execute(
                "INSERT INTO feeds (id, url, active, config) VALUES (1, 'https://a.example/feed', 1, '{}')")
            try connection.run(
                "INSERT INTO seen (feed, key, last_seen) VALUES (1, ?, 0)", [.key(IdentityKey("k-1"))])
        }
        let store = try Store(path: path)
        let identity = EntryIdentity(keys: ["k-1"], fingerprint: 7)
        #expect(try await store.standings(of: [identity], in: feed.url) == [.known])
        try await store.commit(
            CheckResult(feedURL: feed.url, at: now, state: FeedState(), outcome: .unchanged, seenAgain: [identity]))
        #expect(try await store.standings(of: [identity], in: feed.url) == [.known])
        await store.close()
    }
}
