import Glibc

/// A password or key in a file of its own (S16).
enum Secret {
    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    /// The first line of `file`. Refused if others may read the file, if it is empty, or if it is longer than 4 KiB.
    static func read(file: String) throws(Refusal) -> String {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            throw Refusal(
                description: "\(file): \(String(cString: strerror(errno))); write the password into that file")
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw Refusal(description: "\(file): not a file; write the password into a file of its own")
        }
        guard facts.st_mode & (S_IROTH | S_IWOTH) == 0 else {
            throw Refusal(description: "\(file): others can read it; run: chmod 600 \(file)")
        }
        var bytes = [UInt8](repeating: 0, count: 4097)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0, count <= 4096 else {
            throw Refusal(description: "\(file): longer than 4 KiB; keep the password alone in it")
        }
        let line = bytes.prefix(count).prefix { $0 != 0x0A && $0 != 0x0D && $0 != 0 }
        guard !line.isEmpty else { throw Refusal(description: "\(file): empty; write the password into that file") }
        return String(decoding: line, as: UTF8.self)
    }
}
