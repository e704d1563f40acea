import Glibc

/// Why a file could not be read, in words that fit after its name and a colon.
struct FileError: Error, CustomStringConvertible {
    var description: String

    static func system(_ number: Int32) -> FileError { FileError(description: String(cString: strerror(number))) }
}

/// The whole of a regular file.
///
/// - Throws: `FileError` if it cannot be read or has more than `limit` bytes.
func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw .system(errno) }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw .system(errno) }
    guard facts.st_mode & S_IFMT != S_IFDIR else { throw FileError(description: "is a folder") }
    return try readAll(descriptor, limit: limit)
}

/// At most the first `length` bytes of a regular file, or of the standard input for `-`.
func readBeginning(of path: String, length: Int) throws(FileError) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw .system(errno) }
    defer { if path != "-" { close(descriptor) } }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw .system(errno) }
    guard facts.st_mode & S_IFMT != S_IFDIR else { throw FileError(description: "is a folder") }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(length, max(0, Int(facts.st_size))))
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count < length {
        let count = read(descriptor, &chunk, min(chunk.count, length - bytes.count))
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw .system(errno) }
        guard count > 0 else { break }
        bytes += chunk[..<count]
    }
    return bytes
}

/// All that a descriptor gives until its end.
func readAll(_ descriptor: Int32, limit: Int) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw .system(errno) }
        guard count > 0 else { return bytes }
        bytes += chunk[..<count]
        guard bytes.count <= limit else { throw FileError(description: "larger than \(limit >> 20) MiB") }
    }
}

/// The files a shell pattern names, sorted; the pattern itself if it is a plain path that exists.
func filesMatching(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
        found.gl_pathv[index].map { String(cString: $0) }
    }
}

/// The folder the process stands in.
func currentFolder() -> String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
}
