import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import TestSupport
import Testing
import Transfers

@testable import Watching

/// What `feeds check` and `feeds add` keep to when they ask hosts outside the schedule.
@Suite struct HostTurnsTests {
    private let clock = ManualClock()
    private let server: FeedServer

    init() throws { server = try FeedServer() }

    private var time: TimeSource {
        TimeSource(now: { [clock] in clock.date }, sleep: { [clock] in clock.advance(by: $0) })
    }

    private func turns(_ rules: HostRules = HostRules(), known: Remembered = Remembered()) -> HostTurns {
        HostTurns(rules: { _ in rules }, time: time, known: known)
    }

    private func probe(_ turns: HostTurns) -> FeedProbe {
        var settings = FetchSettings(userAgent: "Durbeen/test")
        settings.allowAddresses = ["127.0.0.0/8"].compactMap { AddressRange($0) }
        return FeedProbe(fetcher: Fetcher(settings), turns: turns)
    }

    private func feeds(_ paths: String...) -> [Feed] { paths.map { Feed(url: server.url($0)) } }

    @Test func `P-47, P-69: a public host keeps its pause though the pause of allowed addresses is none`() async throws
    {
        var fetch = Configuration.Fetch()
        fetch.allowAddresses = ["127.0.0.0/8"]
        fetch.hostSpacing = .zero
        fetch.hostBudget = 0
        let turns = HostTurns(
            rules: { [fetch] in Wiring.hostRules(fetch, hostKey: $0) }, time: time, known: Remembered())
        for (url, pause) in [("http://127.0.0.1:1/feed", 0.0), ("https://institute.example/feed", 5)] {
            let feed = Feed(url: url)
            try await turns.take(url, for: feed)
            await turns.ended(url, for: feed, HostTurns.Answer(trace: FetchTrace(), hint: FreshnessHint()))
            let begin = clock.date
            try await turns.take(url, for: feed)
            #expect(clock.date.timeIntervalSince(begin) == pause)
        }
    }

    @Test func `P-31, P-32: after a 429 nothing else is asked of its host, and the pause is kept for the store`()
        async throws
    {
        server.on("/a", .feed(["1"], etag: nil))
        server.on("/b", .error(429, [("Retry-After", "7200")]))
        let probe = probe(turns())
        let reports = await probe.reports(on: [0, 1, 2], of: feeds("/a", "/b", "/c"), known: Remembered())
        #expect(reports.map(\.1.isWell) == [true, false, false])
        #expect(server.requests.map(\.path) == ["/a", "/b"])
        let text = reports[2].1.lines(now: clock.date).joined()
        #expect(text.contains("not asked: its host asked for a pause until "))
        let notes = await probe.stop()
        let until = clock.date.addingTimeInterval(7200)
        #expect(notes.pauses == [CheckBatch.Pause(host: hostKey(of: server.url), until: until)])
        #expect(notes.feedPauses == [CheckBatch.FeedPause(url: server.url("/b"), until: until)])
        #expect(notes.ledger.map(\.requests) == [2] && notes.ledger.map(\.toldToWait) == [1])
    }

    @Test(arguments: [429, 503]) func `P-28: who asks for a pause is not asked again for its validators`(status: Int)
        async throws
    {
        server.on("/a", .feed(["1"], headers: [("Retry-After", "600")]), .notModified())
        server.on("/b", .error(status, [("Retry-After", "600")]))
        let probe = probe(turns())
        let reports = await probe.reports(on: [0, 1, 2], of: feeds("/a", "/b", "/c"), known: Remembered())
        #expect(server.requests.map(\.path) == ["/a", "/b"])
        guard case .seen(_, _, .unknown) = reports[0].1.result else {
            Issue.record("\(reports[0].1.result)")
            return
        }
        #expect(await probe.stop().feedPauses.count == 2)
    }

    @Test func `P-15: a feed's second request shows whether its validators work, a pause after the first`() async throws
    {
        server.on("/a", .feed(["1"]), .notModified())
        let probe = probe(turns())
        let begin = clock.date
        let report = try #require(await probe.reports(on: [0], of: feeds("/a"), known: Remembered()).first?.1)
        guard case .seen(_, _, .work) = report.result else {
            Issue.record("\(report.result)")
            return
        }
        #expect(clock.date.timeIntervalSince(begin) == 5)
        let line = try #require(await probe.stop().ledger.first)
        #expect(line.requests == 2 && line.first == 1 && line.conditional == 1 && line.notModified == 1)
    }

    @Test func `P-47: what the daemon asked of a host within the hour counts for who asks beside it`() async throws {
        let now = clock.date
        func record(_ path: String, ago: Double, interval: Double = 3600, led: String? = nil) -> FeedRecord {
            var state = FeedState()
            state.lastAttempt = now.addingTimeInterval(-ago)
            state.interval = .seconds(interval)
            state.validatorsURL = led.map { server.url($0) }
            return FeedRecord(feed: Feed(url: server.url(path)), state: state)
        }
        // One check, one that followed a redirect, three of a feed with a short interval, and one too long ago.
        let records = [
            record("/a", ago: 2), record("/b", ago: 600, led: "/c"), record("/d", ago: 900, interval: 1200),
            record("/e", ago: 3600),
        ]
        var known = Remembered()
        known.asked = records.flatMap { Remembered.asked(for: $0, now: now) }.sorted { $0.at < $1.at }
        #expect(known.asked.map { now.timeIntervalSince($0.at) } == [3300, 2100, 900, 600, 600, 2])
        for budget in [6, 7] {
            let turns = turns(HostRules(hourlyBudget: budget), known: known)
            let feed = Feed(url: server.url("/new"))
            do throws(HostTurns.Refusal) {
                let before = clock.date
                try await turns.take(feed.url, for: feed)
                // Five seconds after the daemon's last.
                #expect(budget == 7 && clock.date.timeIntervalSince(before) == 3)
            } catch {
                #expect(budget == 6 && error == .budget(until: now.addingTimeInterval(300)))
            }
        }
    }

    @Test func `P-47: what the store knows of the last hour is what commands beside the daemon begin with`()
        async throws
    {
        let scene = try await PollScene(paths: ["/feed"], clock: clock, secondLook: SecondLook(from: 0, below: 0.9))
        let link = scene.server.url("/page")
        scene.server.on(
            "/feed",
            LoopbackResponse(
                text: "<rss><channel><item><guid>1</guid><title>An accord</title><link>\(link)</link></item>"
                    + "</channel></rss>"))
        let began = clock.date
        try await scene.poll()
        let pages = try await scene.store.pagesAsked(since: clock.date.addingTimeInterval(-3600))
        #expect(Set(pages.map(\.url)) == [link, scene.server.url("")])
        #expect(try await scene.store.pagesAsked(since: clock.date).isEmpty)
        let asked = Remembered.asked(for: try await scene.record(), now: clock.date)
        #expect(asked.map(\.place) == [hostKey(of: link)])
        // Times are stored in whole milliseconds.
        #expect(abs(try #require(asked.first).at.timeIntervalSince(began)) < 0.001)
        await scene.end()
    }

    @Test func `P-47, P-48: what was asked of a host whose feeds are in a group counts with the group`() {
        let now = clock.date
        func record(_ url: String, group: String?) -> FeedRecord {
            var state = FeedState()
            state.lastAttempt = now.addingTimeInterval(-60)
            return FeedRecord(feed: Feed(url: url, rateGroup: group), state: state)
        }
        var led = record("https://other.example/feed", group: nil).state
        led.validatorsURL = "https://blogs.example/elsewhere"
        let asked = Remembered.asked(
            for: [
                record("https://blogs.example/feed", group: "blogs"),
                FeedRecord(feed: Feed(url: "https://other.example/feed"), state: led),
            ],
            pages: [
                ("https://blogs.example/page", now.addingTimeInterval(-120)), ("https://third.example", now),
                ("https://third.example/later", now.addingTimeInterval(1)),
            ], now: now)
        let group = "group blogs"
        #expect(asked.map(\.place) == [group, group, "other.example", group, "third.example"])
    }

    @Test func `P-47, P-48: an hour's budget is kept, for all hosts of a rate group together`() async throws {
        let turns = turns(HostRules(connections: 1, spacing: .seconds(1), hourlyBudget: 2))
        func ask(_ url: String) async throws(HostTurns.Refusal) {
            let feed = Feed(url: url, rateGroup: "blogs")
            try await turns.take(url, for: feed)
            await turns.ended(url, for: feed, HostTurns.Answer(trace: FetchTrace(), hint: FreshnessHint()))
        }
        let begin = clock.date
        try await ask("https://a.example/feed")
        try await ask("https://b.example/feed")
        await #expect(throws: HostTurns.Refusal.budget(until: begin.addingTimeInterval(3600))) {
            try await ask("https://c.example/feed")
        }
    }

    @Test func `P-32: the feed that a page names is left alone while its host asks for it`() async throws {
        let other = try FeedServer(address: "127.0.0.2")
        server.on(
            "/",
            LoopbackResponse(
                headers: [("Content-Type", "text/html")],
                text:
                    "<html><head><link rel=alternate type='application/rss+xml' href='\(other.url("/feed"))'></head></html>"
            ))
        let until = clock.date.addingTimeInterval(3600)
        let probe = probe(turns(known: Remembered(pauses: Pauses([.init(host: hostKey(of: other.url), until: until)]))))
        let found = await probe.find(at: Feed(url: server.url("/"))) { _ in }
        guard case .notAsked(other.url("/feed"), .pause(until)) = found else {
            Issue.record("\(found)")
            return
        }
        #expect(other.requests.isEmpty && server.requests.count == 1)
        _ = await probe.stop()
        other.stop()
    }

    @Test func `P-31: what commands were told is written beside the daemon, and makes pauses longer only`() async throws
    {
        let folder = try TemporaryDirectory()
        let daemon = try Store(path: folder.path("store"))
        let now = clock.date
        _ = try await daemon.setFeeds([Feed(url: "https://a.example/feed")], now: now)
        let beside = try Store(amendingBeside: folder.path("store"))
        for seconds in [7200.0, 600] {
            let until = now.addingTimeInterval(seconds)
            try await beside.note(
                [LedgerLine(host: "a.example", day: 20_000)], pauses: [.init(host: "a.example", until: until)],
                feedPauses: [.init(url: "https://a.example/feed", until: until)])
        }
        let longer = now.addingTimeInterval(7200)
        #expect(try await daemon.pauses(now: now).map(\.until) == [longer])
        #expect(try await daemon.feedState("https://a.example/feed")?.pausedUntil == longer)
        #expect(try await daemon.ledger(sinceDay: 0).map(\.host) == ["a.example"])
        await beside.close()
        await daemon.close()
    }

    @Test func `P-26: a pause that a clock years ahead wrote holds nobody`() async throws {
        let store = try Store(path: ":memory:")
        let now = clock.date
        try await store.write(CheckBatch(pauses: [.init(host: "a", until: now.addingTimeInterval(10 * 365 * 86_400))]))
        #expect(try await store.pauses(now: now).isEmpty)
    }
}
