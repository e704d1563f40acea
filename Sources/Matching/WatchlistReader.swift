import FeedModel

/// Reads watchlist files, block by block: first all sets, then all watches.
struct WatchlistReader {
    private(set) var errors: [WatchlistError] = []
    private(set) var index = TermIndex()
    private var statements: [Statement] = []
    private var sets: [String: SetBlock] = [:]
    private var resolved: [String: Expression] = [:]
    private let stemmer = Stemmer()

    private struct Statement {
        var path: String
        var lines: [(text: Substring, line: Int, firstColumn: Int)]
        var line: Int { lines[0].line }
        var head: Substring { lines[0].text }
    }

    private struct SetBlock {
        var statements: [Statement] = []
        var isOpen = false
    }

    init(_ sources: [WatchlistSource]) {
        for source in sources { split(source) }
    }

    /// The watches of all files; empty where `errors` is not.
    mutating func read() -> [CompiledWatch] {
        collectSets()
        for name in sets.keys.sorted() { _ = expression(ofSet: name) }
        return readWatches()
    }

    // MARK: Statements

    private mutating func split(_ source: WatchlistSource) {
        guard let text = String(validating: source.bytes, as: UTF8.self) else {
            errors.append(
                WatchlistError(path: source.path, line: 1, column: 1, message: "not UTF-8; save the file as UTF-8"))
            return
        }
        for (offset, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.drop { $0 == " " || $0 == "\t" || $0 == "\u{FEFF}" }
            guard let first = content.first, first != "#" else { continue }
            let column = line.count - content.count + 1
            let isContinuation = column > 1 && statements.last?.path == source.path && first != "["
            if isContinuation {
                statements[statements.count - 1].lines.append((content, offset + 1, column))
            } else {
                statements.append(Statement(path: source.path, lines: [(content, offset + 1, column)]))
            }
        }
    }

    private mutating func fail(_ statement: Statement, _ message: String, line: Int? = nil, column: Int? = nil) {
        errors.append(
            WatchlistError(
                path: statement.path, line: line ?? statement.line, column: column ?? statement.lines[0].firstColumn,
                message: message))
    }

    /// `set pakistan` of `[set pakistan]`; nil for a statement that is no head.
    private func block(_ statement: Statement) -> (kind: String, name: String)? {
        guard statement.head.hasPrefix("["), let close = statement.head.lastIndex(of: "]") else { return nil }
        let inner = statement.head[..<close].dropFirst()
        let kind = inner.prefix { $0 != " " }
        let name = inner.dropFirst(kind.count).drop { $0 == " " || $0 == "\"" }
        return (String(kind), String(name.reversed().drop { $0 == " " || $0 == "\"" }.reversed()))
    }

    // MARK: Sets

    private mutating func collectSets() {
        var current: String?
        for statement in statements {
            if let (kind, name) = block(statement) {
                current = kind == "set" ? name : nil
                if kind == "set" {
                    if name.isEmpty { fail(statement, "a set without a name; write [set name]") }
                    if sets[name] != nil { fail(statement, "there are two sets @\(name); give one another name") }
                    sets[name] = SetBlock()
                }
            } else if let current {
                sets[current]?.statements.append(statement)
            }
        }
    }

    private mutating func expression(ofSet name: String) -> Expression? {
        if let known = resolved[name] { return known }
        guard let block = sets[name], !block.isOpen else { return nil }
        sets[name]?.isOpen = true
        var parts: [Expression] = []
        for statement in block.statements {
            guard var parser = parser(of: statement) else { continue }
            do throws(SyntaxError) {
                while parser.next != nil {
                    if parser.next?.kind == .mark("|") || parser.next?.kind == .mark(",") { parser.skip(); continue }
                    parts.append(try parser.anyOfOne())
                }
            } catch { fail(statement, error.message, line: error.line, column: error.column) }
            index = parser.grownIndex
        }
        var simple: Set<Int> = []
        var others: [Expression] = []
        for part in parts {
            switch part {
            case .term(let id): simple.insert(id)
            case .anyTerm(let ids): simple.formUnion(ids)
            default: others.append(part)
            }
        }
        let expression = others.isEmpty ? Expression.anyTerm(simple) : .or(others + [.anyTerm(simple)])
        resolved[name] = expression
        return expression
    }

    private mutating func parser(of statement: Statement, dropping count: Int = 0) -> ExpressionParser? {
        var lines = statement.lines
        lines[0].text = lines[0].text.dropFirst(count)
        lines[0].firstColumn += count
        let lexer = Lexer(lines)
        if let error = lexer.error {
            fail(statement, error.message, line: error.line, column: error.column)
            return nil
        }
        for lexeme in lexer.lexemes {
            if case .set(let name) = lexeme.kind { _ = expression(ofSet: name) }
        }
        let (known, names) = (resolved, Array(sets.keys))
        let last = lines[lines.count - 1]
        return ExpressionParser(
            lexer.lexemes, end: (last.line, last.firstColumn + last.text.count), index: index, stemmer: stemmer,
            set: { known[$0] }, setNames: { names })
    }

    // MARK: Watches

    private mutating func readWatches() -> [CompiledWatch] {
        var watches: [CompiledWatch] = []
        var current: CompiledWatch?
        var defaults: [String: String] = [:]
        var inDefaults = false
        // The file in which a block is open: one does not reach into the next file.
        var openIn: String?
        for statement in statements {
            if let (kind, name) = block(statement) {
                openIn = statement.path
                finish(&current, into: &watches, statement)
                inDefaults = kind == "defaults"
                switch kind {
                case "watch":
                    if name.isEmpty { fail(statement, "a watch without a name; write [watch \"Name\"]") }
                    if watches.contains(where: { $0.watch.name == name }) {
                        fail(statement, "there are two watches \"\(name)\"; give one another name")
                    }
                    let threshold = defaults["threshold"].flatMap(Double.init) ?? 6
                    current = CompiledWatch(
                        watch: Watch(
                            name: name, topic: "", area: .diplomacy, threshold: threshold, file: statement.path,
                            line: statement.line))
                case "set", "defaults": break
                default:
                    let hint = nearest(to: kind, among: ["set", "watch", "defaults"]).map { "did you mean [\($0) …]?" }
                    fail(
                        statement,
                        "unknown block [\(kind)]; \(hint ?? "write [set name], [watch \"Name\"] or [defaults]")")
                }
            } else if openIn != statement.path {
                fail(statement, "this stands in no block; write [set name], [watch \"Name\"] or [defaults] before it")
            } else if current != nil {
                read(statement, into: &current)
            } else if inDefaults, let (key, value) = keyAndValue(statement) {
                defaults[key] = value
            } else if statement.head.hasPrefix("[") {
                fail(statement, "a block head without its ]; write the closing ]")
            }
        }
        if let last = statements.last { finish(&current, into: &watches, last) }
        return watches
    }

    private mutating func finish(_ current: inout CompiledWatch?, into watches: inout [CompiledWatch], _ at: Statement)
    {
        guard let watch = current else { return }
        current = nil
        if watch.watch.topic.isEmpty {
            errors.append(
                WatchlistError(
                    path: watch.watch.file, line: watch.watch.line, column: 1,
                    message: "the watch \"\(watch.watch.name)\" has no topic; write topic = name"))
        }
        watches.append(watch)
    }

    private static let keys = [
        "topic", "area", "threshold", "urgent", "notify", "scope", "lang", "fields", "cap", "priority", "mute-until",
    ]
    private static let topicAreas: [String: Area] = [
        "counterterrorism": .security, "defence": .security, "nuclear-sanctions": .security,
        "critical-minerals": .economy,
        "trade-investment": .economy, "technology": .economy, "energy-climate": .economy, "education-people": .people,
        "aid-humanitarian": .people, "diplomacy-regional": .diplomacy,
    ]

    private func keyAndValue(_ statement: Statement) -> (key: String, value: String)? {
        let parts = statement.head.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let key = parts[0].filter { !$0.isWhitespace }
        guard !key.isEmpty, key.allSatisfy({ $0.isLetter || $0 == "-" }), !parts[0].hasPrefix("must") else {
            return nil
        }
        var value = parts[1].drop { $0.isWhitespace }
        if let comment = value.range(ofComment: "#") { value = value[..<comment] }
        while value.last?.isWhitespace == true { value = value.dropLast() }
        return (key, String(value))
    }

    private mutating func read(_ statement: Statement, into current: inout CompiledWatch?) {
        let word = statement.head.prefix { !$0.isWhitespace }
        switch word {
        case "must", "never":
            guard let expression = wholeExpression(statement, dropping: word.count) else { return }
            let gate = CompiledWatch.Gate(line: statement.line, expression: expression)
            if word == "must" { current?.musts.append(gate) } else { current?.nevers.append(gate) }
        case "expect", "reject":
            guard let parser = parser(of: statement, dropping: word.count), case .quoted(let text)? = parser.next?.kind
            else {
                return fail(statement, "\(word) needs a text in quotes; write \(word) \"…\"")
            }
            current?.tests.append(
                CompiledWatch.SelfTest(
                    line: statement.line, column: statement.lines[0].firstColumn, text: text, mustPass: word == "expect"
                ))
        default:
            if word.hasPrefix("+") || (word.hasPrefix("-") && word.dropFirst().first?.isNumber == true) {
                readWeight(statement, String(word), into: &current)
            } else if let (key, value) = keyAndValue(statement) {
                set(key, value, statement, in: &current)
            } else {
                let words = ["must", "never", "expect", "reject"] + Self.keys
                let hint = nearest(to: String(word), among: words).map { "did you mean \"\($0)\"?" }
                fail(
                    statement,
                    "\"\(word)\" begins no statement; \(hint ?? "write must, never, +N, -N, expect, reject or key = value")"
                )
            }
        }
    }

    private mutating func wholeExpression(_ statement: Statement, dropping count: Int) -> Expression? {
        guard var parser = parser(of: statement, dropping: count) else { return nil }
        defer { index = parser.grownIndex }
        do throws(SyntaxError) { return try parser.whole() } catch {
            fail(statement, error.message, line: error.line, column: error.column)
            return nil
        }
    }

    private mutating func readWeight(_ statement: Statement, _ word: String, into current: inout CompiledWatch?) {
        guard let weight = Double(word), abs(weight) <= 1000, (weight * 2).rounded() == weight * 2 else {
            return fail(statement, "\(word) is no weight; write +N or -N in steps of 0.5")
        }
        guard var parser = parser(of: statement, dropping: word.count) else { return }
        defer { index = parser.grownIndex }
        do throws(SyntaxError) {
            var line = CompiledWatch.WeightedLine(
                line: statement.line, weight: weight, expression: try parser.anyOf(), ceiling: nil, label: nil)
            while let lexeme = parser.next {
                if case .word(let option) = lexeme.kind, option.hasPrefix("max="),
                    let most = Double(option.dropFirst(4)), most > 0
                {
                    line.ceiling = most
                    parser.skip()
                } else if lexeme.kind == .word("as") {
                    parser.skip()
                    switch parser.next?.kind {
                    case .quoted(let label)?, .word(let label)?: line.label = label
                    default: throw parser.error("as needs a label; write as \"label\"")
                    }
                    parser.skip()
                } else {
                    throw parser.error("this does not belong here; after the expression stand max=N and as \"label\"")
                }
            }
            current?.lines.append(line)
        } catch { fail(statement, error.message, line: error.line, column: error.column) }
    }

    private mutating func set(_ key: String, _ value: String, _ statement: Statement, in current: inout CompiledWatch?)
    {
        switch key {
        case "topic":
            current?.watch.topic = value
            if let area = Self.topicAreas[value] { current?.watch.area = area }
        case "area":
            guard let area = Area(rawValue: value) else {
                return fail(
                    statement,
                    "area \"\(value)\" is not known; write \(Area.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            current?.watch.area = area
        case "threshold", "urgent":
            guard let number = Double(value), (0...10_000).contains(number) else {
                return fail(statement, "\(key) = \(value) is no number; write \(key) = 6")
            }
            if key == "urgent" { current?.watch.urgent = number } else { current?.watch.threshold = number }
        case "lang":
            current?.languages = value.lowercased().split { $0 == "," || $0 == " " }.map(String.init)
        case "scope":
            guard let equals = statement.head.firstIndex(of: "=") else { return }
            let count = statement.head.distance(from: statement.head.startIndex, to: equals) + 1
            if let expression = wholeExpression(statement, dropping: count) {
                current?.scopes.append(CompiledWatch.Gate(line: statement.line, expression: expression))
            }
        case "notify", "fields", "cap", "priority", "mute-until":
            fail(statement, "\(key) is not in this version; take the line out")
        default:
            let hint = nearest(to: key, among: Self.keys).map { "did you mean \"\($0)\"?" }
            fail(statement, "unknown key \"\(key)\"; \(hint ?? "known are: \(Self.keys.joined(separator: ", "))")")
        }
    }
}

extension Substring {
    fileprivate func range(ofComment mark: Character) -> Index? { firstIndex(of: mark) }
}
