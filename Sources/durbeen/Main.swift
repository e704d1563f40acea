import Watching

@main struct Main {
    static func main() async {
        let output = Output()
        let code: ExitCode
        do throws(UsageError) {
            code = try await run(CommandLine.arguments.dropFirst().map { $0 }, output)
        } catch {
            output.error(error.message)
            code = .usage
        }
        endProcess(code)
    }

    private static func run(_ arguments: [String], _ output: Output) async throws(UsageError) -> ExitCode {
        guard let name = arguments.first else {
            output.note(Help.overview)
            return .usage
        }
        if name == "--version" {
            output.line("durbeen \(durbeenVersion)")
            return .success
        }
        if name == "--help" || name == "-h" || name == "help" {
            output.line(arguments.count > 1 ? Help.text(of: arguments[1]) ?? Help.overview : Help.overview)
            return .success
        }
        guard let help = Help.text(of: name) else {
            throw UsageError.unknown("command", name, among: Help.names)
        }
        if arguments.dropFirst().contains(where: { $0 == "--help" || $0 == "-h" }) {
            output.line(help)
            return .success
        }
        return try await perform(name, Array(arguments.dropFirst()), output)
    }

    private static func perform(
        _ name: String, _ rest: [String], _ output: Output
    ) async throws(UsageError) -> ExitCode {
        var arguments = try Arguments(rest, flags: Help.flags(of: name), options: Help.options(of: name))
        let commands = Commands(
            configurationPath: arguments.value("--config"), environment: processEnvironment(), output: output)
        let json = arguments.has("--json")
        switch name {
        case "run":
            try arguments.expectNoWords(name)
            return await commands.run()
        case "once":
            try arguments.expectNoWords(name)
            var options = Commands.OnceOptions()
            options.all = arguments.has("--all")
            options.force = arguments.has("--force")
            options.full = arguments.has("--full")
            options.json = json
            if let word = arguments.value("--digest") {
                guard word == "now" else {
                    throw UsageError(message: "once: --digest \(word): only now is known; write --digest now")
                }
                options.digestNow = true
            }
            return await commands.once(options)
        case "check":
            try arguments.expectNoWords(name)
            return await commands.check(json: json)
        case "parse":
            let format = arguments.value("--format") ?? "json"
            guard ["json", "jsonl"].contains(format) else {
                throw UsageError(message: "parse: --format \(format): write json or jsonl")
            }
            guard !arguments.words.isEmpty, format == "jsonl" || arguments.words.count == 1 else {
                throw UsageError(message: "parse: name one FILE, or several with --format jsonl")
            }
            return commands.parse(
                files: arguments.words, lines: format == "jsonl", baseURL: arguments.value("--base-url"),
                contentType: arguments.value("--content-type"))
        case "classify":
            return commands.classify(files: arguments.words, hits: !arguments.has("--no-hits"))
        case "match":
            guard !arguments.words.isEmpty else { throw UsageError(message: "match: no FILE; name a feed document") }
            return commands.match(files: arguments.words, json: json)
        case "feeds":
            switch try arguments.subcommand(of: name, ["list"]) {
            default: return commands.feedsList(json: json)
            }
        case "digest":
            switch try arguments.subcommand(of: name, ["preview", "list", "show"]) {
            case "preview": return await commands.digestPreview(profile: arguments.value("--profile"), json: json)
            case "list": return await commands.digestList(json: json)
            default: return await commands.digestShow(key: arguments.words.first ?? "latest", json: json)
            }
        case "outbox":
            let retry = try arguments.subcommand(of: name, ["list", "retry"]) == "retry"
            return await commands.outbox(retry: retry, json: json)
        case "search":
            guard !arguments.words.isEmpty else {
                throw UsageError(message: "search: no WORDS; write what to look for")
            }
            return await commands.search(arguments.words.joined(separator: " "), limit: 50, json: json)
        default:
            try arguments.expectNoWords(name)
            return await commands.status(json: json)
        }
    }
}
