import Dispatch
import FoundationEssentials
import Glibc
import Synchronization
import TestSupport

/// What a server was asked, in order.
final class RequestLog: Sendable {
    private let entries = Mutex<[Bool]>([])

    func add(_ entry: Bool) { entries.withLock { $0.append(entry) } }
    var all: [Bool] { entries.withLock { $0 } }
}

/// The `durbeen` that was built beside these tests.
enum Program {
    struct Failure: Error { var what: String }
    struct Run {
        var code: Int32
        var output: String
        var errors: String
    }

    /// Test bundles stand in the folder of the programs.
    private static var path: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        let beside = "/" + folder + "/durbeen"
        return FileManager.default.fileExists(atPath: beside) ? beside : ".build/debug/durbeen"
    }

    /// Starts the program; its outputs go to files in `folder`, or nowhere.
    static func start(_ arguments: [String], in folder: TemporaryDirectory? = nil) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, name) in [(STDOUT_FILENO, "out"), (STDERR_FILENO, "err")] {
            let file = folder.map { $0.path + "/" + name } ?? "/dev/null"
            posix_spawn_file_actions_addopen(&actions, descriptor, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        var pid = pid_t()
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        guard posix_spawn(&pid, path, &actions, nil, &words, environ) == 0 else {
            throw Failure(what: "starting \(path)")
        }
        return pid
    }

    /// The exit code; 128 and more for a signal.
    static func wait(_ pid: pid_t) async -> Int32 {
        // On a thread of its own: the cooperative pool has two, and other tests need them.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: waitHere(pid)) }
        }
    }

    private static func waitHere(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    }

    static func run(_ arguments: [String]) async throws -> Run {
        let folder = try TemporaryDirectory()
        let code = await wait(try start(arguments, in: folder))
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
        }
        return Run(code: code, output: try text("out"), errors: try text("err"))
    }
}
