import FoundationEssentials
import Glibc
import LoopbackServer

/// Serves a folder of feeds on loopback, as a web server would, until it is told to end or its parent is gone.
@main
struct Main {
    static func main() {
        let arguments: Arguments
        switch Arguments.read(Array(CommandLine.arguments.dropFirst())) {
        case .success(let read): arguments = read
        case .failure(let problem): end(64, "sample-feeds: \(problem.message)\n\(Arguments.usage)")
        }
        // Before any thread begins, so that all of them leave the signals to the wait below.
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        let parent = getppid()

        let folder = FeedFolder(arguments.folder)
        do {
            let server = try LoopbackServer(port: arguments.port) { folder.response(to: $0) }
            if let file = arguments.portFile { try announce(server.port, in: file) }
            write(1, "\(server.url)\n")
            waitForTheEnd(signals, parent: parent)
            server.stop()
        } catch {
            end(74, "sample-feeds: \(error)")
        }
    }

    /// Written beside and renamed, so that whoever waits for the file never reads half of it.
    private static func announce(_ port: UInt16, in file: String) throws {
        try Data("\(port)\n".utf8).write(to: URL(filePath: file), options: .atomic)
    }

    private static func waitForTheEnd(_ signals: sigset_t, parent: pid_t) {
        var signals = signals
        var patience = timespec(tv_sec: 0, tv_nsec: 250_000_000)
        while sigtimedwait(&signals, nil, &patience) < 0 {
            if getppid() != parent { return }
        }
    }
}

struct Arguments {
    var folder: String
    var port: UInt16 = 0
    var portFile: String?

    struct Problem: Error { let message: String }

    static let usage = "usage: sample-feeds FOLDER [--port N] [--port-file F]"

    static func read(_ words: [String]) -> Result<Arguments, Problem> {
        var found = Arguments(folder: "")
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--port":
                guard let port = rest.popFirst().flatMap({ UInt16($0) }) else {
                    return .failure(Problem(message: "--port: takes a number from 0 to 65535"))
                }
                found.port = port
            case "--port-file":
                guard let file = rest.popFirst() else { return .failure(Problem(message: "--port-file: takes a path")) }
                found.portFile = file
            case "--help":
                write(1, "\(usage)\n")
                exit(0)
            default:
                guard !word.hasPrefix("-") else { return .failure(Problem(message: "\(word): no such option")) }
                guard found.folder.isEmpty else { return .failure(Problem(message: "\(word): one folder is enough")) }
                found.folder = word
            }
        }
        guard !found.folder.isEmpty else { return .failure(Problem(message: "which folder?")) }
        var status = stat()
        guard stat(found.folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return .failure(Problem(message: "\(found.folder): not a folder"))
        }
        return .success(found)
    }
}

private func write(_ descriptor: Int32, _ text: String) {
    // A reader that has gone is no reason to stop serving.
    _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
}

private func end(_ code: Int32, _ message: String) -> Never {
    write(2, message + "\n")
    exit(code)
}
