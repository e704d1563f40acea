/// Where the text of an entry begins and ends that is worth quoting: feeds repeat the title before it, and publishing systems write
/// lines of their own around it.
struct PassageText {
    private let text: [Unicode.Scalar]

    init(_ text: [Unicode.Scalar]) { self.text = text }

    /// The sentences among `ranges` as far as they are the publisher's own text.
    func quotable(_ ranges: [Range<Int>], after title: String) -> [Range<Int>] {
        let start = endOfByline(from: endOfTitle(title))
        let end = startOfTrailer ?? text.count
        return ranges.compactMap { range in
            let (from, to) = (max(range.lowerBound, start), min(range.upperBound, end))
            guard from < to, !isInvitation(from..<to) else { return nil }
            return from..<to
        }
    }

    /// Behind the title, if most of it stands at the beginning: aggregators lengthen titles, feeds shorten them.
    private func endOfTitle(_ title: String) -> Int {
        let title = Array(title.unicodeScalars)
        let shared = zip(title, text).prefix { $0 == $1 }.count
        guard shared >= 20 || shared == title.count, shared * 10 >= title.count * 7, shared > 0 else { return 0 }
        // A word that goes on is not the end of a title.
        guard shared == text.count || !isWordPart(text[shared]) else { return 0 }
        let end = skipped(from: shared)
        // "Pakistan, US agree" goes on where a title "Pakistan" ends, as does "Pakistan the other ally".
        guard !text[shared..<end].contains(where: { ",\u{60C}".unicodeScalars.contains($0) }) else { return 0 }
        return end < text.count && text[end].properties.isLowercase ? 0 : end
    }

    /// Behind "Submitted by Jane Doe on Fri, 08/21/2026 - 21:54", which Drupal puts before a text.
    private func endOfByline(from start: Int) -> Int {
        guard starts(with: "Submitted by ", at: start) else { return start }
        let last = min(text.count, start + 120) - 8
        for at in stride(from: start, through: last, by: 1) where starts(with: " - ", at: at) && text[at + 5] == ":" {
            let digits = [at + 3, at + 4, at + 6, at + 7].map { text[$0] }
            if digits.allSatisfy({ ("0"..."9").contains($0) }) { return skipped(from: at + 8) }
        }
        return start
    }

    /// Where "The post … appeared first on …" begins, which WordPress puts behind a text.
    private var startOfTrailer: Int? {
        guard text.count > 30 else { return nil }
        let from = max(0, text.count - 600)
        guard (from..<text.count).contains(where: { starts(with: " appeared first on ", at: $0) }) else { return nil }
        return (from..<text.count).last { starts(with: "The post ", at: $0) }
    }

    /// "Read more", "Continue reading": an invitation to the page, and nothing to quote.
    private func isInvitation(_ range: Range<Int>) -> Bool {
        guard range.count < 120 else { return false }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text[range])
        let sentence = String(view).lowercased()
        return Self.invitations.contains { sentence.hasPrefix($0) }
    }

    private static let invitations = [
        "read more", "read full", "read the full", "read on", "continue reading", "click here", "[read more", "» read",
    ]

    private func skipped(from place: Int) -> Int {
        var place = place
        while place < text.count, !isWordPart(text[place]), !isOpening(text[place]) { place += 1 }
        return place
    }

    private func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    private func isOpening(_ scalar: Unicode.Scalar) -> Bool { "\"\u{201C}\u{2018}'(".unicodeScalars.contains(scalar) }

    private func starts(with word: String, at place: Int) -> Bool {
        let word = word.unicodeScalars
        return place + word.count <= text.count && text[place..<place + word.count].elementsEqual(word)
    }
}
