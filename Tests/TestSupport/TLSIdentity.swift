import CTestTLS
public import LoopbackServer
import Synchronization

/// A self-signed certificate for `localhost`, 127.0.0.1 and ::1, made anew, with its key. A client trusts it by
/// `certificateFile`.
public final class TLSIdentity: Sendable {
    private let folder: TemporaryDirectory
    // An SSL_CTX, which OpenSSL lets threads share.
    private nonisolated(unsafe) let context: UnsafeMutableRawPointer
    private let offers = Atomic(0)

    /// - Parameters:
    ///   - days: below zero the certificate has expired.
    ///   - onlyTLS11: the server speaks nothing newer than TLS 1.1.
    public init(days: Int32 = 30, onlyTLS11: Bool = false) throws {
        folder = try TemporaryDirectory()
        let certificate = folder.path("certificate.pem")
        let key = folder.path("key.pem")
        guard test_tls_make_identity(certificate, key, days) == 1,
            let context = test_tls_context(certificate, key, onlyTLS11 ? 1 : 0)
        else { throw POSIXProblem(attempt: "making a certificate", code: 0) }
        self.context = context
    }

    deinit { test_tls_context_free(context) }

    /// PEM.
    public var certificateFile: String { folder.path("certificate.pem") }

    /// How many connections offered HTTP/2 so far; none got it.
    public var offersOfHTTP2: Int { offers.load(ordering: .relaxed) }

    /// Shakes hands as a server; nil if it came to nothing.
    public func secure(_ socket: SocketStream) -> (any ByteStream)? {
        guard let connection = test_tls_accept(context, socket.descriptor) else { return nil }
        if test_tls_offers_h2(connection) != 0 { offers.add(1, ordering: .relaxed) }
        return TLSStream(connection, over: socket)
    }
}

private final class TLSStream: ByteStream {
    private let connection: UnsafeMutableRawPointer
    private let socket: SocketStream

    init(_ connection: UnsafeMutableRawPointer, over socket: SocketStream) {
        self.connection = connection
        self.socket = socket
    }

    deinit { test_tls_free(connection) }

    var descriptor: Int32 { socket.descriptor }

    func read(atMost limit: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, Int(test_tls_read(connection, buffer.baseAddress, Int32(clamping: limit))))
        }
    }

    func write(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        return bytes.isEmpty || test_tls_write(connection, bytes, Int32(clamping: bytes.count)) == bytes.count
    }
}
