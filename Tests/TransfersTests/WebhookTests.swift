import FeedModel
import LoopbackServer
import Synchronization
import TestSupport
import Testing

@testable import Transfers

@Suite struct WebhookTests {
    /// What a server was sent.
    private final class Posts: Sendable {
        private let all = Mutex<[LoopbackRequest]>([])
        func add(_ request: LoopbackRequest) { all.withLock { $0.append(request) } }
        var requests: [LoopbackRequest] { all.withLock { $0 } }
    }

    private func post(
        answering response: LoopbackResponse, secret: String? = nil, allowsLoopback: Bool = true
    ) async throws -> (error: DeliveryError?, requests: [LoopbackRequest]) {
        let posts = Posts()
        let server = try LoopbackServer { request in
            posts.add(request)
            return response
        }
        defer { server.stop() }
        var settings = FetchSettings.test
        settings.timeout = .seconds(20)
        if !allowsLoopback { settings.allowAddresses = [] }
        let fetcher = Fetcher(settings)
        var error: DeliveryError?
        let target = WebhookTarget(url: server.url + "/hook", secret: secret.map { Array($0.utf8) })
        do { try await fetcher.post(Array("{\"id\":1}".utf8), id: "d1abc", to: target) } catch let failure {
            error = failure
        }
        await fetcher.stop()
        return (error, posts.requests)
    }

    @Test func `posts the bytes as they are, named for what they are and signed`() async throws {
        let (error, requests) = try await post(answering: LoopbackResponse(status: 204), secret: "key")
        #expect(error == nil)
        let request = try #require(requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/hook")
        #expect(request.body == Array("{\"id\":1}".utf8))
        #expect(request.header("Content-Type") == "application/json")
        #expect(request.header("Idempotency-Key") == "\"d1abc\"")
        // printf '{"id":1}' | openssl dgst -sha256 -hmac key
        #expect(
            request.header("Durbeen-Signature")
                == "sha256=c95c6a7c2c7c761e984c68cf64b4bca93f07242900aafdbb328d3bb75ab0dcb0")
    }

    enum Ending: Sendable { case accepted, temporary, permanent, unknown }

    @Test(arguments: [
        (200, Ending.accepted), (202, .accepted), (302, .permanent), (400, .permanent), (404, .permanent),
        (408, .temporary), (429, .temporary), (500, .temporary), (503, .temporary),
    ])
    func `R22: the status decides whether it is tried again`(status: Int, expected: Ending) async throws {
        let (error, requests) = try await post(
            answering: LoopbackResponse(status: status, headers: [("Location", "/elsewhere")]))
        let ending: Ending =
            switch error {
            case nil: .accepted
            case .temporary: .temporary
            case .permanent, .refused: .permanent
            case .unknown: .unknown
            }
        #expect(ending == expected)
        #expect(requests.count == 1)
    }

    @Test func `M-08: a connection that breaks after everything was sent leaves it unknown`() async throws {
        var response = LoopbackResponse(status: 200)
        response.raw = []
        response.ending = .reset
        let (error, _) = try await post(answering: response)
        guard case .unknown = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test func `S1: a private address is not posted to unless it is allowed`() async throws {
        let (error, requests) = try await post(answering: LoopbackResponse(status: 200), allowsLoopback: false)
        #expect(error?.description.contains("allow_addresses") == true)
        #expect(requests.isEmpty)
    }
}
