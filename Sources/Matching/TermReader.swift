import FeedModel

/// Turns the words of a watchlist into terms, by the rules that entries are read by.
struct TermReader {
    private let tokens: TokenBuffer
    private let stemmer: Stemmer

    init() {
        tokens = TokenBuffer(capacity: 1024)
        stemmer = Stemmer()
    }

    /// A bare word: an acronym in capitals, in small letters with its inflections, else as it is. `=word` is as it is.
    func word(_ word: String, at start: Int) throws(SyntaxError) -> Term {
        if word.hasPrefix("=") { return try term(word.dropFirst(), stems: false, at: start) }
        return try term(word[...], stems: true, at: start)
    }

    /// Words in quotation marks; none of them stands for its inflections, but each may end in `*`.
    func phrase(_ text: String, at start: Int) throws(SyntaxError) -> Term {
        try term(text[...], stems: false, at: start)
    }

    private func term(_ text: Substring, stems: Bool, at start: Int) throws(SyntaxError) -> Term {
        var words: [WordPattern] = []
        let pieces = text.split(separator: " ")
        for piece in pieces {
            let isPrefix = piece.hasSuffix("*")
            let found = tokens.words(of: String(isPrefix ? piece.dropLast() : piece))
            guard !piece.dropLast().contains("*") else {
                throw SyntaxError(
                    at: start, message: "\"\(text)\" has a * inside a word; it may stand at the end of one only")
            }
            for (offset, token) in found.enumerated() {
                if isPrefix && offset == found.count - 1 {
                    words.append(.prefix(token.text))
                } else if found.count == 1 && token.isAcronym {
                    words.append(.acronym(token.text))
                } else if stems, token.text.utf8.count > 1, found.count == 1, pieces.count == 1,
                    piece.first?.isLowercase == true,
                    piece.utf8.allSatisfy({ $0 < 0x80 })
                {
                    words.append(.stem(stemmer.stem(token.text)))
                } else {
                    words.append(.exact(token.text))
                }
            }
            if isPrefix && found.isEmpty {
                throw SyntaxError(at: start, message: "a * without a word before it; write the beginning of a word")
            }
        }
        guard !words.isEmpty else {
            throw SyntaxError(at: start, message: "\"\(text)\" has no word in it; write letters or digits")
        }
        guard words.count <= 32 else {
            throw SyntaxError(at: start, message: "more than 32 words in a row; write a shorter phrase")
        }
        return Term(words: words)
    }
}

extension TokenBuffer {
    /// The words of a short text.
    fileprivate func words(of text: String) -> [(text: String, isAcronym: Bool)] {
        clear()
        read(text, .title)
        return (0..<count).map { at in
            let token = tokens[at]
            let text = String(decoding: bytes(of: token), as: UTF8.self)
            // At most five letters or digits in capitals, with or without points, one of them a Latin letter.
            let hasLatin = text.utf8.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            return (text, token.flags.contains(.upper) && text.count <= 5 && hasLatin)
        }
    }
}
