import FeedModel
import LoopbackServer
import TestSupport
import Testing

@testable import Transfers

/// What is spoken over a connection, and what a server that abuses one comes to.
@Suite struct ConnectionTests {
    @Test func `HTTP/2 is offered over TLS, and who does not take it up is spoken to as before`() async throws {
        let identity = try TLSIdentity()
        let scene = try Scene(tls: identity) { $0.caFile = identity.certificateFile }
        scene.server.on("/feed", LoopbackResponse(text: "<rss/>"))
        for _ in 0..<3 { #expect(try await scene.fetch("/feed").document != nil) }
        #expect(identity.offersOfHTTP2 == 1 && scene.server.connections == 1)
        await scene.end()
    }

    @Test func `several requests to a TLS host wait for its connection, and without HTTP/2 make their own`()
        async throws
    {
        let identity = try TLSIdentity()
        let scene = try Scene(tls: identity) { $0.caFile = identity.certificateFile }
        scene.server.on("/feed", LoopbackResponse(text: "<rss/>"))
        let answered = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (try? await scene.fetch("/feed").document) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(answered == 8)
        await scene.end()
    }

    @Test(arguments: [
        ("http://пример.example/feed", "xn--e1afmkfd.example"), ("http://bücher.example/", "xn--bcher-kva.example"),
        ("http://پاکستان.example/feed", "xn--mgbai9azgqp6j.example"),
        ("http://xn--e1afmkfd.example/", "xn--e1afmkfd.example"),
    ])
    func `names in other scripts are asked for by their ASCII form`(url: String, host: String) async throws {
        // Nobody resolves these names: the proxy is asked for them and shows what came.
        let proxy = try FeedServer()
        let asked = "http://\(host)" + (url.hasSuffix("/feed") ? "/feed" : "/")
        proxy.on(asked, LoopbackResponse(text: "<rss/>"))
        var settings = FetchSettings.test
        settings.proxy = proxy.url
        let fetcher = Fetcher(settings)
        guard case .fresh = try await fetcher.fetch(FetchRequest(url: url)) else {
            Issue.record("not fetched")
            return
        }
        #expect(proxy.requests.map { $0.header("Host") } == [host])
        await fetcher.stop()
        proxy.stop()
    }

    @Test func `a name that is none in any script is refused, not looked up`() async throws {
        let fetcher = Fetcher(.test)
        let error = await #expect(throws: FetchError.self) {
            try await fetcher.fetch(FetchRequest(url: "http://\u{0378}\u{FFFD}.example/"))
        }
        #expect(error?.failure.kind == .policy || error?.failure.kind == .dns, "\(String(describing: error))")
        await fetcher.stop()
    }

    @Test func `S19: what a server says unasked on a kept connection is no feed's content`() async throws {
        let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: \"evil\"\r\n\r\nevil"
        func poisoned(_ text: String) -> LoopbackResponse {
            .raw("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)\(evil)\(evil)")
        }
        let scene = try Scene { $0.hostConnections = 1 }
        scene.server.on("/first", poisoned("first"))
        scene.server.on("/unchanged", .raw("HTTP/1.1 304 Not Modified\r\n\r\n\(evil)"))
        scene.server.on("/second", LoopbackResponse(text: "second"))
        for path in ["/first", "/unchanged"] {
            for _ in 0..<20 {
                let first = try await scene.fetch(path)
                #expect(first.document.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "first" == "first")
                let second = try await scene.fetch("/second")
                #expect(second.document.map { String(decoding: $0.bytes, as: UTF8.self) } == "second")
                #expect(second.validators.etag == nil)
            }
        }
        await scene.end()
    }

    @Test(arguments: [
        // Longer than told: the rest is nobody's. Shorter: an error. Two lengths that differ, or none that is a number: an error.
        ("Content-Length: 5\r\n\r\n<rss/>", "<rss/"), ("Content-Length: 99\r\n\r\n<rss/>", nil),
        ("Content-Length: 6\r\nContent-Length: 3\r\n\r\n<rss/>", nil), ("Content-Length: 6, 3\r\n\r\n<rss/>", nil),
        ("Content-Length: 99999999999999999999999\r\n\r\n<rss/>", nil), ("Content-Length: -6\r\n\r\n<rss/>", nil),
        ("Content-Length: x\r\n\r\n<rss/>", nil),
        // Chunks count, whatever length is told beside them (RFC 9112, 6.3).
        ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n6\r\n<rss/>\r\n0\r\n\r\n", "<rss/>"),
        ("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n<rss/>\r\n0\r\n\r\n", nil),
        ("Transfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n", nil),
    ])
    func `R9, S19: a length that lies yields what was told or an error, never more`(answer: String, body: String?)
        async throws
    {
        let scene = try Scene { $0.timeout = .seconds(20) }
        var response = LoopbackResponse.raw("HTTP/1.1 200 OK\r\n" + answer)
        response.ending = .close
        scene.server.on("/feed", response)
        let document = try? await scene.fetch("/feed").document
        #expect(document.map { String(decoding: $0.bytes, as: UTF8.self) } == body)
        await scene.end()
    }

    @Test func `R6: a head that drips ends at the deadline, however often a line comes`() async throws {
        let scene = try Scene { $0.timeout = .milliseconds(300) }
        var response = LoopbackResponse.raw("HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 10_000))
        response.drip = (bytes: 6, pause: .milliseconds(10))
        scene.server.on("/head", response)
        #expect(await scene.failure(of: "/head")?.failure.kind == .timeout)
        await scene.end()
    }

    @Test func `a redirect is not followed by a request that wants to be asked first`() async throws {
        let scene = try Scene()
        scene.server.on("/page", .redirect(301, to: "/elsewhere"))
        let error = try #require(await scene.failure(of: "/page") { $0.followsRedirects = false })
        #expect(error.failure.kind == .policy && error.failure.status == 301)
        #expect(error.trace.redirects.map(\.to) == [scene.server.url("/elsewhere")])
        #expect(scene.server.requests.count == 1)
        await scene.end()
    }
}
