import FeedModel
import FoundationEssentials
import LoopbackServer
import TestSupport
import Synchronization
import Testing

@testable import Transfers

@Suite(.serialized) struct TransferLoopTests {
    @Test func `R20: a cancelled task is answered at once, whatever the server does`() async throws {
        let scene = try Scene()
        scene.server.on("/silence", .silence)
        let task = Task { await scene.failure(of: "/silence") }
        await scene.server.waitForRequests(1)
        let start = ContinuousClock.now
        task.cancel()
        #expect(await task.value != nil)
        #expect(ContinuousClock.now - start < hangGuard)
        await scene.end()
    }

    @Test func `a task that was cancelled before it asked sends nothing`() async throws {
        let scene = try Scene()
        scene.server.on("/feed", LoopbackResponse(text: "x"))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await scene.failure(of: "/feed")
        }
        #expect(await task.value != nil)
        // The loop takes its post in order: once this one is back, the cancelled one would have been sent.
        _ = try await scene.fetch("/feed")
        #expect(scene.server.requests.count == 1)
        await scene.end()
    }

    @Test func `those who wait for a free place are answered at once on cancel and on stop`() async throws {
        let scene = try Scene { $0.concurrency = 1 }
        scene.server.on("/silence", .silence)
        let first = Task { await scene.failure(of: "/silence") }
        await scene.server.waitForRequests(1)
        let second = Task { await scene.failure(of: "/silence") }
        let third = Task { await scene.failure(of: "/silence") }
        second.cancel()
        #expect(await second.value != nil)
        await scene.fetcher.stop()
        #expect(await first.value != nil)
        #expect(await third.value != nil)
        #expect(scene.server.requests.count == 1)
        await scene.end()
    }

    @Test func `after stop every fetch is answered, and stop can be said twice`() async throws {
        let scene = try Scene()
        await scene.fetcher.stop()
        await scene.fetcher.stop()
        #expect(await scene.failure(of: "/feed") != nil)
        await scene.end()
    }

    @Test func `each of many fetches is answered exactly once while tasks are cancelled and the fetcher stops`()
        async throws
    {
        for round in 0..<20 {
            let scene = try Scene { $0.concurrency = 8 }
            scene.server.on("/quick", LoopbackResponse(text: "x"))
            scene.server.on("/silence", .silence)
            let tasks = (0..<40).map { index in
                Task { await scene.failure(of: index % 3 == 0 ? "/silence" : "/quick") == nil ? 1 : 0 }
            }
            for (index, task) in tasks.enumerated() where index % (2 + round % 3) == 0 { task.cancel() }
            async let stopped: Void = scene.fetcher.stop()
            // A continuation resumed twice traps, one never resumed hangs here.
            for task in tasks { _ = await task.value }
            await stopped
            await scene.end()
        }
    }

    @Test func `P-49: never more at once than the concurrency, and 64 together all arrive`() async throws {
        let scene = try Scene { $0.concurrency = 16 }
        let gauge = Gauge()
        scene.server.on("/feed") { _ in
            gauge.enter()
            defer { gauge.leave() }
            return LoopbackResponse(text: "<rss/>")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 { group.addTask { _ = try await scene.fetch("/feed") } }
            try await group.waitForAll()
        }
        #expect(scene.server.requests.count == 64)
        #expect(gauge.most <= 16)
        await scene.end()
    }

    @Test func `P-47: with one connection a host, requests to it queue up on that one`() async throws {
        let scene = try Scene { $0.hostConnections = 1 }
        scene.server.on("/feed", LoopbackResponse(text: "<rss/>"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await scene.fetch("/feed") } }
            try await group.waitForAll()
        }
        #expect(scene.server.connections == 1)
        await scene.end()
    }

    @Test func `R19: after stop the number of open descriptors is what it was`() async throws {
        // Other suites open descriptors at the same time; a leak of one a fetch would still show.
        let before = try openDescriptors()
        for _ in 0..<5 {
            let scene = try Scene()
            scene.server.on("/feed", LoopbackResponse(text: "x"))
            var reset = LoopbackResponse(text: "x")
            reset.ending = .reset
            scene.server.on("/reset", reset)
            for _ in 0..<40 {
                _ = await scene.failure(of: "/feed")
                _ = await scene.failure(of: "/reset")
                _ = await scene.failure(of: "/missing")
            }
            await scene.end()
        }
        #expect(try openDescriptors() < before + 200)
    }

    private func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
}

private final class Gauge: Sendable {
    private let state = Mutex((now: 0, most: 0))

    func enter() {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }

    var most: Int { state.withLock { $0.most } }
}
