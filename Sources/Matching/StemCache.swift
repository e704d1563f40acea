/// Which stemmed terms a word stands for, kept for the words last met: stemming costs as much as reading a sentence.
final class StemCache {
    /// A word of at most 24 bytes, padded with zeros, and the slot of its stem; its count is 0 if no term has it.
    private struct Line {
        var words: (UInt64, UInt64, UInt64)
        var slot: TermDictionary.Slot
    }

    private static let size = 2048
    private let lines: UnsafeMutablePointer<Line>
    private let stemmer = Stemmer()
    private let tables: ProgramTables

    init(_ tables: ProgramTables) {
        self.tables = tables
        lines = .allocate(capacity: Self.size)
        lines.initialize(repeating: Line(words: (0, 0, 0), slot: TermDictionary.Slot()), count: Self.size)
    }

    deinit { lines.deallocate() }

    /// Where the terms with the word's stem stand; nil if there is none. No English inflection is longer than 24 letters: a
    /// longer word has none.
    func slot(of word: UnsafePointer<UInt8>, _ count: Int, hash: UInt64) -> TermDictionary.Slot? {
        guard count <= 24 else { return nil }
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: UnsafeRawBufferPointer(start: word, count: count)) }
        let at = Int(truncatingIfNeeded: hash >> 16) & (Self.size - 1)
        if lines[at].words != words {
            let slot = stemmer.withStem(of: word, count) { stem, length in find(stem, length) }
            lines[at] = Line(words: words, slot: slot ?? TermDictionary.Slot())
        }
        return lines[at].slot.count == 0 ? nil : lines[at].slot
    }

    private func find(_ stem: UnsafePointer<UInt8>, _ length: Int) -> TermDictionary.Slot? {
        guard let slot = tables.stems.slot(wordHash(stem, length)) else { return nil }
        let candidate = tables.stems.candidates[Int(slot.first)]
        guard Int(candidate.length) == length else { return nil }
        for offset in 0..<length where tables.texts[Int(candidate.text) + offset] != stem[offset] { return nil }
        return slot
    }
}
