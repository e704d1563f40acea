import struct FoundationEssentials.Date

/// Dates that begin with a year: W3C (stopping anywhere), ISO 8601 extended, basic and ordinal, SQL's blank for the `T`.
enum NumericDate {
    static func parse(_ bytes: ByteView) -> Date? {
        var scan = DateScanner(bytes: bytes)
        var parts = DateParts()
        guard let year = scan.digits(4) else { return nil }
        parts.year = year
        guard readDay(&scan, into: &parts) else { return nil }
        guard !scan.isAtEnd else { return parts.date }
        guard skipSeparator(&scan), readTime(&scan, into: &parts) else { return nil }
        scan.skipBlanks()
        if !scan.isAtEnd {
            guard let offset = scan.zone() else { return nil }
            parts.offset = offset
        }
        scan.skipBlanks()
        return scan.isAtEnd ? parts.date : nil
    }

    private static func readDay(_ scan: inout DateScanner, into parts: inout DateParts) -> Bool {
        guard !scan.isAtEnd, let next = scan.next else { return true }
        if next.isDigit { return readBasicDay(&scan, into: &parts) }
        guard next == Byte.hyphen || next == Byte.slash else { return true }
        scan.at += 1
        if let ordinal = scan.number(digits: 3, to: 3) {
            // A month with a spare zero looks like a day of the year until the day follows.
            guard scan.next == next else { return setOrdinal(ordinal, in: &parts) }
            parts.month = ordinal
        } else if let byte = scan.next, byte.isLetter {
            guard let month = monthNumber(scan.word()) else { return false }
            parts.month = month
        } else {
            guard let month = scan.number(digits: 1, to: 2) else { return false }
            parts.month = month
        }
        guard scan.skip(next) else { return true }
        guard let day = scan.number(digits: 1, to: 2) else { return false }
        parts.day = day
        // Day and month in the wrong order, where that is certain.
        if parts.month > 12, day <= 12 { swap(&parts.month, &parts.day) }
        return true
    }

    /// `20031231` or the ordinal `2003365`.
    private static func readBasicDay(_ scan: inout DateScanner, into parts: inout DateParts) -> Bool {
        if let ordinal = scan.number(digits: 3, to: 3) { return setOrdinal(ordinal, in: &parts) }
        guard let month = scan.digits(2), let day = scan.digits(2) else { return false }
        parts.month = month
        parts.day = day
        return true
    }

    private static func setOrdinal(_ ordinal: Int, in parts: inout DateParts) -> Bool {
        var left = ordinal
        for month in 1...12 {
            parts.month = month
            parts.day = left
            if parts.date != nil { return true }
            let length = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            let isLeap = parts.year % 4 == 0 && (parts.year % 100 != 0 || parts.year % 400 == 0)
            left -= month == 2 && isLeap ? 29 : length
            guard left > 0 else { return false }
        }
        return false
    }

    private static func skipSeparator(_ scan: inout DateScanner) -> Bool {
        if let byte = scan.next, byte | 0x20 == UInt8(ascii: "t") {
            scan.at += 1
            return true
        }
        let start = scan.at
        scan.skipBlanks()
        _ = scan.skip(Byte.comma)
        scan.skipBlanks()
        return scan.at > start
    }

    private static func readTime(_ scan: inout DateScanner, into parts: inout DateParts) -> Bool {
        // "2004-03-12 +0100": no time at all, only a zone.
        guard let byte = scan.next, byte.isDigit else { return true }
        let start = scan.at
        guard let hour = scan.number(digits: 1, to: 2) else {
            guard let hour = scan.digits(2), let minute = scan.digits(2) else { return false }
            parts.hour = hour
            parts.minute = minute
            if let byte = scan.next, byte.isDigit {
                guard let second = scan.digits(2) else { return false }
                parts.second = Double(second)
            }
            return true
        }
        parts.hour = hour
        guard scan.skip(Byte.colon) else { return scan.at - start == 2 }
        guard let minute = scan.number(digits: 1, to: 2), let second = scan.secondsAfterColon() else { return false }
        parts.minute = minute
        parts.second = second
        return true
    }
}

/// 1 to 12 for the English name of a month, whole or its first three letters or more ("Sept"); nil for any other word.
func monthNumber(_ word: ByteView) -> Int? {
    guard word.count >= 3 else { return nil }
    for (index, name) in monthNames.enumerated() where word[0].lowercased == name[0] {
        if word.count <= name.count, word.begins(with: name.prefix(word.count), at: 0) { return index + 1 }
    }
    return nil
}

private let monthNames: [[UInt8]] = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
].map { Array($0.utf8) }
