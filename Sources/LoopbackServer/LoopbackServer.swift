import Synchronization

/// HTTP/1.1 on 127.0.0.1 for demos and tests. The handler is called on the connection's own thread and may block it.
public final class LoopbackServer: Sendable {
    private let listener: Listener
    private let address: String

    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - address: of this machine; tests tell servers apart by it.
    ///   - secure: makes a TLS stream of a connection; nil means it failed. Left out, the server speaks plain HTTP.
    public init(
        port: UInt16 = 0, address: String = "127.0.0.1", secure: (@Sendable (SocketStream) -> (any ByteStream)?)? = nil,
        handler: @escaping @Sendable (LoopbackRequest) -> LoopbackResponse
    ) throws(ListenError) {
        let numbers = Counter()
        self.address = address
        listener = try Listener(port: port, address: address) { socket in
            guard let stream = secure.map({ $0(socket) }) ?? socket else { return }
            var connection = HTTPConnection(stream, number: numbers.next())
            connection.serve(handler)
        }
    }

    deinit { listener.breakOff() }

    public var port: UInt16 { listener.port }

    /// `http://127.0.0.1:PORT`.
    public var url: String { "http://\(address):\(port)" }

    /// Connections accepted so far.
    public var connections: Int { listener.accepted }

    /// Breaks all connections and returns when every thread has ended.
    public func stop() { listener.stop() }
}

private final class Counter: Sendable {
    private let last = Atomic(0)

    func next() -> Int { last.add(1, ordering: .relaxed).newValue }
}
