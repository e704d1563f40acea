/// One word of a term, as a watchlist asks for it.
enum WordPattern: Hashable, Sendable {
    /// The folded word itself.
    case exact(String)
    /// A word in small letters: its inflections too.
    case stem(String)
    case prefix(String)
    /// In capitals: an acronym, which "us" is not.
    case acronym(String)
}

/// One word or several in a row.
struct Term: Hashable, Sendable {
    var words: [WordPattern]

    init(words: [WordPattern]) { self.words = words }
}

/// All terms of all watches, laid out for one question: which may begin at this token?
///
/// Most tokens begin none, so a bit is asked first, and a table only where it is set. Whole words are found by their hash,
/// prefixes by their first four bytes, inflected words by the hash of their stem.
struct TermDictionary: Sendable {
    /// One word of a term, laid out.
    struct Pattern: Sendable {
        enum Kind: UInt8, Sendable { case exact, acronym, prefix, stem }
        var hash: UInt64
        var text: UInt32
        var length: UInt8
        var kind: Kind
    }

    struct Candidate: Sendable {
        enum Kind: UInt8, Sendable { case word, acronym, phrase }
        var term: Int32
        var kind: Kind
        /// Which of its words it is found by, counted from 0, and that word, whole.
        var anchor: UInt8
        var length: UInt8
        var text: UInt32
        /// Of a phrase: the lower half of the hash of the word beside the anchor (the next, or before the last the one before),
        /// so that most phrases that are not there cost one look; 0 where that may be several words.
        var neighbour: UInt32 = 0
    }

    /// A slot of a table with open addressing: free if `count` is 0.
    struct Slot: Sendable {
        var key: UInt64 = 0
        var first: UInt32 = 0
        var count: UInt32 = 0
    }

    struct Table: Sendable {
        var slots: [Slot] = []
        var filter: [UInt64] = []
        var candidates: [Candidate] = []

        /// - Parameter groups: the candidates by key; no key is 0.
        init(_ groups: [UInt64: [Candidate]]) {
            var size = 64
            while size < groups.count * 4 { size *= 2 }
            slots = Array(repeating: Slot(), count: size)
            filter = Array(repeating: 0, count: max(64, size / 16))
            let bits = UInt64(filter.count * 64 - 1)
            // In the order of the terms, so that the same files give the same tables.
            for (key, found) in groups.sorted(by: { ($0.value[0].term, $0.key) < ($1.value[0].term, $1.key) }) {
                let bit = filterBit(key) & bits
                filter[Int(bit >> 6)] |= 1 << (bit & 63)
                var at = slotIndex(key) & (size - 1)
                while slots[at].count != 0 { at = (at + 1) & (size - 1) }
                slots[at] = Slot(key: key, first: UInt32(candidates.count), count: UInt32(found.count))
                candidates += found
            }
        }
    }

    private(set) var patterns: [Pattern] = []
    /// Where the patterns of each term begin; one more at the end.
    private(set) var firstPattern: [Int32] = [0]
    private(set) var texts: [UInt8] = []
    private(set) var words = Table([:])
    private(set) var prefixes = Table([:])
    private(set) var stems = Table([:])
    /// Which lengths of 1 to 3 bytes a prefix has; longer ones are found by four.
    private(set) var shortPrefixes: [Int] = []
    private(set) var hasLongPrefixes = false
    /// Of the stems of four letters and more the first three, of shorter ones the first two: an inflection shares them.
    private(set) var stemFilter: [UInt64] = []

    var termCount: Int { firstPattern.count - 1 }
    var hasStems: Bool { !stems.candidates.isEmpty }
}

// Keys come from a multiplication, which spreads upwards: their upper bits are the good ones.

@inline(__always)
func filterBit(_ key: UInt64) -> UInt64 { key >> 32 }

@inline(__always)
func slotIndex(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key >> 28) }

/// The first `count` bytes (at most four) of a word as a key that is never 0.
@inline(__always)
func prefixKey(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    var letters: UInt64 = 0
    for offset in 0..<count { letters |= UInt64(bytes[offset]) << UInt64(8 * offset) }
    return prefixKey(letters, count)
}

/// - Parameter letters: the bytes, little-endian.
@inline(__always)
func prefixKey(_ letters: UInt64, _ count: Int) -> UInt64 {
    (letters | UInt64(count) << 32) &* 0x9E37_79B9_7F4A_7C15 | 1
}

extension TermDictionary {
    init(_ terms: [Term]) {
        var byWord: [UInt64: [Candidate]] = [:]
        var byPrefix: [UInt64: [Candidate]] = [:]
        var byStem: [UInt64: [Candidate]] = [:]
        stemFilter = Array(repeating: 0, count: 64)
        let popularity = Self.popularity(terms)
        for (number, term) in terms.enumerated() {
            let first = patterns.count
            for word in term.words { patterns.append(pattern(word)) }
            firstPattern.append(Int32(patterns.count))
            let anchor = Self.anchor(of: term, popularity)
            let word = patterns[first + anchor]
            let isPhrase = term.words.count > 1
            var candidate = Candidate(
                term: Int32(number), kind: isPhrase ? .phrase : .word, anchor: UInt8(anchor), length: word.length,
                text: word.text)
            if isPhrase { candidate.neighbour = neighbour(of: anchor, from: first, count: term.words.count) }
            switch word.kind {
            case .exact: byWord[word.hash, default: []].append(candidate)
            case .acronym:
                if !isPhrase { candidate.kind = .acronym }
                byWord[word.hash, default: []].append(candidate)
            case .prefix:
                let count = min(4, Int(word.length))
                let key = texts.withUnsafeBufferPointer { texts in
                    texts.baseAddress.map { prefixKey($0 + Int(word.text), count) } ?? 0
                }
                byPrefix[key, default: []].append(candidate)
                if count == 4 {
                    hasLongPrefixes = true
                } else if !shortPrefixes.contains(count) {
                    shortPrefixes.append(count)
                }
            case .stem:
                byStem[word.hash, default: []].append(candidate)
                admitStem(word)
            }
        }
        // Whoever reads a word eight bytes at a time may read past the last.
        texts += [UInt8](repeating: 0, count: 8)
        words = Table(byWord)
        prefixes = Table(byPrefix)
        stems = Table(byStem)
    }

    private func neighbour(of anchor: Int, from first: Int, count: Int) -> UInt32 {
        let beside = patterns[first + (anchor + 1 < count ? anchor + 1 : anchor - 1)]
        return beside.kind == .prefix ? 0 : UInt32(truncatingIfNeeded: beside.hash)
    }

    /// How many phrases each word stands in.
    private static func popularity(_ terms: [Term]) -> [WordPattern: Int] {
        var counts: [WordPattern: Int] = [:]
        for term in terms where term.words.count > 1 {
            for word in term.words { counts[word, default: 0] += 1 }
        }
        return counts
    }

    /// The word to find a term by: of a phrase the one that fewest phrases have, so that "of the" costs nothing.
    private static func anchor(of term: Term, _ popularity: [WordPattern: Int]) -> Int {
        func rank(_ at: Int) -> (Int, Int) {
            switch term.words[at] {
            case .prefix, .stem: (.max, at)
            case .exact(let text), .acronym(let text): (popularity[term.words[at]] ?? 0, -text.utf8.count)
            }
        }
        return term.words.indices.min { rank($0) < rank($1) } ?? 0
    }

    private mutating func pattern(_ word: WordPattern) -> Pattern {
        let (text, kind): (String, Pattern.Kind) =
            switch word {
            case .exact(let text): (text, .exact)
            case .acronym(let text): (text, .acronym)
            case .prefix(let text): (text, .prefix)
            case .stem(let text): (text, .stem)
            }
        let bytes = Array(text.utf8.prefix(255))
        let start = texts.count
        texts += bytes
        let hash = bytes.withUnsafeBufferPointer { bytes in bytes.baseAddress.map { wordHash($0, bytes.count) } ?? 1 }
        return Pattern(hash: hash, text: UInt32(start), length: UInt8(bytes.count), kind: kind)
    }

    private mutating func admitStem(_ stem: Pattern) {
        let bytes = texts[Int(stem.text)..<(Int(stem.text) + Int(stem.length))]
        let kept = Array(bytes.prefix(bytes.count >= 4 ? 3 : 2))
        admit(kept)
        // The only words whose stem changes an early letter: dying, lying, tying.
        if bytes.count == 3, bytes.last == UInt8(ascii: "e"), kept.last == UInt8(ascii: "i") {
            admit([kept[0], UInt8(ascii: "y")])
        }
    }

    private mutating func admit(_ letters: [UInt8]) {
        let bit = letters.withUnsafeBufferPointer { letters in
            letters.baseAddress.map { Self.stemBit($0, letters.count) } ?? 0
        }
        stemFilter[bit >> 6] |= 1 << UInt64(bit & 63)
    }

    /// The bit of the first `count` letters among 4,096.
    @inline(__always)
    static func stemBit(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var bit = count
        for offset in 0..<count { bit = bit &* 37 &+ Int(bytes[offset]) }
        return bit & 4095
    }
}
