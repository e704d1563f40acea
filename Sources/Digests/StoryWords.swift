private import CICU

/// Text as the words that events are told apart by: folded, without endings, synonyms of the news trade under one name, words
/// that say nothing left out. English; words of other scripts are folded only.
enum StoryWords {
    /// The words of `text` in order, at most `limit`.
    static func of(_ text: String, limit: Int = .max) -> [String] {
        var words: [String] = []
        for raw in rawWords(text) {
            guard words.count < limit else { break }
            if let number = numbers[raw] {
                words.append(number)
                continue
            }
            guard !silent.contains(raw), raw.utf8.count > 1 || isNumber(raw) else { continue }
            words.append(root(of: raw))
        }
        return words
    }

    /// The words as they stand, in lower case: letters and digits, apostrophes dropped with the `s` behind them, "U.S." as "us".
    static func rawWords(_ text: String) -> [String] {
        var words: [String] = []
        var word: [Unicode.Scalar] = []
        var isASCII = true
        func isLetter(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || scalar.properties.generalCategory == .nonspacingMark
        }
        func finish() {
            defer {
                word = []
                isASCII = true
            }
            guard !word.isEmpty else { return }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: word)
            words.append(isASCII ? String(view) : folded(String(view)))
        }
        let scalars = Array(text.lowercased().unicodeScalars)
        var at = 0
        while at < scalars.count {
            let scalar = scalars[at]
            if isLetter(scalar) {
                word.append(scalar)
                if scalar.value > 0x7F { isASCII = false }
            } else if scalar == "'" || scalar == "\u{2019}" {
                let isPossessive =
                    at + 1 < scalars.count && scalars[at + 1] == "s"
                    && (at + 2 == scalars.count || !isLetter(scalars[at + 2]))
                if isPossessive { at += 1 }
            } else if scalar == ".", word.count <= 3, isAbbreviation(scalars, at) {
                // The dot inside "U.S." parts nothing.
            } else {
                finish()
            }
            at += 1
        }
        finish()
        return words
    }

    /// Whether the dot at `place` stands after a single letter and before another that has a dot behind it.
    private static func isAbbreviation(_ text: [Unicode.Scalar], _ place: Int) -> Bool {
        func isSingle(_ at: Int) -> Bool {
            text.indices.contains(at) && text[at].properties.isAlphabetic
                && (!text.indices.contains(at - 1) || !text[at - 1].properties.isAlphabetic)
                && (!text.indices.contains(at + 1) || !text[at + 1].properties.isAlphabetic)
        }
        return isSingle(place - 1)
            && (isSingle(place + 1) || !text.indices.contains(place + 1) || text[place + 1] == " ")
    }

    private static func folded(_ word: String) -> String {
        let bytes = Array(word.utf8)
        var out = [UInt8](repeating: 0, count: bytes.count * 4 + 16)
        let count = bytes.withUnsafeBytes { from in
            out.withUnsafeMutableBytes { to in
                durbeen_icu_fold(
                    from.bindMemory(to: CChar.self).baseAddress, from.count, to.bindMemory(to: CChar.self).baseAddress,
                    to.count)
            }
        }
        return count > 0 ? String(decoding: out.prefix(count), as: UTF8.self) : word
    }

    static func isNumber(_ word: String) -> Bool { word.utf8.allSatisfy { (0x30...0x39).contains($0) } }

    /// A word without its ending, under the name of its synonyms.
    static func root(of word: String) -> String {
        if let country = countries[word] { return country }
        guard word.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) else { return word }
        let stem = stem(word)
        return synonyms[stem] ?? stem
    }

    /// A light stemmer: news differs in number and tense, hardly in more.
    private static func stem(_ word: String) -> String {
        var letters = Array(word.utf8)
        func ends(_ ending: String) -> Bool {
            letters.count > ending.utf8.count && letters.suffix(ending.utf8.count).elementsEqual(ending.utf8)
        }
        guard letters.count > 4 else { return word }
        if ends("ies") { return String(word.dropLast(3)) + "y" }
        if ends("ing"), letters.count > 6 {
            letters.removeLast(3)
        } else if ends("ed"), letters.count > 5 {
            letters.removeLast(2)
        } else if ends("es"), letters.count > 5 {
            letters.removeLast(2)
        } else if ends("s"), !ends("ss") {
            letters.removeLast()
        }
        if ends("e"), letters.count > 4 { letters.removeLast() }
        if letters.count > 4, letters[letters.count - 1] == letters[letters.count - 2] { letters.removeLast() }
        return String(decoding: letters, as: UTF8.self)
    }

    /// How common a root is in news, as the share of entries that have it: measured once over some 8,700 entries of newspapers and
    /// agencies, in four steps. Keeps rare words apart from common ones while there are few entries to count in.
    static func usualShare(of root: String) -> Double { usual[root] ?? 0.0005 }

    private static let usual: [String: Double] = {
        var shares: [String: Double] = [:]
        for (words, share) in [(everywhere, 0.06), (frequent, 0.025), (common, 0.009)] {
            for word in words.split(separator: " ") { shares[String(word)] = share }
        }
        return shares
    }()

    private static let synonyms: [String: String] = {
        var roots: [String: String] = [:]
        for group in synonymGroups.split(separator: ";") {
            let words = group.split(separator: " ").map { stem(String($0)) }
            for word in words { roots[word] = words[0] }
        }
        return roots
    }()

    private static let countries: [String: String] = {
        var names: [String: String] = [:]
        for pair in (nationalities + " " + metonyms).split(separator: " ") {
            let parts = pair.split(separator: ":")
            if parts.count == 2 { names[String(parts[0])] = String(parts[1]) }
        }
        return names
    }()

    private static let numbers = [
        "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
        "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
    ]
}
