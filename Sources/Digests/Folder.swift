import FeedModel
import Glibc

/// Who may read what is written (S15).
struct FileModes {
    /// The group that gets to read; nil for the owner alone.
    var group: gid_t?

    var file: mode_t { group == nil ? 0o600 : 0o640 }
    var folder: mode_t { group == nil ? 0o700 : 0o750 }
}

/// An open folder of a sink. Everything below the configured folder is reached by descriptor and name, so that no link planted
/// in between leads elsewhere (S15). Closed when the last use ends.
struct Folder: ~Copyable {
    let path: String
    private let descriptor: Int32
    private let modes: FileModes

    /// Opens the configured folder itself, made with its parents where missing. The operator may have made it a link.
    init(configured path: String, modes: FileModes) throws(DeliveryError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .permanent("writing the digest: the folder has no name")
        }
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, modes.folder) == 0 {
                let fresh = open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                if fresh >= 0 {
                    let failure = Self.give(fresh, modes.folder, to: modes.group)
                    close(fresh)
                    if failure != 0 { throw Self.error(failure, path: made) }
                }
            } else if errno != EEXIST && errno != EISDIR && errno != EACCES && errno != EROFS {
                throw Self.error(errno, path: made)
            }
        }
        let opened = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw Self.error(errno, path: path) }
        self.init(path: path, descriptor: opened, modes: modes)
    }

    private init(path: String, descriptor: Int32, modes: FileModes) {
        self.path = path
        self.descriptor = descriptor
        self.modes = modes
    }

    deinit { close(descriptor) }

    /// The folder `name` in this one, made where missing. A link of that name is refused.
    func folder(_ name: String) throws(DeliveryError) -> Folder {
        let made = mkdirat(descriptor, name, modes.folder) == 0
        if !made, errno != EEXIST { throw Self.error(errno, path: path + "/" + name) }
        let opened = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { throw Self.error(errno, path: path + "/" + name) }
        let inner = Folder(path: path + "/" + name, descriptor: opened, modes: modes)
        if made {
            let failure = Self.give(opened, modes.folder, to: modes.group)
            if failure != 0 { throw Self.error(failure, path: inner.path) }
            try synchronise()
        }
        return inner
    }

    /// Writes `bytes` so that `name` is at every moment, also after a crash, either what it was or all of the new file. A
    /// link of that name is replaced, never followed.
    func write(_ bytes: [UInt8], to name: String) throws(DeliveryError) {
        let temporary = ".durbeen-\(name).tmp"
        try writeWhole(bytes, to: temporary)
        guard renameat(descriptor, temporary, descriptor, name) == 0 else {
            let failure = errno
            unlinkat(descriptor, temporary, 0)
            throw Self.error(failure, path: path + "/" + name)
        }
        try synchronise()
    }

    /// As `write`, but leaves a file alone that holds these bytes already.
    func replace(_ name: String, with bytes: [UInt8]) throws(DeliveryError) {
        if read(name, limit: bytes.count) == bytes { return }
        try write(bytes, to: name)
    }

    /// The bytes of a regular file in this folder; nil if there is none, it is a link, or it is longer than `limit`.
    func read(_ name: String, limit: Int) -> [UInt8]? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size <= limit else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= limit {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        return nil
    }

    /// Writes a file that must not be there yet and forces it to disk; what a crash left under its name is cleared away first.
    func writeWhole(_ bytes: [UInt8], to name: String) throws(DeliveryError) {
        let whole = path + "/" + name
        if unlinkat(descriptor, name, 0) != 0, errno != ENOENT { throw Self.error(errno, path: whole) }
        let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.error(errno, path: whole) }
        var failure = Self.give(file, modes.file, to: modes.group)
        if failure == 0 { failure = Self.writeAll(bytes, to: file) }
        if failure == 0, fsync(file) != 0 { failure = errno }
        // close reports the last write errors of network file systems.
        if close(file) != 0, failure == 0 { failure = errno }
        guard failure == 0 else {
            unlinkat(descriptor, name, 0)
            throw Self.error(failure, path: whole)
        }
    }

    /// Moves a file of this folder into another one under the same name and forces both folders to disk.
    func move(_ name: String, to other: borrowing Folder) throws(DeliveryError) {
        guard renameat(descriptor, name, other.descriptor, name) == 0 else {
            throw Self.error(errno, path: other.path + "/" + name)
        }
        try other.synchronise()
        try synchronise()
    }

    /// Lets `name` lead to `target`, a path relative to this folder, in one step.
    func link(_ name: String, to target: String) throws(DeliveryError) {
        guard readLink(name) != target else { return }
        let temporary = ".durbeen-\(name).tmp"
        unlinkat(descriptor, temporary, 0)
        guard symlinkat(target, descriptor, temporary) == 0 else { throw Self.error(errno, path: path + "/" + name) }
        guard renameat(descriptor, temporary, descriptor, name) == 0 else {
            let failure = errno
            unlinkat(descriptor, temporary, 0)
            throw Self.error(failure, path: path + "/" + name)
        }
        try synchronise()
    }

    /// What the link `name` says; nil if there is no such link.
    func readLink(_ name: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        let length = readlinkat(descriptor, name, &buffer, buffer.count)
        guard length > 0, length < buffer.count else { return nil }
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The names in this folder, in order, without those that begin with a dot.
    func names() throws(DeliveryError) -> [String] {
        let again = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard again >= 0 else { throw Self.error(errno, path: path) }
        guard let stream = fdopendir(again) else {
            let failure = errno
            close(again)
            throw Self.error(failure, path: path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            // The name lies in the entry, ended by a zero, for as long as the next is not read.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw Self.error(errno, path: path) }
        return names.sorted()
    }

    /// A folder that is there already and no link; nil for anything else.
    func existing(_ name: String) -> Folder? {
        let opened = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        return opened < 0 ? nil : Folder(path: path + "/" + name, descriptor: opened, modes: modes)
    }

    private func synchronise() throws(DeliveryError) {
        if fsync(descriptor) != 0 { throw Self.error(errno, path: path) }
    }
}

extension Folder {
    /// Owner's bits and group, exactly, whatever the umask. 0 or an error number.
    private static func give(_ file: Int32, _ mode: mode_t, to group: gid_t?) -> Int32 {
        if let group, fchown(file, uid_t.max, group) != 0 { return errno }
        return fchmod(file, mode) == 0 ? 0 : errno
    }

    private static func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let written = Glibc.write(file, buffer.baseAddress! + done, buffer.count - done)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return written < 0 ? errno : EIO }
                done += written
            }
            return 0
        }
    }

    /// The operating system's refusal with the way out. All are temporary: the operator can mend each, and the digest waits.
    static func error(_ number: Int32, path: String) -> DeliveryError {
        let advice =
            switch number {
            case EACCES, EPERM: "; let the user that runs durbeen write there"
            case ENOSPC, EDQUOT: "; make room on the disk"
            case EROFS: "; the file system is read-only: choose another folder or list it under ReadWritePaths="
            case ELOOP, ENOTDIR: "; a link or a file stands where a folder belongs: remove it"
            case EISDIR: "; a folder stands where the file belongs: remove it"
            case ENOENT: "; make the folder above it"
            default: ""
            }
        return .temporary(
            "writing \(visible(path, keepingNewlines: false)): \(String(cString: strerror(number)))\(advice)")
    }
}
