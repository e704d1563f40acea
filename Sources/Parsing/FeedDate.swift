import struct FoundationEssentials.Date
import FeedModel

/// Reads every date form that feeds are seen to use, by bytes: RFC 822 and its relatives, W3C and ISO 8601, asctime. What
/// cannot be read is no date; nothing is ever "now", or an entry would be new at each poll.
enum FeedDate {
    static func parse(_ text: String) -> Date? {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    static func parse(_ bytes: ByteView) -> Date? {
        let view = bytes.withoutOuterBlanks
        guard view.count >= 4, view.count <= 80 else { return nil }
        if let date = UsualDate.parse(view) { return date }
        let startsWithYear = view[0].isDigit && view[1].isDigit && view[2].isDigit && view[3].isDigit
        return startsWithYear ? NumericDate.parse(view) : WordyDate.parse(view)
    }
}

/// The parts of a date in some zone, on their way to a moment.
struct DateParts {
    var year = 0
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0.0
    /// Minutes east of Greenwich.
    var offset = 0

    /// The moment; nil if a part is out of its range or the day is none of its month.
    var date: Date? {
        guard year >= 1, year <= 9999, month >= 1, month <= 12, day >= 1, day <= Self.days(in: month, year),
            hour >= 0, hour <= 24, minute >= 0, minute <= 59, second >= 0, second < 61, abs(offset) < 24 * 60,
            hour < 24 || (minute == 0 && second == 0)
        else { return nil }
        let days = LocalDate(year: year, month: month, day: day).daysSince1970
        let seconds = Double(days) * 86_400 + Double(hour * 3600 + minute * 60 - offset * 60) + second
        // The zone may push it out of the years that RFC 3339 can write.
        guard seconds >= -62_135_596_800, seconds < 253_402_300_800 else { return nil }
        return Date(timeIntervalSince1970: seconds)
    }

    private static func days(in month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A place in a text, moved forward by what is read.
struct DateScanner {
    let bytes: ByteView
    var at = 0

    var isAtEnd: Bool { at >= bytes.count }
    var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    mutating func skipBlanks() { while let byte = next, byte.isBlank { at += 1 } }

    /// A number of `least` to `most` digits; nil, and nothing is read, if there are fewer or more.
    mutating func number(digits least: Int, to most: Int) -> Int? {
        var end = at
        var value = 0
        while end < bytes.count, bytes[end].isDigit, end - at < most {
            value = value * 10 + Int(bytes[end] - 0x30)
            end += 1
        }
        guard end - at >= least, end == bytes.count || !bytes[end].isDigit else { return nil }
        at = end
        return value
    }

    /// Exactly so many digits, whatever follows.
    mutating func digits(_ count: Int) -> Int? {
        guard at + count <= bytes.count else { return nil }
        var value = 0
        for index in at..<(at + count) {
            guard bytes[index].isDigit else { return nil }
            value = value * 10 + Int(bytes[index] - 0x30)
        }
        at += count
        return value
    }

    mutating func word() -> ByteView {
        let start = at
        while let byte = next, byte.isLetter { at += 1 }
        return bytes[slice: start..<at]
    }

    /// `:30`, `:30.25`, `:30,25`, after a minute; 0 if there is none.
    mutating func secondsAfterColon() -> Double? {
        guard skip(Byte.colon) else { return 0 }
        guard let whole = number(digits: 1, to: 2) else { return nil }
        guard next == Byte.dot || next == Byte.comma else { return Double(whole) }
        at += 1
        guard let first = next, first.isDigit else { return nil }
        // Past the millisecond nothing is meant. Whole numbers, for binary fractions would make 0.531 of it 0.530.
        var milliseconds = 0
        var unit = 100
        while let byte = next, byte.isDigit {
            milliseconds += Int(byte - 0x30) * unit
            unit /= 10
            at += 1
        }
        return Double(whole) + Double(milliseconds) / 1000
    }

    /// A zone as a sign and digits, a name, or both; minutes east of Greenwich.
    mutating func zone() -> Int? {
        if let byte = next, byte == Byte.plus || byte == Byte.hyphen { return numericOffset() }
        let start = at
        let name = word()
        if name.count == 3, name.begins(with: "etc", at: 0), skip(Byte.slash) { return zone() }
        guard let offset = zoneOffset(named: name) else {
            at = start
            return nil
        }
        // "GMT+0100", "GMT-01:01": a real offset, the sign as written.
        if offset == 0, let byte = next, byte == Byte.plus || byte == Byte.hyphen { return numericOffset() }
        return offset
    }

    private mutating func numericOffset() -> Int? {
        let start = at
        let sign = next == Byte.hyphen ? -1 : 1
        at += 1
        let first = at
        guard let number = number(digits: 1, to: 4) else {
            at = start
            return nil
        }
        // "+9" and "+09" are hours, "-800" and "-0800" hours and minutes.
        let isHoursAlone = at - first <= 2
        let hours = isHoursAlone ? number : number / 100
        var minutes = isHoursAlone ? 0 : number % 100
        if isHoursAlone, skip(Byte.colon) {
            guard let read = digits(2) else { return nil }
            minutes = read
        }
        guard hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }
}

/// Minutes east of Greenwich of the zone names that publishers write; nil for an unknown one.
func zoneOffset(named name: ByteView) -> Int? {
    guard name.count >= 1, name.count <= 5 else { return nil }
    var key: UInt64 = 0
    for byte in name { key = key << 8 | UInt64(byte.lowercased) }
    // Nearly all there are, "gmt" and "z", need no table.
    return key == 0x67_6D74 || key == 0x7A ? 0 : zones[key]
}

private let zones: [UInt64: Int] = {
    let hours: KeyValuePairs<String, Double> = [
        "z": 0, "ut": 0, "gmt": 0, "utc": 0, "wet": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
        "pst": -8, "pdt": -7, "at": -4, "ast": -4, "adt": -3, "et": -5, "ct": -6, "mt": -7, "pt": -8, "akst": -9,
        "akdt": -8, "hst": -10, "nst": -3.5, "met": 1, "mez": 1, "cet": 1, "bst": 1, "west": 1, "mest": 2, "mesz": 2,
        "cest": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "gst": 4, "pkt": 5, "ist": 5.5, "npt": 5.75, "hkt": 8,
        "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    ]
    var table: [UInt64: Int] = [:]
    for (name, offset) in hours { table[name.utf8.reduce(0) { $0 << 8 | UInt64($1) }] = Int(offset * 60) }
    return table
}()
