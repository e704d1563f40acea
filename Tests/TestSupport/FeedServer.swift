public import LoopbackServer
import Synchronization

/// A scripted web server on loopback: answers by path, every request written down.
///
///     let server = try FeedServer()
///     server.on("/feed", .redirect(to: "/new"))
///     server.on("/new", LoopbackResponse(text: atom), LoopbackResponse(status: 304))    // the last one repeats
public final class FeedServer: Sendable {
    public typealias Answer = @Sendable (LoopbackRequest) -> LoopbackResponse

    private let script: Script
    private let server: LoopbackServer

    /// - Parameters:
    ///   - tls: with it the server speaks https and names itself `localhost` or 127.0.0.1.
    ///   - address: a server that is to count as another host needs one of its own within loopback.
    public init(tls: TLSIdentity? = nil, address: String = "127.0.0.1") throws {
        let script = Script()
        self.script = script
        server = try LoopbackServer(address: address, secure: tls.map { $0.secure }) { script.answer($0) }
        url = (tls == nil ? "http" : "https") + "://\(address):\(server.port)"
    }

    /// Without a slash at the end.
    public let url: String

    public var port: UInt16 { server.port }

    public func url(_ path: String) -> String { url + path }

    /// Connections accepted so far.
    public var connections: Int { server.connections }

    /// Answers for a path (without query), given one after the other; the last one repeats.
    public func on(_ path: String, _ responses: LoopbackResponse...) {
        let turns = Turns(responses)
        on(path) { _ in turns.next() }
    }

    public func on(_ path: String, _ answer: @escaping Answer) { script.set(path, answer) }

    /// Every request so far, in the order of arrival.
    public var requests: [LoopbackRequest] { script.requests }

    public func requests(for path: String) -> [LoopbackRequest] { requests.filter { $0.path == path } }

    public func forgetRequests() { script.forget() }

    /// Returns once `count` requests have come.
    public func waitForRequests(_ count: Int) async { await script.wait(count) }

    /// Breaks all connections.
    public func stop() { server.stop() }
}

private final class Turns: Sendable {
    private let rest: Mutex<ArraySlice<LoopbackResponse>>

    init(_ responses: [LoopbackResponse]) { rest = Mutex(responses[...]) }

    func next() -> LoopbackResponse {
        rest.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? LoopbackResponse(status: 404) }
    }
}

private final class Script: Sendable {
    private struct State {
        var answers: [String: FeedServer.Answer] = [:]
        var requests: [LoopbackRequest] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var requests: [LoopbackRequest] { state.withLock { $0.requests } }

    func set(_ path: String, _ answer: @escaping FeedServer.Answer) { state.withLock { $0.answers[path] = answer } }

    func forget() { state.withLock { $0.requests = [] } }

    func answer(_ request: LoopbackRequest) -> LoopbackResponse {
        let (answer, ready) = state.withLock { state in
            state.requests.append(request)
            let count = state.requests.count
            let ready = state.waiting.filter { $0.count <= count }.map(\.continuation)
            state.waiting.removeAll { $0.count <= count }
            return (state.answers[request.path], ready)
        }
        for continuation in ready { continuation.resume() }
        // Outside the lock: an answer may take its time.
        return answer?(request) ?? LoopbackResponse(status: 404, text: "nothing is scripted for this path\n")
    }

    func wait(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requests.count >= count { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}
