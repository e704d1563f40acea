import FeedModel
import FoundationEssentials
import Glibc
import LoopbackServer
import Matching
import TestSupport
import Testing
import Transfers

@testable import Storage
@testable import Watching

/// What changes while the daemon runs, and beside it.
@Suite struct ChangedSecretsTests {
    private static let day = 86_400.0

    @Test func `P-11: validators do not outlive the password in its file`() async throws {
        let folder = try TemporaryDirectory()
        func write(_ password: String) throws -> String {
            let file = try folder.write(password, to: "password")
            #expect(chmod(file, 0o600) == 0)
            return file
        }
        let file = try write("first")
        let scene = try await PollScene { feed in
            feed.username = "ann"
            feed.passwordFile = file
        }
        scene.server.on("/feed", .feed(["1"]))
        for round in 0..<5 {
            if round == 2 { _ = try write("second") }
            try await scene.poll(after: .seconds(2 * Self.day))
        }
        #expect(scene.server.requests.map { $0.header("If-None-Match") != nil } == [false, true, false, true, true])
        await scene.end()
    }

    @Test func `P-11: a check that was under way while the credentials changed puts no old validators back`()
        async throws
    {
        let scene = try await PollScene { $0.username = "ann" }
        scene.server.on("/feed", .feed(["1"]))
        try await scene.poll()
        let report = await scene.check.run(try await withName("ann", in: scene))
        try await scene.adopt([try await withName("bob", in: scene).feed])
        try await scene.end(report)
        #expect(try await scene.state().validators.isEmpty)
        scene.server.forgetRequests()
        try await scene.poll(after: .seconds(1))
        #expect(scene.server.requests.map { $0.header("If-None-Match") } == [nil])
        await scene.end()
    }

    @Test func `P-11, P-32: nor does one that had ended and was not written yet; and it undoes no pause`() async throws
    {
        let scene = try await PollScene { $0.username = "ann" }
        scene.server.on("/feed", .feed(["1"]))
        try await scene.poll()
        let report = await scene.check.run(try await withName("ann", in: scene))
        let until = scene.clock.date.addingTimeInterval(2 * Self.day)
        try await scene.store.note([], pauses: [], feedPauses: [.init(url: report.feed.url, until: until)])
        try await scene.end(report, before: { try await scene.adopt([try await self.withName("bob", in: scene).feed]) })
        #expect(try await scene.state().validators.isEmpty)
        #expect(try await scene.state().pausedUntil == until)
        await scene.end()
    }

    private func withName(_ name: String, in scene: PollScene) async throws -> FeedRecord {
        let record = try await scene.record()
        var feed = record.feed
        feed.username = name
        return FeedRecord(feed: feed, state: record.state)
    }

    @Test func `P-38: a feed that was revived beside the daemon is asked again once the daemon is told`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1"]), .error(410))
        for _ in 0..<3 { try await scene.poll(after: .seconds(2 * Self.day)) }
        #expect(try await scene.state().memory.stop == .gone)
        scene.server.forgetRequests()
        let feed = try await scene.record().feed
        try await scene.adopt([feed])
        try await scene.poll(after: .seconds(Self.day))
        #expect(scene.server.requests.isEmpty)
        #expect(try await scene.store.revive(feed.url))
        try await scene.adopt([feed])
        try await scene.poll(after: .seconds(1))
        #expect(scene.server.requests.count == 1)
        await scene.end()
    }

    @Test func `P-32: pauses that a command was asked for beside the daemon hold once the daemon is told`() async throws
    {
        let scene = try await PollScene(paths: ["/a", "/b"]) { $0.interval = .seconds(3600) }
        for path in ["/a", "/b"] { scene.server.on(path, .feed([path])) }
        try await scene.poll()
        let until = scene.clock.date.addingTimeInterval(5 * Self.day)
        try await scene.store.note(
            [], pauses: [.init(host: hostKey(of: scene.server.url), until: until)], feedPauses: [])
        try await scene.adopt(
            [try await scene.record("/a").feed, try await scene.record("/b").feed].map { feed in
                var feed = feed
                feed.interval = .seconds(3600)
                return feed
            })
        scene.server.forgetRequests()
        try await scene.poll(after: .seconds(4 * Self.day))
        #expect(scene.server.requests.isEmpty)
        try await scene.poll(after: .seconds(1.1 * Self.day))
        #expect(scene.server.requests.count == 2)
        await scene.end()
    }
}

/// The daemon's loop where it is not driven by feeds.
@Suite struct WatchTests {
    private let clock = ManualClock()

    private func wiring(_ urls: [String]) throws -> Wiring {
        let configuration = Configuration()
        return Wiring(
            configuration: configuration, feeds: urls.map { Feed(url: $0) }, matcher: try Matcher([]),
            fetcher: Fetcher(Wiring.fetchSettings(configuration.fetch)), timing: Wiring.checkTiming(configuration.fetch)
        )
    }

    private func watch(_ urls: [String], _ store: Store, log: Log = .silent) throws -> Watching.Watch {
        let wiring = try wiring(urls)
        return Watching.Watch(
            wiring: wiring, store: store,
            time: TimeSource(now: { [clock] in clock.date }, sleep: { [clock] in clock.advance(by: $0) }), log: log,
            service: ServiceManager(environment: [:]), reload: { wiring })
    }

    @Test func `R21, R16: feeds that the store had no room for at a reload are taken over once it has`() async throws {
        let store = try Store(path: ":memory:")
        let kept = KeptLog()
        var watch = try watch(["https://a.example/"], store, log: kept.log)
        try await watch.adoptFeeds()
        let fresh = try wiring(["https://a.example/", "https://b.example/"])
        try await store.forbidWriting(true)
        await withTaskGroup(of: Watching.Watch.Event.self) { group in
            await watch.adopt(fresh, in: &group)
            #expect(watch.desk.feedCount == 1)
            #expect(kept.lines.contains { $0.contains("but for its feeds") })
            for seconds in [1, 11, 11] {
                clock.advance(by: .seconds(seconds))
                await watch.catchUp(now: clock.date, in: &group)
                #expect(watch.desk.feedCount == 1)
            }
            try? await store.forbidWriting(false)
            clock.advance(by: .seconds(11))
            await watch.catchUp(now: clock.date, in: &group)
            #expect(watch.desk.feedCount == 2 && watch.adoptionDue == nil)
            group.cancelAll()
        }
        for fetcher in [watch.wiring.fetcher, fresh.fetcher] + watch.retired.values { await fetcher.stop() }
    }

    @Test func `R14, R24: upkeep comes in time though the clock was set back by years`() async throws {
        var watch = try watch([], try Store(path: ":memory:"))
        watch.nextUpkeep = clock.date.addingTimeInterval(10 * 365 * Self.day)
        await withTaskGroup(of: Watching.Watch.Event.self) { group in
            watch.startUpkeep(now: clock.date, in: &group)
            #expect(!watch.isUpkeepRunning)
            clock.advance(by: .seconds(6 * 3600))
            watch.startUpkeep(now: clock.date, in: &group)
            #expect(watch.isUpkeepRunning)
        }
        await watch.wiring.fetcher.stop()
    }

    private static let day = 86_400.0
}
