/// What no text may carry past this room (S13 begins here): controls but tab and line ends, and non-characters.
func isForbidden(_ value: UInt32) -> Bool {
    (value < 0x20 && value != 0x09 && value != 0x0A && value != 0x0D) || (value >= 0x7F && value < 0xA0)
        || (value >= 0xFDD0 && value <= 0xFDEF) || value & 0xFFFE == 0xFFFE
}

/// The character that a number from 128 to 159 means: nobody writes a C1 control, many write a byte of windows-1252.
func windows1252Character(_ value: UInt32) -> UInt32 {
    guard value >= 0x80, value < 0xA0 else { return value }
    return windows1252[Int(value - 0x80)]
}

private let windows1252: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D, 0x17D, 0x8F,
    0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E,
    0x178,
]

extension Array<UInt8> {
    /// Appends the UTF-8 of a code point; nothing for what is no character.
    mutating func append(codePoint value: UInt32) {
        switch value {
        case 0..<0x80: append(UInt8(value))
        case 0x80..<0x800:
            append(UInt8(0xC0 | value >> 6))
            append(UInt8(0x80 | value & 0x3F))
        case 0xD800..<0xE000: break
        case 0x800..<0x10000:
            append(UInt8(0xE0 | value >> 12))
            append(UInt8(0x80 | value >> 6 & 0x3F))
            append(UInt8(0x80 | value & 0x3F))
        case 0x10000..<0x110000:
            append(UInt8(0xF0 | value >> 18))
            append(UInt8(0x80 | value >> 12 & 0x3F))
            append(UInt8(0x80 | value >> 6 & 0x3F))
            append(UInt8(0x80 | value & 0x3F))
        default: break
        }
    }

    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// Text of a document as it may be kept: C1 controls read as windows-1252, forbidden characters gone, and UTF-8 that was
/// read as Latin-1 and encoded again undone.
func cleanText(_ bytes: ByteView) -> String {
    let first = endOfPrintable(in: bytes)
    if first == bytes.count { return String(ascii: bytes) }
    guard needsCleaning(bytes, from: first) else { return String(utf8: bytes) }
    let text = encodedTwice(bytes).map { String($0) } ?? String(utf8: bytes)
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    for scalar in text.unicodeScalars {
        let value = windows1252Character(scalar.value)
        if !isForbidden(value) { out.append(codePoint: value) }
    }
    return out.withUnsafeBufferPointer { String(utf8: $0) }
}

/// `cleanText` without white space at either end; nil if nothing else is there.
func trimmedText(_ bytes: ByteView) -> String? {
    let text = bytes.withoutOuterBlanks
    let first = endOfPrintable(in: text)
    if first == text.count { return text.isEmpty ? nil : String(ascii: text) }
    guard !needsCleaning(text, from: first) else { return cleanText(text).trimmedOrNil }
    return String(utf8: text)
}

/// Whether there may be something to repair at or after `start`, which nearly no text has. C2 leads C1 controls, and C3 the
/// mark of double encoding.
private func needsCleaning(_ bytes: ByteView, from start: Int) -> Bool {
    var at = start
    while at < bytes.count {
        // What is not printable stands among the next eight.
        for byte in bytes[slice: at..<min(at + 8, bytes.count)] {
            if byte == 0x7F || byte == 0xC2 || byte == 0xC3 || byte >= 0xEF || (byte < 0x20 && byte &- 0x09 > 0x04) {
                return true
            }
        }
        at = endOfPrintable(in: bytes, from: min(at + 8, bytes.count))
    }
    return false
}

/// A place at or after `start` before which all is ASCII without any control character, and which has something else within
/// eight bytes; the end if nothing else is there.
private func endOfPrintable(in bytes: ByteView, from start: Int = 0) -> Int {
    var at = start
    while at + 32 <= bytes.count, bytes.thirtyTwo(from: at).isPrintable { at += 32 }
    while at + 8 <= bytes.count {
        guard bytes.eight(from: at).isPrintable else { return at }
        at += 8
    }
    for byte in bytes[slice: at..<bytes.count] where byte < 0x20 || byte >= 0x7F { return at }
    return bytes.count
}

extension UInt64 {
    /// Whether each of its bytes is ASCII and no control character.
    @inline(__always) fileprivate var isPrintable: Bool {
        bytes(below: 0x20) | self & .each(0x80) | (self ^ .each(0x7F)).bytes(below: 1) == 0
    }
}

extension SIMD4<UInt64> {
    @inline(__always) fileprivate var isPrintable: Bool {
        bytes(below: 0x20) | self & .all(0x80) | (self ^ .all(0x7F)).bytes(below: 1) == .zero
    }
}

func cleanText(_ bytes: [UInt8]) -> String { bytes.withUnsafeBufferPointer { cleanText($0) } }

func cleanText(_ text: String) -> String {
    var text = text
    return text.withUTF8 { cleanText($0) }
}

/// The bytes before a second encoding, if all characters are Latin-1 and spell out valid UTF-8. Ordinary French or
/// German never does: a capital with an accent would have to be followed by a sign such as © each time.
func encodedTwice(_ bytes: ByteView) -> [UInt8]? {
    let first = endOfASCII(in: bytes)
    guard first < bytes.count else { return nil }
    var out: [UInt8] = []
    var letters: [UInt8] = []
    var from = 0
    var at = first
    while at < bytes.count {
        guard bytes[at] >= 0x80 else {
            at += 1
            continue
        }
        let start = at
        letters.removeAll(keepingCapacity: true)
        while at < bytes.count, bytes[at] >= 0x80 {
            guard bytes[at] == 0xC2 || bytes[at] == 0xC3, at + 1 < bytes.count else { return nil }
            letters.append(bytes[at] == 0xC2 ? bytes[at + 1] : bytes[at + 1] | 0x40)
            at += 2
        }
        guard letters.withUnsafeBufferPointer({ isUTF8($0) }) else { return nil }
        out.append(contentsOf: bytes[slice: from..<start])
        out += letters
        from = at
    }
    out.append(contentsOf: bytes[slice: from..<bytes.count])
    return out
}

/// The first byte at or after `start` that is not ASCII; the end if there is none.
func endOfASCII(in bytes: ByteView, from start: Int = 0) -> Int {
    var at = start
    let raw = UnsafeRawBufferPointer(bytes)
    let high = SIMD8<UInt64>(repeating: .each(0x80))
    while at + 64 <= raw.count {
        guard raw.loadUnaligned(fromByteOffset: at, as: SIMD8<UInt64>.self) & high == .zero else { break }
        at += 64
    }
    while at + 8 <= bytes.count {
        let marks = bytes.eight(from: at) & .each(0x80)
        guard marks == 0 else { return at + marks.trailingZeroBitCount / 8 }
        at += 8
    }
    while at < bytes.count, bytes[at] < 0x80 { at += 1 }
    return at
}

/// Whether all of `bytes` from `start` on, where a character begins, is valid UTF-8.
func isUTF8(_ bytes: ByteView, from start: Int = 0) -> Bool {
    var at = start
    let count = bytes.count
    while at < count {
        guard bytes[at] >= 0x80 else {
            at = endOfASCII(in: bytes, from: at)
            continue
        }
        let length = sequenceLength(bytes, at: at)
        guard length > 0 else { return false }
        at += length
    }
    return true
}

/// The length of the valid multi-byte sequence at `at`; 0 if there is none (RFC 3629, section 4).
@inline(__always) func sequenceLength(_ bytes: ByteView, at: Int) -> Int {
    let lead = bytes[at]
    @inline(__always) func tail(_ offset: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xBF) -> Bool {
        at + offset < bytes.count && bytes[at + offset] >= low && bytes[at + offset] <= high
    }
    switch lead {
    case 0xC2...0xDF: return tail(1) ? 2 : 0
    case 0xE0: return tail(1, 0xA0) && tail(2) ? 3 : 0
    case 0xED: return tail(1, 0x80, 0x9F) && tail(2) ? 3 : 0
    case 0xE1...0xEF: return tail(1) && tail(2) ? 3 : 0
    case 0xF0: return tail(1, 0x90) && tail(2) && tail(3) ? 4 : 0
    case 0xF1...0xF3: return tail(1) && tail(2) && tail(3) ? 4 : 0
    case 0xF4: return tail(1, 0x80, 0x8F) && tail(2) && tail(3) ? 4 : 0
    default: return 0
    }
}
