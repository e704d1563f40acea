/// A text as the words by which two forms of it are compared: in small letters, without punctuation and vowel marks, and without
/// what changes while the text stays: addresses' parameters, counters, ages and the dates of stamps.
struct ComparableText {
    struct Word {
        var folded: String
        /// Where it stands in the text.
        var place: Range<String.Index>
    }

    /// The words that count, in order.
    private(set) var words: [Word] = []

    /// Words beyond this are not compared: some 64 KiB of prose.
    static let most = 12_000

    /// - Parameter isTitle: in a title a date is part of what is said.
    init(_ text: String, isTitle: Bool = false) {
        var line: [Word] = []
        var at = text.startIndex
        while at < text.endIndex, words.count + line.count < Self.most {
            let scalar = text.unicodeScalars[at]
            if scalar == "\n" {
                words += Stamps.removed(from: line, isTitle: isTitle)
                line = []
                at = text.unicodeScalars.index(after: at)
            } else if let end = addressEnd(in: text, from: at) {
                line.append(Word(folded: addressName(text[at..<end]), place: at..<end))
                at = end
            } else if isWord(scalar) {
                let word = word(in: text, from: at)
                line.append(word)
                at = word.place.upperBound
            } else {
                at = text.unicodeScalars.index(after: at)
            }
        }
        words += Stamps.removed(from: line, isTitle: isTitle)
    }

    var folded: [String] { words.map(\.folded) }

    /// Whether only words that do not count set the two apart.
    func says(theSameAs other: ComparableText) -> Bool {
        words.count == other.words.count && zip(words, other.words).allSatisfy { $0.folded == $1.folded }
    }
}

extension ComparableText {
    private func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return isAlphanumeric(UInt8(scalar.value)) }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil || isMark(scalar)
    }

    private func isMark(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .nonspacingMark }

    private func word(in text: String, from start: String.Index) -> Word {
        let scalars = text.unicodeScalars
        var folded = String.UnicodeScalarView()
        var at = start
        while at < text.endIndex {
            let scalar = scalars[at]
            let next = scalars.index(after: at)
            if isWord(scalar) {
                if !isMark(scalar) { folded.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars) }
            } else if let after = next < text.endIndex ? scalars[next] : nil, isWord(after),
                joins(scalar, folded.last, after)
            {
                // The comma of 1,200 and the apostrophe of don't say nothing; the point of 3.5 and the colon of 10:30 do.
                if scalar == "." || scalar == ":" { folded.append(scalar) }
            } else {
                break
            }
            at = next
        }
        return Word(folded: String(folded), place: start..<at)
    }

    /// Whether `scalar` stands inside one word.
    private func joins(_ scalar: Unicode.Scalar, _ before: Unicode.Scalar?, _ after: Unicode.Scalar) -> Bool {
        switch scalar {
        case "'", "\u{2019}", "\u{200C}": true
        case ",", ".", ":": before.map(isDigit) == true && isDigit(after)
        default: false
        }
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.numericType == .decimal }

    private func addressEnd(in text: String, from at: String.Index) -> String.Index? {
        let rest = text[at...]
        guard rest.utf8.starts(with: "http://".utf8) || rest.utf8.starts(with: "https://".utf8) else { return nil }
        return rest.unicodeScalars.firstIndex { $0.properties.isWhitespace } ?? text.endIndex
    }

    /// Without parameters and fragment, which follow readers and name no other page.
    private func addressName(_ address: Substring) -> String {
        String(address.prefix { $0 != "?" && $0 != "#" }).lowercased()
    }
}

/// What stands in texts to say how old they are or how often they were read: "Updated 26 Nov 2026, 10:30", "12 comments".
private enum Stamps {
    /// The words of a line without its stamps.
    static func removed(from line: [ComparableText.Word], isTitle: Bool) -> [ComparableText.Word] {
        guard line.contains(where: { $0.folded.first?.isNumber == true }) else { return line }
        // A line of little else than a date, as below a headline.
        let dated = line.count { isDated($0.folded) || heads.contains($0.folded) }
        let isStamp = line.contains { heads.contains($0.folded) || $0.folded.contains(":") }
        if !isTitle, isStamp, line.count <= 10, dated * 2 > line.count { return [] }
        var kept: [ComparableText.Word] = []
        var at = 0
        while at < line.count {
            let length = stampLength(line[at...])
            if length == 0 { kept.append(line[at]) }
            at += max(1, length)
        }
        return kept
    }

    /// How many words from the first on are a stamp.
    private static func stampLength(_ words: ArraySlice<ComparableText.Word>) -> Int {
        let folded = words.prefix(12).map(\.folded)
        guard let first = folded.first else { return 0 }
        func isNumber(_ at: Int) -> Bool { at < folded.count && folded[at].first?.isNumber == true }
        if isNumber(0), folded.count > 1, counted.contains(folded[1]) { return 2 }
        if counted.contains(first), isNumber(1) { return 2 }
        if isNumber(0), folded.count > 2, spans.contains(folded[1]), folded[2] == "ago" { return 3 }
        guard heads.contains(first), folded.count > 1 else { return 0 }
        let dates = folded.dropFirst().prefix { isDated($0) || $0 == "on" || $0 == "at" || heads.contains($0) }
        return dates.contains { $0.first?.isNumber == true } ? 1 + dates.count : 0
    }

    private static func isDated(_ word: String) -> Bool {
        word.first?.isNumber == true || calendar.contains(word)
    }

    private static let heads: Set<String> = ["updated", "published", "posted", "modified", "last", "update"]
    private static let counted: Set<String> = [
        "comment", "comments", "like", "likes", "retweets", "replies", "pageviews", "reactions",
    ]
    private static let spans: Set<String> = [
        "second", "seconds", "minute", "minutes", "min", "mins", "hour", "hours", "hr", "hrs", "day", "days", "week",
        "weeks",
    ]
    private static let calendar: Set<String> = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "monday",
        "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed", "thu", "fri", "sat",
        "sun", "am", "pm", "pkt", "pst", "gmt", "utc", "est", "edt", "ist", "et",
    ]
}
