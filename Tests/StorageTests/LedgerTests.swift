import FeedModel
import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

@Suite struct LedgerTests {
    private let now = Date(timeIntervalSince1970: 1_795_000_000)
    private let feed = Feed(url: "https://a.example/feed")

    private func pause(_ host: String, days: Double) -> CheckBatch.Pause {
        CheckBatch.Pause(host: host, until: now.addingTimeInterval(days * 86_400))
    }

    @Test func `P-31: a pause that a command noted beside the daemon outlasts a shorter one that the daemon writes`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let store = try Store(path: path)
        let noted = [pause("a.example", days: 2)]
        try await Store(amendingBeside: path).note([], pauses: noted, feedPauses: [])
        try await store.write(CheckBatch(pauses: [pause("a.example", days: 1)]))
        #expect(try await store.pauses(now: now) == noted)
        try await store.write(CheckBatch(pauses: [pause("a.example", days: 3)]))
        #expect(try await store.pauses(now: now) == [pause("a.example", days: 3)])
    }

    @Test func `R14: a pause of a clock that was ahead yields to one of the right time, and is removed`() async throws {
        let store = try Store(path: ":memory:")
        try await store.write(CheckBatch(pauses: [pause("a.example", days: 3650), pause("b.example", days: 3650)]))
        #expect(try await store.pauses(now: now).isEmpty)
        try await store.write(CheckBatch(pauses: [pause("a.example", days: 1)]))
        #expect(try await store.pauses(now: now) == [pause("a.example", days: 1)])
        _ = try await store.prune(Retention(), now: now)
        #expect(try await store.pauses(now: now) == [pause("a.example", days: 1)])
        // When the time has come that the clock showed then, nothing is left of it.
        #expect(try await store.pauses(now: now.addingTimeInterval(3649 * 86_400)).isEmpty)
    }

    @Test func `P-31: the longest pause that a server is granted is read back`() async throws {
        let store = try Store(path: ":memory:")
        try await store.write(CheckBatch(pauses: [pause("a.example", days: 7)]))
        #expect(try await store.pauses(now: now.addingTimeInterval(-1)) == [pause("a.example", days: 7)])
    }

    @Test func `a check that gives no terms leaves those of the last decision`() async throws {
        let store = try Store(path: ":memory:")
        try await store.setFeeds([feed], now: now)
        let terms = [WaitTerm(.floor, .seconds(660), "fetch.floor")]
        for given in [terms, []] {
            try await store.write(
                CheckBatch(unchanged: [.init(url: feed.url, times: CheckTimes(lastSuccess: now), terms: given)]))
            #expect(try await store.terms(of: feed.url) == terms)
        }
    }
}

@Suite struct PageTests {
    private let now = Date(timeIntervalSince1970: 1_795_000_000)
    private let page = "https://site.example/page"

    private func after(_ minutes: Double) -> Date { now.addingTimeInterval(60 * minutes) }

    /// Two feeds, each with an entry that leads to the same page.
    private func store() async throws -> Store {
        let store = try Store(path: ":memory:")
        let feeds = ["a", "b"].map { Feed(url: "https://\($0).example/feed") }
        try await store.setFeeds(feeds, now: now)
        for feed in feeds {
            let entry = Entry(id: EntryID("of " + feed.url), feedURL: feed.url, title: "t", url: page)
            try await store.commit(
                CheckResult(
                    feedURL: feed.url, at: now, state: FeedState(), outcome: .updated(new: 1, matched: 0),
                    entries: [MatchedEntry(entry: entry, verdict: .nothing, firstSeen: now)]))
        }
        return store
    }

    @Test func `P-50: a page that is to be tried again is not asked for before, for another entry's sake either`()
        async throws
    {
        let store = try await store()
        try await store.recordPage(page, of: EntryID("of https://a.example/feed"), at: now)
        #expect(try await store.pageWasAsked(page, now: now))
        let next = try #require(try await store.postponePage(page, now: now))
        #expect(next == after(120))
        #expect(try await store.pageWasAsked(page, now: after(10)))
        #expect(try await !store.pageWasAsked(page, now: next))
        // Planned by a clock that was a year ahead.
        #expect(try await !store.pageWasAsked(page, now: after(-365 * 1440)))
    }

    @Test func `P-50: what comes of a page belongs to the entry that it was asked for last`() async throws {
        let store = try await store()
        let (first, second) = (EntryID("of https://a.example/feed"), EntryID("of https://b.example/feed"))
        try await store.recordPage(page, of: first, at: now)
        let next = try #require(try await store.postponePage(page, now: now))
        try await store.recordPage(page, of: second, at: next)
        #expect(try await store.waitingPages().isEmpty)
        let again = try #require(try await store.postponePage(page, now: next))
        #expect(
            try await store.waitingPages() == [
                .init(url: page, entry: second, feedURL: "https://b.example/feed", at: again)
            ])
    }
}
