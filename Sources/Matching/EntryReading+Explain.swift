import FeedModel

extension EntryReading {
    /// Everything that a watch found, and what it makes of it.
    func explanation(ofWatch number: Int, asksSource: Bool = true) -> WatchExplanation {
        let watch = program.watches[number]
        var places: [FoundPlace] = []
        let score = score(ofWatch: number) { places.append($0) }
        for gate in watch.musts where holds(gate.node) {
            for occurrence in occurrences(of: gate.node).prefix(8) {
                places.append(FoundPlace(line: gate.line, occurrence: occurrence, points: 0))
            }
        }
        let refusal = refusal(ofWatch: number, score: score, asksSource: asksSource)
        var texts = FieldTexts(self)
        return WatchExplanation(
            watch: watch.watch, score: score, refusal: refusal.map { inWords($0, watch, &texts) },
            hits: places.map { texts.hit($0, label: $0.weighted.flatMap { watch.lines[$0].label }) })
    }

    private func inWords(
        _ refusal: Refusal, _ watch: CompiledWatch, _ texts: inout FieldTexts
    ) -> WatchExplanation.Refusal {
        switch refusal {
        case .scope(let line): .outOfScope(line: line)
        case .language(let line): .wrongLanguage(line: line)
        case .muted(let line): .muted(line: line)
        case .must(let line): .mustFailed(line: line)
        case .never(let line, let node):
            .vetoed(line: line, words: occurrences(of: node).first.map { texts.span(of: $0).text } ?? "")
        case .score(let score): .tooLow(score: score, threshold: watch.watch.threshold)
        }
    }
}

/// The texts of an entry's fields, from which the words of a place are cut; each is laid out once.
private struct FieldTexts {
    private let reading: EntryReading
    private var texts: [UInt8: FieldText] = [:]

    init(_ reading: EntryReading) { self.reading = reading }

    mutating func hit(_ place: FoundPlace, label: String?) -> Hit {
        let points = (place.points * 100).rounded() / 100
        guard let occurrence = place.occurrence else {
            return Hit(line: place.line, field: .title, start: 0, end: 0, text: "", points: points, label: label)
        }
        let span = span(of: occurrence)
        let field = EntryField.reading[Int(reading.token(occurrence).field)]
        return Hit(
            line: place.line, field: field, start: span.start, end: span.end, text: span.text, points: points,
            label: label)
    }

    /// Where an occurrence stands in its field's text, in code points, and its words as the entry has them.
    mutating func span(of occurrence: Occurrence) -> (start: Int, end: Int, text: String) {
        let first = reading.token(occurrence)
        let last = reading.buffer.tokens[Int(occurrence.end) - 1]
        let field = EntryField.reading[Int(first.field)]
        let text = texts[first.field] ?? FieldText(reading.text(of: field) ?? "")
        texts[first.field] = text
        return text.span(Int(first.start), Int(last.end))
    }
}

/// A text by its bytes, and how many code points stand before every so many of them: counting from the beginning for each
/// hit would make a long text with many hits dear.
private struct FieldText {
    private let bytes: [UInt8]
    private var counts: [Int] = [0]
    private static let step = 512

    init(_ text: String) {
        bytes = Array(text.utf8)
        var start = 0
        while start + Self.step <= bytes.count {
            counts.append(counts[counts.count - 1] + Self.codePoints(bytes[start..<(start + Self.step)]))
            start += Self.step
        }
    }

    func span(_ start: Int, _ end: Int) -> (start: Int, end: Int, text: String) {
        guard start <= end, end <= bytes.count else { return (0, 0, "") }
        let before = codePoints(before: start)
        return (before, codePoints(before: end), String(decoding: bytes[start..<end], as: UTF8.self))
    }

    private func codePoints(before place: Int) -> Int {
        let block = place / Self.step
        return counts[block] + Self.codePoints(bytes[(block * Self.step)..<place])
    }

    private static func codePoints(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $1 & 0xC0 != 0x80 ? $0 + 1 : $0 }
    }
}
