/// A piece of a watchlist statement and where it begins.
struct Lexeme {
    enum Kind: Equatable {
        /// A bare word; operators are words too.
        case word(String)
        case quoted(String)
        case set(String)
        /// `title,summary:`
        case fields(FieldMask)
        /// A bracket, comma or other sign.
        case mark(UInt8)
        /// `>=` or `<=`.
        case compare(isAtLeast: Bool)
        /// `/…/`, with `i` after it: in any case.
        case pattern(String, ignoresCase: Bool)
    }

    var kind: Kind
    /// In bytes of the file.
    var start: Int
}

/// A mistake in the text of a watchlist, by its byte in the file.
struct SyntaxError: Error {
    var at: Int
    var message: String
}

/// Cuts one statement (with its continuation lines) into lexemes.
struct Lexer {
    private let bytes: [UInt8]
    private var at = 0
    private var end = 0
    private(set) var lexemes: [Lexeme] = []

    /// - Parameter lines: where the lines of the statement stand in `bytes`.
    init(_ bytes: [UInt8], _ lines: [Range<Int>]) throws(SyntaxError) {
        self.bytes = bytes
        for line in lines {
            at = line.lowerBound
            end = line.upperBound
            while at < end { try next() }
        }
    }

    private mutating func next() throws(SyntaxError) {
        let start = at
        switch bytes[at] {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): at += 1
        case UInt8(ascii: "#"): at = end
        case UInt8(ascii: "\""): try quoted()
        case UInt8(ascii: "/"): try pattern()
        case UInt8(ascii: ">"), UInt8(ascii: "<"):
            guard at + 1 < end, bytes[at + 1] == UInt8(ascii: "=") else {
                let sign = bytes[at] == UInt8(ascii: ">") ? ">" : "<"
                throw SyntaxError(at: at, message: "\(sign) compares nothing here; write \(sign)=")
            }
            add(.compare(isAtLeast: bytes[at] == UInt8(ascii: ">")), start)
            at += 2
        case let byte where Self.marks.contains(byte):
            add(.mark(byte), start)
            at += 1
        default:
            if curlyQuote() { try quoted() } else { try word() }
        }
    }

    /// A dash begins no word: before anything it says NOT.
    private static let marks = Set("()|&,{}-".utf8)
    private static let wordEnds = Set(" \t\r()|&,{}\"#<>".utf8)

    private mutating func add(_ kind: Lexeme.Kind, _ start: Int) { lexemes.append(Lexeme(kind: kind, start: start)) }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The typographic quotation marks, which some editors put in.
    private func curlyQuote() -> Bool {
        at + 2 < end && bytes[at] == 0xE2 && bytes[at + 1] == 0x80 && (bytes[at + 2] == 0x9C || bytes[at + 2] == 0x9D)
    }

    private mutating func quoted() throws(SyntaxError) {
        let start = at
        at += curlyQuote() ? 3 : 1
        let first = at
        while at < end, bytes[at] != UInt8(ascii: "\""), !curlyQuote() { at += 1 }
        guard at < end else {
            throw SyntaxError(at: start, message: "a quotation mark that is not closed; write the closing \"")
        }
        add(.quoted(text(first..<at)), start)
        at += curlyQuote() ? 3 : 1
    }

    private mutating func pattern() throws(SyntaxError) {
        let start = at
        at += 1
        let first = at
        while at < end, bytes[at] != UInt8(ascii: "/") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
        guard at < end else {
            throw SyntaxError(at: start, message: "a pattern that is not closed; write the closing /")
        }
        // A slash needs its backslash only for us.
        let expression = text(first..<at)
        at += 1
        let ignoresCase = at < end && bytes[at] == UInt8(ascii: "i")
        if ignoresCase { at += 1 }
        guard at == end || Self.wordEnds.contains(bytes[at]) else {
            throw SyntaxError(at: at, message: "only i may follow a pattern; write /…/ or /…/i")
        }
        add(.pattern(expression, ignoresCase: ignoresCase), start)
    }

    private mutating func word() throws(SyntaxError) {
        let start = at
        if let fields = try fieldPrefix() {
            add(.fields(fields), start)
            return
        }
        while at < end, !Self.wordEnds.contains(bytes[at]) { at += 1 }
        let word = text(start..<at)
        if word.utf8.count > 1, word.hasPrefix("@") {
            add(.set(String(word.dropFirst())), start)
        } else {
            add(.word(word), start)
        }
    }
}

extension Lexer {
    /// `title:` or `title,summary:` at the place, if that is what stands there.
    private mutating func fieldPrefix() throws(SyntaxError) -> FieldMask? {
        var fields: FieldMask = []
        var nameStart = at
        for place in at..<end {
            let byte = bytes[place]
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":") {
                let name = text(nameStart..<place)
                guard let field = Self.field(name) else {
                    // What has no field's name before a comma is a word of a list, and a colon before a blank none of ours.
                    let isMeant =
                        byte == UInt8(ascii: ":") && place + 1 < end && bytes[place + 1] > 0x20 && place > nameStart
                    if isMeant { throw unknownField(name, at: nameStart) }
                    return nil
                }
                fields.formUnion(field)
                nameStart = place + 1
                if byte == UInt8(ascii: ":") {
                    at = place + 1
                    return fields
                }
            } else if !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) {
                return nil
            }
        }
        return nil
    }

    /// The fields that a name before a colon means.
    static func field(_ name: String) -> FieldMask? {
        name == "text" ? .standard : EntryFieldNames.byName[name]
    }

    private func unknownField(_ name: String, at start: Int) -> SyntaxError {
        SyntaxError(
            at: start,
            message: EntryFieldNames.unknown(name) + "; a word with a colon in it needs quotation marks")
    }
}
