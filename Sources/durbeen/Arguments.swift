/// Something that may stand on the command line after a command's name.
struct Option: Sendable {
    /// As it is written: `--config`.
    var name: String
    /// What its value is called in the help; nil for an option without one.
    var value: String?
    var help: String
    var mayRepeat = false
}

/// A word that says what to do, and what may follow it.
struct CommandSyntax: Sendable {
    /// As it is written: `feeds add`.
    var name: String
    /// One line, for the list of commands.
    var summary: String
    /// What stands after the options: `FILE...`.
    var operands = ""
    /// How many may stand there.
    var operandCount: ClosedRange<Int> = 0...0
    var options: [Option] = []
    /// What else there is to know; lines of at most 80 columns.
    var notes: [String] = []
    var readsJSON = false
}

/// What a command line asks for.
enum Request: Equatable {
    case help(topic: String?)
    case version
    case manual
    case command(Arguments)
}

/// A command with its options and operands, checked against its syntax.
struct Arguments: Equatable {
    var command: String
    var operands: [String] = []
    /// The values of options that have one, in the order they were given.
    var values: [String: [String]] = [:]
    var flags: Set<String> = []

    func value(_ name: String) -> String? { values[name]?.last }
}

/// Why a command line cannot be followed.
struct UsageError: Error, Equatable {
    /// `what: why; what to do`
    var message: String
    /// The command whose help would help, if it is known.
    var command: String?
}

/// Options that every command takes.
let commonOptions = [
    Option(name: "--config", value: "FILE", help: "the configuration (else $DURBEEN_CONFIG)"),
    Option(name: "--json", help: "answer in JSON"),
    Option(name: "--help", help: "show this help"),
]

extension Request {
    /// Reads a command line, without the program's name.
    init(reading words: [String], commands: [CommandSyntax] = allCommands) throws(UsageError) {
        var words = words[...]
        // Options that every command takes may also stand before it.
        var early: [String] = []
        while let word = words.first, word.hasPrefix("-") {
            words = words.dropFirst()
            switch word {
            case "--version": self = .version; return
            case "--manual": self = .manual; return
            case "--help", "-h": self = .help(topic: Self.topic(in: words, commands)); return
            case "--json": early.append(word)
            case "--config":
                guard let file = words.popFirst() else {
                    throw UsageError(message: "--config: a file is missing; write --config FILE")
                }
                early += [word, file]
            case _ where word.hasPrefix("--config="): early.append(word)
            default:
                throw UsageError(
                    message: "\(word): unknown option"
                        + suggestion(word, among: ["--version", "--manual", "--help", "--json", "--config"]))
            }
        }
        guard let first = words.popFirst() else { throw UsageError(message: "no command given; see durbeen --help") }
        if first == "help" {
            self = .help(topic: Self.topic(in: words, commands))
            return
        }
        let syntax = try Self.command(first, &words, commands)
        self = try Self.read(Array(words), early: early, syntax)
    }

    private static func topic(in words: ArraySlice<String>, _ commands: [CommandSyntax]) -> String? {
        let asked = words.filter { !$0.hasPrefix("-") }.prefix(2).joined(separator: " ")
        guard !asked.isEmpty else { return nil }
        return commands.contains { $0.name == asked || $0.name.hasPrefix(asked + " ") } ? asked : nil
    }

    /// The command that the words begin with; takes the second word of `feeds add` as well.
    private static func command(
        _ first: String, _ words: inout ArraySlice<String>, _ commands: [CommandSyntax]
    ) throws(UsageError) -> CommandSyntax {
        if let syntax = commands.first(where: { $0.name == first }) { return syntax }
        let family = commands.filter { $0.name.hasPrefix(first + " ") }
        guard !family.isEmpty else {
            let names = commands.map { String($0.name.prefix { $0 != " " }) }
            throw UsageError(
                message: "\(visibleWord(first)): unknown command"
                    + suggestion(first, among: names, fallback: "see durbeen --help"))
        }
        let seconds = family.map { String($0.name.dropFirst(first.count + 1)) }
        if let second = words.first, !second.hasPrefix("-") {
            if let syntax = family.first(where: { $0.name == "\(first) \(second)" }) {
                words = words.dropFirst()
                return syntax
            }
            throw UsageError(
                message: "\(first) \(visibleWord(second)): unknown command"
                    + suggestion(second, among: seconds, fallback: "write one of \(seconds.joined(separator: ", "))"),
                command: first)
        }
        if words.contains("--help") || words.contains("-h") { return CommandSyntax(name: first, summary: "") }
        throw UsageError(
            message: "\(first): what should be done is missing; write one of \(seconds.joined(separator: ", "))",
            command: first)
    }

    private static func read(
        _ words: [String], early: [String], _ syntax: CommandSyntax
    ) throws(UsageError) -> Request {
        var arguments = Arguments(command: syntax.name)
        let options = syntax.options + commonOptions
        var rest = (early + words)[...]
        var onlyOperands = false
        while let word = rest.popFirst() {
            guard !onlyOperands, word.hasPrefix("-"), word != "-" else {
                arguments.operands.append(word)
                continue
            }
            if word == "--" {
                onlyOperands = true
                continue
            }
            if word == "--help" || word == "-h" { return .help(topic: syntax.name) }
            try take(word, &rest, options, syntax, into: &arguments)
        }
        try check(arguments, against: syntax)
        return .command(arguments)
    }

    private static func take(
        _ word: String, _ rest: inout ArraySlice<String>, _ options: [Option], _ syntax: CommandSyntax,
        into arguments: inout Arguments
    ) throws(UsageError) {
        let name = String(word.prefix { $0 != "=" })
        guard let option = options.first(where: { $0.name == name }) else {
            throw UsageError(
                message: "\(visibleWord(name)): unknown option of \(syntax.name)"
                    + suggestion(name, among: options.map(\.name), fallback: "see durbeen \(syntax.name) --help"),
                command: syntax.name)
        }
        let attached = word.count > name.count ? String(word.dropFirst(name.count + 1)) : nil
        guard let valueName = option.value else {
            guard attached == nil else {
                throw UsageError(message: "\(name): takes no value; write \(name) alone", command: syntax.name)
            }
            arguments.flags.insert(name)
            return
        }
        guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
            throw UsageError(message: "\(name): a value is missing; write \(name) \(valueName)", command: syntax.name)
        }
        guard option.mayRepeat || arguments.values[name] == nil else {
            throw UsageError(message: "\(name): given twice; write it once", command: syntax.name)
        }
        arguments.values[name, default: []].append(value)
    }

    private static func check(_ arguments: Arguments, against syntax: CommandSyntax) throws(UsageError) {
        let count = arguments.operands.count
        if count < syntax.operandCount.lowerBound {
            throw UsageError(
                message: "\(syntax.name): an operand is missing; write durbeen \(syntax.name) \(syntax.operands)",
                command: syntax.name)
        }
        if count > syntax.operandCount.upperBound, let surplus = arguments.operands.last {
            let form = syntax.operands.isEmpty ? "" : " \(syntax.operands)"
            throw UsageError(
                message:
                    "\(syntax.name): \(visibleWord(surplus)): one word too many; write durbeen \(syntax.name)\(form)",
                command: syntax.name)
        }
        if arguments.flags.contains("--json") && !syntax.readsJSON {
            throw UsageError(message: "\(syntax.name): answers nothing in JSON; leave --json out", command: syntax.name)
        }
    }
}
