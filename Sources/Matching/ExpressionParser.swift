import FeedModel

/// Reads the expressions of one statement. Precedence, tightest first: fields and count, proximity, NOT, AND, OR.
struct ExpressionParser {
    let lexemes: [Lexeme]
    /// Where the statement ends, in bytes of the file.
    private let end: Int
    private var at = 0
    private var depth = 0
    private let terms: TermReader
    private let context: Context

    /// What expressions may refer to.
    struct Context {
        var setNames: Set<String>
        /// Whether there is a relevance model to ask.
        var hasModel: Bool
    }

    /// The regular expressions met, in order; `Expression.pattern` names them by their place.
    private(set) var patterns: [PatternText]

    init(_ lexemes: [Lexeme], end: Int, terms: TermReader, context: Context, patterns: [PatternText]) {
        self.lexemes = lexemes
        self.end = end
        self.terms = terms
        self.context = context
        self.patterns = patterns
    }

    private static let deepest = 50
    private static let infix: Set<String> = ["SENTENCE", "PARA", "OR", "AND"]

    var next: Lexeme? { at < lexemes.count ? lexemes[at] : nil }

    mutating func skip() { at += 1 }

    /// All that is left as one expression.
    mutating func whole() throws(SyntaxError) -> Expression {
        let expression = try anyOf()
        guard next == nil else { throw error("this does not belong here; put it in brackets, or join it with | or &") }
        return expression
    }

    /// One expression, up to an option (`max=`, `as`) or the end.
    mutating func anyOf() throws(SyntaxError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw error("nested deeper than \(Self.deepest) levels; use a [set]") }
        var parts = [try allOf()]
        while isMark("|") || isWord("OR") {
            at += 1
            parts.append(try allOf())
        }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    /// One item of a set: no AND between neighbours.
    mutating func item() throws(SyntaxError) -> Expression { try negation() }

    private mutating func allOf() throws(SyntaxError) -> Expression {
        var parts = [try negation()]
        while true {
            if isMark("&") || isWord("AND") {
                at += 1
            } else if !beginsUnit {
                break
            }
            parts.append(try negation())
        }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func negation() throws(SyntaxError) -> Expression {
        if isMark("-") || isWord("NOT") {
            at += 1
            return .not(try proximity())
        }
        return try proximity()
    }

    private mutating func proximity() throws(SyntaxError) -> Expression {
        var left = try unit()
        while case .word(let word)? = next?.kind {
            if word == "SENTENCE" || word == "PARA" {
                at += 1
                let right = try unit()
                left = word == "PARA" ? .sameParagraph(left, right) : .sameSentence(left, right)
            } else if word.hasPrefix("NEAR/") || word.hasPrefix("THEN/") {
                guard let distance = Int(word.dropFirst(5)), (1...1000).contains(distance) else {
                    throw error("\(word) needs a distance from 1 to 1000; write \(word.prefix(5))10")
                }
                at += 1
                left = .near(left, try unit(), distance: distance, ordered: word.hasPrefix("THEN"))
            } else {
                break
            }
        }
        return left
    }

    private mutating func unit() throws(SyntaxError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw error("nested deeper than \(Self.deepest) levels; use a [set]") }
        if case .fields(let fields)? = next?.kind {
            at += 1
            return .fields(fields, try unit())
        }
        let atom = try atom()
        guard isMark("{") else { return atom }
        at += 1
        let least = try number()
        var most: Int? = least
        if isMark(",") {
            at += 1
            most = isMark("}") ? nil : try number()
        }
        guard most ?? least >= least else {
            throw error("from \(least) to \(most ?? 0) is no range; write {\(most ?? 0),\(least)}")
        }
        try expect("}")
        return .count(atom, atLeast: least, atMost: most)
    }

    private mutating func atom() throws(SyntaxError) -> Expression {
        guard let lexeme = next else { throw missingWord }
        switch lexeme.kind {
        case .mark(UInt8(ascii: "(")):
            at += 1
            let inner = try anyOf()
            try expect(")")
            return inner
        case .quoted(let text):
            at += 1
            return .term(try terms.phrase(text, at: lexeme.start))
        case .set(let name):
            guard context.setNames.contains(name) else {
                let hint =
                    nearest(to: name, among: context.setNames.sorted()).map { "did you mean @\($0)?" }
                    ?? "write [set \(name)] first"
                throw error("there is no set @\(name); \(hint)")
            }
            at += 1
            return .set(name)
        case .pattern(let text, let ignoresCase):
            at += 1
            return try pattern(PatternText(text: text, ignoresCase: ignoresCase), at: lexeme.start)
        case .word("PAIR"):
            at += 1
            try expect("(")
            let first = try anyOf()
            try expect(",")
            let second = try anyOf()
            try expect(")")
            return .pair(first, second)
        case .word(let word):
            return try atom(word, lexeme)
        default:
            throw missingWord
        }
    }

    private mutating func atom(_ word: String, _ lexeme: Lexeme) throws(SyntaxError) -> Expression {
        guard !Self.infix.contains(word), !word.hasPrefix("NEAR/"), !word.hasPrefix("THEN/") else {
            throw error("\(word) needs something before it; write A \(word) B")
        }
        at += 1
        if let least = Int(word), isWord("OF") { return try someOf(least) }
        if case .compare(let isAtLeast)? = next?.kind {
            at += 1
            return .comparison(try comparison(word, isAtLeast, at: lexeme.start))
        }
        return .term(try terms.word(word, at: lexeme.start))
    }

    private mutating func someOf(_ least: Int) throws(SyntaxError) -> Expression {
        at += 1
        try expect("(")
        var parts = [try anyOf()]
        while isMark(",") {
            at += 1
            parts.append(try anyOf())
        }
        try expect(")")
        guard (1...parts.count).contains(least) else {
            throw error("\(least) OF \(parts.count): write 1 to \(parts.count)")
        }
        return .atLeast(least, parts)
    }
}

extension ExpressionParser {
    private var beginsUnit: Bool {
        switch next?.kind {
        case .quoted, .set, .fields, .pattern, .mark(UInt8(ascii: "(")), .mark(UInt8(ascii: "-")): return true
        case .word(let word): return word != "as" && !word.hasPrefix("max=") && !Self.infix.contains(word)
        default: return false
        }
    }

    private func isMark(_ mark: Unicode.Scalar) -> Bool { next?.kind == .mark(UInt8(ascii: mark)) }
    private func isWord(_ word: String) -> Bool { next?.kind == .word(word) }

    private mutating func expect(_ mark: Unicode.Scalar) throws(SyntaxError) {
        guard isMark(mark) else { throw error("a \(mark) is missing here") }
        at += 1
    }

    private mutating func number() throws(SyntaxError) -> Int {
        guard case .word(let word)? = next?.kind, let number = Int(word), (0...100).contains(number) else {
            throw error("a count from 0 to 100 is missing here")
        }
        at += 1
        return number
    }

    private var missingWord: SyntaxError { error("a word is missing here; write a word, a \"phrase\" or @set") }

    func error(_ message: String) -> SyntaxError { SyntaxError(at: next?.start ?? end, message: message) }

    private mutating func pattern(_ text: PatternText, at start: Int) throws(SyntaxError) -> Expression {
        if let known = patterns.firstIndex(of: text) { return .pattern(known) }
        do { _ = try Pattern(text) } catch { throw SyntaxError(at: start + 1 + error.offset, message: error.message) }
        patterns.append(text)
        return .pattern(patterns.count - 1)
    }

    private mutating func comparison(_ name: String, _ isAtLeast: Bool, at start: Int) throws(SyntaxError) -> Comparison
    {
        guard case .word(let value)? = next?.kind else {
            throw error("a value is missing here; write \(name) >= VALUE")
        }
        let quantity: Comparison.Quantity
        let number: Double?
        let example: String
        switch name {
        case "relevance":
            guard context.hasModel else {
                throw SyntaxError(
                    at: start, message: "there is no relevance model to ask; name one in [watchlists] relevance_model")
            }
            (quantity, example) = (.relevance, "a number from 0 to 1: 0.5")
            number = Double(value).flatMap { (0...1).contains($0) ? $0 : nil }
        case "age":
            (quantity, example) = (.age, "a span: 36h or 7d")
            number = Self.seconds(value)
        case "words":
            (quantity, example) = (.words, "a whole number: 300")
            number = Int(value).flatMap { (0...1_000_000).contains($0) ? Double($0) : nil }
        case "date":
            (quantity, example) = (.date, "a day: 2026-01-31")
            number = LocalDate(value).map { Double($0.daysSince1970) * 86400 }
        default:
            let known = ["relevance", "age", "words", "date"]
            let hint =
                nearest(to: name, among: known).map { "did you mean \($0)?" }
                ?? "known are \(known.joined(separator: ", "))"
            throw SyntaxError(at: start, message: "\"\(name)\" cannot be compared; \(hint)")
        }
        guard let number else { throw error("\"\(value)\" is no value for \(name); write \(example)") }
        at += 1
        return Comparison(quantity: quantity, isAtLeast: isAtLeast, value: number)
    }

    private static let units: [Character: Double] = ["m": 60, "h": 3600, "d": 86400, "w": 604_800]

    /// `36h` in seconds.
    private static func seconds(_ text: String) -> Double? {
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()),
            (0...100_000).contains(count)
        else { return nil }
        return Double(count) * unit
    }
}
