import FeedModel
import FoundationEssentials
import LoopbackServer
import TestSupport
import Testing

@testable import Transfers

@Suite struct FetchTests {
    @Test func `a 200 becomes a document with its bytes, type, place and validators`() async throws {
        let scene = try Scene()
        scene.server.on(
            "/feed",
            LoopbackResponse(
                headers: [
                    ("Content-Type", "application/rss+xml"), ("Content-Location", "/feed.en"), ("ETag", "W/\"a-gzip\""),
                    ("Last-Modified", "  yesterday, I think "),
                ], text: "<rss/>"))
        let result = try await scene.fetch("/feed")
        let document = try #require(result.document)
        #expect(document.bytes == Array("<rss/>".utf8))
        #expect(document.url == scene.server.url("/feed"))
        #expect(document.contentType == "application/rss+xml")
        #expect(document.contentLocation == "/feed.en")
        #expect(
            result.validators
                == Validators(etag: Array("W/\"a-gzip\"".utf8), lastModified: Array("yesterday, I think".utf8)))
        #expect(result.trace.decodedBytes == 6)
        #expect(!result.trace.conditional)
        await scene.end()
    }

    @Test
    func `P-01, P-02, P-03: one plain GET with a constant name, feed types first and only codings that can be undone`()
        async throws
    {
        let scene = try Scene()
        scene.server.on("/feed", LoopbackResponse(headers: [("Set-Cookie", "a=b")], text: "<rss/>"))
        _ = try await scene.fetch("/feed")
        _ = try await scene.fetch("/feed")
        #expect(scene.server.requests.count == 2)
        for request in scene.server.requests {
            #expect(request.method == "GET")
            #expect(request.target == "/feed")
            #expect(request.header("User-Agent") == "Durbeen/test (feed reader; +mailto:op@example.org)")
            // XML before JSON, and feeds before either, where a server has several.
            #expect(
                request.header("Accept")
                    == "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,"
                    + "text/xml;q=0.9,application/*;q=0.8,*/*;q=0.1")
            let codings = try #require(request.header("Accept-Encoding"))
            #expect(codings.contains("gzip"))
            for name in ["Cookie", "Referer", "Authorization", "If-None-Match", "If-Modified-Since"] {
                #expect(request.header(name) == nil)
            }
        }
        await scene.end()
    }

    @Test func `P-06, P-07: validators go out byte for byte, both of them, also bytes that are no UTF-8`() async throws
    {
        let scene = try Scene()
        scene.server.on("/feed", LoopbackResponse(status: 304))
        let result = try await scene.fetch("/feed") {
            $0.validators = Validators(etag: [0x22, 0x61, 0xE9, 0x22], lastModified: Array("not a date".utf8))
            $0.validatorsURL = $0.url
        }
        #expect(result.isNotModified)
        #expect(result.trace.conditional)
        let request = try #require(scene.server.requests.first)
        // The server shows each byte as one character.
        #expect(request.header("If-None-Match") == "\"a\u{E9}\"")
        #expect(request.header("If-Modified-Since") == "not a date")
        await scene.end()
    }

    @Test func `P-08, P-09: a response tells the validators it has and no others`() async throws {
        let scene = try Scene()
        scene.server.on(
            "/feed", LoopbackResponse(headers: [("ETag", "\"1\"")], text: "x"),
            LoopbackResponse(status: 304, headers: [("Last-Modified", "then")]), LoopbackResponse(status: 304))
        func ask() async throws -> Validators {
            try await scene.fetch("/feed") {
                $0.validators.etag = [0x61]
                $0.validatorsURL = $0.url
            }.validators
        }
        #expect(try await ask() == Validators(etag: Array("\"1\"".utf8)))
        #expect(try await ask() == Validators(lastModified: Array("then".utf8)))
        #expect(try await ask() == Validators())
        await scene.end()
    }

    @Test func `P-11, P-12: validators are sent only to the very URL they came from, also behind a redirect`()
        async throws
    {
        let scene = try Scene()
        scene.server.on("/old", .redirect(301, to: "/new"))
        scene.server.on("/new", LoopbackResponse(status: 304))
        _ = try await scene.fetch("/old") {
            $0.validators.etag = Array("\"1\"".utf8)
            $0.validatorsURL = scene.server.url("/new")
        }
        #expect(scene.server.requests(for: "/old").map { $0.header("If-None-Match") } == [nil])
        #expect(scene.server.requests(for: "/new").map { $0.header("If-None-Match") } == ["\"1\""])
        await scene.end()
    }

    @Test func `S19: the body of a 304 is nobody's`() async throws {
        let scene = try Scene()
        scene.server.on(
            "/feed",
            .raw("HTTP/1.1 304 Not Modified\r\nETag: \"2\"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"))
        scene.server.on("/other", LoopbackResponse(text: "good"))
        #expect(try await scene.fetch("/feed").isNotModified)
        let other = try await scene.fetch("/other")
        #expect(other.document?.bytes == Array("good".utf8))
        await scene.end()
    }

    @Test(arguments: [
        (204, CheckFailure.Class.clientError), (206, .clientError), (226, .clientError), (300, .clientError),
        (401, .clientError), (404, .clientError), (410, .clientError), (429, .clientError), (500, .serverError),
        (503, .serverError), (599, .serverError),
    ])
    func `R10: only a whole 200 is a success`(status: Int, kind: CheckFailure.Class) async throws {
        let scene = try Scene()
        scene.server.on("/feed", LoopbackResponse(status: status, text: "<rss/>"))
        let error = try #require(await scene.failure(of: "/feed"))
        #expect(error.failure.kind == kind)
        #expect(error.failure.status == status)
        await scene.end()
    }

    @Test func `R10: an empty 200 is no success`() async throws {
        let scene = try Scene()
        scene.server.on("/feed", LoopbackResponse())
        #expect(await scene.failure(of: "/feed")?.failure.kind == .notAFeed)
        await scene.end()
    }

    @Test(arguments: [
        LoopbackResponse(status: 403, headers: [("cf-mitigated", "challenge")], text: "<html>"),
        LoopbackResponse(
            status: 503, headers: [("Content-Type", "text/html")], text: "<html><title>Just a moment...</title></html>"),
        LoopbackResponse(
            status: 403, headers: [("Content-Type", "text/html; charset=UTF-8")],
            text: "<html><script src=\"/cdn-cgi/challenge-platform/x.js\"></script></html>"),
    ])
    func `P-37: a bot challenge is known as such`(response: LoopbackResponse) async throws {
        let scene = try Scene()
        scene.server.on("/feed", response)
        #expect(await scene.failure(of: "/feed")?.failure.kind == .challenge)
        await scene.end()
    }

    @Test func `R9: a body that ends early is a failure, however its length was told`() async throws {
        let scene = try Scene()
        for (path, framing) in [("/length", LoopbackResponse.Framing.contentLength), ("/chunked", .chunked)] {
            var response = LoopbackResponse(text: "<rss><channel/></rss>")
            response.framing = framing
            response.cutAfter = 8
            response.ending = .close
            scene.server.on(path, response)
            #expect(await scene.failure(of: path)?.failure.kind == .connect)
        }
        var reset = LoopbackResponse(text: "<rss/>")
        reset.cutAfter = 3
        reset.ending = .reset
        scene.server.on("/reset", reset)
        #expect(await scene.failure(of: "/reset")?.failure.kind == .connect)
        scene.server.on("/bad-chunk", .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"))
        #expect(await scene.failure(of: "/bad-chunk") != nil)
        scene.server.on("/nothing", .raw(""))
        #expect(await scene.failure(of: "/nothing")?.failure.kind == .connect)
        scene.server.on("/0.9", .raw("<rss/>"))
        #expect(await scene.failure(of: "/0.9") != nil)
        await scene.end()
    }

    @Test func `P-18, P-28: what a server says of waiting is read from 200, 304, 429 and errors alike`() async throws {
        let scene = try Scene()
        let fields = [("Cache-Control", "public, max-age=600"), ("Age", "60"), ("Retry-After", "120")]
        let expected = FreshnessHint(maxAge: .seconds(600), age: .seconds(60), retryAfter: .delay(.seconds(120)))
        for (path, status) in [("/200", 200), ("/304", 304)] {
            scene.server.on(path, LoopbackResponse(status: status, headers: fields, text: "x"))
            #expect(try await scene.fetch(path).freshness == expected)
        }
        for status in [403, 429, 503] {
            scene.server.on("/\(status)", LoopbackResponse(status: status, headers: fields, text: "x"))
            #expect(await scene.failure(of: "/\(status)")?.freshness == expected)
        }
        await scene.end()
    }

    @Test func `an address that cannot be reached says what was in the way`() async throws {
        let scene = try Scene()
        scene.server.stop()
        #expect(await scene.failure(of: "/feed")?.failure.kind == .connect)
        let fetcher = scene.fetcher
        do {
            _ = try await fetcher.fetch(FetchRequest(url: "http://nowhere.invalid/"))
            Issue.record("fetched")
        } catch {
            #expect(error.failure.kind == .dns)
        }
        await scene.end()
    }
}
