import CICU

/// What a character is to the tokeniser.
enum CharacterKind {
    // The first four are parts of words; the tokeniser relies on their order.
    static let digit: UInt8 = 0
    static let small: UInt8 = 1
    static let capital: UInt8 = 2
    /// A letter or mark without case.
    static let letter: UInt8 = 3
    static let lastWordPart = letter
    /// A word by itself, as in Chinese, which sets no spaces.
    static let ideograph: UInt8 = 4
    static let other: UInt8 = 5
    static let point: UInt8 = 6
    /// Ends a sentence.
    static let stop: UInt8 = 7
    static let hyphen: UInt8 = 8
    static let newline: UInt8 = 9
    static let apostrophe: UInt8 = 10
    /// The byte begins a character of several bytes.
    static let beyondASCII: UInt8 = 11
}

/// What every character folds to and what it is to the tokeniser: for ASCII by byte, beyond it by pages of 256 characters
/// that are filled when first met.
///
/// Folding is NFKC and case folding (UAX 31), then decomposition without marks, then one letter for each that Urdu, Persian
/// and Arabic keyboards write differently. After marks are dropped none of this depends on a character's neighbours, so it
/// can be kept by character.
final class ScalarTable {
    struct Facts {
        var kind = CharacterKind.other
        /// Where the folded bytes stand in `folded`.
        var count: UInt8 = 0
        var offset: UInt32 = 0
    }

    /// By byte: the kind, and what an ASCII letter or digit folds to.
    let kinds: UnsafeMutablePointer<UInt8>
    let smallLetters: UnsafeMutablePointer<UInt8>
    private var pages: [[Facts]] = Array(repeating: [], count: 0x1100)
    private(set) var folded: [UInt8] = []

    init() {
        kinds = .allocate(capacity: 256)
        smallLetters = .allocate(capacity: 256)
        for byte in 0..<256 {
            let scalar = Unicode.Scalar(UInt8(byte))
            kinds[byte] = byte < 0x80 ? Self.kind(of: scalar) : CharacterKind.beyondASCII
            smallLetters[byte] = (0x41...0x5A).contains(byte) ? UInt8(byte + 32) : UInt8(byte)
        }
    }

    deinit {
        kinds.deallocate()
        smallLetters.deallocate()
    }

    func facts(of scalar: UInt32) -> Facts {
        let page = Int(scalar >> 8)
        if pages[page].isEmpty { fill(page) }
        return pages[page][Int(scalar & 0xFF)]
    }

    private func fill(_ page: Int) {
        pages[page] = (0..<256).map { low in
            guard let scalar = Unicode.Scalar(UInt32(page << 8 | low)) else { return Facts() }
            var facts = Facts(kind: Self.kind(of: scalar), offset: UInt32(folded.count))
            if facts.kind <= CharacterKind.ideograph {
                let bytes = Self.fold(scalar)
                // A name for it in one "word" of more than this is a ligature of ligatures; no watch spells it out.
                facts.count = UInt8(min(bytes.count, 64))
                folded += bytes.prefix(64)
            }
            return facts
        }
    }
}

extension ScalarTable {
    private static func kind(of scalar: Unicode.Scalar) -> UInt8 {
        switch scalar {
        case "0"..."9": return CharacterKind.digit
        case ".": return CharacterKind.point
        case "!", "?", ";", "\u{06D4}", "\u{061F}", "\u{3002}", "\u{0964}": return CharacterKind.stop
        case "-", "\u{2010}", "\u{2011}": return CharacterKind.hyphen
        case "\n", "\u{2028}", "\u{2029}": return CharacterKind.newline
        case "'", "\u{2019}": return CharacterKind.apostrophe
        // Joiners, soft hyphens and direction marks stand inside words and mean nothing.
        case "\u{00AD}", "\u{200C}"..."\u{200F}": return CharacterKind.letter
        default: break
        }
        let properties = scalar.properties
        if properties.isIdeographic || (0x3040...0x30FF).contains(scalar.value) { return CharacterKind.ideograph }
        if properties.isUppercase { return CharacterKind.capital }
        if properties.isLowercase { return CharacterKind.small }
        if properties.isAlphabetic { return CharacterKind.letter }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark: return CharacterKind.letter
        default: return properties.numericType != nil ? CharacterKind.digit : CharacterKind.other
        }
    }

    private static func fold(_ scalar: Unicode.Scalar) -> [UInt8] {
        if isIgnorable(scalar) { return [] }
        // Digits of other scripts: ۱۶ is 16.
        if scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue {
            return Array(String(Int(value)).utf8)
        }
        var out = [CChar](repeating: 0, count: 128)
        let bytes = Array(String(scalar).utf8)
        let count = bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { durbeen_icu_fold($0.baseAddress, $0.count, &out, out.count) }
        }
        let folded = String(decoding: out.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var unified = ""
        for scalar in folded.unicodeScalars where !isIgnorable(scalar) {
            unified.unicodeScalars.append(letterVariants[scalar] ?? scalar)
        }
        return Array(unified.utf8)
    }

    /// Marks that change nothing: harakat, tatweel, joiners.
    private static func isIgnorable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x0640, 0x064B...0x065F, 0x0670, 0x200C...0x200F: true
        default: false
        }
    }

    /// One letter for each that Urdu, Persian and Arabic keyboards write differently.
    private static let letterVariants: [Unicode.Scalar: Unicode.Scalar] = [
        "\u{064A}": "\u{06CC}", "\u{0649}": "\u{06CC}", "\u{0626}": "\u{06CC}",
        "\u{0643}": "\u{06A9}", "\u{0629}": "\u{06C1}", "\u{0647}": "\u{06C1}", "\u{06BE}": "\u{06C1}",
        "\u{06C0}": "\u{06C1}", "\u{06D5}": "\u{06C1}", "\u{0623}": "\u{0627}", "\u{0625}": "\u{0627}",
        "\u{0622}": "\u{0627}", "\u{0671}": "\u{0627}", "\u{0624}": "\u{0648}",
    ]
}
