/// A word of an entry, folded for comparison, and where it stands.
struct Token {
    /// Of its folded bytes.
    var hash: UInt64
    /// Where its folded bytes begin in the reading's buffer.
    var text: UInt32
    /// In bytes of the field's text, end exclusive.
    var start: UInt32
    var end: UInt32
    /// Numbered through all fields; each field begins a new one of both.
    var sentence: UInt32
    var paragraph: UInt32
    /// Folded bytes; a longer word counts as its first 255.
    var length: UInt8
    var flags: TokenFlags
    /// `EntryField.place`.
    var field: UInt8
}

struct TokenFlags: OptionSet, Sendable {
    let rawValue: UInt8

    /// All its letters are capitals, and there is one: what an acronym must be.
    static let upper = TokenFlags(rawValue: 1)
    /// Written with points between its letters, as U.S. is.
    static let points = TokenFlags(rawValue: 2)
    /// Joined by a hyphen to a prefix that turns its meaning round, as in de-escalation.
    static let reversed = TokenFlags(rawValue: 4)
}

/// The hash of a folded word. Words of watchlists and of entries are compared by it first, then by their bytes.
@inline(__always)
func wordHash(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    var hash: UInt64 = 0
    var rest = count
    var at = UnsafeRawPointer(bytes)
    while rest > 0 {
        var block: UInt64 = 0
        for offset in 0..<min(rest, 8) {
            block |= UInt64(at.load(fromByteOffset: offset, as: UInt8.self)) << UInt64(8 * offset)
        }
        hash = hashed(hash, block)
        at += 8
        rest -= 8
    }
    return finished(hash, count)
}

/// The hash so far, and eight more bytes (little-endian; after the end of the word zeros).
@inline(__always)
private func hashed(_ hash: UInt64, _ block: UInt64) -> UInt64 {
    let product = (hash ^ block) &* 0xFF51_AFD7_ED55_8CCD
    return product ^ (product >> 32)
}

@inline(__always)
private func finished(_ hash: UInt64, _ count: Int) -> UInt64 {
    (hash &+ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15 | 1
}

/// Cuts the fields of an entry into tokens, into buffers that the caller owns.
///
/// Words are runs of letters, digits and marks; `U.S.` is one word, `'s` none, and a hyphen parts words. A sentence ends at
/// a stop that no word follows at once, but not after an initial (`A. Q. Khan`) or a title (`Gen. Munir`).
struct Tokeniser {
    let scalars: ScalarTable
    let tokens: UnsafeMutablePointer<Token>
    let capacity: Int
    let folded: UnsafeMutablePointer<UInt8>
    let foldedCapacity: Int

    private(set) var count = 0
    private(set) var written = 0
    private var sentence: UInt32 = 0
    private var paragraph: UInt32 = 0
    private var joint = Joint.other
    private var capitals = 0
    private var smalls = 0

    /// What stands between the last word and the next: nothing yet, a hyphen alone, or more.
    private enum Joint { case none, hyphen, other }

    init(
        scalars: ScalarTable, tokens: UnsafeMutablePointer<Token>, capacity: Int,
        folded: UnsafeMutablePointer<UInt8>, foldedCapacity: Int
    ) {
        self.scalars = scalars
        self.tokens = tokens
        self.capacity = capacity
        self.folded = folded
        self.foldedCapacity = foldedCapacity
    }

    mutating func clear() {
        count = 0
        written = 0
        sentence = 0
        paragraph = 0
    }

    /// Appends the tokens of one field; what has no room any more is not looked at (the cost of an entry is bounded).
    ///
    /// - Returns: whether the text has letters and all are capitals.
    mutating func read(_ text: UnsafeBufferPointer<UInt8>, field: UInt8) -> Bool {
        sentence += 1
        paragraph += 1
        joint = .other
        capitals = 0
        smalls = 0
        let fieldStart = count
        var at = 0
        while at < text.count, count < capacity, written + 512 < foldedCapacity {
            if text[at] == UInt8(ascii: " ") {
                joint = .other
                at += 1
                continue
            }
            if plainWord(text, &at, field: field, fieldStart: fieldStart) { continue }
            var kind = scalars.kinds[Int(text[at])]
            var width = 1
            if kind == CharacterKind.beyondASCII {
                let scalar = decode(text, at)
                width = scalar.width
                kind = scalars.facts(of: scalar.value).kind
            }
            if kind <= CharacterKind.ideograph {
                word(text, &at, field: field, fieldStart: fieldStart)
            } else {
                separator(kind, text, after: at + width, fieldStart: fieldStart)
                at += width
            }
        }
        return capitals > 3 && smalls == 0
    }

    /// Takes the word at `at` if it is of ASCII letters and digits alone and nothing that could belong to it follows: nearly
    /// every word of English is, and needs none of the questions that `word` asks. Eight bytes are read at a time.
    @inline(__always)
    private mutating func plainWord(
        _ text: UnsafeBufferPointer<UInt8>, _ at: inout Int, field: UInt8, fieldStart: Int
    ) -> Bool {
        let first = UnsafeMutableRawPointer(folded + written)
        let most = min(text.count - at - 8, 240)
        var length = 0
        var hash: UInt64 = 0
        var seenCapitals: UInt64 = 0
        var seenSmalls: UInt64 = 0
        while true {
            guard length <= most, let base = text.baseAddress else { return false }
            let block = EightBytes(UnsafeRawPointer(base + at + length).loadUnaligned(as: UInt64.self))
            let count = block.wordLength
            let kept = count == 8 ? UInt64.max : (1 << UInt64(8 * count)) &- 1
            first.storeBytes(of: block.inSmalls, toByteOffset: length, as: UInt64.self)
            seenCapitals |= block.capitals & kept
            seenSmalls |= block.smalls & kept
            length += count
            if count > 0 { hash = hashed(hash, block.inSmalls & kept) }
            if count < 8 { break }
        }
        let stop = scalars.kinds[Int(text[at + length])]
        guard length > 0, stop < CharacterKind.apostrophe, stop != CharacterKind.point || length > 1 else {
            return false
        }
        let hasCapitals = seenCapitals != 0
        let hasSmalls = seenSmalls != 0
        if hasSmalls { smalls += 1 } else if hasCapitals { capitals += length }
        var flags: TokenFlags = hasCapitals && !hasSmalls ? .upper : []
        if joint == .hyphen, count > fieldStart, isReversing(tokens[count - 1]) { flags.insert(.reversed) }
        tokens[count] = Token(
            hash: finished(hash, length), text: UInt32(truncatingIfNeeded: written),
            start: UInt32(truncatingIfNeeded: at), end: UInt32(truncatingIfNeeded: at + length), sentence: sentence,
            paragraph: paragraph, length: UInt8(truncatingIfNeeded: length), flags: flags, field: field)
        count += 1
        written += length
        at += length
        joint = .none
        return true
    }

    private mutating func separator(
        _ kind: UInt8, _ text: UnsafeBufferPointer<UInt8>, after next: Int, fieldStart: Int
    ) {
        switch kind {
        case CharacterKind.hyphen: joint = joint == .none ? .hyphen : .other
        case CharacterKind.newline:
            joint = .other
            sentence += 1
            paragraph += 1
        case CharacterKind.stop, CharacterKind.point:
            let endsTitle =
                kind == CharacterKind.point && joint == .none && count > fieldStart && isTitle(tokens[count - 1])
            joint = .other
            if !endsTitle && !isWordPart(text, next) { sentence += 1 }
        default: joint = .other
        }
    }

    /// The word at `at`, which is moved behind it and behind what belongs to it.
    private mutating func word(_ text: UnsafeBufferPointer<UInt8>, _ at: inout Int, field: UInt8, fieldStart: Int) {
        let start = at
        let first = written
        let limit = first + 255
        var out = first
        var scalarCount = 0
        var wordCapitals = 0
        var wordSmalls = 0
        var wordLetters = 0
        var hasPoints = false
        var stop = CharacterKind.other
        var width = 1
        let kinds = scalars.kinds
        let small = scalars.smallLetters
        while at < text.count {
            let byte = text[at]
            let kind = kinds[Int(byte)]
            if kind <= CharacterKind.lastWordPart {
                folded[out] = small[Int(byte)]
                out += out < limit ? 1 : 0
                scalarCount += 1
                wordSmalls += kind == CharacterKind.small ? 1 : 0
                wordCapitals += kind == CharacterKind.capital ? 1 : 0
                at += 1
                continue
            }
            stop = kind
            width = 1
            if kind == CharacterKind.beyondASCII {
                let scalar = decode(text, at)
                let facts = scalars.facts(of: scalar.value)
                if facts.kind <= CharacterKind.ideograph {
                    // Each ideograph is a word by itself.
                    if facts.kind == CharacterKind.ideograph && scalarCount > 0 { break }
                    append(facts, &out, limit)
                    scalarCount += 1
                    switch facts.kind {
                    case CharacterKind.capital: wordCapitals += 1
                    case CharacterKind.small: wordSmalls += 1
                    case CharacterKind.letter where facts.count > 0: wordLetters += 1
                    default: break
                    }
                    at += scalar.width
                    if facts.kind == CharacterKind.ideograph { break }
                    continue
                }
                stop = facts.kind
                width = scalar.width
            }
            // A point between single capitals belongs to an acronym.
            if stop == CharacterKind.point, scalarCount == 1 || hasPoints, isCapital(text, at + 1) {
                hasPoints = true
                at += 1
                continue
            }
            break
        }
        capitals += wordCapitals
        smalls += wordSmalls
        wordLetters += wordCapitals + wordSmalls
        let end = at
        let endsSentence = afterWord(
            text, &at, stop: stop, width: width, isSingle: scalarCount == 1, isCapital: wordCapitals == 1,
            hasPoints: hasPoints)
        if out > first {
            var flags: TokenFlags = []
            if wordLetters > 0 && wordCapitals == wordLetters { flags.insert(.upper) }
            if hasPoints { flags.insert(.points) }
            if joint == .hyphen, count > fieldStart, isReversing(tokens[count - 1]) { flags.insert(.reversed) }
            tokens[count] = Token(
                hash: wordHash(folded + first, out - first), text: UInt32(truncatingIfNeeded: first),
                start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end), sentence: sentence,
                paragraph: paragraph, length: UInt8(truncatingIfNeeded: out - first), flags: flags, field: field)
            count += 1
            written = out
            joint = .none
        }
        if endsSentence { sentence += 1 }
    }

    /// Passes over what belongs to the word before it: the last point of an acronym, the 's of a possessive.
    ///
    /// - Returns: whether a sentence ends here.
    private func afterWord(
        _ text: UnsafeBufferPointer<UInt8>, _ at: inout Int, stop: UInt8, width: Int, isSingle: Bool, isCapital: Bool,
        hasPoints: Bool
    ) -> Bool {
        guard at < text.count else { return false }
        if stop == CharacterKind.point, isSingle || hasPoints {
            at += 1
            return !hasPoints && !isCapital && !isWordPart(text, at)
        }
        if stop == CharacterKind.apostrophe {
            at += width
            if at < text.count, text[at] | 0x20 == UInt8(ascii: "s"), !isWordPart(text, at + 1) { at += 1 }
        }
        return false
    }
}

extension Tokeniser {
    private mutating func append(_ facts: ScalarTable.Facts, _ out: inout Int, _ limit: Int) {
        let from = Int(facts.offset)
        for offset in 0..<Int(facts.count) where out < limit {
            folded[out] = scalars.folded[from + offset]
            out += 1
        }
    }

    private func isWordPart(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
        guard at < text.count else { return false }
        let kind = scalars.kinds[Int(text[at])]
        if kind != CharacterKind.beyondASCII { return kind <= CharacterKind.lastWordPart }
        return scalars.facts(of: decode(text, at).value).kind <= CharacterKind.lastWordPart
    }

    private func isCapital(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
        guard at < text.count else { return false }
        let kind = scalars.kinds[Int(text[at])]
        if kind != CharacterKind.beyondASCII { return kind == CharacterKind.capital }
        return scalars.facts(of: decode(text, at).value).kind == CharacterKind.capital
    }

    /// The prefixes that, joined by a hyphen, say the opposite of what follows.
    private func isReversing(_ token: Token) -> Bool {
        token.length <= 4 && reversingPrefixes.contains(bytes(of: token))
    }

    /// A title before a name, whose point ends no sentence.
    private func isTitle(_ token: Token) -> Bool { token.length <= 5 && titles.contains(bytes(of: token)) }

    private func bytes(of token: Token) -> [UInt8] {
        Array(UnsafeBufferPointer(start: folded + Int(token.text), count: Int(token.length)))
    }
}

/// Eight bytes of text, each asked the same at once: the answers stand in the high bits of the bytes.
private struct EightBytes {
    let inSmalls: UInt64
    let capitals: UInt64
    let smalls: UInt64
    /// How many letters and digits they begin with.
    let wordLength: Int

    @inline(__always)
    init(_ bytes: UInt64) {
        let highBits: UInt64 = 0x8080_8080_8080_8080
        func every(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }
        // With its high bit set no byte borrows from the next, and keeps that bit if it is not less than what is taken away.
        func isBetween(_ some: UInt64, _ low: UInt64, _ end: UInt64) -> UInt64 {
            ((some | highBits) &- every(low)) & ~((some | highBits) &- every(end))
        }
        let isASCII = ~bytes & highBits
        let letters = isBetween(bytes | every(0x20), 0x61, 0x7B) & isASCII
        let digits = isBetween(bytes, 0x30, 0x3A) & isASCII
        smalls = letters & (bytes << 2)
        capitals = letters & ~(bytes << 2)
        inSmalls = bytes | letters >> 2
        wordLength = (~(letters | digits) & highBits).trailingZeroBitCount / 8
    }
}

private let reversingPrefixes = Set(["de", "non", "anti", "un", "dis"].map { Array($0.utf8) })
private let titles = Set(
    [
        "mr", "mrs", "ms", "dr", "prof", "gen", "lt", "maj", "col", "capt", "brig", "adm", "sgt", "sen", "rep", "gov",
        "amb", "st", "no", "vs", "jr", "sr", "dept", "govt",
    ].map { Array($0.utf8) })

/// The character at `at` of well-formed UTF-8, which is what a String gives.
@inline(__always)
private func decode(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> (value: UInt32, width: Int) {
    let lead = UInt32(text[at])
    func next(_ offset: Int) -> UInt32 { at + offset < text.count ? UInt32(text[at + offset] & 0x3F) : 0 }
    if lead < 0x80 { return (lead, 1) }
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | next(1), 2) }
    if lead < 0xF0 { return ((lead & 0x0F) << 12 | next(1) << 6 | next(2), 3) }
    return (min((lead & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 0x10FFFF), 4)
}
