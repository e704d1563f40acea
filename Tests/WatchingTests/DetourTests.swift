import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import TestSupport
import Testing

@testable import Transfers
@testable import Watching

/// Checks that redirects lead to another host, where they go on in that host's turn (P-47).
@Suite struct DetourTests {
    private static let day = 86_400.0

    /// Feeds whose own server leads each to the same path of `other`.
    private func scene(_ paths: [String], to other: FeedServer) async throws -> PollScene {
        let scene = try await PollScene(paths: paths)
        for path in paths { scene.server.on(path, .redirect(to: other.url(path))) }
        return scene
    }

    @Test func `P-47, P-68: each leg counts where it was asked, and the attempt is on record once`() async throws {
        let other = try FeedServer(address: "127.0.0.2")
        let scene = try await scene(["/a"], to: other)
        other.on("/a", .redirect(to: "/b"))
        other.on("/b", .feed(["1"]))
        let report = try #require(try await scene.poll().first)
        #expect(report.outcome == .updated(new: 1, matched: 0))
        let lines = try await scene.store.ledger(sinceDay: 0)
        let counts = lines.map { "\($0.host) \($0.requests) \($0.otherAddress) \($0.first)" }
        #expect(
            Set(counts) == ["\(hostKey(of: scene.server.url)) 1 1 0", "\(hostKey(of: other.url)) 2 1 1"], "\(counts)")
        let next = try #require(try await scene.state("/a").nextCheck)
        #expect(abs(next.timeIntervalSince(report.next)) < 0.001)
        other.stop()
        await scene.end()
    }

    @Test func `P-32: whoever waits for its turn at a host that asks for a pause begins anew when that is over`()
        async throws
    {
        let other = try FeedServer(address: "127.0.0.2")
        let scene = try await scene(["/a", "/b"], to: other)
        for path in ["/a", "/b"] {
            other.on(path, .feed([path]), .error(429, [("Retry-After", "172800")]), .feed([path]))
        }
        try await scene.poll()
        let before = (scene.server.requests.count, other.requests.count)
        // Both are led there, and the first is told to wait.
        try await scene.poll(after: .seconds(2 * Self.day))
        #expect(other.requests.count == before.1 + 1)
        #expect(scene.desk.detours.isEmpty)
        let asked = scene.server.requests.count
        try await scene.poll(after: .seconds(Self.day))
        #expect(scene.server.requests.count == asked && other.requests.count == before.1 + 1)
        try await scene.poll(after: .seconds(1.1 * Self.day))
        #expect(scene.server.requests.count == asked + 2 && other.requests.count > before.1 + 1)
        other.stop()
        await scene.end()
    }

    @Test func `P-35: a server that only leads elsewhere shows that the network is back`() throws {
        let now = Date(timeIntervalSince1970: 1_795_600_000)
        var desk = CheckDesk(
            concurrency: 8,
            settings: CheckDesk.Settings(timing: CheckTiming()) { _ in
                HostRules(connections: 1, spacing: .zero, hourlyBudget: 0)
            })
        for number in 0..<20 { desk.offline.note(host: "h\(number)", failed: true, began: now, now: now) }
        #expect(desk.isOffline)
        let record = FeedRecord(feed: Feed(url: "https://a.example/feed"))
        desk.adopt([record], pauses: [], now: now)
        let later = now.addingTimeInterval(301)
        #expect(desk.nextRound(now: later).starting.count == 1)
        let detour = Detour(
            to: "https://b.example/feed", trace: FetchTrace(), timeLeft: .seconds(60), patience: nil)
        desk.led(
            LedCheck(record: record, detour: detour, began: later, ended: later), now: later)
        #expect(!desk.isOffline)
        let round = desk.nextRound(now: later.addingTimeInterval(601))
        #expect(round.starting.count == 1 && round.detours.count == 1 && round.batch.attempts.isEmpty)
    }
}
