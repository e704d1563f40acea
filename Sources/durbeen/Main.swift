import Glibc
import Watching

@main struct Main {
    static func main() async {
        // A reader that goes away shows in what write(2) returns.
        signal(SIGPIPE, SIG_IGN)
        // Names of hosts in other scripts need a locale that knows UTF-8; nothing else is to depend on it.
        setlocale(LC_CTYPE, "C.UTF-8")
        let output = Output.standard()
        let code = await start(
            Array(CommandLine.arguments.dropFirst()), environment: processEnvironment(), output: output)
        endProcess(code)
    }

    /// Does what a command line says, and tells how it ended.
    static func start(_ words: [String], environment: [String: String], output: Output) async -> ExitCode {
        do {
            switch try Request(reading: words) {
            case .help(let topic): output.line(helpText(topic: topic))
            case .version: output.line(versionText)
            case .manual: output.line(manualPage())
            case .command(let arguments): return try await perform(arguments, environment: environment, output: output)
            }
            return .success
        } catch {
            output.error(error.message)
            return .usage
        }
    }
}
