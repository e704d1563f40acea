import Glibc

/// Text from outside is handled as UTF-8 bytes: walking `Character`s is thirty times slower.
typealias ByteView = UnsafeBufferPointer<UInt8>

enum Byte {
    static let tab = UInt8(ascii: "\t")
    static let newline = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")
    static let apostrophe = UInt8(ascii: "'")
    static let hash = UInt8(ascii: "#")
    static let ampersand = UInt8(ascii: "&")
    static let semicolon = UInt8(ascii: ";")
    static let colon = UInt8(ascii: ":")
    static let less = UInt8(ascii: "<")
    static let greater = UInt8(ascii: ">")
    static let slash = UInt8(ascii: "/")
    static let equals = UInt8(ascii: "=")
    static let exclamation = UInt8(ascii: "!")
    static let question = UInt8(ascii: "?")
    static let hyphen = UInt8(ascii: "-")
    static let plus = UInt8(ascii: "+")
    static let dot = UInt8(ascii: ".")
    static let comma = UInt8(ascii: ",")
}

extension UInt8 {
    /// Space, tab, line feed, form feed or carriage return.
    @inline(__always) var isBlank: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D && self != 0x0B) }
    @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
    @inline(__always) var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    @inline(__always) var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
    /// A byte that can begin a name in XML; every non-ASCII character is let through.
    @inline(__always) var beginsName: Bool { isLetter || self == 0x5F || self == 0x3A || self >= 0x80 }
}

extension Collection<UInt8> where SubSequence: Collection<UInt8> {
    /// Without white space at either end.
    var trimmed: Slice<Self> {
        var start = startIndex
        var end = endIndex
        while start != end, self[start].isBlank { start = index(after: start) }
        while start != end {
            let last = index(end, offsetBy: -1)
            guard self[last].isBlank else { break }
            end = last
        }
        return Slice(base: self, bounds: start..<end)
    }
}

extension String {
    init(_ bytes: some Collection<UInt8>) { self.init(decoding: bytes, as: UTF8.self) }

    /// Of bytes that were looked at and found to be ASCII, which are not looked at again.
    init(ascii bytes: ByteView) { self.init(copying: UTF8Span(unchecked: bytes.span, isKnownASCII: true)) }

    /// Of bytes that are UTF-8, nearly always; what is not stands as U+FFFD. The bytes are looked at many at a time, which the
    /// standard library's own way does not do.
    init(utf8 bytes: ByteView) {
        let first = endOfASCII(in: bytes)
        if first == bytes.count {
            self.init(ascii: bytes)
        } else if isUTF8(bytes, from: first) {
            self.init(copying: UTF8Span(unchecked: bytes.span, isKnownASCII: false))
        } else {
            self.init(decoding: bytes, as: UTF8.self)
        }
    }

    /// Without white space at either end; nil if nothing else is there.
    var trimmedOrNil: String? {
        let bytes = utf8Span.span
        guard !bytes.isEmpty else { return nil }
        if !bytes[0].isBlank, !bytes[bytes.count - 1].isBlank { return self }
        let rest = bytes.withUnsafeBufferPointer { String($0.withoutOuterBlanks) }
        return rest.isEmpty ? nil : rest
    }

    /// Whether `byte` occurs.
    func holds(_ byte: UInt8) -> Bool {
        utf8Span.span.withUnsafeBufferPointer { $0.first(byte, from: 0) != nil }
    }

    /// Whether all of it is ASCII; texts that were made of such bytes know it.
    var isASCII: Bool {
        utf8Span.isKnownASCII || utf8Span.span.withUnsafeBufferPointer { endOfASCII(in: $0) == $0.count }
    }

    /// ASCII letters in lower case, all else as it is: for names of protocols and formats.
    var asciiLowercased: String {
        let bytes = utf8Span.span
        for index in bytes.indices where bytes[index] &- 0x41 < 26 { return String(utf8.map(\.lowercased)) }
        return self
    }

    func hasASCIIPrefix(_ prefix: String) -> Bool {
        let (bytes, prefix) = (utf8Span.span, prefix.utf8Span.span)
        guard bytes.count >= prefix.count else { return false }
        for index in prefix.indices where bytes[index].lowercased != prefix[index].lowercased { return false }
        return true
    }

    func containsASCII(_ needle: String) -> Bool { Array(utf8).position(of: Array(needle.utf8)) != nil }

    /// The longest beginning of at most `count` bytes that does not cut a character.
    func prefix(bytes count: Int) -> String {
        guard utf8.count > count else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: max(0, count))
        while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        // Not inside a grapheme either, so that no letter loses its marks.
        while end > startIndex, end.samePosition(in: self) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}

extension Array<UInt8> {
    /// Where `needle`, in lower case, first occurs at or after `start`, whatever the case of the ASCII letters here.
    func position(of needle: [UInt8], from start: Int = 0) -> Int? {
        withUnsafeBufferPointer { $0.position(of: needle, from: start) }
    }
}

extension ByteView {
    func position(of needle: [UInt8], from start: Int = 0) -> Int? {
        guard let first = needle.first, count >= needle.count else { return nil }
        var at = start
        while at <= count - needle.count {
            if self[at].lowercased == first, begins(with: needle, at: at) { return at }
            at += 1
        }
        return nil
    }

    /// Whether `needle`, in lower case, stands at `start`.
    func begins(with needle: some RandomAccessCollection<UInt8>, at start: Int) -> Bool {
        guard start >= 0, needle.count <= count - start else { return false }
        var at = start
        for byte in needle {
            if self[at].lowercased != byte { return false }
            at += 1
        }
        return true
    }

    func begins(with needle: StaticString, at start: Int) -> Bool {
        guard start >= 0, needle.utf8CodeUnitCount <= count - start else { return false }
        for offset in 0..<needle.utf8CodeUnitCount where self[start + offset].lowercased != needle.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Whether just these bytes stand at `start`.
    @inline(__always) func holds(_ text: StaticString, at start: Int) -> Bool {
        guard start >= 0, let base = baseAddress, text.utf8CodeUnitCount <= count - start else { return false }
        return memcmp(base + start, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    /// The first `byte` at or after `start`, through memchr.
    @inline(__always) func first(_ byte: UInt8, from start: Int) -> Int? {
        guard let base = baseAddress, start < count else { return nil }
        guard let found = memchr(base + start, Int32(byte), count - start) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Without white space at either end.
    var withoutOuterBlanks: ByteView {
        var (start, end) = (0, count)
        while start < end, self[start].isBlank { start += 1 }
        while start < end, self[end - 1].isBlank { end -= 1 }
        return self[slice: start..<end]
    }

    subscript(slice range: Range<Int>) -> ByteView { ByteView(rebasing: self[range]) }

    /// The eight bytes from `start` on as one number, the first in its lowest byte. They must be there.
    @inline(__always) func eight(from start: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawBufferPointer(self).loadUnaligned(fromByteOffset: start, as: UInt64.self))
    }
}

extension ByteView {
    /// The thirty-two bytes from `start` on, eight in each number. They must be there.
    @inline(__always) func thirtyTwo(from start: Int) -> SIMD4<UInt64> {
        UnsafeRawBufferPointer(self).loadUnaligned(fromByteOffset: start, as: SIMD4<UInt64>.self)
    }
}

/// Questions to eight bytes at once (Hacker's Delight, 6-1). Each answers with a number that is zero for "none".
extension UInt64 {
    @inline(__always) static func each(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// Marks ASCII bytes below `limit`, which is at most 128; above a byte so marked it may mark others.
    @inline(__always) func bytes(below limit: UInt8) -> UInt64 {
        (self &- Self.each(limit)) & ~self & Self.each(0x80)
    }

    /// Marks bytes of 0xC0 and more, which begin characters of several bytes.
    @inline(__always) var leadBytes: UInt64 { self & (self << 1) & Self.each(0x80) }
}

/// The same questions to thirty-two bytes.
extension SIMD4<UInt64> {
    @inline(__always) static func all(_ byte: UInt8) -> Self { Self(repeating: .each(byte)) }

    @inline(__always) func bytes(below limit: UInt8) -> Self { (self &- .all(limit)) & ~self & .all(0x80) }

    @inline(__always) var leadBytes: Self { self & (self &<< 1) & .all(0x80) }
}
