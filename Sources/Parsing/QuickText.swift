/// The text of well-formed XML as `QuickReader` meets it: references, line ends, attribute values. Functions of their own,
/// for a method of the reader that only looks is handed a copy of all that the reader holds.
enum QuickText {
    /// A reference as XML has it, or one of HTML's names; nil for any other. Unlike in HTML, a number means just what it
    /// says.
    static func reference(in text: ByteView, at ampersand: Int) -> (codePoint: UInt32, end: Int)? {
        let start = ampersand + 1
        guard let end = text[slice: 0..<min(text.count, start + 12)].first(Byte.semicolon, from: start), end > start
        else { return nil }
        if text[start] == Byte.hash { return number(text, (start + 1)..<end).map { ($0, end + 1) } }
        let name = text[slice: start..<end]
        switch name.count {
        case 2 where name[1] == UInt8(ascii: "t") && name[0] == UInt8(ascii: "l"): return (0x3C, end + 1)
        case 2 where name[1] == UInt8(ascii: "t") && name[0] == UInt8(ascii: "g"): return (0x3E, end + 1)
        case 3 where name.holds("amp", at: 0): return (0x26, end + 1)
        default: return Entities.codePoint(named: name).map { ($0, end + 1) }
        }
    }

    private static func number(_ text: ByteView, _ digits: Range<Int>) -> UInt32? {
        let isHex = text[digits.lowerBound] == UInt8(ascii: "x")
        let digits = isHex ? digits.dropFirst() : digits[...]
        guard (1...7).contains(digits.count),
            let value = UInt32(String(text[digits.startIndex..<digits.endIndex]), radix: isHex ? 16 : 10)
        else { return nil }
        // XML 1.0, 2.2. A sign that `UInt32` would take is no digit.
        let isCharacter =
            value == 0x09 || value == 0x0A || value == 0x0D || (0x20...0xD7FF).contains(value)
            || (0xE000...0xFFFD).contains(value) || (0x10000...0x10FFFF).contains(value)
        return isCharacter && text[digits.startIndex] != Byte.plus ? value : nil
    }

    /// Whether `]]>` stands in `text` at or after `start`, where it may not.
    static func holdsSectionEnd(_ text: ByteView, from start: Int) -> Bool {
        var from = start
        while let greater = text.first(Byte.greater, from: from) {
            if greater - start >= 2, text[greater - 1] == UInt8(ascii: "]"), text[greater - 2] == UInt8(ascii: "]") {
                return true
            }
            from = greater + 1
        }
        return false
    }

    /// Hands `text` over with a line feed for each carriage return and the line feed that may follow it (XML 1.0, 2.11).
    static func withLinesNormalised(_ text: ByteView, _ take: (ByteView) -> Void) {
        var lines: [UInt8] = []
        lines.reserveCapacity(text.count)
        for index in text.indices {
            if text[index] != Byte.carriageReturn {
                lines.append(text[index])
            } else if index + 1 == text.count || text[index + 1] != Byte.newline {
                lines.append(Byte.newline)
            }
        }
        lines.withUnsafeBufferPointer(take)
    }

    /// The value with references decoded and every white space a blank (XML 1.0, 3.3.3); nil if it is unusual.
    static func value(of attribute: QuickAttribute, in bytes: ByteView) -> String? {
        let raw = bytes[slice: attribute.value]
        guard attribute.needsWork else { return cleanText(raw) }
        var out: [UInt8] = []
        out.reserveCapacity(raw.count)
        var from = 0
        for at in raw.indices where at >= from && (raw[at] == Byte.ampersand || raw[at] < 0x20) {
            out.append(contentsOf: raw[slice: from..<at])
            from = at + 1
            if raw[at] == Byte.ampersand {
                guard let reference = reference(in: raw, at: at) else { return nil }
                out.append(codePoint: reference.codePoint)
                from = reference.end
            } else if raw[at] != Byte.newline || at == 0 || raw[at - 1] != Byte.carriageReturn {
                // Of a carriage return and line feed, one blank.
                out.append(Byte.space)
            }
        }
        out.append(contentsOf: raw[slice: from..<raw.count])
        return cleanText(out)
    }
}
