import FeedModel

/// A piece of a watchlist statement and where it begins.
struct Lexeme {
    enum Kind: Equatable {
        /// A bare word; operators are words too.
        case word(String)
        case quoted(String)
        case set(String)
        /// `title,summary:`
        case fields(Set<EntryField>)
        case mark(Character)
        case regex
    }

    var kind: Kind
    var line: Int
    var column: Int
}

/// Cuts one statement (with its continuation lines) into lexemes.
struct Lexer {
    private var characters: [(Character, line: Int, column: Int)] = []
    private var at = 0
    private(set) var lexemes: [Lexeme] = []
    private(set) var error: (message: String, line: Int, column: Int)?

    init(_ lines: [(text: Substring, line: Int, firstColumn: Int)]) {
        for (text, line, first) in lines {
            for (offset, character) in text.enumerated() { characters.append((character, line, first + offset)) }
            characters.append((" ", line, first + text.count))
        }
        while at < characters.count, error == nil { next() }
    }

    private mutating func next() {
        let (character, line, column) = characters[at]
        switch character {
        case " ", "\t":
            at += 1
        case "#":
            // A comment reaches to the end of its line.
            while at < characters.count, characters[at].line == line { at += 1 }
        case "\"", "\u{201C}", "\u{201D}":
            at += 1
            var text = ""
            while at < characters.count, !"\"\u{201C}\u{201D}".contains(characters[at].0) {
                text.append(characters[at].0)
                at += 1
            }
            if at == characters.count {
                error = ("a quotation mark that is not closed; write the closing \"", line, column)
            }
            at += 1
            lexemes.append(Lexeme(kind: .quoted(text), line: line, column: column))
        case "(", ")", "|", "&", ",", "{", "}":
            at += 1
            lexemes.append(Lexeme(kind: .mark(character), line: line, column: column))
        case "-" where at + 1 < characters.count && !characters[at + 1].0.isNumber:
            at += 1
            lexemes.append(Lexeme(kind: .mark("-"), line: line, column: column))
        case "/":
            lexemes.append(Lexeme(kind: .regex, line: line, column: column))
            at = characters.count
        default:
            word(line, column)
        }
    }

    private mutating func word(_ line: Int, _ column: Int) {
        if let fields = fieldPrefix() {
            lexemes.append(Lexeme(kind: .fields(fields), line: line, column: column))
            return
        }
        var text = ""
        while at < characters.count, !" \t()|&,{}\"#".contains(characters[at].0) {
            text.append(characters[at].0)
            at += 1
        }
        if text.hasPrefix("@"), text.count > 1 {
            lexemes.append(Lexeme(kind: .set(String(text.dropFirst())), line: line, column: column))
        } else {
            lexemes.append(Lexeme(kind: .word(text), line: line, column: column))
        }
    }

    /// `title:` or `title,summary:` at the place, if that is what stands there.
    private mutating func fieldPrefix() -> Set<EntryField>? {
        var fields: Set<EntryField> = []
        var name = ""
        var end = at
        while end < characters.count {
            let character = characters[end].0
            end += 1
            if character == "," || character == ":" {
                let found: EntryField? = name == "text" ? .body : EntryField(rawValue: name)
                guard let field = found else { return nil }
                fields.formUnion(name == "text" ? EntryText.standardFields : [field])
                name = ""
                if character == ":" {
                    at = end
                    return fields
                }
            } else if character.isLetter, character.isLowercase {
                name.append(character)
            } else {
                return nil
            }
        }
        return nil
    }
}
