import Glibc

/// A start tag as `QuickReader` meets it: where its parts lie.
struct QuickTag {
    private(set) var name = 0..<0
    /// How far into the name its colon is.
    private(set) var colon: Int?
    private(set) var isEmpty = false
    /// How many attributes it has.
    private(set) var count = 0
    /// Room for as many as are usual, of which the first `count` are the tag's: emptying a list for each tag costs as much as
    /// reading a name.
    private var attributes = Array(repeating: QuickAttribute(), count: most)

    /// More of them are unusual, and comparing each with each takes time.
    private static let most = 24

    /// In the order of the document, no two with the same name.
    subscript(index: Int) -> QuickAttribute { attributes[index] }

    /// Reads the tag whose name begins at `start`. The index behind its `>`; nil for a tag that is unusual.
    mutating func read(_ bytes: ByteView, from start: Int) -> Int? {
        count = 0
        guard let name = readName(bytes, from: start) else { return nil }
        self.name = start..<name.end
        colon = name.colon.map { $0 - start }
        var at = name.end
        while at < bytes.count {
            let before = at
            while at < bytes.count, bytes[at].isBlank { at += 1 }
            guard at < bytes.count else { return nil }
            switch bytes[at] {
            case Byte.greater:
                isEmpty = false
                return at + 1
            case Byte.slash:
                guard at + 1 < bytes.count, bytes[at + 1] == Byte.greater else { return nil }
                isEmpty = true
                return at + 2
            default:
                guard at > before, let end = readAttribute(bytes, from: at) else { return nil }
                at = end
            }
        }
        return nil
    }

    private mutating func readAttribute(_ bytes: ByteView, from start: Int) -> Int? {
        guard count < Self.most, let name = readName(bytes, from: start) else { return nil }
        var at = name.end
        while at < bytes.count, bytes[at].isBlank { at += 1 }
        guard at < bytes.count, bytes[at] == Byte.equals else { return nil }
        at += 1
        while at < bytes.count, bytes[at].isBlank { at += 1 }
        guard at < bytes.count, bytes[at] == Byte.quote || bytes[at] == Byte.apostrophe,
            let close = bytes.first(bytes[at], from: at + 1)
        else { return nil }
        let value = bytes[slice: (at + 1)..<close]
        let needsWork = value.holdsMarkupOrControls
        if needsWork, value.first(Byte.less, from: 0) != nil { return nil }
        let attribute = QuickAttribute(
            name: start..<name.end, colon: name.colon, value: (at + 1)..<close, needsWork: needsWork)
        // Also where only the prefixes differ: they may stand for one namespace.
        for index in 0..<count
        where bytes[slice: attributes[index].local].isSame(as: bytes[slice: attribute.local]) {
            if (attributes[index].colon == nil) == (attribute.colon == nil) { return nil }
        }
        attributes[count] = attribute
        count += 1
        return close + 1
    }

    /// A name of ASCII letters, digits and few signs, with at most one colon, which is neither first nor last.
    private func readName(_ bytes: ByteView, from start: Int) -> (end: Int, colon: Int?)? {
        guard var at = nameEnd(bytes, from: start) else { return nil }
        var colon: Int?
        if at < bytes.count, bytes[at] == Byte.colon {
            guard let end = nameEnd(bytes, from: at + 1) else { return nil }
            colon = at
            at = end
        }
        // A byte of another alphabet goes on with the name, as does another colon.
        guard at < bytes.count, bytes[at] < 0x80, bytes[at] != Byte.colon else { return nil }
        return (at, colon)
    }

    /// The end of the name without a colon at `start`; nil if none begins there.
    @inline(__always) private func nameEnd(_ bytes: ByteView, from start: Int) -> Int? {
        guard start < bytes.count, bytes[start].isLetter || bytes[start] == UInt8(ascii: "_") else { return nil }
        var at = start + 1
        while at < bytes.count {
            let byte = bytes[at]
            // First what it nearly always is.
            if !byte.isLetter {
                guard byte.isDigit || byte == Byte.hyphen || byte == Byte.dot || byte == UInt8(ascii: "_") else {
                    break
                }
            }
            at &+= 1
        }
        return at
    }
}

struct QuickAttribute {
    var name = 0..<0
    /// Where in the document the colon of the name is.
    var colon: Int?
    /// Between the quotes.
    var value = 0..<0
    /// The value holds references, or white space other than blanks.
    var needsWork = false

    var local: Range<Int> { (colon.map { $0 + 1 } ?? name.lowerBound)..<name.upperBound }

    /// `xmlns` or `xmlns:prefix`.
    func bindsNamespace(in bytes: ByteView) -> Bool {
        let length = (colon ?? name.upperBound) - name.lowerBound
        return length == 5 && bytes.holds("xmlns", at: name.lowerBound)
    }
}

extension ByteView {
    /// Whether `&`, `<` or a control character occurs.
    fileprivate var holdsMarkupOrControls: Bool {
        var at = 0
        while at + 8 <= count {
            let these = eight(from: at)
            let marks = (these ^ .each(Byte.ampersand)).bytes(below: 1) | (these ^ .each(Byte.less)).bytes(below: 1)
            if these.bytes(below: 0x20) | marks != 0 { return true }
            at += 8
        }
        while at < count {
            if self[at] < 0x20 || self[at] == Byte.ampersand || self[at] == Byte.less { return true }
            at += 1
        }
        return false
    }

    /// Whether both hold the same bytes.
    @inline(__always) func isSame(as other: ByteView) -> Bool {
        guard count == other.count else { return false }
        guard count > 0, let base = baseAddress, let other = other.baseAddress else { return true }
        return memcmp(base, other, count) == 0
    }
}
