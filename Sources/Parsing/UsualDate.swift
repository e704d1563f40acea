import struct FoundationEssentials.Date

/// The two forms that nearly every date has, read at fixed places: `Thu, 01 Jan 2004 19:48:21 GMT` and
/// `2004-01-01T19:48:21Z`, each also with an offset in digits. What else there is `WordyDate` and `NumericDate` read.
enum UsualDate {
    /// nil for every other form, and for what only looks like one of the two.
    static func parse(_ bytes: ByteView) -> Date? {
        guard bytes.count >= 20 else { return nil }
        var parts = DateParts()
        if bytes[3] == Byte.comma {
            guard bytes.count >= 28, readWords(bytes, into: &parts) else { return nil }
        } else {
            guard readNumbers(bytes, into: &parts) else { return nil }
        }
        return parts.date
    }

    private static func readWords(_ bytes: ByteView, into parts: inout DateParts) -> Bool {
        guard bytes[0].isLetter, bytes[1].isLetter, bytes[2].isLetter, bytes[4] == Byte.space, bytes[7] == Byte.space,
            bytes[11] == Byte.space, bytes[16] == Byte.space, bytes[25] == Byte.space,
            let day = number(bytes, 5..<7), let month = monthNumber(bytes[slice: 8..<11]),
            let year = number(bytes, 12..<16), readTime(bytes, at: 17, into: &parts)
        else { return false }
        (parts.year, parts.month, parts.day) = (year, month, day)
        if bytes.count == 29, bytes.holds("GMT", at: 26) { return true }
        return bytes.count == 31 && readOffset(bytes, hours: 27, minutes: 29, into: &parts)
    }

    private static func readNumbers(_ bytes: ByteView, into parts: inout DateParts) -> Bool {
        guard bytes[4] == Byte.hyphen, bytes[7] == Byte.hyphen, bytes[10] == UInt8(ascii: "T"),
            let year = number(bytes, 0..<4), let month = number(bytes, 5..<7), let day = number(bytes, 8..<10),
            // Day and month in the wrong order are not usual.
            month <= 12, readTime(bytes, at: 11, into: &parts)
        else { return false }
        (parts.year, parts.month, parts.day) = (year, month, day)
        if bytes.count == 20, bytes[19] == UInt8(ascii: "Z") { return true }
        return bytes.count == 25 && bytes[22] == Byte.colon && readOffset(bytes, hours: 20, minutes: 23, into: &parts)
    }

    private static func readTime(_ bytes: ByteView, at start: Int, into parts: inout DateParts) -> Bool {
        guard bytes[start + 2] == Byte.colon, bytes[start + 5] == Byte.colon,
            let hour = number(bytes, start..<(start + 2)), let minute = number(bytes, (start + 3)..<(start + 5)),
            let second = number(bytes, (start + 6)..<(start + 8))
        else { return false }
        (parts.hour, parts.minute, parts.second) = (hour, minute, Double(second))
        return true
    }

    /// The sign stands before the hours.
    private static func readOffset(
        _ bytes: ByteView, hours: Int, minutes: Int, into parts: inout DateParts
    ) -> Bool {
        let sign = bytes[hours - 1]
        guard sign == Byte.plus || sign == Byte.hyphen, let hour = number(bytes, hours..<(hours + 2)), hour < 24,
            let minute = number(bytes, minutes..<(minutes + 2)), minute < 60
        else { return false }
        parts.offset = (hour * 60 + minute) * (sign == Byte.plus ? 1 : -1)
        return true
    }

    @inline(__always) private static func number(_ bytes: ByteView, _ range: Range<Int>) -> Int? {
        var value = 0
        for index in range {
            guard bytes[index].isDigit else { return nil }
            value = value * 10 + Int(bytes[index] - 0x30)
        }
        return value
    }
}
