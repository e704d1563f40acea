import FeedModel
import LoopbackServer
import TestSupport
import Testing

@testable import Transfers

@Suite struct BoundsTests {
    @Test(arguments: ["deflate", "gzip", "br", "zstd"])
    func `S4, P-52: a bomb is cut short, whatever its coding`(coding: String) async throws {
        let scene = try Scene()
        let bomb =
            switch coding {
            case "gzip": Bomb.gzip(64 << 20)
            case "br": Bomb.brotli
            case "zstd": Bomb.zstd(1 << 30)
            default: Bomb.deflate(64 << 20)
            }
        scene.server.on("/content", LoopbackResponse(headers: [("Content-Encoding", coding)], body: bomb))
        scene.server.on(
            "/stacked", LoopbackResponse(headers: [("Content-Encoding", "gzip, gzip")], body: Bomb.gzip(1 << 20)))
        let start = ContinuousClock.now
        let error = try #require(await scene.failure(of: "/content"))
        #expect(error.failure.kind == .tooLarge)
        #expect(await scene.failure(of: "/stacked") != nil)
        #expect(ContinuousClock.now - start < hangGuard)
        await scene.end()
    }

    @Test func `S4: a bomb in the transfer coding is cut short too`() async throws {
        let scene = try Scene()
        let bomb = Bomb.gzip(64 << 20)
        var raw = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n".utf8)
        raw += Array("\(String(bomb.count, radix: 16))\r\n".utf8) + bomb + Array("\r\n0\r\n\r\n".utf8)
        scene.server.on("/feed", .raw(raw))
        #expect(await scene.failure(of: "/feed") != nil)
        await scene.end()
    }

    @Test func `P-52: well compressed text below 1 MiB is not taken for a bomb`() async throws {
        let scene = try Scene()
        scene.server.on(
            "/feed", LoopbackResponse(headers: [("Content-Encoding", "deflate")], body: Bomb.deflate(1_000_000)))
        // The stream has no end, which a reader of bytes cannot know from a whole one: only its size matters here.
        let result = try? await scene.fetch("/feed")
        #expect(result?.document?.bytes.count ?? 0 <= 1 << 20)
        #expect(await scene.failure(of: "/feed")?.failure.kind != .tooLarge)
        await scene.end()
    }

    @Test func `R5: large answers that nobody has read yet leave room for small ones only`() async throws {
        let scene = try Scene(room: BodyRoom(most: 1_000_000, share: 10_000))
        scene.server.on("/large", LoopbackResponse(text: String(repeating: "a", count: 300_000)))
        scene.server.on("/small", LoopbackResponse(text: String(repeating: "a", count: 10_000)))
        var held: [Document?] = []
        for _ in 0..<3 { held.append(try await scene.fetch("/large").document) }
        let error = try #require(await scene.failure(of: "/large"))
        #expect(error.failure.kind == .tooLarge && error.failure.message.contains("asked for again later"))
        for _ in 0..<20 { held.append(try await scene.fetch("/small").document) }
        #expect(held.count == 23)
        held = []
        _ = try await scene.fetch("/large")
        await scene.end()
    }

    @Test func `R5: while much is unread, fetches wait for one another`() async throws {
        let scene = try Scene(room: BodyRoom(most: 1_000_000, share: 10_000)) { $0.concurrency = 8 }
        scene.server.on("/large", LoopbackResponse(text: String(repeating: "a", count: 600_000)))
        scene.server.on("/small", LoopbackResponse(text: "a"))
        var held = try await scene.fetch("/large").document
        #expect(held != nil)
        // One at a time, however many wait: the line that is there suffices.
        let answers = FetchAnswers()
        scene.fetcher.begin((0..<20).map { ($0, FetchRequest(url: scene.server.url("/small"))) }, answers: answers)
        var count = 0
        while count < 20 { count += await answers.next().count }
        #expect(scene.server.connections == 1)
        held = nil
        await scene.end()
    }

    /// Among twelve there are places left; of four those that may be taken while answers fill the room are all taken.
    @Test(.timeLimit(.minutes(1)), arguments: [4, 12])
    func `R4: large answers that never end arriving hold up nobody`(concurrency: Int) async throws {
        let room = BodyRoom(most: 1_000_000, share: 10_000)
        let scene = try Scene(room: room) {
            $0.concurrency = concurrency
            $0.timeout = .seconds(600)
            $0.longestSlowness = .seconds(600)
        }
        var large = LoopbackResponse(text: String(repeating: "a", count: 500_000))
        large.cutAfter = 300_000
        large.ending = .stall
        scene.server.on("/large", large)
        scene.server.on("/small", LoopbackResponse(text: "a"))
        let answers = FetchAnswers()
        scene.fetcher.begin((0..<2).map { ($0, FetchRequest(url: scene.server.url("/large"))) }, answers: answers)
        while !room.isFilling { await Task.yield() }
        for _ in 0..<20 { _ = try await scene.fetch("/small") }
        #expect(room.isFilling && !room.isCrowded)
        await scene.end()
    }

    @Test(arguments: [LoopbackResponse.Framing.contentLength, .chunked, .untilClose])
    func `P-52: a body at the cap is taken, one byte more is not`(framing: LoopbackResponse.Framing) async throws {
        let scene = try Scene { $0.maxBody = 100_000 }
        for (path, count) in [("/fits", 100_000), ("/more", 100_001)] {
            var response = LoopbackResponse(body: [UInt8](repeating: 0x61, count: count))
            response.framing = framing
            scene.server.on(path, response)
        }
        #expect(try await scene.fetch("/fits").document?.bytes.count == 100_000)
        #expect(await scene.failure(of: "/more")?.failure.kind == .tooLarge)
        await scene.end()
    }

    @Test(arguments: [LoopbackResponse.Framing.chunked, .untilClose])
    func `S4: an endless body ends with the cap`(framing: LoopbackResponse.Framing) async throws {
        let scene = try Scene()
        var response = LoopbackResponse(body: [UInt8](repeating: 0x20, count: 64 << 10))
        response.framing = framing
        response.isEndless = true
        scene.server.on("/feed", response)
        #expect(await scene.failure(of: "/feed")?.failure.kind == .tooLarge)
        await scene.end()
    }

    @Test func `P-52: a head is taken up to 64 KiB, and endless ones are not read`() async throws {
        let scene = try Scene()
        func head(_ lines: Int) -> [UInt8] {
            let line = "X-Filler: \(String(repeating: "a", count: 1000))\r\n"
            return Array("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\(String(repeating: line, count: lines))\r\nx".utf8)
        }
        scene.server.on("/fits", .raw(head(60)))
        scene.server.on("/more", .raw(head(70)))
        scene.server.on("/huge", .raw("HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 1 << 20))\r\n\r\n"))
        var endless = LoopbackResponse.raw("HTTP/1.1 100 Continue\r\n\r\n")
        endless.isEndless = true
        endless.drip = (bytes: 25, pause: .zero)
        scene.server.on("/interim", endless)
        #expect(try await scene.fetch("/fits").document != nil)
        for path in ["/more", "/huge", "/interim"] { #expect(await scene.failure(of: path)?.failure.kind == .tooLarge) }
        await scene.end()
    }

    @Test func `P-51, R6: silence, a drip and a stalled body all end at the deadline`() async throws {
        let scene = try Scene { $0.timeout = .milliseconds(400) }
        scene.server.on("/silence", .silence)
        var drip = LoopbackResponse(text: String(repeating: "x", count: 10_000))
        drip.drip = (bytes: 1, pause: .milliseconds(5))
        scene.server.on("/drip", drip)
        var stall = LoopbackResponse(text: "<rss/>")
        stall.cutAfter = 2
        stall.ending = .stall
        scene.server.on("/stall", stall)
        for path in ["/silence", "/drip", "/stall"] {
            let start = ContinuousClock.now
            #expect(await scene.failure(of: path)?.failure.kind == .timeout)
            #expect(ContinuousClock.now - start < hangGuard)
        }
        await scene.end()
    }

    @Test func `P-51: a body that comes too slowly for too long is given up before the deadline`() async throws {
        let scene = try Scene { $0.longestSlowness = .seconds(1) }
        // Without the rule it would be whole after four seconds.
        var response = LoopbackResponse(text: "<rss version=\"2.0\"><channel></channel></rss>")
        response.drip = (bytes: 1, pause: .milliseconds(100))
        scene.server.on("/feed", response)
        #expect(await scene.failure(of: "/feed")?.failure.kind == .timeout)
        await scene.end()
    }

    @Test func `P-51: the deadline counts all hops together`() async throws {
        let scene = try Scene { $0.timeout = .milliseconds(600) }
        for hop in 0..<5 {
            var response = LoopbackResponse.redirect(to: "/\(hop + 1)")
            response.body = Array(repeating: 0x20, count: 40)
            response.drip = (bytes: 1, pause: .milliseconds(10))
            scene.server.on("/\(hop)", response)
        }
        scene.server.on("/5", LoopbackResponse(text: "<rss/>"))
        let start = ContinuousClock.now
        #expect(await scene.failure(of: "/0")?.failure.kind == .timeout)
        #expect(ContinuousClock.now - start < hangGuard)
        await scene.end()
    }

    @Test func `P-51: the time spent waiting for a free place is not counted`() async throws {
        let scene = try Scene {
            $0.concurrency = 1
            $0.timeout = .milliseconds(1500)
        }
        var slow = LoopbackResponse(text: String(repeating: "x", count: 40))
        slow.drip = (bytes: 1, pause: .milliseconds(10))
        scene.server.on("/slow", slow)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { _ = try await scene.fetch("/slow") } }
            try await group.waitForAll()
        }
        #expect(scene.server.requests.count == 6)
        await scene.end()
    }

    @Test(arguments: [1000, 65_536, 65_537, 300_000, 20 << 20])
    func `P-50: of a longer body as much is taken as was asked for, and the rest is not waited for`(size: Int)
        async throws
    {
        let scene = try Scene()
        scene.server.on("/robots.txt", LoopbackResponse(text: String(repeating: "a", count: size)))
        let document = try await scene.fetch("/robots.txt") { $0.mostOfBody = 65_536 }.document
        #expect(document?.bytes.count == min(size, 65_536))
        await scene.end()
    }
}

/// Tells "ended" from "hangs". Not a figure: tests run beside each other on few cores, so their wall-clock time measures
/// the machine.
let hangGuard: Duration = .seconds(60)
