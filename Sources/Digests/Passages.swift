import FeedModel

/// Finds the passage that shows best why an entry was chosen (I3): one to three sentences around the hits.
enum Passages {
    /// At most this many code points, ellipses aside.
    static let longest = 320
    private static let mostSentences = 3
    /// Text beyond this many code points is not searched; no feed entry that is news hides its point behind it.
    private static let searched = 40_000

    /// From the summary or the body of `entry`, whichever says more of `hits`. Where no hit lies in either, the beginning of
    /// the text, without the title if it starts with that. Empty if the entry has no text of its own.
    static func best(of entry: Entry, hits: [Hit]) -> Passage {
        let summary = Source(entry.summary, field: .summary, hits: hits, title: entry.title)
        let body = Source(entry.body, field: .body, hits: hits, title: entry.title)
        let windows = [summary.bestWindow, body.bestWindow].compactMap { $0 }
        // The summary goes first at equal worth: it is what the publisher thinks the entry says.
        if let first = windows.first {
            let best = windows.dropFirst().reduce(first) { $1.worth > $0.worth ? $1 : $0 }
            return best.source.passage(best.range)
        }
        for source in [summary, body] {
            if let passage = source.beginning { return passage }
        }
        return Passage()
    }

    /// A stretch of text with its worth: points of the labels found in it.
    struct Window {
        var source: Source
        var range: Range<Int>
        var worth: Double
    }

    struct Source {
        let text: [Unicode.Scalar]
        let hits: [Hit]
        /// Those that can be quoted.
        let sentences: [Range<Int>]

        init(_ text: String, field: EntryField, hits: [Hit], title: String) {
            let scalars = Array(text.unicodeScalars.prefix(searched))
            self.text = scalars
            // A hit that takes points off is no reason to read on. Spans are held against the text: they may be from elsewhere.
            self.hits = hits.filter {
                $0.field == field && $0.points >= 0 && $0.start >= 0 && $0.start < $0.end && $0.end <= scalars.count
            }.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
            sentences = PassageText(scalars).quotable(Sentences(scalars).ranges, after: title)
        }
    }
}

extension Passages.Source {
    /// The best run of sentences that holds a hit, or the surroundings of the best hit of a sentence that is too long.
    fileprivate var bestWindow: Passages.Window? {
        guard !hits.isEmpty else { return nil }
        var best: Passages.Window?
        var firstHit = 0
        for (index, sentence) in sentences.enumerated() {
            while firstHit < hits.count, hits[firstHit].end <= sentence.lowerBound { firstHit += 1 }
            guard firstHit < hits.count else { break }
            for last in index..<min(index + Passages.mostSentences, sentences.count) {
                let range = sentence.lowerBound..<sentences[last].upperBound
                guard range.count <= Passages.longest || last == index else { break }
                let window = self.window(range, firstHit: firstHit)
                if let window, window.worth > best?.worth ?? 0 { best = window }
            }
        }
        return best
    }

    /// `range`, or as much of it around its first weighty hit as fits, with its worth; nil without a hit inside.
    private func window(_ range: Range<Int>, firstHit: Int) -> Passages.Window? {
        let inside = hits[firstHit...].prefix { $0.start < range.upperBound }.filter { $0.end <= range.upperBound }
        guard let first = inside.first(where: { $0.points > 0 }) ?? inside.first else { return nil }
        let range = range.count <= Passages.longest ? range : cut(range, around: first.start)
        var labels: [String: Double] = [:]
        for hit in inside where range.contains(hit.start) && hit.end <= range.upperBound {
            labels[hit.label] = max(labels[hit.label] ?? 0, hit.points > 0 ? hit.points : 0.3)
        }
        // Of windows that say the same, the fuller one; the earlier one wins a tie by being met first. Sorted, because a sum of
        // fractions depends on its order and a dictionary has none.
        let worth = labels.values.sorted().reduce(0, +) + Double(range.count) / 10_000
        return Passages.Window(source: self, range: range, worth: worth)
    }

    /// The part of a long sentence in which the code point at `place` stands a third from the start, cut between words.
    private func cut(_ range: Range<Int>, around place: Int) -> Range<Int> {
        var from = max(range.lowerBound, place - Passages.longest / 3)
        var to = min(range.upperBound, from + Passages.longest)
        from = max(range.lowerBound, to - Passages.longest)
        if from > range.lowerBound, let space = (from..<min(from + 40, place)).first(where: { isWhite(text[$0]) }) {
            from = space + 1
        }
        let lastCut = max(place + 1, to - 40)
        if to < range.upperBound, lastCut < to, let space = (lastCut..<to).last(where: { isWhite(text[$0]) }) {
            to = space
        }
        return from..<max(to, from)
    }

    /// The first sentences, with what marks there are; nil if there is none.
    fileprivate var beginning: Passage? {
        guard let first = sentences.first else { return nil }
        var range = first
        for next in sentences.dropFirst().prefix(Passages.mostSentences - 1) {
            guard next.upperBound - first.lowerBound <= Passages.longest else { break }
            range = first.lowerBound..<next.upperBound
        }
        if range.count > Passages.longest { range = cut(range, around: range.lowerBound) }
        let passage = passage(range)
        return passage.text.isEmpty ? nil : passage
    }

    /// The text of `range` cleaned into one line, with its hits moved along.
    fileprivate func passage(_ range: Range<Int>) -> Passage {
        var out = String.UnicodeScalarView()
        var length = 0
        var placeOf = [Int](repeating: 0, count: range.count + 1)
        func append(_ scalar: Unicode.Scalar) {
            out.append(scalar)
            length += 1
        }
        if startsInside(range) { append("…") }
        var pendingSpace = false
        for at in range {
            let role = TextRole(text[at])
            if role == .shown, pendingSpace {
                if length > 0 { append(" ") }
                pendingSpace = false
            }
            placeOf[at - range.lowerBound] = length
            switch role {
            case .shown: append(text[at])
            case .space: pendingSpace = true
            case .hidden: break
            }
        }
        placeOf[range.count] = length
        if endsInside(range) { append("…") }
        var marks: [Range<Int>] = []
        for hit in hits where hit.start >= range.lowerBound && hit.end <= range.upperBound {
            let (start, end) = (placeOf[hit.start - range.lowerBound], placeOf[hit.end - range.lowerBound])
            add(start..<max(start, end), to: &marks)
        }
        return Passage(String(out), marks: trimmed(marks, in: Array(out)))
    }

    /// True where a sentence was cut at its beginning.
    private func startsInside(_ range: Range<Int>) -> Bool {
        sentences.contains { $0.lowerBound < range.lowerBound && range.lowerBound < $0.upperBound }
            && range.lowerBound > 0 && isWhite(text[range.lowerBound - 1])
            && !sentences.contains { $0.lowerBound == range.lowerBound } && hits.contains { range.contains($0.start) }
    }

    private func endsInside(_ range: Range<Int>) -> Bool {
        sentences.contains { $0.lowerBound < range.upperBound && range.upperBound < $0.upperBound }
    }

    /// Hits come in order of their start; what overlaps or touches becomes one mark.
    private func add(_ mark: Range<Int>, to marks: inout [Range<Int>]) {
        guard !mark.isEmpty else { return }
        if let last = marks.last, mark.lowerBound < last.upperBound {
            marks[marks.count - 1] = last.lowerBound..<max(last.upperBound, mark.upperBound)
        } else {
            marks.append(mark)
        }
    }

    /// The end of a hit before a space lands after that space: marks hold words, not the blanks around them.
    private func trimmed(_ marks: [Range<Int>], in out: [Unicode.Scalar]) -> [Range<Int>] {
        marks.compactMap { mark in
            var (from, to) = (mark.lowerBound, min(mark.upperBound, out.count))
            while from < to, out[from] == " " { from += 1 }
            while to > from, out[to - 1] == " " { to -= 1 }
            return from < to ? from..<to : nil
        }
    }
}
