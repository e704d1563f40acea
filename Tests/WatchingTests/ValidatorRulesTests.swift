import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import TestSupport
import Testing

@testable import Watching

/// Rules P-04 to P-16: what is asked, and with which validators.
@Suite struct ValidatorRulesTests {
    private static let hour: Duration = .seconds(3600)
    private static let day: Duration = .seconds(86_400)

    @Test func `P-04: a server that blocks gets the same name again, never a browser's`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .error(403), .feed(["1"]))
        try await scene.poll()
        try await scene.poll(after: Self.day)
        #expect(scene.server.requests.map { $0.header("User-Agent") } == ["Durbeen/test", "Durbeen/test"])
        await scene.end()
    }

    @Test(arguments: [500, 503, 404, 200])
    func `P-05: one poll is one GET, also after a failure or a broken document`(status: Int) async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", LoopbackResponse(status: status, text: "<rss><channel><item>"))
        try await scene.poll()
        #expect(scene.server.requests.map(\.method) == ["GET"])
        await scene.end()
    }

    @Test func `P-07, P-08: both validators go back, and a 200 without them clears them`() async throws {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", .feed(["1"], headers: [("Last-Modified", "then")]), .feed(["1", "2"], etag: nil), .feed(["1"]))
        for _ in 0..<3 { try await scene.poll(after: Self.day * 2) }
        let asked = scene.server.requests
        #expect(asked.map { $0.header("If-None-Match") } == [nil, "\"1\"", nil])
        #expect(asked.map { $0.header("If-Modified-Since") } == [nil, "then", nil])
        await scene.end()
    }

    @Test func `P-09: a 304 replaces what it names and leaves the rest`() async throws {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", .feed(["1"], headers: [("Last-Modified", "then")]), .notModified([("ETag", "\"2\"")]),
            .notModified(),
            .notModified([("Last-Modified", "now")]), .notModified())
        for _ in 0..<5 { try await scene.poll(after: Self.day * 2) }
        #expect(
            scene.server.requests.map { $0.header("If-None-Match") } == [nil, "\"1\"", "\"2\"", "\"2\"", "\"2\""])
        #expect(
            scene.server.requests.map { $0.header("If-Modified-Since") } == [nil, "then", "then", "then", "now"])
        await scene.end()
    }

    @Test func `P-10: validators are taken from a document without news, and an older entry that was added is found`()
        async throws
    {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", .feed(["new"]), .feed(["new"], etag: "\"2\""), .feed(["new", "older"], etag: "\"3\""))
        try await scene.poll()
        try await scene.poll(after: Self.day * 2)
        #expect(try await scene.state().validators.etag == Array("\"2\"".utf8))
        let third = try await scene.poll(after: Self.day * 2)
        #expect(third.map(\.outcome) == [.updated(new: 1, matched: 0)])
        await scene.end()
    }

    @Test func `P-11: after a change of credentials the next question is unconditional, and asked at once`()
        async throws
    {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1"]))
        try await scene.poll()
        var feed = Feed(url: scene.server.url("/feed"))
        feed.username = "ann"
        feed.password = Password("first")
        try await scene.adopt([feed])
        try await scene.poll()
        feed.password = Password("second")
        try await scene.adopt([feed])
        try await scene.poll()
        #expect(scene.server.requests.count == 3)
        #expect(scene.server.requests.allSatisfy { $0.header("If-None-Match") == nil })
        #expect(scene.server.requests.last?.header("Authorization") == "Basic YW5uOnNlY29uZA==")
        await scene.end()
    }

    @Test func `P-12: the validators of one feed are not sent for another`() async throws {
        let scene = try await PollScene(paths: ["/a", "/b"])
        scene.server.on("/a", .feed(["1"], etag: "\"a\""))
        scene.server.on("/b", .feed(["1"], etag: "\"b\""))
        try await scene.poll()
        try await scene.poll(after: Self.day * 2)
        #expect(scene.server.requests(for: "/a").map { $0.header("If-None-Match") } == [nil, "\"a\""])
        #expect(scene.server.requests(for: "/b").map { $0.header("If-None-Match") } == [nil, "\"b\""])
        await scene.end()
    }

    @Test(arguments: [
        LoopbackResponse(headers: [("ETag", "\"bad\"")], text: "<html>no feed</html>"),
        LoopbackResponse(headers: [("ETag", "\"bad\"")], text: String(rss(["1", "2"]).dropLast(40))),
        LoopbackResponse(
            status: 403, headers: [("ETag", "\"bad\""), ("cf-mitigated", "challenge")], text: "<html>checking</html>"),
        LoopbackResponse(headers: [("ETag", "\"bad\"")], text: ""),
        LoopbackResponse(status: 500, headers: [("ETag", "\"bad\"")], text: "x"),
    ])
    func `P-13: a failed check leaves the validators as they were`(bad: LoopbackResponse) async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1"]), bad, .feed(["1"]))
        for _ in 0..<3 { try await scene.poll(after: Self.day * 4) }
        #expect(scene.server.requests.map { $0.header("If-None-Match") } == [nil, "\"1\"", "\"1\""])
        await scene.end()
    }

    @Test func `P-14: a feed silent beyond all likelihood is asked once in full, and then not for a month`()
        async throws
    {
        let scene = try await PollScene()
        // Twenty entries in twenty days, and then nothing but 304.
        let guids = (1...20).map { "\($0)" }
        var dates: [String: String] = [:]
        for (index, guid) in guids.enumerated() {
            let moment = scene.clock.date.addingTimeInterval(Double(-index) * 86_400)
            dates[guid] = moment.formatted(.iso8601)
        }
        let document = rss(guids, dates: dates)
        scene.server.on("/feed") { request in
            request.header("If-None-Match") == nil
                ? LoopbackResponse(headers: [("ETag", "\"1\"")], text: document) : .notModified()
        }
        try await scene.poll()
        for _ in 0..<6 { try await scene.poll(after: Self.day) }
        #expect(scene.server.requests.filter { $0.header("If-None-Match") == nil }.count == 1)
        for _ in 0..<30 { try await scene.poll(after: Self.day) }
        #expect(scene.server.requests.filter { $0.header("If-None-Match") == nil }.count == 2)
        await scene.end()
    }

    @Test func `P-15: a poll by hand stays conditional unless it is asked for in full`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1"]))
        try await scene.poll()
        try await scene.poll(after: Self.day * 2)
        scene.clock.advance(by: Self.day * 2)
        try await scene.poll(inFull: true)
        #expect(scene.server.requests.map { $0.header("If-None-Match") } == [nil, "\"1\"", nil])
        #expect(try await scene.state().memory.askedInFull == scene.clock.date)
        await scene.end()
    }

    @Test func `P-16: a delta is not asked for, and an unexpected 226 is an error`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", LoopbackResponse(status: 226, headers: [("IM", "feed")], text: rss(["9"])))
        let report = try await scene.poll()
        #expect(report.first?.failure?.status == 226)
        #expect(scene.server.requests.first?.header("A-IM") == nil)
        #expect(try await scene.store.status().entries == 0)
        await scene.end()
    }
}
