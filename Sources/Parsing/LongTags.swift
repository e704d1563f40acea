import FeedModel

/// libxml2 takes time with the square of a tag's attributes (32 s for 100,000 of them), so it is not shown tags that nobody
/// writes: from those longer than 64 KiB, and from large ones once a document has had too many attributes, all but the first
/// few attributes are taken out. A well-formed document stays so.
///
/// Behind an error libxml2 still reads one tag, which may begin anywhere: from the first place on that no well-formed document
/// has, comments and sections are looked at as well. What is cut there is no loss, for `SoupReader` reads the document as it came.
struct LongTags {
    /// Tags up to this length cost next to nothing.
    private static let harmless = 1024
    /// How many pairs of attributes one document may make libxml2 compare.
    private static let mostComparisons = 20_000_000
    /// What a tag keeps.
    private static let (keptAttributes, keptBytes) = (64, 4096)
    /// A longer comment or section is an error to libxml2, which stops in the middle of it.
    private static let longestSection = 9_000_000

    private let limit: Int
    private var comparisons = 0
    private var copy: [UInt8] = []
    private var problem: Problem?
    /// No place was seen so far that no well-formed document has.
    private var isInOrder = true

    /// The document without those attributes, every other byte in its place, and what to say of it; nil if it has no such
    /// tag.
    static func cut(from bytes: ByteView, limit: Int) -> (bytes: [UInt8], problem: Problem)? {
        var tags = LongTags(limit: limit)
        tags.cut(from: bytes)
        return tags.problem.map { (tags.copy, $0) }
    }

    private init(limit: Int) { self.limit = limit }

    private mutating func cut(from bytes: ByteView) {
        var at = 0
        while let less = bytes.first(Byte.less, from: at), less + 1 < bytes.count {
            if isInOrder {
                if let end = endOfNoTag(bytes, at: less) {
                    at = end
                    continue
                }
                isInOrder = bytes[less + 1].beginsName || bytes[less + 1] == Byte.slash
            }
            // No attribute of a well-formed document holds one.
            let next = bytes.first(Byte.less, from: less + 1) ?? bytes.count
            at = next
            guard next - less > Self.harmless, bytes[less + 1].beginsName else { continue }
            let (length, attributes) = extent(of: bytes[slice: less..<next])
            let end = less + length
            guard length > Self.harmless else { continue }
            if length <= limit, comparisons + attributes * attributes <= Self.mostComparisons {
                comparisons += attributes * attributes
            } else {
                comparisons += Self.keptAttributes * Self.keptAttributes
                cut(less..<end, from: bytes)
            }
        }
    }

    private mutating func cut(_ tag: Range<Int>, from bytes: ByteView) {
        if problem == nil {
            copy = Array(bytes)
            problem = Problem(
                "too-long-tag", "a start tag of \(tag.count) bytes was read without all of its attributes",
                line: bytes[..<tag.lowerBound].count { $0 == Byte.newline } + 1)
        }
        var start = tag.lowerBound + 1
        while start < tag.upperBound, !bytes[start].isBlank, bytes[start] != Byte.slash { start += 1 }
        let isEmpty = tag.upperBound > start && bytes[tag.upperBound - 1] == Byte.slash
        let attributes = start..<(isEmpty ? tag.upperBound - 1 : tag.upperBound)
        var kept = 0
        var room = Self.keptBytes
        for attribute in scanAttributes(bytes, attributes) {
            var end = attribute.value.upperBound
            if end < attributes.upperBound, bytes[end] == Byte.quote || bytes[end] == Byte.apostrophe { end += 1 }
            let length = end - attribute.name.lowerBound
            guard kept < Self.keptAttributes, length <= room else { continue }
            blank(start..<attribute.name.lowerBound)
            start = end
            kept += 1
            room -= length
        }
        blank(start..<attributes.upperBound)
    }

    private mutating func blank(_ range: Range<Int>) {
        for index in range where copy[index] != Byte.newline { copy[index] = Byte.space }
    }

    /// The end of the comment, instruction or CDATA section at `start`, in which tags are text; nil if there is none, or one that is
    /// not as it should be.
    private func endOfNoTag(_ bytes: ByteView, at start: Int) -> Int? {
        let end: Int?
        if bytes.holds("<!--", at: start) {
            end = self.end(of: "--", bytes, from: start + 4)
        } else if bytes.holds("<![CDATA[", at: start) {
            end = self.end(of: "]]", bytes, from: start + 9)
        } else if bytes.holds("<?", at: start), start + 2 < bytes.count, bytes[start + 2].isLetter {
            end = self.end(of: "?", bytes, from: start + 2)
        } else {
            return nil
        }
        guard let end, end - start <= Self.longestSection, isLegal(bytes[slice: start..<end]) else { return nil }
        return end
    }

    /// Behind the first `>` at or after `start` with `marks` before it.
    private func end(of marks: StaticString, _ bytes: ByteView, from start: Int) -> Int? {
        var from = start
        while let greater = bytes.first(Byte.greater, from: from) {
            let marked = greater - marks.utf8CodeUnitCount
            if marked >= start, bytes.holds(marks, at: marked) { return greater + 1 }
            from = greater + 1
        }
        return nil
    }

    /// Whether XML allows each character (XML 1.0, 2.2): behind one that it does not, libxml2 has left the section.
    private func isLegal(_ bytes: ByteView) -> Bool {
        for byte in bytes where byte < 0x20 {
            guard byte.isBlank, byte != 0x0C else { return false }
        }
        var at = 0
        // U+FFFE and U+FFFF.
        while let found = bytes.first(0xEF, from: at) {
            if bytes.holds("\u{FFFE}", at: found) || bytes.holds("\u{FFFF}", at: found) { return false }
            at = found + 1
        }
        return true
    }

    /// Where the tag ends, and how many attributes it has.
    private func extent(of tag: ByteView) -> (length: Int, attributes: Int) {
        var quote: UInt8 = 0
        var attributes = 0
        for (index, byte) in tag.enumerated() {
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == Byte.quote || byte == Byte.apostrophe {
                quote = byte
            } else if byte == Byte.equals {
                attributes += 1
            } else if byte == Byte.greater {
                return (index, attributes)
            }
        }
        return (tag.count, attributes)
    }
}
