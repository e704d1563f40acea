import FeedModel
import FoundationEssentials
import Testing

@testable import Storage

@Suite struct RetentionTests {
    @Test func `R7, R24: what is remembered of hosts, pages and feeds that left is forgotten in time`() async throws {
        let store = try Store(path: ":memory:")
        let start = Date(timeIntervalSince1970: 1_795_000_000)
        let url = "https://a.example/feed"
        try await store.setFeeds([Feed(url: url)], now: start)
        var state = FeedState()
        state.lastAttempt = start
        let entry = Entry(id: EntryID("e"), feedURL: url, title: "t")
        let result = CheckResult(
            feedURL: url, at: start, state: state, outcome: .updated(new: 1, matched: 0),
            entries: [MatchedEntry(entry: entry, verdict: .nothing, firstSeen: start)])
        let day = Int(start.timeIntervalSince1970 / 86_400)
        try await store.write(
            CheckBatch(
                results: [result], ledger: [LedgerLine(host: "a.example", day: day)],
                pauses: [.init(host: "a.example", until: start.addingTimeInterval(3600))]))
        try await store.keepRobots("", of: "https://a.example", at: start)
        try await store.recordPage("https://a.example/1", of: EntryID("e"), at: start)
        try await store.setFeeds([], now: start)
        // A week at a time, for a clock that leaps is not believed.
        for week in 0...130 {
            let now = start.addingTimeInterval(Double(week) * 7 * 86_400)
            _ = try await store.prune(Retention(), now: now)
            let days = week * 7
            #expect(try await store.robots(of: "https://a.example") == nil || days < 3)
            #expect(try await store.ledger(sinceDay: 0).isEmpty == (days > 400), "\(days)")
            #expect(try await store.pageWasAsked("https://a.example/1", now: now) == (days <= 400), "\(days)")
            #expect(try await (store.feed(url) == nil) == (days > 800), "\(days)")
        }
        #expect(try await store.pauses(now: start).isEmpty)
        // It comes back as any new feed.
        #expect(try await store.setFeeds([Feed(url: url)], now: start).map(\.state) == [FeedState()])
    }
}
