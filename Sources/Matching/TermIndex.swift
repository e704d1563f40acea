/// All terms of all watches, by their first word: one look-up a token finds every term that may begin there.
struct TermIndex: Sendable {
    private(set) var terms: [Term] = []
    private var ids: [Term: Int] = [:]
    private var byWord: [String: [Int]] = [:]
    private var byStem: [String: [Int]] = [:]
    private var byPrefix: [String: [Int]] = [:]
    private var prefixLengths: [Int] = []

    /// The number of `term`, the same for the same term.
    mutating func add(_ term: Term) -> Int {
        if let id = ids[term] { return id }
        let id = terms.count
        terms.append(term)
        ids[term] = id
        switch term.words.first {
        case .exact(let word), .acronym(let word): byWord[word, default: []].append(id)
        case .stem(let stem): byStem[stem, default: []].append(id)
        case .prefix(let prefix):
            byPrefix[prefix, default: []].append(id)
            let length = prefix.utf8.count
            if !prefixLengths.contains(length) { prefixLengths = (prefixLengths + [length]).sorted() }
        case nil: break
        }
        return id
    }

    func isAcronym(_ id: Int) -> Bool {
        if case .acronym = terms[id].words.first, terms[id].words.count == 1 { return true }
        return false
    }

    /// Calls `found` for each term that stands at token `at`.
    func terms(at: Int, in text: TokenisedText, stemmer: Stemmer, found: (_ term: Int, _ length: Int) -> Void) {
        let token = text.tokens[at]
        func check(_ candidates: [Int]?) {
            for id in candidates ?? [] where stands(terms[id], at: at, in: text.tokens, stemmer) {
                found(id, terms[id].words.count)
            }
        }
        check(byWord[token.word])
        if !byStem.isEmpty { check(byStem[stemmer.stem(token.word)]) }
        let bytes = token.word.utf8
        for length in prefixLengths {
            guard length <= bytes.count else { break }
            let end = bytes.index(bytes.startIndex, offsetBy: length)
            // A prefix that ends inside a character of this word is none of it.
            if let prefix = String(bytes[..<end]) { check(byPrefix[prefix]) }
        }
    }

    private func stands(_ term: Term, at: Int, in tokens: [Token], _ stemmer: Stemmer) -> Bool {
        guard at + term.words.count <= tokens.count else { return false }
        // A part of a compound does not stand for itself after a reversing prefix; a term that names the prefix does.
        if tokens[at].isReversed { return false }
        for (offset, pattern) in term.words.enumerated() where !fits(pattern, tokens[at + offset], stemmer) {
            return false
        }
        return true
    }

    private func fits(_ pattern: WordPattern, _ token: Token, _ stemmer: Stemmer) -> Bool {
        switch pattern {
        case .exact(let word): token.word == word
        case .acronym(let word): token.isUpper && token.word == word
        case .prefix(let prefix): token.word.utf8.starts(with: prefix.utf8)
        case .stem(let stem): stemmer.stem(token.word) == stem
        }
    }
}
