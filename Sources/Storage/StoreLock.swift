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
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = max(0, read(descriptor, &bytes, bytes.count))
            let text = String(decoding: bytes.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self)
            close(descriptor)
            throw .inUse(path: path, pid: Int(text))
        }
        self.descriptor = descriptor
        // The number is for people to read; the lock holds without it.
        let text = "\(getpid())\n"
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.utf8.count, 0) }
    }

    deinit { close(descriptor) }
}

/// The words of a system call's error number.
func systemError(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
