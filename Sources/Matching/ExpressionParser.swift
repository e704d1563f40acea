import FeedModel

/// Why an expression is none.
struct SyntaxError: Error {
    var line: Int
    var column: Int
    var message: String
}

/// Reads the expressions of one statement. Precedence, tightest first: fields and count, proximity, NOT, AND, OR.
struct ExpressionParser {
    private let lexemes: [Lexeme]
    private let end: (line: Int, column: Int)
    private var at = 0
    private var depth = 0
    private let stemmer: Stemmer
    /// The expression of a set.
    private let set: (String) -> Expression?
    private let setNames: () -> [String]
    private var index: TermIndex

    init(
        _ lexemes: [Lexeme], end: (line: Int, column: Int), index: TermIndex, stemmer: Stemmer,
        set: @escaping (String) -> Expression?, setNames: @escaping () -> [String]
    ) {
        self.lexemes = lexemes
        self.end = end
        self.index = index
        self.stemmer = stemmer
        self.set = set
        self.setNames = setNames
    }

    private static let deepest = 50
    private static let infix: Set<String> = ["SENTENCE", "PARA", "OR", "AND"]

    var next: Lexeme? { at < lexemes.count ? lexemes[at] : nil }
    var grownIndex: TermIndex { index }

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
    mutating func anyOfOne() throws(SyntaxError) -> Expression { try negation() }

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
        try expect("}")
        return .count(atom, atLeast: least, atMost: most)
    }

    private mutating func atom() throws(SyntaxError) -> Expression {
        guard let lexeme = next else { throw error("a word is missing here; write a word, a \"phrase\" or @set") }
        switch lexeme.kind {
        case .mark("("):
            at += 1
            let inner = try anyOf()
            try expect(")")
            return inner
        case .quoted(let text):
            at += 1
            return try phrase(text, lexeme)
        case .set(let name):
            guard let expression = set(name) else {
                let hint =
                    nearest(to: name, among: setNames()).map { "did you mean @\($0)?" } ?? "write [set \(name)] first"
                throw error("there is no set @\(name); \(hint)")
            }
            at += 1
            return expression
        case .regex:
            throw error("patterns between / are not in this version; write words, \"phrases\" and prefixes*")
        case .word("PAIR"):
            at += 1
            try expect("(")
            let first = try anyOf()
            try expect(",")
            let second = try anyOf()
            try expect(")")
            return .pair(first, second)
        case .word(let word):
            at += 1
            if let least = Int(word), isWord("OF") { return try someOf(least) }
            guard !Self.infix.contains(word), !word.hasPrefix("NEAR/"), !word.hasPrefix("THEN/") else {
                at -= 1
                throw error("\(word) needs something before it; write A \(word) B")
            }
            return try single(word, lexeme)
        default:
            throw error("a word is missing here; write a word, a \"phrase\" or @set")
        }
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
        case .quoted, .set, .fields, .regex, .mark("("), .mark("-"): return true
        case .word(let word): return word != "as" && !word.hasPrefix("max=") && !Self.infix.contains(word)
        default: return false
        }
    }

    private func isMark(_ mark: Character) -> Bool { next?.kind == .mark(mark) }
    private func isWord(_ word: String) -> Bool { next?.kind == .word(word) }

    private mutating func expect(_ mark: Character) throws(SyntaxError) {
        guard isMark(mark) else { throw error("a \(mark) is missing here") }
        at += 1
    }

    private mutating func number() throws(SyntaxError) -> Int {
        guard case .word(let word)? = next?.kind, let number = Int(word), (0...1000).contains(number) else {
            throw error("a count from 0 to 1000 is missing here")
        }
        at += 1
        return number
    }

    func error(_ message: String) -> SyntaxError {
        SyntaxError(line: next?.line ?? end.line, column: next?.column ?? end.column, message: message)
    }

    /// A bare word: an acronym in capitals, else with its inflections in small letters, else as it is (3.3, 3.4).
    private mutating func single(_ word: String, _ lexeme: Lexeme) throws(SyntaxError) -> Expression {
        if word.hasPrefix("=") { return try term(String(word.dropFirst()), lexeme, stems: false) }
        return try term(word, lexeme, stems: true)
    }

    private mutating func phrase(_ text: String, _ lexeme: Lexeme) throws(SyntaxError) -> Expression {
        try term(text, lexeme, stems: false)
    }

    private mutating func term(_ text: String, _ lexeme: Lexeme, stems: Bool) throws(SyntaxError) -> Expression {
        var patterns: [WordPattern] = []
        let pieces = text.split(separator: " ")
        for piece in pieces {
            let isPrefix = piece.hasSuffix("*")
            let tokens = TokenisedText(String(isPrefix ? piece.dropLast() : piece)).tokens
            for (offset, token) in tokens.enumerated() {
                let isLast = offset == tokens.count - 1
                let isAcronym =
                    token.isUpper && token.word.count <= 5 && token.word.contains { $0.isLetter && $0.isASCII }
                if isPrefix && isLast {
                    patterns.append(.prefix(token.word))
                } else if isAcronym && tokens.count == 1 {
                    patterns.append(.acronym(token.word))
                } else if stems, tokens.count == 1, pieces.count == 1, piece.first?.isLowercase == true,
                    piece.allSatisfy(\.isASCII)
                {
                    patterns.append(.stem(stemmer.stem(token.word)))
                } else {
                    patterns.append(.exact(token.word))
                }
            }
        }
        guard !patterns.isEmpty else {
            throw SyntaxError(
                line: lexeme.line, column: lexeme.column,
                message: "\"\(text)\" has no word in it; write letters or digits")
        }
        return .term(index.add(Term(words: patterns)))
    }
}
