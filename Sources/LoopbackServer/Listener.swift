import Glibc
import Synchronization

/// Why a server on loopback could not start.
public enum ListenError: Error, CustomStringConvertible {
    case refused(port: UInt16, reason: String)

    public var description: String {
        switch self {
        case .refused(let port, let reason): "listening on 127.0.0.1:\(port): \(reason)"
        }
    }
}

/// A listening TCP socket on loopback, with a thread for accepting and one for each connection. Good for tests and demos; a
/// thread a connection is all it offers.
public final class Listener: Sendable {
    private struct State {
        var isStopping = false
        /// Of the connections that are served now.
        var descriptors: Set<Int32> = []
        var accepted = 0
        var threads = 0
    }

    /// The port that the system gave, or the one asked for.
    public let port: UInt16
    private let socket: Int32
    private let state = Mutex(State())
    private let ended = Condition()
    private let serve: @Sendable (SocketStream) -> Void

    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - address: an IPv4 address of this machine.
    ///   - serve: called on a thread of its own for each connection; the connection is closed when it returns.
    public init(
        port: UInt16 = 0, address: String = "127.0.0.1", serve: @escaping @Sendable (SocketStream) -> Void
    ) throws(ListenError) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(socket, name, length) == 0 && listen(socket, 1024) == 0 && getsockname(socket, name, &length) == 0
            }
        }
        guard isListening else {
            let reason = String(cString: strerror(errno))
            close(socket)
            throw .refused(port: port, reason: reason)
        }
        self.socket = socket
        self.port = UInt16(bigEndian: name.sin_port)
        self.serve = serve
        state.withLock { $0.threads = 1 }
        startThread { self.acceptAll() }
    }

    /// Connections accepted so far.
    public var accepted: Int { state.withLock { $0.accepted } }

    /// Takes no more connections, breaks those that are open and returns when every thread has ended.
    public func stop() {
        breakOff()
        ended.wait { state.withLock { $0.threads == 0 } }
    }

    /// As `stop`, but does not wait.
    public func breakOff() {
        state.withLock { state in
            guard !state.isStopping else { return }
            state.isStopping = true
            // Wakes the thread that waits in accept; the descriptor stays taken until that thread closes it.
            shutdown(socket, Int32(SHUT_RDWR))
            for descriptor in state.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(socket, nil, nil)
            if descriptor < 0 {
                if state.withLock({ $0.isStopping }) { break }
                // A connection that broke before it was taken, or no descriptor free just now.
                if errno == EMFILE || errno == ENFILE { usleep(10_000) }
                continue
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            let isWanted = state.withLock { state in
                guard !state.isStopping else { return false }
                state.descriptors.insert(descriptor)
                state.accepted += 1
                state.threads += 1
                return true
            }
            guard isWanted else {
                close(descriptor)
                break
            }
            startThread {
                self.serve(SocketStream(descriptor: descriptor))
                self.finish(descriptor)
            }
        }
        close(socket)
        endThread()
    }

    private func finish(_ descriptor: Int32) {
        // Closed under the lock, so that `stop` never shuts a descriptor down that is another's by now.
        state.withLock { state in
            state.descriptors.remove(descriptor)
            close(descriptor)
        }
        endThread()
    }

    private func endThread() { ended.signal { state.withLock { $0.threads -= 1 } } }
}

/// A place where threads wait until something holds.
public final class Condition: Sendable {
    // Made once, destroyed once; the functions of pthread are what guards them.
    private nonisolated(unsafe) let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    public init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    public func wait(until holds: () -> Bool) {
        pthread_mutex_lock(mutex)
        while !holds() { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }

    /// Makes a change and lets all who wait look again.
    public func signal(_ change: () -> Void) {
        pthread_mutex_lock(mutex)
        change()
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}

/// Runs `body` on a new detached thread with a small stack.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 512 << 10)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, &attributes,
        { context in
            // Passed retained below, taken exactly here.
            if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
            return nil
        }, Unmanaged.passRetained(Body(body)).toOpaque())
    pthread_attr_destroy(&attributes)
    precondition(code == 0, "starting a thread: \(String(cString: strerror(code)))")
}
