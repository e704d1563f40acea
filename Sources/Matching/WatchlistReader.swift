import FeedModel

/// Reads watchlist files, block by block: first all sets, then all watches.
struct WatchlistReader {
    private(set) var errors: [WatchlistError] = []
    private let files: [WatchlistFile]
    private var statements: [Statement] = []
    private let terms = TermReader()
    private var context: ExpressionParser.Context
    private(set) var patterns: [PatternText] = []

    /// - Parameter hasModel: whether `relevance` can be asked.
    init(_ sources: [WatchlistSource], hasModel: Bool) {
        files = sources.map(WatchlistFile.init)
        context = ExpressionParser.Context(setNames: [], hasModel: hasModel)
        for (number, file) in files.enumerated() {
            do { statements += try file.statements(number) } catch { errors.append(file.error(error)) }
        }
    }

    /// The program of all files, and the node of each of the model's questions; worth nothing where `errors` is not empty.
    mutating func read(_ model: RelevanceModel? = nil) -> (program: Program, questions: [Int32]) {
        let blocks = blocks()
        for block in blocks where block.kind == .set { context.setNames.insert(block.name) }
        var sets: [String: SetBlock] = [:]
        for block in blocks where block.kind == .set { sets[block.name] = readSet(block) }
        for error in circles(in: sets) { fail(error.error, in: error.file) }
        let questions = model.map { self.questions(of: $0) } ?? []
        var builder = ProgramBuilder(sets: errors.isEmpty ? sets.mapValues(\.items) : [:])
        let watches = readWatches(blocks).map { $0.compiled(by: &builder) }
        guard errors.isEmpty else { return (Program(), []) }
        let nodes = questions.map { builder.node($0, in: .standard) }
        return (builder.finish(watches, patterns: patterns), nodes)
    }

    /// What a relevance model asks, in the order of its terms. It does not ask for relevance itself.
    private mutating func questions(of model: RelevanceModel) -> [Expression] {
        let file = WatchlistFile(model.source)
        var inner = context
        inner.hasModel = false
        var found: [Expression] = []
        for term in model.terms {
            do throws(SyntaxError) {
                var parser = ExpressionParser(
                    try Lexer(file.bytes, [term.place]).lexemes, end: term.place.upperBound, terms: terms,
                    context: inner, patterns: patterns)
                found.append(try parser.whole())
                patterns = parser.patterns
            } catch { errors.append(file.error(error)) }
        }
        return found
    }

    private mutating func fail(_ error: SyntaxError, in file: Int) { errors.append(files[file].error(error)) }

    // MARK: Blocks

    private struct Block {
        enum Kind { case set, watch, defaults }
        var kind: Kind
        var name: String
        var head: Statement
        var statements: [Statement] = []
    }

    private mutating func blocks() -> [Block] {
        var blocks: [Block] = []
        var names: Set<String> = []
        // The file in which a block is open, for one does not reach into the next file; and whether its head was good.
        var open: (file: Int, isGood: Bool)?
        for statement in statements {
            if files[statement.file].bytes[statement.start] == UInt8(ascii: "[") {
                do throws(SyntaxError) {
                    let block = try head(statement)
                    if block.kind != .defaults, !names.insert("\(block.kind) \(block.name)").inserted {
                        let sort = block.kind == .set ? "sets @\(block.name)" : "watches \"\(block.name)\""
                        throw SyntaxError(at: statement.start, message: "there are two \(sort); give one another name")
                    }
                    blocks.append(block)
                    open = (statement.file, true)
                } catch {
                    fail(error, in: statement.file)
                    // What stands under a bad head is passed over: it would only give errors that follow from this one.
                    open = (statement.file, false)
                }
            } else if let block = open, block.file == statement.file {
                if block.isGood { blocks[blocks.count - 1].statements.append(statement) }
            } else {
                let message = "this stands in no block; write [set name], [watch \"Name\"] or [defaults] before it"
                fail(SyntaxError(at: statement.start, message: message), in: statement.file)
            }
        }
        return blocks
    }

    /// `[set name]`, `[watch "Name"]` or `[defaults]`.
    private func head(_ statement: Statement) throws(SyntaxError) -> Block {
        let file = files[statement.file]
        let text = file.text(statement.lines[0])
        guard let close = text.lastIndex(of: "]") else {
            throw SyntaxError(at: statement.start, message: "a block head without its ]; write the closing ]")
        }
        let rest = text[text.index(after: close)...].drop { $0 == " " || $0 == "\t" }
        guard rest.isEmpty || rest.hasPrefix("#") else {
            throw SyntaxError(
                at: statement.start + text.utf8.count - rest.utf8.count,
                message: "nothing may stand behind a block head; begin a new line")
        }
        guard statement.lines.count == 1 else {
            throw SyntaxError(
                at: statement.lines[1].lowerBound,
                message: "an indented line continues the one before, which is a block head; begin it without blanks")
        }
        let inner = text[..<close].dropFirst()
        let kind = inner.prefix { $0 != " " && $0 != "\t" }
        let name = trimmed(inner.dropFirst(kind.count)) { $0 == " " || $0 == "\t" || $0 == "\"" }
        switch kind {
        case "set":
            guard !name.isEmpty else {
                throw SyntaxError(at: statement.start, message: "a set without a name; write [set name]")
            }
            let isName = name.utf8.allSatisfy { $0 > 0x20 && !"()|&,{}\"#<>".utf8.contains($0) }
            guard isName else {
                throw SyntaxError(
                    at: statement.start,
                    message:
                        "the name of a set is one word; write [set \(name.split(separator: " ").joined(separator: "-"))]"
                )
            }
            return Block(kind: .set, name: name, head: statement)
        case "watch":
            guard !name.isEmpty else {
                throw SyntaxError(at: statement.start, message: "a watch without a name; write [watch \"Name\"]")
            }
            return Block(kind: .watch, name: name, head: statement)
        case "defaults": return Block(kind: .defaults, name: "", head: statement)
        default:
            let hint = nearest(to: String(kind), among: ["set", "watch", "defaults"]).map { "did you mean [\($0) …]?" }
            throw SyntaxError(
                at: statement.start,
                message: "unknown block [\(kind)]; \(hint ?? "write [set name], [watch \"Name\"] or [defaults]")")
        }
    }

    // MARK: Sets

    private struct SetBlock {
        var items: [Expression] = []
        /// The sets it names, and where.
        var uses: [(name: String, at: Int)] = []
        var file = 0
    }

    private mutating func readSet(_ block: Block) -> SetBlock {
        var set = SetBlock(file: block.head.file)
        for statement in block.statements {
            do throws(SyntaxError) {
                var parser = try parser(of: statement, from: statement.start)
                for lexeme in parser.lexemes {
                    if case .set(let name) = lexeme.kind { set.uses.append((name, lexeme.start)) }
                }
                while let next = parser.next {
                    if next.kind == .mark(UInt8(ascii: "|")) || next.kind == .mark(UInt8(ascii: ",")) {
                        parser.skip()
                    } else {
                        set.items.append(try parser.item())
                    }
                }
                patterns = parser.patterns
            } catch { fail(error, in: statement.file) }
        }
        return set
    }

    /// Where a set names one that leads back to itself.
    private func circles(in sets: [String: SetBlock]) -> [(error: SyntaxError, file: Int)] {
        var done: Set<String> = []
        var found: [(SyntaxError, Int)] = []
        func visit(_ name: String, path: [String]) {
            guard let set = sets[name], !done.contains(name) else { return }
            for use in set.uses {
                if path.contains(use.name) || use.name == name {
                    let message = "the set @\(use.name) contains itself, by way of @\(name); take one of the two out"
                    found.append((SyntaxError(at: use.at, message: message), set.file))
                } else {
                    visit(use.name, path: path + [name])
                }
            }
            done.insert(name)
        }
        for name in sets.keys.sorted() { visit(name, path: []) }
        return found
    }

    private func parser(of statement: Statement, from start: Int) throws(SyntaxError) -> ExpressionParser {
        var lines = statement.lines
        lines[0] = start..<lines[0].upperBound
        return ExpressionParser(
            try Lexer(files[statement.file].bytes, lines).lexemes, end: lines[lines.count - 1].upperBound, terms: terms,
            context: context, patterns: patterns)
    }

    // MARK: Watches

    private mutating func readWatches(_ blocks: [Block]) -> [WatchDraft] {
        var watches: [WatchDraft] = []
        /// What [defaults] says holds for the watches after it in its file.
        var defaults: [Statement] = []
        var defaultsFile = -1
        for block in blocks {
            if block.head.file != defaultsFile {
                defaults = []
                defaultsFile = block.head.file
            }
            switch block.kind {
            case .set: break
            case .defaults:
                defaults += block.statements
                var scratch = WatchDraft(name: "", file: "", line: 0)
                for statement in block.statements { read(statement, into: &scratch, isDefault: true) }
            case .watch:
                var watch = WatchDraft(
                    name: block.name, file: files[block.head.file].path, line: block.head.firstLine)
                for statement in defaults { read(statement, into: &watch, isDefault: true, isRepeated: true) }
                let known = errors.count
                for statement in block.statements { read(statement, into: &watch) }
                // A line with a mistake may be the one that would be missing.
                if errors.count == known, let missing = watch.missing {
                    fail(SyntaxError(at: block.head.start, message: missing), in: block.head.file)
                }
                watches.append(watch)
            }
        }
        return watches
    }

    /// - Parameter isRepeated: the statement was read before, and its mistakes told.
    private mutating func read(
        _ statement: Statement, into watch: inout WatchDraft, isDefault: Bool = false, isRepeated: Bool = false
    ) {
        let file = files[statement.file]
        do throws(SyntaxError) {
            switch try StatementKind(of: file.text(statement.lines[0]), at: statement.start, isDefault: isDefault) {
            case .gate(let isMust, let length):
                var parser = try parser(of: statement, from: statement.start + length)
                let gate = WatchDraft.Gate(line: statement.firstLine, expression: try parser.whole())
                patterns = parser.patterns
                if isMust { watch.musts.append(gate) } else { watch.nevers.append(gate) }
            case .selfTest(let mustPass, let length):
                let parser = try parser(of: statement, from: statement.start + length)
                guard case .quoted(let text)? = parser.next?.kind, parser.lexemes.count == 1 else {
                    let word = mustPass ? "expect" : "reject"
                    throw SyntaxError(
                        at: statement.start, message: "\(word) needs a text in quotation marks; write \(word) \"…\"")
                }
                watch.tests.append(
                    CompiledWatch.SelfTest(
                        line: statement.firstLine, column: file.column(of: statement.start), text: text,
                        mustPass: mustPass))
            case .weight(let weight, let length):
                var parser = try parser(of: statement, from: statement.start + length)
                watch.lines.append(try parser.weightedLine(weight, line: statement.firstLine))
                patterns = parser.patterns
            case .scope(let valueStart):
                var parser = try parser(of: statement, from: valueStart)
                let gate = WatchDraft.Gate(line: statement.firstLine, expression: try parser.whole())
                patterns = parser.patterns
                watch.scopes.append(gate)
            case .setting(let setting, let value, let valueStart):
                try watch.set(setting, value, line: statement.firstLine, at: valueStart)
            }
        } catch { if !isRepeated { fail(error, in: statement.file) } }
    }
}

func trimmed(_ text: Substring, _ isTrimmed: (Character) -> Bool) -> String {
    String(text.drop(while: isTrimmed).reversed().drop(while: isTrimmed).reversed())
}
