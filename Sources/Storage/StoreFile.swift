import FeedModel
import FoundationEssentials
import Glibc

/// The store's file before SQLite sees it: its folder, whether it is one of ours, and how it first comes to be.
struct StoreFile {
    let path: String

    /// What a process that ended without closing the store leaves behind.
    var hasJournal: Bool { size(path + "-wal") > 0 }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    var folderIsWritable: Bool { access(folder, W_OK) == 0 }

    func makeFolder() throws(StoreError) {
        guard access(folder, F_OK) != 0 else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .cannotOpen(path: folder, detail: "the folder cannot be made")
        }
    }

    /// Whether there is a store at `path`. A file that is there must begin as SQLite's do: an empty one would be taken
    /// for a new store, and everything would be sent again (R18).
    func exists() throws(StoreError) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw .cannotOpen(path: path, detail: systemError()) }
            guard !hasJournal else {
                throw .damaged(path: path, detail: "its journal \(path)-wal is there, the store itself is not")
            }
            return false
        }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: 16)
        let count = read(descriptor, &start, 16)
        guard count >= 0 else { throw .cannotOpen(path: path, detail: systemError()) }
        guard count == 16, start == Array("SQLite format 3".utf8) + [0] else {
            throw .damaged(path: path, detail: count == 0 ? "empty" : "not an SQLite file")
        }
        return true
    }

    /// Makes the file under another name, lets `fill` write into it, and gives it its name when it is whole: at no moment
    /// is there a store at `path` that is less than one.
    func create(_ fill: (Connection) throws(StoreError) -> Void) throws(StoreError) {
        let unfinished = path + ".new"
        for leftover in [unfinished, unfinished + "-journal"] { unlink(leftover) }
        try Self.createEmpty(unfinished)
        do {
            let connection = try Connection(path: unfinished, mode: .readWrite)
            // An entry takes a kilobyte or two: pages of twice the usual size hold more of them whole, and are written with half the
            // calls. Until the file has its name, all of it goes to the disk at once, or nothing is left of it.
            try connection.execute("PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            try fill(connection)
            connection.close()
            try Self.sync(unfinished, O_RDWR)
        } catch {
            for leftover in [unfinished, unfinished + "-journal"] { unlink(leftover) }
            throw error
        }
        guard rename(unfinished, path) == 0 else { throw .cannotOpen(path: path, detail: systemError()) }
        try Self.sync(folder, O_RDONLY | O_DIRECTORY)
    }

    private static func sync(_ path: String, _ flags: Int32) throws(StoreError) {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, detail: systemError()) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .notDurable(detail: "\(path): \(systemError())") }
    }

    /// A new, empty file that only its owner can read; SQLite gives its journals the same rights.
    static func createEmpty(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            if errno == ENOSPC || errno == EDQUOT { throw .full(detail: "\(path): \(systemError())") }
            throw .cannotOpen(path: path, detail: systemError())
        }
        close(descriptor)
    }

    private func size(_ path: String) -> Int {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int(facts.st_size) : 0
    }

    var journalBytes: Int { size(path + "-wal") }
}
