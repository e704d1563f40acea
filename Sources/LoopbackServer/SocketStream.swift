import Glibc

/// POLLRDHUP of <poll.h>, which Swift does not see: the peer will send nothing more.
private let pollHangUp = 0x2000

/// Two directions of bytes between this process and one peer. Calls block their thread.
public protocol ByteStream: AnyObject {
    /// At most `limit` bytes, as soon as there are any; empty when the peer has ended or the connection broke.
    func read(atMost limit: Int) -> [UInt8]
    /// - Returns: whether the system took all of it.
    func write(_ bytes: some Collection<UInt8>) -> Bool
    /// The descriptor below, for waiting and for breaking off.
    var descriptor: Int32 { get }
}

extension ByteStream {
    /// Waits until the peer hangs up or the server stops: a server that says nothing more.
    public func waitForHangUp() {
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(pollHangUp), revents: 0)
            let count = poll(&entry, 1, -1)
            if count > 0 || (count < 0 && errno != EINTR) { return }
        }
    }

    /// Waits for `time`, or less if the peer hangs up.
    ///
    /// - Returns: whether the peer is still there.
    public func pause(_ time: Duration) -> Bool {
        let milliseconds = time / .milliseconds(1)
        var entry = pollfd(fd: descriptor, events: Int16(pollHangUp), revents: 0)
        return poll(&entry, 1, Int32(clamping: Int(milliseconds))) == 0
    }

    /// Makes the close send a reset (RST) instead of an orderly end.
    public func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

/// A connected TCP socket. Whoever accepted it closes it.
public final class SocketStream: ByteStream {
    public let descriptor: Int32

    public init(descriptor: Int32) { self.descriptor = descriptor }

    public func read(atMost limit: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            var received = 0
            repeat { received = recv(descriptor, buffer.baseAddress, limit, 0) } while received < 0 && errno == EINTR
            count = max(0, received)
        }
    }

    public func write(_ bytes: some Collection<UInt8>) -> Bool {
        Array(bytes).withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let sent = send(descriptor, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
                if sent < 0, errno == EINTR { continue }
                guard sent > 0 else { return false }
                rest = rest.dropFirst(sent)
            }
            return true
        }
    }
}

/// Lines and counted bytes out of a stream, with what was read too far kept for the next call.
public struct LineReader {
    public let stream: any ByteStream
    private var kept: [UInt8] = []

    public init(_ stream: any ByteStream) { self.stream = stream }

    /// The next line without its line end, each byte as one character (ISO 8859-1), so that none is lost; nil when the peer ended or the line is longer than 1 MiB.
    public mutating func line() -> String? {
        while true {
            if let end = kept.firstIndex(of: 0x0A) {
                var line = kept[..<end]
                if line.last == 0x0D { line.removeLast() }
                var text = ""
                for byte in line { text.unicodeScalars.append(Unicode.Scalar(byte)) }
                kept.removeFirst(end + 1)
                return text
            }
            guard kept.count <= 1 << 20, fill() else { return nil }
        }
    }

    /// Exactly `count` bytes; nil when the peer ended before.
    public mutating func bytes(_ count: Int) -> [UInt8]? {
        while kept.count < count {
            guard fill() else { return nil }
        }
        let taken = Array(kept.prefix(count))
        kept.removeFirst(count)
        return taken
    }

    /// Everything up to `end`, which is taken and left out; nil when the peer ended before.
    public mutating func bytes(upTo end: [UInt8]) -> [UInt8]? {
        var searched = 0
        while true {
            var start = searched
            while start + end.count <= kept.count {
                if kept[start..<(start + end.count)].elementsEqual(end) {
                    let taken = Array(kept[..<start])
                    kept.removeFirst(start + end.count)
                    return taken
                }
                start += 1
            }
            searched = start
            guard fill() else { return nil }
        }
    }

    private mutating func fill() -> Bool {
        let more = stream.read(atMost: 64 << 10)
        kept += more
        return !more.isEmpty
    }
}
