import FeedModel
import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

@Suite struct AttemptTests {
    private let now = Date(timeIntervalSince1970: 1_795_000_000)
    private let slow = Feed(url: "https://slow.example/")
    private let quick = Feed(url: "https://quick.example/")

    private func after(_ minutes: Double) -> Date { now.addingTimeInterval(60 * minutes) }

    private func attempt(_ feed: Feed, at minute: Double) -> CheckBatch.Attempt {
        CheckBatch.Attempt(url: feed.url, at: after(minute), nextCheck: after(minute + 5))
    }

    private func times(at minute: Double) -> CheckTimes {
        CheckTimes(
            lastAttempt: after(minute), lastSuccess: after(minute), nextCheck: after(minute + 60), permittedFrom: nil,
            interval: nil)
    }

    /// `slow` and `quick` are asked together; `quick` is answered and asked again, and answered as `answer` says.
    private func leaveOneOpen(
        in store: Store, answer: (CheckTimes) -> CheckBatch
    ) async throws -> CheckTimes {
        try await store.setFeeds([slow, quick], now: now)
        try await store.write(CheckBatch(attempts: [attempt(slow, at: 0), attempt(quick, at: 0)]))
        try await store.write(answer(times(at: 1)))
        // The clock was set back meanwhile: what came later is known by its number.
        try await store.write(CheckBatch(attempts: [attempt(quick, at: -10)]))
        try await store.write(answer(times(at: -9)))
        return times(at: -9)
    }

    @Test(arguments: [false, true])
    func `P-24: an attempt that was answered stays so when the record of a later one is gone`(
        bringsNews: Bool
    ) async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let url = quick.url
        var store = try Store(path: path)
        let last = try await leaveOneOpen(in: store) { times in
            var state = FeedState()
            state.times = times
            let result = CheckResult(
                feedURL: url, at: times.lastSuccess ?? now, state: state, outcome: .updated(new: 0, matched: 0))
            return bringsNews
                ? CheckBatch(results: [result]) : CheckBatch(unchanged: [.init(url: url, times: times, terms: [])])
        }
        for _ in 0..<2 {
            #expect(try await store.feedState(quick.url)?.times == last)
            #expect(try await store.feedState(slow.url)?.lastAttempt == now)
            #expect(try await store.openFeeds() == [slow.url])
            await store.close()
            store = try Store(path: path)
        }
        try await store.setFeeds([slow, quick], now: now)
        try await store.write(CheckBatch(unchanged: [.init(url: slow.url, times: times(at: 2), terms: [])]))
        #expect(try await store.feeds().map(\.state.times) == [times(at: 2), last])
        #expect(try await store.attemptRows().isEmpty)
    }

    @Test func `P-24: the number of an attempt never comes back`() async throws {
        let store = try Store(path: ":memory:")
        try await store.setFeeds([quick], now: now)
        var numbers: [Int64] = []
        for minute in 0..<3 {
            try await store.write(CheckBatch(attempts: [attempt(quick, at: Double(minute))]))
            numbers += try await store.attemptRows()
            try await store.write(
                CheckBatch(unchanged: [.init(url: quick.url, times: times(at: Double(minute)), terms: [])]))
        }
        #expect(Set(numbers).count == 3 && numbers == numbers.sorted())
    }

    @Test func `P-38: a feed is revived beside the process that is asking it`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        let store = try Store(path: path)
        _ = try await leaveOneOpen(in: store) { CheckBatch(unchanged: [.init(url: quick.url, times: $0, terms: [])]) }
        try await store.write(CheckBatch(attempts: [attempt(quick, at: 20)]))
        #expect(try await store.feedState(quick.url)?.nextCheck == after(25))
        let beside = try Store(amendingBeside: path)
        #expect(try await beside.revive(quick.url))
        #expect(try await beside.feedState(quick.url)?.nextCheck == nil)
        #expect(try await store.feedState(quick.url)?.nextCheck == nil)
        #expect(try await store.feedState(slow.url)?.nextCheck == after(5))
        // What comes of the check under way is taken, and the next attempt rules.
        try await store.write(CheckBatch(unchanged: [.init(url: quick.url, times: times(at: 21), terms: [])]))
        #expect(try await store.feedState(quick.url)?.times == times(at: 21))
        try await store.write(CheckBatch(attempts: [attempt(quick, at: 81)]))
        #expect(try await store.feedState(quick.url)?.nextCheck == after(86))
        #expect(try await store.attemptRows().count == 2)
    }

    @Test func `P-24: an attempt at a feed that was forgotten says nothing of the feed that gets its row`() async throws
    {
        let store = try Store(path: ":memory:")
        _ = try await leaveOneOpen(in: store) { CheckBatch(unchanged: [.init(url: quick.url, times: $0, terms: [])]) }
        let row = try await store.rowOfFeed(quick.url)
        #expect(try await store.highestFeedRow() == row, "only the highest number is given again")
        try await store.setFeeds([slow], now: now)
        try await store.forgetFeeds(Value(after(1000)))
        #expect(try await store.feed(quick.url) == nil)
        let other = Feed(url: "https://other.example/")
        #expect(try await store.setFeeds([slow, other], now: now).map(\.state.lastAttempt) == [now, nil])
        #expect(try await store.rowOfFeed(other.url) == row)
        #expect(try await store.feedState(other.url) == FeedState())
        #expect(try await store.openFeeds() == [slow.url])
    }

    @Test func `R7: an attempt that nobody answers goes with its feed`() async throws {
        let store = try Store(path: ":memory:")
        try await store.setFeeds([slow], now: now)
        try await store.write(CheckBatch(attempts: [attempt(slow, at: 0)]))
        try await store.setFeeds([], now: now)
        try await store.forgetFeeds(Value(after(1000)))
        #expect(try await store.attemptRows().isEmpty)
        try await store.setFeeds([slow], now: now)
        #expect(try await store.feedState(slow.url) == FeedState())
    }

    @Test func `R7: a feed that is listed again while others are forgotten stays`() async throws {
        let store = try Store(path: ":memory:")
        let feeds = (0..<40).map { Feed(url: "https://\($0).example/") }
        try await store.setFeeds(feeds, now: now)
        try await store.setFeeds([], now: now)
        let upkeep = Task { try await store.forgetFeeds(Value(after(1000))) }
        // Between two of them: some are gone, some are not.
        while try await store.feedCount() == feeds.count { await Task.yield() }
        try await store.setFeeds(feeds, now: now)
        try await upkeep.value
        #expect(try await store.feeds().map(\.feed) == feeds)
        for feed in feeds {
            try await store.write(CheckBatch(unchanged: [.init(url: feed.url, times: times(at: 1), terms: [])]))
        }
        #expect(try await store.feeds().allSatisfy { $0.state.times == times(at: 1) })
    }
}

extension Store {
    fileprivate func attemptRows() throws(StoreError) -> [Int64] { try connection.numbers("SELECT id FROM attempts") }

    fileprivate func feedCount() throws(StoreError) -> Int {
        Int(try connection.number("SELECT count(*) FROM feeds") ?? 0)
    }

    fileprivate func highestFeedRow() throws(StoreError) -> Int64? {
        try connection.number("SELECT max(id) FROM feeds")
    }

    /// The feeds whose last attempt is open for a process that starts now.
    fileprivate func openFeeds() throws(StoreError) -> [String] {
        var open = try Self.openAttempts(on: connection)
        var urls: [String] = []
        try connection.run("SELECT id, url FROM feeds ORDER BY id") { (row) throws(StoreError) in
            if open.answer(row.integer(0)) != nil { urls.append(row.text(1)) }
        }
        return urls
    }
}
