import Dispatch
import FoundationEssentials
import Glibc
import TestSupport

/// The `durbeen` that was built beside these tests.
enum Program {
    struct Failure: Error { var what: String }
    struct Run {
        var code: Int32
        var output: String
        var errors: String
    }

    /// Test bundles stand in the folder of the programs.
    private static func built(_ name: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        let beside = "/" + folder + "/" + name
        return FileManager.default.fileExists(atPath: beside) ? beside : ".build/debug/" + name
    }

    /// Starts the program; its outputs go to the files `out` and `err` in `folder`, or nowhere.
    ///
    /// - Parameters:
    ///   - variables: `NAME=VALUE` beside those of this process.
    ///   - faults: `NAME=VALUE` for the library of Tests/CFaults, which is loaded before the program if there are any.
    static func start(
        _ arguments: [String], in folder: TemporaryDirectory? = nil, environment variables: [String] = [],
        faults: [String] = []
    ) throws -> pid_t {
        let path = built("durbeen")
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
        let preload = faults.isEmpty ? [] : ["LD_PRELOAD=" + built("libCFaults.so")]
        var environment = ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") }
        environment += (variables + faults + preload).map { strdup($0) } + [nil]
        defer { for variable in environment { free(variable) } }
        guard posix_spawn(&pid, path, &actions, nil, &words, &environment) == 0 else {
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

    static func run(_ arguments: [String], faults: [String] = []) async throws -> Run {
        let folder = try TemporaryDirectory()
        let code = await wait(try start(arguments, in: folder, faults: faults))
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
        }
        return Run(code: code, output: try text("out"), errors: try text("err"))
    }
}
