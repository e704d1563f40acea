import Glibc
import TestSupport

/// The service manager's end of sd_notify(3): a datagram socket in a test's folder.
final class NotifySocket {
    private let descriptor: Int32
    private var received: [String] = []

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXProblem(attempt: "making a notify socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isBound else { throw POSIXProblem(attempt: "binding a notify socket") }
    }

    deinit { close(descriptor) }

    /// Everything said so far, one datagram each, in order.
    func messages() -> [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return received }
            received.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }

    /// Returns once a message beginning with `start` has come after the first `skipping` messages.
    func wait(for start: String, skipping: Int = 0) async throws {
        while !messages().dropFirst(skipping).contains(where: { $0.hasPrefix(start) }) {
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
