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
    private var bytes: [UInt8: [UInt8]] = [:]

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
        let text = bytes[first.field] ?? Array((reading.text(of: field) ?? "").utf8)
        bytes[first.field] = text
        let (start, end) = (Int(first.start), min(Int(last.end), text.count))
        guard start <= end else { return (0, 0, "") }
        let before = codePoints(text[..<start])
        return (before, before + codePoints(text[start..<end]), String(decoding: text[start..<end], as: UTF8.self))
    }

    private func codePoints(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $1 & 0xC0 != 0x80 ? $0 + 1 : $0 }
    }
}
