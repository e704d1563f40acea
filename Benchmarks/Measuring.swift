import Glibc

/// Processor time of this process so far, in seconds: what other programs do meanwhile does not count.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Whole passes of `pass` until `seconds` of processor time are spent, at least one: how many, and what they took.
func measure(seconds: Double, pass: () -> Void) -> (passes: Int, seconds: Double) {
    var passes = 0
    let began = processorSeconds()
    var spent = 0.0
    repeat {
        pass()
        passes += 1
        spent = processorSeconds() - began
    } while spent < seconds
    return (passes, spent)
}

/// The plain files of a folder, in the order of their names.
func files(in folder: String) throws(BenchmarkError) -> [(name: String, bytes: [UInt8])] {
    guard let directory = opendir(folder) else {
        throw .input("opening the folder \(folder): \(String(cString: strerror(errno)))")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let item = readdir(directory) {
        let name = withUnsafeBytes(of: item.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if !name.hasPrefix(".") { names.append(name) }
    }
    var found: [(name: String, bytes: [UInt8])] = []
    for name in names.sorted() {
        guard let bytes = try contents(of: folder + "/" + name) else { continue }
        found.append((name, bytes))
    }
    guard !found.isEmpty else { throw .input("reading the folder \(folder): no files in it") }
    return found
}

/// The lines of a text file that are not empty.
func lines(of path: String) throws(BenchmarkError) -> [String] {
    guard let bytes = try contents(of: path) else { throw .input("reading \(path): not a plain file") }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
}

/// The bytes of a plain file; nil for anything else.
private func contents(of path: String) throws(BenchmarkError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .input("opening \(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
    var at = 0
    while at < bytes.count {
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + at, $0.count - at) }
        guard count > 0 else { throw .input("reading \(path): it became shorter meanwhile") }
        at += count
    }
    return bytes
}
