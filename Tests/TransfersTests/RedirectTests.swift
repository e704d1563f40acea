import FeedModel
import LoopbackServer
import TestSupport
import Testing

@testable import Transfers

@Suite struct RedirectTests {
    @Test(arguments: [301, 302, 303, 307, 308])
    func `P-41: a redirect is followed, and the trace says so`(status: Int) async throws {
        let scene = try Scene()
        scene.server.on("/a/old", .redirect(status, to: "../new?x=1#part"))
        scene.server.on("/new", LoopbackResponse(text: "<rss/>"))
        let result = try await scene.fetch("/a/old")
        #expect(result.trace.redirects == [FetchTrace.Redirect(status: status, to: scene.server.url("/new?x=1"))])
        #expect(result.trace.finalURL == scene.server.url("/new?x=1"))
        #expect(result.document?.url == scene.server.url("/new?x=1"))
        await scene.end()
    }

    @Test func `P-41: five hops are followed, the sixth is not`() async throws {
        let scene = try Scene()
        for hop in 0..<6 { scene.server.on("/\(hop)", .redirect(to: "/\(hop + 1)")) }
        scene.server.on("/6", LoopbackResponse(text: "<rss/>"))
        #expect(try await scene.fetch("/1").document != nil)
        scene.server.forgetRequests()
        let error = try #require(await scene.failure(of: "/0"))
        #expect(error.failure.kind == .policy)
        #expect(scene.server.requests.count == 6)
        await scene.end()
    }

    @Test func `P-41: a circle is an error, met without going round it again`() async throws {
        let scene = try Scene()
        scene.server.on("/a", .redirect(to: "/b"))
        scene.server.on("/b", .redirect(to: "/a"))
        scene.server.on("/self", .redirect(to: "/self"))
        #expect(await scene.failure(of: "/a")?.failure.kind == .policy)
        #expect(scene.server.requests.count == 2)
        #expect(await scene.failure(of: "/self")?.failure.kind == .policy)
        await scene.end()
    }

    @Test(arguments: [
        "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "dict://127.0.0.1/x", "javascript:alert(1)",
        "data:text/xml,<rss/>", "http://", "http://:80/", "",
    ])
    func `P-53, S3: only http and https are followed`(target: String) async throws {
        let scene = try Scene()
        scene.server.on("/feed", .redirect(to: target))
        let error = try #require(await scene.failure(of: "/feed"))
        #expect(error.failure.kind == .policy || error.failure.kind == .clientError)
        #expect(scene.server.requests.count == 1)
        await scene.end()
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "127.0.0.1", "", "http://", "http://a\r\nb/", "//x"])
    func `P-53: nothing but http and https is fetched at all`(url: String) async throws {
        let fetcher = Fetcher(.test)
        do {
            _ = try await fetcher.fetch(FetchRequest(url: url))
            Issue.record("fetched \(url)")
        } catch {
            #expect(error.failure.kind == .policy)
        }
        await fetcher.stop()
    }

    @Test func `S7: credentials reach their own origin and no other, and come back to it`() async throws {
        let scene = try Scene()
        let other = try FeedServer()
        scene.server.on("/start", .redirect(to: "/same"))
        scene.server.on("/same", .redirect(to: other.url("/away")))
        other.on("/away", .redirect(to: scene.server.url("/home")))
        scene.server.on("/home", LoopbackResponse(text: "<rss/>"))
        _ = try await scene.fetch("/start") {
            $0.username = "ann"
            $0.password = "secret"
        }
        #expect(scene.server.requests.allSatisfy { $0.header("Authorization") == "Basic YW5uOnNlY3JldA==" })
        #expect(other.requests.map { $0.header("Authorization") } == [nil])
        other.stop()
        await scene.end()
    }

    @Test func `S7: a redirect that brings a password along is refused`() async throws {
        let scene = try Scene()
        scene.server.on("/feed", .redirect(to: "http://user:secret@127.0.0.1:\(scene.server.port)/x"))
        let error = try #require(await scene.failure(of: "/feed"))
        #expect(error.failure.kind == .policy)
        #expect(!error.failure.message.contains("secret"))
        #expect(scene.server.requests.count == 1)
        await scene.end()
    }

    @Test func `R23: an address with a password in it is refused, and the password not repeated`() async throws {
        let scene = try Scene()
        let url = "http://user:secret@127.0.0.1:\(scene.server.port)/x"
        do {
            _ = try await scene.fetcher.fetch(FetchRequest(url: url))
            Issue.record("fetched")
        } catch {
            #expect(error.failure.kind == .policy)
            #expect(!error.failure.message.contains("secret"))
            #expect(!error.trace.finalURL.contains("secret"))
        }
        #expect(scene.server.requests.isEmpty)
        await scene.end()
    }
}
