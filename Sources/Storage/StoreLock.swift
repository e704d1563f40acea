import Glibc

/// The right to write to a store, held by one process at a time. The kernel lets go of it when the process ends, however
/// it ends.
final class StoreLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `StoreError.inUse` if another holds it.
    init(besides path: String) throws(StoreError) {
        let lockPath = path + ".lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw .cannotOpen(path: lockPath, detail: systemError())
        }
        // A lock on the open file and not on the process: it also stands between two stores of one process.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            guard number == EWOULDBLOCK else {
                close(descriptor)
                throw .cannotOpen(path: lockPath, detail: "it cannot be locked: \(systemError(number))")
            }
            let holder = Self.number(in: descriptor)
            close(descriptor)
            throw .inUse(path: path, pid: holder)
        }
        self.descriptor = descriptor
        // The number is for people to read; the lock holds without it.
        let text = "\(getpid())\n"
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.utf8.count, 0) }
    }

    deinit { close(descriptor) }

    /// The process that holds the lock; nil if none does.
    static func holder(besides path: String) -> Int? {
        let descriptor = open(path + ".lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Shared, so that two who ask at a time do not take each other for the holder.
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        return number(in: descriptor)
    }

    private static func number(in descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
        return Int(String(decoding: bytes.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self))
    }
}

/// The words of a system call's error number.
func systemError(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
