import FeedModel
import FoundationEssentials
import LoopbackServer
import Matching
import Storage
import Synchronization
import TestSupport
import Testing
import Transfers

@testable import Watching

/// Rules P-17 to P-40 as they show on the wire: when a feed is asked again.
@Suite struct WaitingRulesTests {
    private static let hour = 3600.0
    private static let day = 86_400.0

    @Test(arguments: [
        (LoopbackResponse.feed(["1"], headers: [("Cache-Control", "max-age=7200")]), 2.0),
        (.feed(["1"], headers: [("Retry-After", "18000")]), 5),
        (.feed(["1"], extra: "<ttl>240</ttl>"), 4),
        (.feed(["1"], headers: [("Cache-Control", "max-age=31536000")]), 24),
        (.feed(["1"], headers: [("Cache-Control", "no-store")]), 1),
    ])
    func `P-17, P-18, P-19, P-28: the longest wait that anybody asks for is kept`(
        answer: LoopbackResponse, hours: Double
    ) async throws {
        let scene = try await PollScene { $0.interval = .seconds(3600) }
        scene.server.on("/feed", answer)
        try await scene.poll()
        // The second check lies up to one interval later, by the feed's phase (P-23).
        let wait = try #require(scene.wait())
        #expect(wait >= hours * Self.hour && wait < 2 * hours * Self.hour)
        await scene.end()
    }

    @Test func `P-19: a poll that falls into a skipped hour or day moves to its end`() {
        // 2026-11-23 was a Monday.
        let monday = Date(timeIntervalSince1970: 1_795_392_000)
        func first(_ hours: [Int], _ days: [String], from offset: Double) -> Double {
            SkippedHours(hours: hours, days: days).firstAllowed(from: monday.addingTimeInterval(offset * 3600))
                .timeIntervalSince(monday) / 3600
        }
        #expect(first([2, 3], [], from: 1.5) == 1.5)
        #expect(first([2, 3], [], from: 2.5) == 4)
        #expect(first([23, 24, 0], [], from: 23.25) == 25)
        #expect(first([], ["Monday"], from: 3) == 24)
        #expect(first([0], ["monday", "Tuesday"], from: 3) == 49)
        #expect(first(Array(0...23), [], from: 3) == 3)
        #expect(first([99, -1], ["Someday"], from: 3) == 3)
    }

    @Test func `P-21, P-66: without validators a feed waits a day, and six hours after a gap`() async throws {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", .feed(["1", "2", "3", "4", "5"], etag: nil), .feed(["6", "7", "8", "9", "10"], etag: nil))
        try await scene.poll()
        #expect(try #require(scene.wait()) >= Self.day)
        try await scene.poll(after: .seconds(2 * Self.day))
        #expect(try await scene.state().memory.gapAt == scene.clock.date)
        #expect(try await scene.state().interval == .seconds(6 * Self.hour))
        await scene.end()
    }

    @Test func `P-24, R15: ten restarts in ten minutes cost no request`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1"]))
        try await scene.poll()
        for _ in 0..<10 {
            scene.clock.advance(by: .seconds(60))
            let again = try await PollScene(store: scene.store, clock: scene.clock, server: scene.server)
            try await again.poll()
            await again.fetcher.stop()
        }
        #expect(scene.server.requests.count == 1)
        await scene.end()
    }

    @Test func `P-24: the attempt and the next due time are on disk before the request arrives`() async throws {
        let scene = try await PollScene()
        let (store, url, now) = (scene.store, scene.server.url("/feed"), scene.clock.date)
        scene.server.on("/feed") { _ in
            // The server's thread may wait for the store.
            let state = blocking { try await store.feedState(url) }
            let isWritten = state?.lastAttempt == now && (state?.nextCheck ?? now) > now
            return isWritten ? .feed(["1"]) : .error(500)
        }
        #expect(try await scene.poll().map(\.outcome) == [.updated(new: 1, matched: 0)])
        await scene.end()
    }

    @Test func `P-19, P-65: a check that falls into skipped hours comes after them, and not all at once`() {
        let timing = CheckTiming()
        // A Monday at five past eleven.
        let now = Date(timeIntervalSince1970: 1_795_431_900)
        var state = FeedState()
        state.memory.skipHours = [12, 13]
        let moments = (0..<200).map { number in
            timing.decide(
                feed: Feed(url: "https://a.example/\(number)"), state: state, hint: FreshnessHint(), isFirst: false,
                now: now, chance: { _, _ in 0 }
            ).next
        }
        let hour = moments.map { Int($0.timeIntervalSince1970) / 3600 % 24 }
        #expect(Set(hour) == [14])
        #expect(Set(moments.map { Int($0.timeIntervalSince1970) / 60 }).count > 40)
    }

    @Test func `P-26, R14: due times written by a clock that was ahead are pulled in`() {
        let timing = CheckTiming()
        let now = Date(timeIntervalSince1970: 1_795_600_000)
        let ahead = now.addingTimeInterval(30 * 3600)
        // Set an hour before it was due, by a clock a day ahead: an hour it is.
        #expect(
            timing.clamped(ahead, lastAttempt: ahead.addingTimeInterval(-3600), now: now)
                == now.addingTimeInterval(3600))
        #expect(timing.clamped(now.addingTimeInterval(60), lastAttempt: now, now: now) == now.addingTimeInterval(60))
    }

    @Test(arguments: [-3600, 3600, 10 * 365 * 86_400] as [Double])
    func `P-26, R14: a clock that steps, and steps back, costs one poll a feed at most and silences none`(
        step: Double
    ) async throws {
        let paths = (0..<5).map { "/\($0)" }
        let scene = try await PollScene(paths: paths) { $0.interval = .seconds(3600) }
        for path in paths { scene.server.on(path, .feed([path])) }
        // Past the second check, which is spread over an interval; none late enough to be spread again.
        for _ in 0..<36 { try await scene.poll(after: .seconds(300)) }
        let before = scene.server.requests.count
        let each = Dictionary(uniqueKeysWithValues: paths.map { ($0, scene.server.requests(for: $0).count) })
        scene.clock.setDate(scene.clock.date.addingTimeInterval(step))
        try await scene.poll()
        try await scene.poll(after: .seconds(60))
        scene.clock.setDate(scene.clock.date.addingTimeInterval(-step))
        try await scene.poll()
        #expect(scene.server.requests.count <= before + 5)
        // An interval with its jitter later everybody has been asked again.
        try await scene.poll(after: .seconds(3600 + 1800 + 60))
        for path in paths { #expect(scene.server.requests(for: path).count > each[path] ?? 0) }
        await scene.end()
    }

    @Test(arguments: [3600, 10 * 365 * 86_400] as [Double])
    func `R14, P-65: a clock that is set forward has nobody asked sooner, and nobody later`(step: Double) async throws {
        let scene = try await PollScene(paths: ["/a"]) { $0.interval = .seconds(3600) }
        scene.server.on("/a", .feed(["a"]))
        // Past the second check, which is spread over an interval; none late enough to be spread again.
        var before = 1
        for _ in 0..<48 where scene.server.requests.count < 3 || before == scene.server.requests.count {
            before = scene.server.requests.count
            try await scene.poll(after: .seconds(300))
        }
        before = scene.server.requests.count
        scene.clock.advance(by: .seconds(600))
        scene.clock.setDate(scene.clock.date.addingTimeInterval(step))
        try await scene.poll()
        #expect(scene.server.requests.count == before)
        // The rest of the interval, and its jitter.
        for _ in 0..<12 { try await scene.poll(after: .seconds(300)) }
        #expect(scene.server.requests.count == before + 1)
        // It was not late: the next comes an interval later, wherever its phase is.
        for _ in 0..<14 { try await scene.poll(after: .seconds(300)) }
        #expect(scene.server.requests.count == before + 2)
        await scene.end()
    }

    @Test(arguments: [7200, 3 * 86_400, 10 * 365 * 86_400] as [Double])
    func `P-26, R14: a round by hand after the clock was set back asks what is due an interval later, and no sooner`(
        step: Double
    ) async throws {
        let server = try FeedServer()
        server.on("/feed", .feed(["1"]))
        server.on("/busy", .error(503, [("Retry-After", "7200")]))
        var configuration = Configuration()
        configuration.fetch.allowAddresses = ["127.0.0.0/8"]
        configuration.fetch.hostSpacing = .zero
        configuration.watchlists.secondLook = nil
        let store = try Store(path: ":memory:")
        let clock = ManualClock()
        func once() async throws -> Int {
            let wiring = Wiring(
                configuration: configuration,
                feeds: ["/feed", "/busy"].map { Feed(url: server.url($0), interval: .seconds(3600)) },
                matcher: try Matcher([]), fetcher: Fetcher(Wiring.fetchSettings(configuration.fetch)),
                timing: Wiring.checkTiming(configuration.fetch))
            let time = TimeSource(now: { clock.date }, sleep: { clock.advance(by: $0) })
            let round = OnceRound(wiring: wiring, store: store, time: time, log: .silent)
            let checked = try await round.run(OnceRound.Options()) { _, _ in }.checked
            await wiring.fetcher.stop()
            return checked
        }
        clock.setDate(clock.date.addingTimeInterval(step))
        #expect(try await once() == 2)
        clock.setDate(clock.date.addingTimeInterval(-step))
        #expect(try await once() == 0)
        clock.advance(by: .seconds(3540))
        #expect(try await once() == 0)
        // By the hour, as cron does it: second checks lie up to two waits and a little after the first.
        for _ in 0..<4 {
            clock.advance(by: .seconds(3600))
            _ = try await once()
        }
        #expect(server.requests(for: "/feed").count >= 2 && server.requests(for: "/busy").count >= 2)
        server.stop()
    }

    @Test(arguments: [3600, 10 * 365 * 86_400] as [Double])
    func `P-26, R14: what servers asked for while the clock was ahead holds them no longer than they asked`(
        step: Double
    ) async throws {
        let scene = try await PollScene(paths: ["/a", "/b"]) { $0.interval = .seconds(3600) }
        scene.server.on("/a", .feed(["a"]), .error(429, [("Retry-After", "7200")]), .feed(["a"]))
        scene.server.on("/b", .feed(["b"]))
        try await scene.poll()
        scene.clock.setDate(scene.clock.date.addingTimeInterval(step))
        for _ in 0..<3 where scene.server.requests(for: "/a").count < 2 { try await scene.poll(after: .seconds(3600)) }
        #expect(scene.server.requests(for: "/a").count == 2)
        scene.clock.setDate(scene.clock.date.addingTimeInterval(-step))
        let before = scene.server.requests(for: "/b").count
        for _ in 0..<4 { try await scene.poll(after: .seconds(3600)) }
        #expect(scene.server.requests(for: "/a").count > 2 && scene.server.requests(for: "/b").count > before)
        // Nor does one that is started anew.
        let again = try await PollScene(
            paths: ["/a", "/b"], store: scene.store, clock: scene.clock, server: scene.server)
        #expect(try #require(again.wait("/a")) <= 2 * 3600 && #require(again.wait("/b")) <= 2 * 3600)
        await again.fetcher.stop()
        await scene.end()
    }

    @Test func `P-24, R15: a restart asks no feed again before its own interval, however long, is over`() async throws {
        let scene = try await PollScene { $0.interval = .seconds(30 * 86_400) }
        scene.server.on("/feed", .feed(["1"]))
        try await scene.poll()
        let again = try await PollScene(store: scene.store, clock: scene.clock, server: scene.server) {
            $0.interval = .seconds(30 * 86_400)
        }
        try await again.poll(after: .seconds(86_400))
        #expect(scene.server.requests.count == 1)
        await again.fetcher.stop()
        await scene.end()
    }

    @Test func `R11: no address is asked twice within its floor, whoever asks, without --force`() async throws {
        let scene = try await PollScene { $0.interval = .seconds(3600) }
        scene.server.on("/feed", .feed(["1"], headers: [("Retry-After", "7200")]))
        try await scene.poll()
        for _ in 0..<11 { try await scene.poll(after: .seconds(600)) }
        #expect(scene.server.requests.count == 1)
        let record = try #require(try await scene.store.feed(scene.server.url("/feed")))
        #expect(scene.desk.pause(of: record, now: scene.clock.date) != nil)
        #expect(scene.server.requests.allSatisfy { $0.header("Cookie") == nil && $0.header("Referer") == nil })
        await scene.end()
    }

    @Test(arguments: [("0", false), ("-5", false), ("soon", false), ("", false), ("3", true)])
    func `P-27: only a usable Retry-After says anything`(value: String, says: Bool) async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .error(503, [("Retry-After", value)]))
        try await scene.poll()
        #expect((try await scene.state().pausedUntil != nil) == says)
        await scene.end()
    }

    @Test func `P-28: Retry-After of a redirect counts as well, and seven days are the most`() async throws {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", LoopbackResponse(status: 302, headers: [("Location", "/there"), ("Retry-After", "99999999")]))
        scene.server.on("/there", .feed(["1"]))
        try await scene.poll()
        let until = try #require(try await scene.state().pausedUntil)
        #expect(until.timeIntervalSince(scene.clock.date) == 7 * Self.day)
        await scene.end()
    }

    @Test func `P-29: a 429 without a wait doubles the interval, again and again, to a day`() async throws {
        let scene = try await PollScene { $0.interval = .seconds(3600) }
        scene.server.on("/feed", .feed(["1"]), .error(429))
        try await scene.poll()
        var waits: [Double] = []
        for _ in 0..<6 {
            try await scene.poll(after: .seconds(2 * Self.day))
            waits.append(try #require(scene.wait()) / Self.hour)
        }
        #expect(waits[0] >= 2 && zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 } && waits[5] == 24, "\(waits)")
        await scene.end()
    }

    @Test func `P-30: a 429 raises the floor by half, and a month of success lets it down again`() async throws {
        let scene = try await PollScene { $0.interval = .seconds(10 * 3600) }
        scene.server.on("/feed", .feed(["1"]), .error(429, [("Retry-After", "60")]), .notModified())
        try await scene.poll()
        try await scene.poll(after: .seconds(2 * Self.day))
        try await scene.poll(after: .seconds(2 * Self.day))
        let raised = try #require(try await scene.state().interval) / .seconds(Self.hour)
        #expect(raised > 14 && raised <= 15, "\(raised)")
        try await scene.poll(after: .seconds(31 * Self.day))
        #expect(try await scene.state().interval == .seconds(10 * Self.hour))
        await scene.end()
    }

    @Test func `P-31, P-32: a 429 holds the whole host back, also over a restart`() async throws {
        let scene = try await PollScene(paths: ["/a", "/b", "/c"])
        for path in ["/a", "/b", "/c"] { scene.server.on(path, .error(429, [("Retry-After", "7200")])) }
        try await scene.poll()
        #expect(scene.server.requests.count == 1)
        let again = try await PollScene(
            paths: ["/a", "/b", "/c"], store: scene.store, clock: scene.clock, server: scene.server)
        try await again.poll()
        try await again.poll(after: .seconds(7100))
        #expect(scene.server.requests.count == 1)
        try await again.poll(after: .seconds(200))
        #expect(scene.server.requests.count == 2)
        await again.fetcher.stop()
        await scene.end()
    }

    @Test func `P-31, P-68: behind a redirect the host that said 429 is held back, and what it was asked counts there`()
        async throws
    {
        let scene = try await PollScene()
        let other = try LoopbackServer(address: "127.0.0.2") { _ in .error(429, [("Retry-After", "7200")]) }
        scene.server.on("/feed", .redirect(to: other.url + "/elsewhere"))
        let report = try #require(try await scene.poll().first)
        #expect(report.failure?.status == 429 && report.state.pausedUntil != nil)
        let (own, theirs) = (hostKey(of: scene.server.url), hostKey(of: other.url))
        #expect(try await scene.store.pauses(now: scene.clock.date).map(\.host) == [theirs])
        let ledger = try await scene.store.ledger(sinceDay: 0)
        #expect(ledger.map { "\($0.host) \($0.requests)" }.sorted() == ["\(own) 1", "\(theirs) 1"].sorted())
        // Each webmaster finds what the own log says: the one led elsewhere, the other said 429.
        let lines = Dictionary(uniqueKeysWithValues: ledger.map { ($0.host, $0) })
        #expect(lines[own]?.otherAddress == 1 && lines[own]?.toldToWait == 0)
        #expect(lines[theirs]?.first == 1 && lines[theirs]?.toldToWait == 1)
        other.stop()
        await scene.end()
    }

    @Test(arguments: [(5, 0, 5), (0, 2, 3600)] as [(Double, Int, Double)])
    func `P-41, P-47: a redirect within the host is followed at once, and counts in its spacing, budget and ledger`(
        spacing: Double, budget: Int, wait: Double
    ) async throws {
        let scene = try await PollScene(
            paths: ["/a", "/b"],
            rules: HostRules(connections: 1, spacing: .seconds(spacing), hourlyBudget: budget))
        for path in ["/a", "/b"] {
            scene.server.on(path, .redirect(301, to: path + "/feed"))
            scene.server.on(path + "/feed", .feed([path]))
        }
        try await scene.poll()
        #expect(scene.server.requests.count == 2)
        try await scene.poll(after: .seconds(wait - 0.5))
        #expect(scene.server.requests.count == 2)
        try await scene.poll(after: .seconds(0.5))
        #expect(scene.server.requests.count == 4)
        let lines = try await scene.store.ledger(sinceDay: 0)
        #expect(lines.map(\.requests) == [4] && lines.map(\.otherAddress) == [2] && lines.map(\.violations) == [0])
        await scene.end()
    }

    @Test func `P-47: a host that many redirects lead to is asked in its own turn, one after the other`() async throws {
        let scene = try await PollScene()
        let other = try FeedServer(address: "127.0.0.2")
        let asked = Mutex<[Date]>([])
        var records: [FeedRecord] = []
        for number in 0..<4 {
            let path = "/\(number)"
            scene.server.on(path, .redirect(to: other.url(path)))
            other.on(path) { [clock = scene.clock] _ in
                asked.withLock { $0.append(clock.date) }
                return .feed([path])
            }
            records.append(FeedRecord(feed: Feed(url: scene.server.url(path))))
        }
        _ = try await scene.store.setFeeds(records.map(\.feed), now: scene.clock.date)
        let settings = CheckDesk.Settings(timing: CheckTiming()) { _ in
            HostRules(connections: 1, spacing: .seconds(5), hourlyBudget: 60)
        }
        var desk = CheckDesk(concurrency: 8, settings: settings, repeats: false)
        desk.adopt(records, pauses: [], now: scene.clock.date) { [clock = scene.clock] _ in clock.date }
        var reports: [CheckReport] = []
        try await CheckRound(check: scene.check, log: Log(level: .error, forJournal: false) { _ in }).run(&desk) {
            if case .with(let report) = $0 { reports.append(report) }
        }
        #expect(reports.map(\.outcome) == [CheckOutcome](repeating: .updated(new: 1, matched: 0), count: 4))
        let times = asked.withLock { $0 }
        #expect(times.count == 4 && zip(times, times.dropFirst()).allSatisfy { $1.timeIntervalSince($0) >= 5 })
        let lines = try await scene.store.ledger(sinceDay: 0)
        #expect(lines.map(\.requests) == [4, 4] && lines.map(\.violations) == [0, 0])
        #expect(lines.map(\.first).sorted() == [0, 4] && lines.map(\.otherAddress).sorted() == [0, 4])
        other.stop()
        await scene.end()
    }

    @Test func `P-31: a 429 holds back all feeds that redirects led to its host, and none beside them`() async throws {
        let scene = try await PollScene(paths: ["/a", "/b", "/c"])
        let other = try FeedServer(address: "127.0.0.2")
        for path in ["/a", "/b"] {
            scene.server.on(path, .redirect(to: other.url(path)))
            other.on(path, .feed([path]), .error(429, [("Retry-After", "7200")]))
        }
        scene.server.on("/c", .feed(["c"]))
        try await scene.poll()
        try await scene.poll(after: .seconds(2 * Self.day))
        #expect(other.requests.count == 3)
        #expect(scene.server.requests(for: "/c").count == 2)
        // Both ask again once the pause is over.
        try await scene.poll(after: .seconds(7300))
        #expect(other.requests.count > 3)
        other.stop()
        await scene.end()
    }

    @Test func `P-31: a 503 holds back its feed, and the host after a second feed within ten minutes`() async throws {
        let scene = try await PollScene(paths: ["/a", "/b", "/c"])
        for path in ["/a", "/b", "/c"] { scene.server.on(path, .error(503, [("Retry-After", "7200")])) }
        try await scene.poll()
        #expect(scene.server.requests.count == 2)
        await scene.end()
    }

    @Test func `P-33: each class of failure has its count, its last time and a sample`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .error(500), .error(404), LoopbackResponse(text: "<html>no</html>"), .error(502))
        var ended: Date?
        for _ in 0..<4 { ended = try await scene.poll(after: .seconds(8 * Self.day)).last?.ended }
        let counts = try await scene.store.failures(of: scene.server.url("/feed"))
        #expect(counts[.serverError]?.count == 2 && counts[.clientError]?.count == 1 && counts[.notAFeed]?.count == 1)
        #expect(counts[.serverError]?.last == ended && counts[.serverError]?.sample.status == 502)
        await scene.end()
    }

    @Test func `P-34: failures double the wait, never end the polling, and one success resets`() async throws {
        let scene = try await PollScene { $0.interval = .seconds(3600) }
        scene.server.on("/feed", .error(500), .error(500), .error(500), .feed(["1"]))
        var waits: [Double] = []
        for _ in 0..<4 {
            try await scene.poll(after: .seconds(Self.day))
            waits.append(try #require(try await scene.state().interval) / .seconds(Self.hour))
        }
        #expect(waits[0] >= 2 && waits[1] == 4 && waits[2] == 8 && waits[3] == 1, "\(waits)")
        #expect(try await scene.state().failures == 0)
        await scene.end()
    }

    @Test(arguments: [(401, [24.0, 24, 24, 24]), (403, [6, 24, 72, 72]), (404, [24, 24, 24, 24])])
    func `P-36: 401 and 404 are asked once a day, 403 ever less`(status: Int, expected: [Double]) async throws {
        let scene = try await PollScene { $0.interval = .seconds(3600) }
        scene.server.on("/feed", .feed(["1"]), .error(status))
        try await scene.poll()
        var waits: [Double] = []
        for _ in 0..<4 {
            try await scene.poll(after: .seconds(4 * Self.day))
            waits.append(try #require(scene.wait()) / Self.hour)
        }
        #expect(waits == expected)
        await scene.end()
    }

    @Test func `P-36, P-29: other failures before it are no step towards a longer wait after a 403 or 429`()
        async throws
    {
        let scene = try await PollScene { $0.interval = .seconds(3600) }
        scene.server.on("/feed", .feed(["1"]), .error(500), .error(500), .error(403), .error(403), .error(429))
        try await scene.poll()
        var waits: [Double] = []
        for _ in 0..<5 {
            try await scene.poll(after: .seconds(8 * Self.day))
            waits.append(try #require(scene.wait()) / Self.hour)
        }
        #expect(waits[2] == 6 && waits[3] == 24 && waits[4] >= 2 && waits[4] < 4, "\(waits)")
        await scene.end()
    }

    @Test func `P-36: after two weeks of 404 the site is looked at once, and what it names is suggested, not taken`()
        async throws
    {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1"]), .error(404))
        scene.server.on(
            "/", LoopbackResponse(text: "<link rel=alternate type='application/rss+xml' href='/new.xml'>"))
        for _ in 0..<20 { try await scene.poll(after: .seconds(Self.day * 1.2)) }
        #expect(scene.server.requests(for: "/").count == 1)
        #expect(scene.server.requests(for: "/new.xml").isEmpty)
        #expect(try await scene.state().memory.suggestion == scene.server.url("/new.xml"))
        await scene.end()
    }

    @Test func `P-37: HTML or a challenge where a feed was is a failure, and what is known stays`() async throws {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", .feed(["1", "2"]), LoopbackResponse(text: "<html><body>Moved house</body></html>"),
            LoopbackResponse(status: 403, headers: [("cf-mitigated", "challenge")], text: "<html>"))
        try await scene.poll()
        let kinds = try await [scene.poll(after: .seconds(Self.day * 2)), scene.poll(after: .seconds(Self.day * 2))]
            .map { $0.first?.failure?.kind }
        #expect(kinds == [.notAFeed, .challenge])
        #expect(try await scene.store.status().entries == 2)
        #expect(try await scene.store.standings(of: [], in: scene.server.url("/feed")).isEmpty)
        await scene.end()
    }

    @Test func `P-38, R12: 410 twice a day apart ends the polling until it is revived`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1"]), .error(410))
        try await scene.poll()
        try await scene.poll(after: .seconds(Self.day * 2))
        #expect(try await scene.state().memory.stop == nil)
        let second = try await scene.poll(after: .seconds(Self.day * 2))
        #expect(try await scene.state().memory.stop == .gone)
        #expect(second.first?.notice != nil)
        for _ in 0..<10 { try await scene.poll(after: .seconds(Self.day * 8)) }
        #expect(scene.server.requests.count == 3)
        let again = try await PollScene(store: scene.store, clock: scene.clock, server: scene.server)
        try await again.poll()
        #expect(scene.server.requests.count == 3)
        #expect(try await scene.store.revive(scene.server.url("/feed")))
        let revived = try await PollScene(store: scene.store, clock: scene.clock, server: scene.server)
        try await revived.poll()
        #expect(scene.server.requests.count == 4)
        await again.fetcher.stop()
        await revived.fetcher.stop()
        await scene.end()
    }

    @Test func `P-39: a valid feed without entries is no failure, is remembered as empty, and deletes nothing`()
        async throws
    {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1"]), .feed([]))
        try await scene.poll()
        let second = try await scene.poll(after: .seconds(Self.day * 2))
        #expect(second.map(\.outcome) == [.updated(new: 0, matched: 0)])
        #expect(try await scene.state().memory.emptySince == scene.clock.date)
        #expect(try await scene.store.status().entries == 1)
        await scene.end()
    }

    @Test func `P-40: a failure is told after two days, once, again when its class changes, and when it is over`()
        async throws
    {
        let scene = try await PollScene { $0.interval = .seconds(3600) }
        scene.server.on("/feed") { [clock = scene.clock, start = scene.clock.date] _ in
            let days = clock.date.timeIntervalSince(start) / 86_400
            return days < 0.5 ? .feed(["1"]) : days < 6 ? .error(500) : days < 10 ? .error(404) : .feed(["1"])
        }
        var told: [String] = []
        for _ in 0..<16 {
            for report in try await scene.poll() { told += report.notice.map { [$0] } ?? [] }
            scene.clock.advance(by: .seconds(Self.day))
        }
        #expect(told == ["failing for over two days", "failing for over two days", "well again"])
        await scene.end()
    }
}

/// Waits on this thread, which is nobody's but a test server's.
private func blocking<Answer: Sendable>(_ body: @escaping @Sendable () async throws -> Answer?) -> Answer? {
    let done = Condition()
    let box = Box<Answer>()
    Task {
        let answer = try? await body()
        done.signal { box.put(answer) }
    }
    done.wait { box.isFull }
    return box.value
}
