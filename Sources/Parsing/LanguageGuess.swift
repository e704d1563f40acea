/// The language of a text by its script and its letters, and of Latin script by the little words that every English text
/// is full of. Says nothing rather than something wrong: a headline of three names has no language.
enum LanguageGuess {
    /// A BCP 47 tag of what the texts, one behind the other, are written in; nil where they do not tell.
    static func language(of texts: [String]) -> String? {
        let text = beginning(of: texts)
        let counts = Counts(text)
        guard counts.letters >= leastLetters else { return nil }
        if counts.isArabic { return arabicScript(counts) }
        if counts.latin * 10 >= counts.letters * 9 { return isEnglish(text) ? "en" : nil }
        let scripts = [
            ("hi", counts.devanagari), ("bn", counts.bengali), ("ru", counts.cyrillic), ("ko", counts.hangul),
            ("ja", counts.kana * 3), ("zh", counts.kana == 0 ? counts.han : 0),
        ]
        return scripts.first { $0.1 * 10 >= counts.letters * 6 }?.0
    }

    /// The language of texts in Arabic script; nil for texts in any other. Tells where such a text was declared to be
    /// English: what a content system says that nobody told about the language of its site.
    static func ofArabicScript(_ texts: [String]) -> String? {
        let counts = Counts(beginning(of: texts))
        return counts.letters >= leastLetters && counts.isArabic ? arabicScript(counts) : nil
    }

    private static let leastLetters = 12
    /// The beginning tells as well as the whole.
    private static let mostScalars = 2000

    /// The scalars that are looked at, none of which has more than four bytes.
    private static func beginning(of texts: [String]) -> String {
        texts.map { $0.prefix(bytes: 4 * mostScalars) }.joined(separator: "\n")
    }

    /// Whether among the scalars that are looked at there may be one of Arabic script, by the first bytes of its characters
    /// and signs: nearly no text that is declared to be English has any.
    static func mayBeArabic(_ text: String) -> Bool {
        if text.utf8Span.isKnownASCII { return false }
        return text.utf8Span.span.withUnsafeBufferPointer { bytes in
            let bytes = bytes[slice: 0..<min(bytes.count, 4 * mostScalars)]
            var at = endOfASCII(in: bytes)
            while at < bytes.count {
                if (0xD8...0xDD).contains(bytes[at]) || bytes[at] == 0xEF { return true }
                at += 1
                if at < bytes.count, bytes[at] < 0x80 { at = endOfASCII(in: bytes, from: at) }
            }
            return false
        }
    }

    private struct Counts {
        var letters = 0, latin = 0, arabic = 0, devanagari = 0, bengali = 0, cyrillic = 0, hangul = 0, kana = 0, han = 0
        /// Letters that only Urdu has, and so on.
        var urdu = 0, arabicOnly = 0, persian = 0, pashto = 0, sindhi = 0

        var isArabic: Bool { arabic * 10 >= letters * 6 }

        init(_ text: String) {
            var left = mostScalars
            for scalar in text.unicodeScalars {
                guard left > 0 else { break }
                left -= 1
                // Nearly all scalars are of this kind, and asking Unicode's tables takes fifty times as long.
                if scalar.value < 0x80 {
                    let isLetter = UInt8(truncatingIfNeeded: scalar.value).isLetter
                    letters += isLetter ? 1 : 0
                    latin += isLetter ? 1 : 0
                    continue
                }
                guard scalar.properties.isAlphabetic else { continue }
                letters += 1
                switch scalar.value {
                case 0x41...0x24F: latin += 1
                case 0x0600...0x06FF, 0x0750...0x077F, 0xFB50...0xFDFF, 0xFE70...0xFEFC:
                    arabic += 1
                    count(arabicLetter: scalar.value)
                case 0x0900...0x097F: devanagari += 1
                case 0x0980...0x09FF: bengali += 1
                case 0x0400...0x04FF: cyrillic += 1
                case 0xAC00...0xD7AF: hangul += 1
                case 0x3040...0x30FF: kana += 1
                case 0x4E00...0x9FFF: han += 1
                default: break
                }
            }
        }

        private mutating func count(arabicLetter: UInt32) {
            switch arabicLetter {
            // tteh, ddal, rreh, noon ghunna, heh goal, heh doachashmee, yeh barree
            case 0x0679, 0x0688, 0x0691, 0x06BA, 0x06C1, 0x06BE, 0x06D2: urdu += 1
            // teh marbuta, kaf, alef maksura, yeh
            case 0x0629, 0x0643, 0x0649, 0x064A: arabicOnly += 1
            // peh, tcheh, jeh, gaf, keheh, Farsi yeh
            case 0x067E, 0x0686, 0x0698, 0x06AF, 0x06A9, 0x06CC: persian += 1
            case 0x067C, 0x0689, 0x0693, 0x069A, 0x0696, 0x0681, 0x0685, 0x06D0, 0x06CD: pashto += 1
            case 0x06AA, 0x06B3, 0x067F, 0x0680, 0x067D, 0x06BB: sindhi += 1
            default: break
            }
        }
    }

    private static func arabicScript(_ counts: Counts) -> String? {
        let share = counts.arabic / 50
        if counts.sindhi > share { return "sd" }
        if counts.pashto > share { return "ps" }
        if counts.urdu > share { return "ur" }
        if counts.persian > share && counts.arabicOnly <= counts.persian / 4 { return "fa" }
        return counts.arabicOnly > share ? "ar" : nil
    }

    /// At least every seventh word, and two at least, is one of English's own.
    private static func isEnglish(_ text: String) -> Bool {
        var words = 0
        var english = 0
        var word = Word()
        func end() {
            guard word.length > 0 else { return }
            words += 1
            if word.length <= Word.longest, englishWords.contains(word.letters) { english += 1 }
            word = Word()
        }
        var text = text
        text.withUTF8 { bytes in
            for byte in bytes.prefix(4000) {
                if byte.isLetter || byte >= 0x80 { word.add(byte.lowercased) } else { end() }
            }
        }
        end()
        return english >= 2 && english * 7 >= words
    }

    /// A short word as a number: its bytes, the last one lowest. Of a longer one only the length means something.
    private struct Word {
        static let longest = 5
        var letters: UInt64 = 0
        var length = 0

        mutating func add(_ byte: UInt8) {
            letters = letters << 8 | UInt64(byte)
            length += 1
        }
    }

    /// None of them is as common in another language that is written in Latin letters.
    private static let englishWords = Set(
        """
        the of and to is that for with was on as are by this from have has had not but they which their its it you his her \
        will would can could at were been who what when where how why than after over about into our your
        """.split(separator: " ").map { word in
            var packed = Word()
            for byte in word.utf8 { packed.add(byte) }
            return packed.letters
        })
}
