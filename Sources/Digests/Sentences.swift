/// Where the sentences of plain text lie. Written for headlines and reports in English and Urdu, where ICU's rules end a
/// sentence after "the U.S." and "Gen. Munir".
struct Sentences {
    /// In code points of the text, ascending; white space between sentences belongs to none.
    let ranges: [Range<Int>]

    init(_ text: [Unicode.Scalar]) {
        var ranges: [Range<Int>] = []
        var start = 0
        var at = 0
        func add(upTo end: Int) {
            var (from, to) = (start, end)
            while from < to, isWhite(text[from]) { from += 1 }
            while to > from, isWhite(text[to - 1]) { to -= 1 }
            if from < to { ranges.append(from..<to) }
        }
        while at < text.count {
            if text[at] == "\n" {
                add(upTo: at)
                start = at + 1
            } else if let end = Sentences.end(at: at, in: text) {
                add(upTo: end)
                start = end
                at = end - 1
            }
            at += 1
        }
        add(upTo: text.count)
        self.ranges = ranges
    }

    /// If the mark at `at` ends a sentence: the place after it and the quotes and brackets that close with it.
    private static func end(at: Int, in text: [Unicode.Scalar]) -> Int? {
        switch text[at] {
        case "۔", "؟", "。", "！", "？", "।": return closed(after: at + 1, in: text)
        case ".", "!", "?", "…": break
        default: return nil
        }
        let end = closed(after: at + 1, in: text)
        guard end == text.count || isWhite(text[end]) else { return nil }
        var next = end
        while next < text.count, isWhite(text[next]) { next += 1 }
        guard next < text.count else { return end }
        if text[next].properties.isLowercase { return nil }
        if text[at] == ".", end == at + 1, isAbbreviated(before: at, in: text) { return nil }
        return end
    }

    private static func closed(after place: Int, in text: [Unicode.Scalar]) -> Int {
        var end = place
        while end < text.count, "\"'\u{2019}\u{201D})].!?…".unicodeScalars.contains(text[end]) { end += 1 }
        return end
    }

    /// One letter ("U.S.", "J. Doe") or a short form that a name follows.
    private static func isAbbreviated(before dot: Int, in text: [Unicode.Scalar]) -> Bool {
        var from = dot
        while from > 0, dot - from < 8, text[from - 1].properties.isAlphabetic { from -= 1 }
        var word = String.UnicodeScalarView()
        word.append(contentsOf: text[from..<dot])
        return dot - from == 1 || abbreviations.contains(String(word).lowercased())
    }

    private static let abbreviations: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "gen", "lt", "maj", "col", "capt", "brig", "adm", "sen", "rep", "gov", "amb",
        "st", "no",
        "vs", "dept", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "hon", "rs",
        "vol", "eg",
        "ie", "approx", "fig",
    ]
}

func isWhite(_ scalar: Unicode.Scalar) -> Bool { TextRole(scalar) == .space }
