/// What the commands take and do, in the words of `--help`.
enum Help {
    struct Command {
        var name: String
        var usage: String
        var summary: String
        var flags: [(String, String)] = []
        var options: [(String, String, String)] = []
    }

    static let commands: [Command] = [
        Command(name: "run", usage: "run", summary: "watch the feeds and send digests, as a service"),
        Command(
            name: "once", usage: "once [options]", summary: "check what is due, once",
            flags: [
                ("--all", "every feed, due or not"), ("--force", "also feeds that asked for a pause"),
                ("--full", "without asking whether anything changed"), ("--json", "the outcome as JSON"),
            ], options: [("--digest", "now", "make a digest of what is new and deliver it")]),
        Command(
            name: "check", usage: "check", summary: "validate the configuration and say what it would do",
            flags: [("--json", "as JSON")]),
        Command(
            name: "parse", usage: "parse [options] FILE...", summary: "show what a feed document says",
            options: [
                ("--format", "json|jsonl", "one object, or one a line (default json)"),
                ("--base-url", "URL", "where the document came from"),
                ("--content-type", "TYPE", "what it was served as"),
            ]),
        Command(
            name: "classify", usage: "classify [options] [FILE...]", summary: "judge entries given as JSON lines",
            flags: [("--no-hits", "leave out where the words stand")]),
        Command(
            name: "match", usage: "match [options] FILE...",
            summary: "explain what the watchlists find in feed documents",
            flags: [("--json", "as classify writes it")]),
        Command(name: "feeds", usage: "feeds list", summary: "the subscriptions", flags: [("--json", "JSON lines")]),
        Command(
            name: "digest", usage: "digest preview|list|show [KEY]", summary: "look at digests",
            flags: [("--json", "as JSON")], options: [("--profile", "NAME", "only this reader (preview)")]),
        Command(
            name: "outbox", usage: "outbox list|retry", summary: "what waits to be delivered",
            flags: [("--json", "JSON lines")]),
        Command(
            name: "search", usage: "search WORDS", summary: "look for stored entries", flags: [("--json", "JSON lines")]
        ),
        Command(name: "status", usage: "status", summary: "the store in figures", flags: [("--json", "as JSON")]),
    ]

    static var names: [String] { commands.map(\.name) }

    static func flags(of name: String) -> [String] { commands.first { $0.name == name }?.flags.map(\.0) ?? [] }

    static func options(of name: String) -> [String] {
        ["--config"] + (commands.first { $0.name == name }?.options.map(\.0) ?? [])
    }

    static var overview: String {
        let lines = commands.map { "  \(padded($0.usage, 32))\($0.summary)" }
        return """
            durbeen watches feeds and writes one digest a day of what concerns Pakistan and the United States.

            usage: durbeen COMMAND [options]

            \(lines.joined(separator: "\n"))

            Every command takes --config FILE (else $DURBEEN_CONFIG, else /etc/durbeen/durbeen.toml) and --help.
            Exit codes: 0 well; 1 checked and found wrong; 64 usage; 65 store damaged; 66 no input;
            69 nothing to deliver to; 74 store cannot be opened; 75 store in use; 78 configuration.
            """
    }

    static func text(of name: String) -> String? {
        guard let command = commands.first(where: { $0.name == name }) else { return nil }
        let options =
            command.options.map { ("\($0.0) \($0.1)", $0.2) } + command.flags
            + [("--config FILE", "the configuration")]
        return """
            usage: durbeen \(command.usage)

            \(command.summary)

            \(options.map { "  \(padded($0.0, 26))\($0.1)" }.joined(separator: "\n"))
            """
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(2, width - text.count))
    }
}
