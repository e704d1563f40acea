/// Which stemmed terms a word stands for, kept for the words last met: stemming costs as much as reading a sentence.
final class StemCache {
    /// A word of at most 24 bytes, padded with zeros, and the slot of its stem; -1 if no term has it.
    private struct Line {
        var words: (UInt64, UInt64, UInt64)
        var slot: Int32
    }

    private static let size = 2048
    private let lines: UnsafeMutablePointer<Line>
    private let stemmer = Stemmer()

    init(_ dictionary: TermDictionary) {
        lines = .allocate(capacity: Self.size)
        lines.initialize(repeating: Line(words: (0, 0, 0), slot: -1), count: Self.size)
    }

    deinit { lines.deallocate() }

    /// The place of the word's stem among `dictionary.stems.slots`; -1 if no term has it. No English inflection is longer
    /// than 24 letters; a longer word has none.
    func slot(of word: UnsafePointer<UInt8>, _ count: Int, hash: UInt64, in dictionary: TermDictionary) -> Int32 {
        guard count <= 24 else { return -1 }
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: UnsafeRawBufferPointer(start: word, count: count)) }
        let at = Int(hash >> 16) & (Self.size - 1)
        if lines[at].words == words { return lines[at].slot }
        let slot = stemmer.withStem(of: word, count) { stem, length in
            dictionary.slot(ofStem: stem, length)
        }
        lines[at] = Line(words: words, slot: slot)
        return slot
    }
}
