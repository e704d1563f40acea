import Testing

@testable import durbeen

private func read(_ line: String) throws(UsageError) -> Request {
    try Request(reading: line.split(separator: " ").map(String.init))
}

@Suite struct RequestTests {
    @Test func `reads a command with its options and operands, in any order`() throws {
        var expected = Arguments(command: "match")
        expected.operands = ["a.xml", "-", "b.xml"]
        expected.flags = ["--json"]
        expected.values = ["--watchlist": ["x", "y"], "--config": ["c"]]
        for line in [
            "match a.xml --watchlist x --json --config c - --watchlist=y b.xml",
            "--config c --json match --watchlist x --watchlist y a.xml - b.xml",
            "--config=c match --json --watchlist=x --watchlist=y -- a.xml - b.xml",
        ] {
            #expect(try read(line) == .command(expected))
        }
    }

    @Test func `takes everything behind two hyphens for operands`() throws {
        #expect(try read("search -- --json -x") == .command(Arguments(command: "search", operands: ["--json", "-x"])))
    }

    @Test(arguments: [
        ("--version", Request.version), ("--help", .help(topic: nil)), ("help", .help(topic: nil)),
        ("help feeds add", .help(topic: "feeds add")), ("feeds --help", .help(topic: "feeds")),
        ("once --all --help", .help(topic: "once")), ("feeds add --help", .help(topic: "feeds add")),
        ("--help nonsense", .help(topic: nil)), ("parse -h", .help(topic: "parse")),
    ])
    func `shows help and version`(line: String, request: Request) throws {
        #expect(try read(line) == request)
    }

    @Test(arguments: [
        ("", "no command given; see durbeen --help"),
        ("chekc", "chekc: unknown command; did you mean check?"),
        ("feds list", "feds: unknown command; did you mean feeds?"),
        ("digets show", "digets: unknown command; did you mean digest?"),
        ("qqqqqq", "qqqqqq: unknown command; see durbeen --help"),
        ("feeds lst", "feeds lst: unknown command; did you mean list?"),
        (
            "feeds",
            "feeds: what should be done is missing; write one of list, add, remove, check, why, revive, import, export"
        ),
        ("once --al", "--al: unknown option of once; did you mean --all?"),
        ("once --qqqqqq", "--qqqqqq: unknown option of once; see durbeen once --help"),
        ("--confg x check", "--confg: unknown option; did you mean --config?"),
        ("check --config", "--config: a value is missing; write --config FILE"),
        ("check --config=", "--config: a value is missing; write --config FILE"),
        ("check --config a --config b", "--config: given twice; write it once"),
        ("once --all=1", "--all: takes no value; write --all alone"),
        ("feeds add", "feeds add: an operand is missing; write durbeen feeds add URL"),
        ("status x", "status: x: one word too many; write durbeen status"),
        ("run --json", "run: answers nothing in JSON; leave --json out"),
    ])
    func `says what is wrong with a command line`(line: String, message: String) {
        let error = #expect(throws: UsageError.self) { try read(line) }
        #expect(error?.message == message)
    }

    @Test func `keeps what could steer a terminal out of its messages`() {
        let error = #expect(throws: UsageError.self) { try Request(reading: ["\u{1B}[31mrun\u{202E}"]) }
        #expect(error?.message == "\\u{1B}[31mrun\\u{202E}: unknown command; see durbeen --help")
    }
}

@Suite struct HelpTests {
    private static let topics: [String?] = [nil, "feeds", "digest", "outbox"] + allCommands.map { $0.name }

    @Test(arguments: topics)
    func `fits a screen`(topic: String?) {
        let lines = helpText(topic: topic).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 30)
        for line in lines { #expect(line.count <= 80, "\(line)") }
    }

    @Test(arguments: allCommands)
    func `the manual page has every command with its options`(command: CommandSyntax) throws {
        let lines = manualPage().split(separator: "\n")
        let entry = try #require(
            lines.first { $0 == ".It Ic \(command.name)" || $0.hasPrefix(".It Ic \(command.name) ") })
        for option in command.options {
            #expect(entry.contains("Fl " + option.name.dropFirst().replacing("-", with: "\\-")))
        }
    }

    @Test(arguments: allCommands.map(\.name))
    func `names every option of a command`(name: String) throws {
        let syntax = try #require(allCommands.first { $0.name == name })
        let help = helpText(topic: name)
        for option in syntax.options { #expect(help.contains("  \(option.name)")) }
    }
}
