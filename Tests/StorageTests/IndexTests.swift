import FeedModel
import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

/// The text index, which is filled behind the commits.
@Suite struct IndexTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)

    private func result(_ words: [String], body: String = "") -> CheckResult {
        let entries = words.map { word in
            MatchedEntry(
                entry: Entry(
                    id: EntryID("id-\(word)"), feedURL: "https://a.example/", title: "About \(word)", body: body,
                    identity: EntryIdentity(keys: [word])), verdict: .nothing, firstSeen: now)
        }
        return CheckResult(
            feedURL: "https://a.example/", at: now, state: FeedState(), outcome: .updated(new: words.count, matched: 0),
            entries: entries)
    }

    private func found(_ store: Store, _ word: String) async throws -> [String] {
        try await store.search(word, limit: 10).map(\.entry.title)
    }

    @Test func `an entry is found by its words at once, before and after it is indexed, and once`() async throws {
        let store = try Store(path: ":memory:")
        try await store.commit(result(["treaty"]))
        #expect(try await found(store, "treaty") == ["About treaty"])
        #expect(try await store.indexPortion())
        #expect(try await !store.indexPortion())
        #expect(try await found(store, "treaty") == ["About treaty"])
        try await store.commit(result(["tariff"]))
        #expect(try await found(store, "about").sorted() == ["About tariff", "About treaty"])
    }

    @Test func `another process that only reads finds what is not indexed yet`() async throws {
        let folder = try TemporaryDirectory()
        let store = try Store(path: folder.path + "/s.sqlite")
        try await store.commit(result(["treaty", "tariff"]))
        try await store.indexPortion(of: 1)
        let reader = try Store(readingOnly: folder.path + "/s.sqlite")
        #expect(try await found(reader, "tariff") == ["About tariff"])
        #expect(try await found(reader, "about").count == 2)
        await reader.close()
        await store.close()
    }

    @Test func `portions cover everything, whatever their size, and an index filled twice holds nothing twice`()
        async throws
    {
        let store = try Store(path: ":memory:")
        let words = (0..<25).map { "word\($0)" }
        try await store.commit(result(words))
        var portions = 0
        while try await store.indexPortion(of: 7) { portions += 1 }
        #expect(portions == 4)
        for word in words { #expect(try await found(store, word) == ["About \(word)"]) }
    }

    @Test func `what is pruned is found no more, indexed or not, and its row may serve another entry`() async throws {
        let store = try Store(path: ":memory:")
        try await store.commit(result(["old", "older"], body: "secret words"))
        try await store.indexPortion(of: 1)
        let later = now.addingTimeInterval(400 * 86_400)
        // Twice, for a clock that leapt is not believed at once.
        _ = try await store.prune(Retention(), now: later)
        _ = try await store.prune(Retention(), now: later.addingTimeInterval(4 * 86_400))
        #expect(try await found(store, "about").isEmpty)
        try await store.commit(result(["new"]))
        #expect(try await found(store, "new") == ["About new"])
        while try await store.indexPortion() {}
        #expect(try await found(store, "new") == ["About new"])
        #expect(try await found(store, "secret").isEmpty)
    }

    @Test func `P-50: a page's text replaces the body in the index, too`() async throws {
        let store = try Store(path: ":memory:")
        try await store.commit(result(["talks"]))
        try await store.indexPortion()
        let id = EntryID("id-talks")
        try await store.recordPage("https://a.example/1", of: id, at: now)
        #expect(try await store.pageWasAsked("https://a.example/1", now: now))
        try await store.settlePage(
            "https://a.example/1", of: id, outcome: .read, text: "an accord at last", verdict: .nothing)
        #expect(try await found(store, "accord") == ["About talks"])
        #expect(try await store.entry(id)?.entry.body == "an accord at last")
    }
}
