import Glibc

/// Puts `bytes` in the place of the file at `path`, or makes it: whole or not at all, whatever happens in between. Owner and
/// mode of a file that was there stay; a symbolic link stays one, and the file it leads to is replaced.
func replaceFile(_ path: String, with bytes: [UInt8]) throws(FileError) {
    let target = realPath(path) ?? path
    let folder = target.lastIndex(of: "/").map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    let name = target + "." + String(UInt64.random(in: 0 ... .max), radix: 36)
    let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(errno) }
    var isOpen = true
    var isDone = false
    defer {
        if isOpen { close(descriptor) }
        if !isDone { unlink(name) }
    }
    keepOwnerAndMode(of: target, on: descriptor)
    try writeAll(bytes, to: descriptor)
    guard fsync(descriptor) == 0 else { throw .system(errno) }
    isOpen = false
    guard close(descriptor) == 0 else { throw .system(errno) }
    guard rename(name, target) == 0 else { throw .system(errno) }
    isDone = true
    try syncFolder(folder)
}

/// A file that is made anew gets 0644, as an editor would give it.
private func keepOwnerAndMode(of path: String, on descriptor: Int32) {
    var facts = stat()
    let existed = stat(path, &facts) == 0
    // The owner can be kept only by root, and then must be; for anybody else the file becomes theirs, as with an editor.
    if existed { _ = fchown(descriptor, facts.st_uid, facts.st_gid) }
    fchmod(descriptor, existed ? facts.st_mode & 0o7777 : 0o644)
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw .system(errno) }
        rest = rest.dropFirst(count)
    }
}

private func syncFolder(_ path: String) throws(FileError) {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .system(errno) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw .system(errno) }
}

/// The path with every symbolic link followed; nil if nothing is there.
private func realPath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
}
