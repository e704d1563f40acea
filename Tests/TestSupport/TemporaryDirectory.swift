import FoundationEssentials
import Glibc

/// A folder of its own for a test, removed with the value.
public final class TemporaryDirectory: Sendable {
    /// Absolute, without a slash at the end.
    public let path: String

    public init() throws {
        var template = Array("\(FileManager.default.temporaryDirectory.path)/durbeen-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw POSIXProblem(attempt: "making a folder for a test") }
        path = String(cString: made)
    }

    deinit {
        // A leftover in /tmp harms nobody.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of something in the folder.
    public func path(_ name: String) -> String { path + "/" + name }

    /// Writes a file in the folder, making the folders between. Returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = path(name)
        let folder = file.split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: "/" + folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: file))
        return file
    }

    public func bytes(of name: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path(name)) else {
            throw POSIXProblem(attempt: "reading \(name)")
        }
        return Array(data)
    }

    /// The paths of all files below, relative to the folder, in order.
    public func files() -> [String] {
        var found: [String] = []
        // An unreadable folder shows no files, which the test then sees.
        let all = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        for name in all {
            var status = stat()
            if lstat(path(name), &status) == 0, status.st_mode & S_IFMT != S_IFDIR { found.append(name) }
        }
        return found.sorted()
    }
}

/// A call to the system that failed, with what was attempted.
public struct POSIXProblem: Error, CustomStringConvertible {
    public let attempt: String
    public let code: Int32

    public init(attempt: String, code: Int32 = errno) {
        self.attempt = attempt
        self.code = code
    }

    public var description: String { "\(attempt): \(String(cString: strerror(code)))" }
}
