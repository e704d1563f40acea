import CICU
import FeedModel

/// A word of a text, folded for comparison, and where it stands.
struct Token {
    /// Case, marks and letter variants folded.
    var word: String
    /// In code points of the field's text, end exclusive.
    var start: Int
    var end: Int
    /// All its letters are capitals, and there is one: what an acronym must be (watchlists 3.3).
    var isUpper: Bool
    /// Written with points between its letters, as U.S. is.
    var hasPoints: Bool
    /// Joined by a hyphen to a prefix that turns its meaning round, as in de-escalation (3.2).
    var isReversed: Bool
    var sentence: Int
    var paragraph: Int
}

/// A field's text as tokens.
struct TokenisedText {
    var tokens: [Token] = []
    /// The text has letters, and all are capitals.
    var isAllCapitals = false

    /// Words past this many are not looked at: the cost of an entry is bounded (S20).
    static let longest = 40_000

    init(_ text: String) {
        var scanner = TokenScanner()
        for scalar in text.unicodeScalars {
            scanner.take(scalar)
            if scanner.tokens.count >= Self.longest { break }
        }
        scanner.finish()
        tokens = scanner.tokens
        isAllCapitals = scanner.capitals > 3 && scanner.smalls == 0
    }
}

private struct TokenScanner {
    var tokens: [Token] = []
    var capitals = 0
    var smalls = 0
    private var position = 0
    private var word: [Unicode.Scalar] = []
    private var start = 0
    private var wordCapitals = 0
    private var wordLetters = 0
    private var sentence = 0
    private var paragraph = 0
    /// What stood between the last word and this one: nothing yet, a hyphen alone, or more.
    private var joint = Joint.other
    private var hasPoints = false
    private var pendingPoint = false
    private var pendingApostrophe = false

    private enum Joint { case none, hyphen, other }

    mutating func take(_ scalar: Unicode.Scalar) {
        defer { position += 1 }
        if isWordPart(scalar) {
            if pendingPoint {
                // A point between single letters belongs to an acronym; any other ended a word.
                pendingPoint = false
                if !(isSingleLetters && scalar.properties.isUppercase) { end(at: position - 1) }
            } else if pendingApostrophe {
                pendingApostrophe = false
                let isPossessive = scalar == "s" || scalar == "S"
                end(at: position - 1)
                if isPossessive {
                    isSkippingPossessive = true
                    return
                }
            }
            if isSkippingPossessive { isSkippingPossessive = false }
            if word.isEmpty { start = position }
            append(scalar)
            return
        }
        isSkippingPossessive = false
        switch scalar {
        case "." where !word.isEmpty && !pendingPoint && isSingleLetters:
            pendingPoint = true
            hasPoints = hasPoints || word.count > 0
            return
        case "'", "\u{2019}":
            if !word.isEmpty && !pendingPoint {
                pendingApostrophe = true
                return
            }
        default: break
        }
        // A point after one letter that begins no acronym ended the sentence.
        let endsSentence = pendingPoint && word.count == 1
        end(at: pendingPoint || pendingApostrophe ? position - 1 : position)
        if endsSentence { sentence += 1 }
        switch scalar {
        case "-", "\u{2010}", "\u{2011}": joint = joint == .none ? .hyphen : .other
        case "\n", "\u{2028}", "\u{2029}":
            joint = .other
            sentence += 1
            paragraph += 1
        case ".", "!", "?", "\u{06D4}", "\u{061F}", "\u{3002}", ";":
            joint = .other
            sentence += 1
        default: joint = .other
        }
    }

    private var isSkippingPossessive = false

    mutating func finish() { end(at: pendingPoint || pendingApostrophe ? position - 1 : position) }

    private var isSingleLetters: Bool { word.count == 1 || hasPoints }

    private mutating func append(_ scalar: Unicode.Scalar) {
        word.append(scalar)
        guard scalar.properties.isAlphabetic else { return }
        wordLetters += 1
        if scalar.properties.isUppercase {
            wordCapitals += 1
            capitals += 1
        } else if scalar.properties.isLowercase {
            smalls += 1
        }
    }

    private mutating func end(at end: Int) {
        defer {
            word = []
            wordCapitals = 0
            wordLetters = 0
            hasPoints = false
            pendingPoint = false
            pendingApostrophe = false
        }
        guard !word.isEmpty else { return }
        let folded = fold(word)
        guard !folded.isEmpty else { return }
        let isJoined = joint == .hyphen
        let isReversed = isJoined && (tokens.last.map { reversing.contains($0.word) } ?? false)
        tokens.append(
            Token(
                word: folded, start: start, end: end, isUpper: wordLetters > 0 && wordCapitals == wordLetters,
                hasPoints: hasPoints && word.count > 1, isReversed: isReversed, sentence: sentence, paragraph: paragraph
            ))
        joint = .none
    }
}

/// Prefixes that, joined by a hyphen, say the opposite of what follows.
private let reversing: Set<String> = ["de", "non", "anti", "un", "dis"]

private func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
        return (0x30...0x39).contains(scalar.value) || (0x41...0x5A).contains(scalar.value)
            || (0x61...0x7A).contains(scalar.value)
    }
    // Zero-width joiners and the tatweel stand inside words.
    if scalar.value == 0x200C || scalar.value == 0x200D { return true }
    let properties = scalar.properties
    return properties.isAlphabetic || properties.numericType != nil || properties.generalCategory == .nonspacingMark
        || properties.generalCategory == .spacingMark
}

/// A word folded for comparison: NFKC, case, marks, and the variants of Arabic-script letters (3.1).
func fold(_ scalars: [Unicode.Scalar]) -> String {
    if scalars.allSatisfy(\.isASCII) {
        var out = ""
        for scalar in scalars {
            let isCapital = (0x41...0x5A).contains(scalar.value)
            out.unicodeScalars.append(isCapital ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar)
        }
        return out
    }
    var text = ""
    for scalar in scalars.prefix(100) where !isIgnorable(scalar) { text.unicodeScalars.append(scalar) }
    var out = [CChar](repeating: 0, count: 1600)
    let count = text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { durbeen_icu_fold($0.baseAddress, $0.count, &out, out.count) }
    }
    let folded = String(decoding: out.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var unified = ""
    for scalar in folded.unicodeScalars where !isIgnorable(scalar) {
        unified.unicodeScalars.append(letterVariants[scalar] ?? scalar)
    }
    return unified
}

/// Marks that change nothing: harakat, tatweel, joiners.
private func isIgnorable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0640, 0x064B...0x065F, 0x0670, 0x200C, 0x200D, 0x200E, 0x200F: true
    default: false
    }
}

/// One letter for each that Urdu, Persian and Arabic keyboards write differently.
private let letterVariants: [Unicode.Scalar: Unicode.Scalar] = [
    "\u{064A}": "\u{06CC}", "\u{0649}": "\u{06CC}", "\u{0626}": "\u{06CC}", "\u{0643}": "\u{06A9}",
    "\u{0629}": "\u{06C1}", "\u{0647}": "\u{06C1}", "\u{06BE}": "\u{06C1}", "\u{06C0}": "\u{06C1}",
    "\u{06D5}": "\u{06C1}",
    "\u{0623}": "\u{0627}", "\u{0625}": "\u{0627}", "\u{0622}": "\u{0627}", "\u{0671}": "\u{0627}",
    "\u{0624}": "\u{0648}",
]
