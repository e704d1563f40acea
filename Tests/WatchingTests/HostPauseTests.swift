import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import TestSupport
import Testing
import Transfers

@testable import Watching

/// Whom a server that asks for a pause holds back, whichever request it says so to (P-28, P-31). The hosts have names, by way of a
/// proxy.
@Suite struct HostPauseTests {
    private static let day = 86_400.0
    private static let (a, b) = ("http://one.blogs.example/a", "http://two.blogs.example/b")
    private static let (c, d) = ("http://other.example/c", "http://one.blogs.example/d")

    /// Feeds a to c share a rate group, a, b and d a host; the first is told to wait for three days.
    private func scene(_ scope: CheckDesk.RetryScope, timing: CheckTiming = CheckTiming()) async throws -> PollScene {
        let scene = try await PollScene(
            paths: [Self.a, Self.b, Self.c, Self.d], timing: timing, retryScope: scope, isProxy: true
        ) { feed in
            feed.interval = .seconds(3600)
            if feed.url != Self.d { feed.rateGroup = "blogs" }
        }
        for url in [Self.b, Self.c, Self.d] { scene.server.on(url, .feed([url])) }
        scene.server.on(Self.a, .feed(["a"]), .error(429, [("Retry-After", "259200")]))
        try await scene.poll()
        try await scene.poll(after: .seconds(2 * Self.day))
        scene.server.forgetRequests()
        try await scene.poll(after: .seconds(Self.day))
        return scene
    }

    @Test(arguments: [
        (CheckDesk.RetryScope.feed, [b, c, d]), (.host, [c]), (.group, [d]),
    ])
    func `P-31: retry_scope says whom a 429 holds back`(scope: CheckDesk.RetryScope, asked: [String]) async throws {
        let scene = try await scene(scope)
        #expect(Set(scene.server.requests.map(\.target)) == Set(asked))
        await scene.end()
    }

    @Test(arguments: CheckDesk.RetryScope.allCases)
    func `P-31: inside allowed addresses it holds back its feed alone`(scope: CheckDesk.RetryScope) async throws {
        let scene = try await scene(scope, timing: CheckTiming(isRelaxed: { _ in true }))
        #expect(Set(scene.server.requests.map(\.target)) == [Self.b, Self.c, Self.d])
        #expect(try await scene.store.pauses(now: scene.clock.date).isEmpty)
        await scene.end()
    }

    private static func gap(_ guids: ClosedRange<Int>, next: String) -> LoopbackResponse {
        let link = "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='prev-archive' href='\(next)'/>"
        return .feed(guids.map { "\($0)" }, extra: link)
    }

    @Test(arguments: [
        (LoopbackResponse.error(429, [("Retry-After", "172800")]), 1, true),
        (.error(503, [("Retry-After", "172800")]), 1, false),
        (.feed(["21"], headers: [("Retry-After", "172800")]), 0, false),
    ])
    func `P-28, P-31: what an older page's server asks for is heeded and counted`(
        answer: LoopbackResponse, told: Int, isHostHeld: Bool
    ) async throws {
        let scene = try await PollScene { $0.interval = .seconds(3600) }
        scene.server.on("/feed", .feed((1...5).map { "\($0)" }), Self.gap(11...15, next: "/older"))
        scene.server.on("/older", answer)
        try await scene.poll()
        try await scene.poll(after: .seconds(Self.day))
        let now = scene.clock.date
        let until = try #require(try await scene.state().pausedUntil)
        #expect(abs(until.timeIntervalSince(now) - 172_800) < 60)
        #expect(try #require(scene.wait()) >= 172_800 - 60)
        #expect(try await scene.store.pauses(now: now).isEmpty == !isHostHeld)
        #expect(try await scene.store.ledger(sinceDay: 0).map(\.toldToWait) == [told])
        #expect(try await scene.store.ledger(sinceDay: 0).map(\.requests) == [3])
        await scene.end()
    }

    @Test func `P-66: the older pages of a feed that was led elsewhere are asked for there`() async throws {
        let (old, new) = ("http://old.example/feed", "http://new.example/feed")
        let scene = try await PollScene(paths: [old], isProxy: true)
        scene.server.on(old, .redirect(302, to: new))
        scene.server.on(
            new, .feed((1...5).map { "\($0)" }), Self.gap(11...15, next: "http://new.example/older"))
        scene.server.on("http://new.example/older", .feed(["5", "10"]))
        try await scene.poll()
        try await scene.poll(after: .seconds(2 * Self.day))
        #expect(scene.server.requests.last?.target == "http://new.example/older")
        let ledger = try await scene.store.ledger(sinceDay: 0).map { "\($0.host) \($0.requests)" }
        #expect(ledger.sorted() == ["new.example 3", "old.example 2"])
        await scene.end()
    }

    @Test func `P-28: Retry-After of a redirect counts also where the way ends in a failure`() async throws {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", LoopbackResponse(status: 302, headers: [("Location", "/there"), ("Retry-After", "200000")]))
        scene.server.on("/there", .error(500))
        try await scene.poll()
        let until = try #require(try await scene.state().pausedUntil)
        #expect(until.timeIntervalSince(scene.clock.date) == 200_000)
        await scene.end()
    }

    private static let lost = "http://feeds.example/institute"

    /// A feed that has gone, at a service that carries the feeds of many sites.
    private func lostScene(site: LoopbackResponse) async throws -> PollScene {
        let scene = try await PollScene(paths: [Self.lost], isProxy: true) { feed in
            feed.siteURL = "http://institute.example/"
            feed.interval = .seconds(3600)
        }
        scene.server.on(Self.lost, .feed(["1"]), .error(404), .error(404), .error(500), .error(404))
        scene.server.on("http://institute.example/", site)
        return scene
    }

    @Test func `P-36: the site is looked at though it is on another host, and one 500 between does not begin it anew`()
        async throws
    {
        let scene = try await lostScene(
            site: LoopbackResponse(text: "<link rel=alternate type='application/rss+xml' href='/new.xml'>"))
        for _ in 0..<14 { try await scene.poll(after: .seconds(Self.day * 1.2)) }
        let memory = try await scene.state(Self.lost).memory
        #expect(memory.suggestion == "http://institute.example/new.xml" && memory.soughtAt != nil)
        let ledger = try await scene.store.ledger(sinceDay: 0).map { "\($0.host) \($0.requests)" }
        #expect(ledger.sorted() == ["feeds.example 14", "institute.example 1"])
        await scene.end()
    }

    @Test(arguments: [(503, 1), (404, 0)])
    func `P-36: a site that is in trouble is looked at again, and one without the page is not`(
        status: Int, more: Int
    ) async throws {
        let scene = try await lostScene(site: .error(status))
        for _ in 0..<14 { try await scene.poll(after: .seconds(Self.day * 1.2)) }
        #expect(scene.server.requests(for: "http://institute.example/").count == 1)
        #expect(try await (scene.state(Self.lost).memory.soughtAt == nil) == (more == 1))
        try await scene.poll(after: .seconds(Self.day * 1.2))
        #expect(scene.server.requests(for: "http://institute.example/").count == 1 + more)
        await scene.end()
    }

    @Test func `P-32: a site that asked for a pause is not looked at before it is over`() async throws {
        let scene = try await lostScene(site: .error(429, [("Retry-After", "500000")]))
        for _ in 0..<18 { try await scene.poll(after: .seconds(Self.day * 1.2)) }
        #expect(scene.server.requests(for: "http://institute.example/").count == 1)
        await scene.end()
    }

    @Test func `P-69: a feed inside allowed addresses that a public host answers has that one's floor`() {
        let timing = CheckTiming(floor: .seconds(1), leastFloor: .seconds(1), isRelaxed: { $0.contains("127.0.0.1") })
        var state = FeedState()
        state.validators.etag = [1]
        state.lastSuccess = Date(timeIntervalSince1970: 1_795_000_000)
        func wait(_ answering: String?) -> Duration {
            timing.decide(
                feed: Feed(url: "http://127.0.0.1/feed"), state: state, hint: FreshnessHint(), answeredAt: answering,
                isFirst: false, now: Date(timeIntervalSince1970: 1_795_000_000), chance: { _, _ in 0 }
            ).interval
        }
        #expect(wait(nil) == .seconds(1) && wait("http://127.0.0.1/there") == .seconds(1))
        #expect(wait("https://institute.example/feed") >= .seconds(3600))
        state.validatorsURL = "https://institute.example/feed"
        state.lastAttempt = Date(timeIntervalSince1970: 1_795_000_000)
        let soon = Date(timeIntervalSince1970: 1_795_000_600)
        #expect(!timing.permits(feed: Feed(url: "http://127.0.0.1/feed"), state: state, now: soon))
    }

    @Test func `P-40: a feed that fails now in one way and now in another is told of once for each`() {
        var state = FeedState()
        state.failingSince = Date(timeIntervalSince1970: 1_795_000_000)
        let now = Date(timeIntervalSince1970: 1_795_000_000 + 3 * Self.day)
        let kinds: [CheckFailure.Class] = [.timeout, .serverError, .timeout, .serverError, .dns, .timeout, .dns]
        let told = kinds.map { kind in
            state.lastFailure = CheckFailure(kind, "x")
            return Notices.due(for: &state, now: now) != nil
        }
        #expect(told == [true, true, false, false, true, false, false])
        state.lastFailure = nil
        state.failingSince = nil
        #expect(Notices.due(for: &state, now: now) == "well again")
        state.failingSince = Date(timeIntervalSince1970: 1_795_000_000)
        state.lastFailure = CheckFailure(.dns, "x")
        #expect(Notices.due(for: &state, now: now) != nil)
    }
}
