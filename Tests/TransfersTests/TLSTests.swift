import FeedModel
import LoopbackServer
import TestSupport
import Testing

@testable import Transfers

@Suite struct TLSTests {
    @Test func `S8: a certificate must be trusted, in date and made for the host`() async throws {
        let trusted = try TLSIdentity()
        let scene = try Scene(tls: trusted) { $0.caFile = trusted.certificateFile }
        scene.server.on("/feed", LoopbackResponse(text: "<rss/>"))
        #expect(try await scene.fetch("/feed").document != nil)

        let strange = try Scene(tls: trusted)
        #expect(await strange.failure(of: "/feed")?.failure.kind == .tls)

        let otherName = await scene.failure(of: "/feed") { $0.url = "https://127.0.0.2:\(scene.server.port)/feed" }
        #expect(otherName != nil)

        let expired = try TLSIdentity(days: -1)
        let late = try Scene(tls: expired) { $0.caFile = expired.certificateFile }
        #expect(await late.failure(of: "/feed")?.failure.kind == .tls)
        for scene in [scene, strange, late] { await scene.end() }
    }

    @Test func `S8: nothing older than TLS 1.2 is spoken, also when the certificate is not checked`() async throws {
        let scene = try Scene(tls: try TLSIdentity(onlyTLS11: true))
        #expect(await scene.failure(of: "/feed") { $0.allowsInsecureTLS = true }?.failure.kind == .tls)
        await scene.end()
    }

    @Test func `P-54: verification is switched off for one request and not for the next, also over a kept connection`()
        async throws
    {
        let scene = try Scene(tls: try TLSIdentity())
        scene.server.on("/feed", LoopbackResponse(text: "<rss/>"))
        #expect(try await scene.fetch("/feed") { $0.allowsInsecureTLS = true }.document != nil)
        #expect(await scene.failure(of: "/feed")?.failure.kind == .tls)
        await scene.end()
    }

    @Test func `S7: a redirect from https to http is followed without the credentials`() async throws {
        let trusted = try TLSIdentity()
        let scene = try Scene(tls: trusted) { $0.caFile = trusted.certificateFile }
        let open = try FeedServer()
        open.on("/feed", LoopbackResponse(text: "<rss/>"))
        scene.server.on("/feed", .redirect(to: open.url("/feed")))
        let result = try await scene.fetch("/feed") {
            $0.username = "ann"
            $0.password = "secret"
        }
        #expect(result.document != nil)
        #expect(open.requests.map { $0.header("Authorization") } == [nil])
        #expect(scene.server.requests.first?.header("Authorization") != nil)
        open.stop()
        await scene.end()
    }
}
