import FeedModel
import FoundationEssentials
import LoopbackServer
import Matching
import Storage
import TestSupport
import Testing
import Transfers

@testable import Watching

/// Rules P-41 to P-46: what a redirect does to the address a feed is asked at.
@Suite struct MovingRulesTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)
    private let feed = Feed(url: "https://old.example/feed")
    private static let day = 86_400.0

    private func trace(_ statuses: [Int], to target: String = "https://new.example/feed") -> FetchTrace {
        var trace = FetchTrace()
        trace.redirects = statuses.enumerated().map { index, status in
            FetchTrace.Redirect(
                status: status, to: index == statuses.count - 1 ? target : "https://hop.example/\(index)")
        }
        return trace
    }

    /// Leads the feed to `target` once a day for so many days.
    private func memory(
        days: Int, statuses: [Int] = [301], to target: String = "https://new.example/feed", from url: String? = nil,
        kinship: Moves.Kinship = .same, shared: Set<String> = [], every: Double = Self.day * 2
    ) -> FeedMemory {
        var memory = FeedMemory()
        for check in 0..<days {
            Moves.note(
                trace(statuses, to: target), feed: Feed(url: url ?? feed.url), isAtOldAddress: false,
                document: Moves.Arrival(kinship), shared: shared, in: &memory,
                now: now.addingTimeInterval(Double(check) * every))
        }
        return memory
    }

    @Test(arguments: [301, 308])
    func `P-43: a permanent redirect is adopted after five checks in a week that led to the same place`(status: Int) {
        #expect(memory(days: 4, statuses: [status]).movedTo == nil)
        #expect(memory(days: 5, statuses: [status]).movedTo == "https://new.example/feed")
        // Five in an hour are not a week.
        #expect(memory(days: 5, statuses: [status], every: 600).movedTo == nil)
        #expect(memory(days: 5, statuses: [status, status]).movedTo == "https://new.example/feed")
    }

    @Test(arguments: [[302], [303], [307], [302, 301], [Int]()])
    func `P-42: temporary redirects never are`(statuses: [Int]) {
        #expect(memory(days: 20, statuses: statuses).movedTo == nil)
    }

    @Test func `P-43: a place that shares no entry with what is known is not the feed's`() {
        #expect(memory(days: 20, kinship: .none).movedTo == nil)
        #expect(memory(days: 20, kinship: .open).movedTo == nil)
    }

    @Test func `P-43: a place whose entries are known from there alone is not the feed's, until it is left`()
        async throws
    {
        let (old, new) = ("http://old.example/feed", "http://new.example/parked")
        let scene = try await PollScene(paths: [old], isProxy: true)
        scene.server.on(old, .feed(["1", "2"]), .redirect(301, to: new))
        scene.server.on(new, .feed(["3", "4"], etag: "\"new\"", site: "https://parked.example/"))
        try await scene.poll()
        for _ in 0..<12 { try await scene.poll(after: .seconds(2 * Self.day)) }
        #expect(try await scene.state(old).memory.movedTo == nil)
        #expect(try await scene.state(old).memory.stranger == new)
        scene.server.on(new, .feed(["2", "3"], etag: "\"old\"", site: "https://parked.example/"))
        scene.server.on(old, .redirect(301, to: "http://new.example/feed"))
        scene.server.on("http://new.example/feed", .feed(["2", "3"], site: "https://new.example/"))
        for _ in 0..<5 { try await scene.poll(after: .seconds(2 * Self.day)) }
        #expect(try await scene.state(old).memory.movedTo == "http://new.example/feed")
        await scene.end()
    }

    @Test(arguments: [301, 302])
    func `P-43: entries known from a stranger alone make neither it nor another place the feed's`(first: Int)
        async throws
    {
        let old = "http://old.example/feed"
        let (parked, also) = ("http://parked.example/feed", "http://also-parked.example/feed")
        let scene = try await PollScene(paths: [old], isProxy: true)
        scene.server.on(
            old, .feed(["1", "2"]), .redirect(first, to: parked), .feed(["1", "2"]), .redirect(first, to: parked),
            .redirect(301, to: also))
        for place in [parked, also] {
            scene.server.on(place, .feed(["3", "4"], etag: nil, site: "https://parked.example/"))
        }
        for _ in 0..<12 { try await scene.poll(after: .seconds(2 * Self.day)) }
        #expect(try await scene.state(old).memory.movedTo == nil)
        // An entry of old makes it the feed's after all.
        scene.server.on(also, .feed(["1", "3"], etag: nil, site: "https://parked.example/"))
        for _ in 0..<5 { try await scene.poll(after: .seconds(2 * Self.day)) }
        #expect(try await scene.state(old).memory.movedTo == also)
        await scene.end()
    }

    @Test func `P-43: a place that was empty at first does not name the feed by that`() async throws {
        let (old, parked) = ("http://old.example/feed", "http://parked.example/feed")
        let scene = try await PollScene(paths: [old], isProxy: true)
        scene.server.on(old, .feed(["1", "2"], site: "https://old.example/"), .redirect(301, to: parked))
        let site = "https://parked.example/"
        scene.server.on(
            parked, .feed([], etag: nil, site: site), .feed(["3", "4"], etag: nil, site: site))
        for _ in 0..<12 { try await scene.poll(after: .seconds(2 * Self.day)) }
        #expect(try await scene.state(old).memory.movedTo == nil)
        await scene.end()
    }

    @Test func `P-43: a stranger that was recognised before its entries were written down stays one`() async throws {
        let (old, parked) = ("http://old.example/feed", "http://parked.example/feed")
        let scene = try await PollScene(paths: [old], isProxy: true)
        scene.server.on(old, .feed(["1", "2"], site: "https://old.example/"), .redirect(301, to: parked))
        scene.server.on(parked, .feed(["3", "4"], etag: nil, site: "https://parked.example/"))
        for _ in 0..<4 { try await scene.poll(after: .seconds(2 * Self.day)) }
        var state = try await scene.state(old)
        #expect(state.memory.stranger == parked && state.memory.strange != nil)
        state.memory.strange = nil
        try await scene.store.write(
            CheckBatch(results: [CheckResult(feedURL: old, at: scene.clock.date, state: state, outcome: .unchanged)]))
        let again = try await PollScene(
            paths: [old], store: scene.store, clock: scene.clock, server: scene.server, isProxy: true)
        for _ in 0..<8 { try await again.poll(after: .seconds(2 * Self.day)) }
        #expect(scene.server.requests(for: parked).count >= 8)
        #expect(try await scene.state(old).memory.movedTo == nil)
        await again.fetcher.stop()
        await scene.end()
    }

    @Test func `P-43, P-66: what is known may stand on an older page of the place`() async throws {
        let (old, new) = ("http://old.example/feed", "http://new.example/feed")
        let scene = try await PollScene(paths: [old], isProxy: true)
        scene.server.on(
            old, .feed((1...5).map(String.init), site: "https://old.example/"), .redirect(301, to: new))
        let older =
            "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='prev-archive' href='\(new)/older'/>"
        scene.server.on(new, .feed((11...15).map(String.init), site: "https://new.example/", extra: older))
        scene.server.on(new + "/older", .feed(["6", "5", "4"], site: "https://new.example/"))
        try await scene.poll()
        try await scene.poll(after: .seconds(2 * Self.day))
        let memory = try await scene.state(old).memory
        #expect(memory.stranger == nil && memory.move?.target == new, "\(memory)")
        await scene.end()
    }

    @Test func `P-43: an empty place that then says "not modified" has shown nothing of the feed's`() async throws {
        let (old, parked) = ("http://old.example/feed", "http://parked.example/feed")
        let scene = try await PollScene(paths: [old], isProxy: true)
        scene.server.on(old, .feed(["1", "2"], site: "https://old.example/"), .redirect(301, to: parked))
        scene.server.on(parked, .feed([], etag: "\"empty\"", site: "https://parked.example/"))
        for _ in 0..<12 { try await scene.poll(after: .seconds(2 * Self.day)) }
        #expect(scene.server.requests(for: parked).count >= 8)
        #expect(try await scene.state(old).memory.movedTo == nil)
        await scene.end()
    }

    @Test func `P-43, P-46: entries of a stranger at the old address do not bring a feed back there`() {
        var memory = FeedMemory()
        memory.movedTo = "https://new.example/feed"
        let stored = MatchedEntry(
            entry: Entry(
                id: EntryID("x"), feedURL: feed.url, title: "", url: nil, summary: "", body: "", authors: [], tags: [],
                language: nil, published: nil, updated: nil, kind: nil),
            verdict: Verdict(matches: [], relevance: 0), firstSeen: now, isFirstFill: false)
        Moves.note(
            FetchTrace(), feed: feed, isAtOldAddress: true, document: Moves.Arrival(.none, [stored]), shared: [],
            in: &memory, now: now)
        #expect(memory.movedTo == "https://new.example/feed" && memory.stranger == feed.url)
        #expect(memory.strange == [.init(from: now, to: now)])
    }

    @Test(arguments: [
        "<link>https://site.example/</link>",
        "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='self' href='http://old.example/feed'/>",
    ])
    func `P-43: a place that names itself as the feed does is the feed's, though it shares no entry`(name: String)
        async throws
    {
        let (old, new) = ("http://old.example/feed", "http://new.example/feed")
        let scene = try await PollScene(paths: [old], isProxy: true)
        func document(_ guids: [String], _ names: String) -> LoopbackResponse {
            LoopbackResponse(
                headers: [("Content-Type", "application/rss+xml")], text: rss(guids, site: nil, extra: names))
        }
        scene.server.on(old, document(["1", "2"], name), .redirect(301, to: new))
        scene.server.on(new, document(["3", "4"], name))
        try await scene.poll()
        for _ in 0..<5 { try await scene.poll(after: .seconds(2 * Self.day)) }
        #expect(try await scene.state(old).memory.movedTo == new)
        await scene.end()
    }

    @Test func `P-43: one check that led elsewhere begins the count anew`() {
        var memory = memory(days: 4)
        Moves.note(
            trace([301], to: "https://other.example/feed"), feed: feed, isAtOldAddress: false,
            document: Moves.Arrival(.same), shared: [], in: &memory, now: now.addingTimeInterval(9 * Self.day))
        #expect(memory.movedTo == nil)
        #expect(memory.move?.target == "https://other.example/feed" && memory.move?.times == 1)
        Moves.doubt(&memory, after: CheckFailure(.serverError, status: 500, "x"), now: now)
        #expect(memory.move == nil)
    }

    @Test(arguments: [
        "http://new.example/feed", "https://new.example/", "https://new.example", "https://new.example/?p=1",
        "https://127.0.0.1/feed", "https://10.1.2.3/feed", "https://[::1]/feed", "https://localhost/feed",
    ])
    func `P-44: a step down from https, a root and a private address are never adopted`(target: String) {
        #expect(memory(days: 20, to: target).movedTo == nil)
    }

    @Test func `P-44: where three unrelated feeds are led within an hour, no feed lives`() async throws {
        #expect(memory(days: 20, shared: ["https://new.example/feed"]).movedTo == nil)
        let scene = try await PollScene(paths: ["/a", "/b", "/c"])
        for path in ["/a", "/b", "/c"] { scene.server.on(path, .redirect(301, to: "/portal")) }
        scene.server.on("/portal", .feed(["1"]))
        try await scene.poll()
        #expect(scene.desk.sharedTargets(now: scene.clock.date) == [scene.server.url("/portal")])
        await scene.end()
    }

    @Test func `P-43, P-46: on the wire, the new address is asked from the sixth check on, and nothing is new there`()
        async throws
    {
        let (old, new) = ("http://old.example/feed", "http://new.example/feed")
        let scene = try await PollScene(paths: [old], isProxy: true)
        scene.server.on(old, .feed(["1", "2"]), .redirect(301, to: new))
        scene.server.on(new, .feed(["1", "2"], etag: "\"new\""))
        try await scene.poll()
        for _ in 0..<7 {
            let reports = try await scene.poll(after: .seconds(2 * Self.day))
            #expect(reports.map(\.outcome) == [.updated(new: 0, matched: 0)])
        }
        #expect(try await scene.state(old).memory.movedTo == new)
        #expect(try await scene.store.status().entries == 2)
        scene.server.forgetRequests()
        try await scene.poll(after: .seconds(2 * Self.day))
        #expect(scene.server.requests.map(\.target) == [new])
        await scene.end()
    }

    @Test(arguments: [3, 2]) func `P-44: rounds by hand, each a process of its own, see what is led alike, too`(
        feeds: Int
    ) async throws {
        let server = try FeedServer()
        let urls = (0..<feeds).map { "http://site\($0).example/feed" }
        for url in urls { server.on(url, .feed([url]), .redirect(301, to: "http://portal.example/feed")) }
        server.on("http://portal.example/feed", .feed(urls))
        var configuration = Configuration()
        configuration.fetch.proxy = server.url
        configuration.watchlists.secondLook = nil
        let store = try Store(path: ":memory:")
        let clock = ManualClock()
        let time = TimeSource(now: { clock.date }, sleep: { clock.advance(by: $0) })
        for _ in 0..<10 {
            let wiring = Wiring(
                configuration: configuration, feeds: urls.map { Feed(url: $0) }, matcher: try Matcher([]),
                fetcher: Fetcher(Wiring.fetchSettings(configuration.fetch)),
                timing: Wiring.checkTiming(configuration.fetch))
            var options = OnceRound.Options()
            options.all = true
            _ = try await OnceRound(wiring: wiring, store: store, time: time, log: .silent).run(options) { _, _ in }
            await wiring.fetcher.stop()
            clock.advance(by: .seconds(2 * Self.day))
        }
        let moved = try await store.feeds().compactMap(\.state.memory.movedTo)
        #expect(moved.count == (feeds == 3 ? 0 : 2))
        server.stop()
    }

    @Test func `P-45: credentials stay with the address they were given for, also once the feed has moved`()
        async throws
    {
        let away = try FeedServer()
        away.on("/feed", .feed(["1"]))
        let scene = try await PollScene { feed in
            feed.username = "ann"
            feed.password = Password("secret")
        }
        var state = FeedState()
        state.memory.movedTo = away.url("/feed")
        state.memory.oldAddressAsked = scene.clock.date
        state.nextCheck = scene.clock.date
        try await scene.store.commitUnchanged([
            CheckResult(feedURL: scene.server.url("/feed"), at: scene.clock.date, state: state, outcome: .unchanged)
        ])
        let again = try await PollScene(store: scene.store, clock: scene.clock, server: scene.server) { feed in
            feed.username = "ann"
            feed.password = Password("secret")
        }
        try await again.poll()
        #expect(away.requests.map { $0.header("Authorization") } == [nil])
        #expect(scene.server.requests.isEmpty)
        await again.fetcher.stop()
        await scene.end()
        away.stop()
    }

    @Test func `P-46: a move makes nothing new, and the old address is asked again after a month`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1", "2"]), .redirect(301, to: "/new"))
        scene.server.on("/new", .feed(["1", "2"], etag: "\"new\""))
        try await scene.poll()
        // Loopback is private, and so never adopted (P-44): what adoption leads to is written by hand.
        var state = try await scene.state()
        state.memory.movedTo = scene.server.url("/new")
        state.memory.oldAddressAsked = scene.clock.date
        try await scene.store.commitUnchanged([
            CheckResult(feedURL: scene.server.url("/feed"), at: scene.clock.date, state: state, outcome: .unchanged)
        ])
        let moved = try await PollScene(store: scene.store, clock: scene.clock, server: scene.server)
        let reports = try await moved.poll(after: .seconds(2 * Self.day))
        #expect(reports.map(\.outcome) == [.updated(new: 0, matched: 0)])
        // The validators of the old address do not go to the new one.
        #expect(scene.server.requests(for: "/new").map { $0.header("If-None-Match") } == [nil])
        #expect(scene.server.requests(for: "/feed").count == 1)
        try await moved.poll(after: .seconds(31 * Self.day))
        #expect(scene.server.requests(for: "/feed").count == 2)
        await moved.fetcher.stop()
        await scene.end()
    }

    @Test
    func `R13: a new address that fails makes the old one be asked, once a day, and stays until the feed is back`() {
        var memory = FeedMemory()
        memory.movedTo = "https://new.example/feed"
        memory.oldAddressAsked = now
        let later = now.addingTimeInterval(Self.day)
        Moves.doubt(&memory, after: CheckFailure(.serverError, status: 503, "x"), now: later)
        #expect(!Moves.shouldAskOldAddress(memory, now: later))
        Moves.doubt(&memory, after: CheckFailure(.dns, "x"), now: later.addingTimeInterval(-1))
        #expect(!Moves.shouldAskOldAddress(memory, now: later))
        Moves.doubt(&memory, after: CheckFailure(.clientError, status: 404, "x"), now: later)
        #expect(Moves.shouldAskOldAddress(memory, now: later) && memory.movedTo != nil)
        func back(_ trace: FetchTrace, sharing: Bool = true) -> String? {
            var memory = memory
            Moves.note(
                trace, feed: feed, isAtOldAddress: true, document: Moves.Arrival(sharing ? .same : .none), shared: [],
                in: &memory, now: later)
            return memory.movedTo
        }
        #expect(back(trace([301])) == memory.movedTo)
        #expect(back(trace([301], to: "https://third.example/feed")) == nil)
        #expect(back(FetchTrace()) == nil)
        #expect(back(FetchTrace(), sharing: false) == memory.movedTo)
    }

    @Test(arguments: [404, 410, 500])
    func `P-46: an old address that died says nothing of a feed that has moved`(status: Int) async throws {
        let scene = try await PollScene()
        scene.server.on("/new", .feed(["1"]))
        scene.server.on("/feed", .error(status))
        var state = FeedState()
        state.memory.movedTo = scene.server.url("/new")
        state.memory.oldAddressAsked = scene.clock.date
        state.nextCheck = scene.clock.date
        try await scene.store.commitUnchanged([
            CheckResult(feedURL: scene.server.url("/feed"), at: scene.clock.date, state: state, outcome: .unchanged)
        ])
        let moved = try await PollScene(store: scene.store, clock: scene.clock, server: scene.server)
        for day in [0, 31, 2, 2, 31, 2] { try await moved.poll(after: .seconds(day * 86_400)) }
        #expect(scene.server.requests.map(\.path) == ["/new", "/feed", "/new", "/new", "/feed", "/new"])
        let after = try await moved.state()
        #expect(after.failures == 0 && after.memory.movedTo == scene.server.url("/new") && after.memory.stop == nil)
        await moved.fetcher.stop()
        await scene.end()
    }
}
