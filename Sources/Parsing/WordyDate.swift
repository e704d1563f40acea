import struct FoundationEssentials.Date

/// Dates with a month in words, in any order that occurs: `Thu, 01 Jan 2004 19:48:21 GMT`, `Jan 1, 2004 7:48 PM EST`,
/// `Thu Jan  1 19:48:21 2004`, `1-Jan-04`. The weekday is often wrong and never looked at.
enum WordyDate {
    static func parse(_ bytes: ByteView) -> Date? {
        var reading = Reading(scan: DateScanner(bytes: bytes))
        while !reading.scan.isAtEnd {
            guard reading.readPart() else { return nil }
        }
        return reading.date
    }

    private struct Reading {
        var scan: DateScanner
        var month: Int?
        /// One or two numbers: the day and the year, in either order.
        var day: Int?
        var year: Int?
        var hasTime = false
        var hasZone = false
        var parts = DateParts()

        var date: Date? {
            guard let month, let day, let year else { return nil }
            var parts = parts
            parts.month = month
            parts.day = day
            parts.year = year
            return parts.date
        }

        mutating func readPart() -> Bool {
            guard let byte = scan.next else { return true }
            switch byte {
            case Byte.comma, Byte.dot, Byte.space, Byte.tab, Byte.newline, Byte.carriageReturn, Byte.slash:
                scan.at += 1
                return true
            case UInt8(ascii: "("):
                // A comment, often the zone once more.
                guard let end = scan.bytes.first(UInt8(ascii: ")"), from: scan.at) else { return false }
                scan.at = end + 1
                return true
            case Byte.plus, Byte.hyphen: return readSigned()
            case _ where byte.isDigit: return readNumber()
            case _ where byte.isLetter: return readWord()
            case _ where byte >= 0x80 && day == nil && month == nil && !hasTime:
                // Inside a weekday of another language.
                scan.at += 1
                return true
            default: return false
            }
        }

        private mutating func readSigned() -> Bool {
            // A hyphen between the parts of "31-Dec-2003", else the sign of an offset.
            if scan.next == Byte.hyphen, month == nil || year == nil, !hasTime {
                scan.at += 1
                return true
            }
            guard !hasZone || parts.offset == 0, let offset = scan.zone() else { return false }
            hasZone = true
            parts.offset = offset
            return scan.next.map { $0.isBlank || $0 == UInt8(ascii: "(") } ?? true
        }

        private mutating func readNumber() -> Bool {
            let start = scan.at
            guard let value = scan.number(digits: 1, to: 4) ?? yearBeforeTime() else { return false }
            let length = scan.at - start
            if scan.next == Byte.colon, length <= 2 { return readTime(hour: value) }
            _ = skipOrdinalSuffix()
            switch (day, year) {
            case (nil, _) where length <= 2 && !(month == nil && value > 31 && year == nil): day = value
            case (_, nil) where length == 4: year = value
            case (_?, nil) where length <= 2: year = value < 69 ? 2000 + value : 1900 + value
            default: return false
            }
            return true
        }

        /// The year of "202510:50:41", where a blank is missing.
        private mutating func yearBeforeTime() -> Int? {
            guard scan.at + 6 < scan.bytes.count, scan.bytes[scan.at + 6] == Byte.colon else { return nil }
            return scan.digits(4)
        }

        private mutating func skipOrdinalSuffix() -> Bool {
            guard scan.at + 2 <= scan.bytes.count else { return false }
            let rest = scan.bytes[slice: scan.at..<scan.bytes.count]
            guard
                rest.begins(with: "st", at: 0) || rest.begins(with: "nd", at: 0) || rest.begins(with: "rd", at: 0)
                    || rest.begins(with: "th", at: 0), rest.count == 2 || !rest[2].isLetter
            else { return false }
            scan.at += 2
            return true
        }

        private mutating func readTime(hour: Int) -> Bool {
            guard !hasTime, scan.skip(Byte.colon), let minute = scan.number(digits: 1, to: 2),
                let second = scan.secondsAfterColon()
            else { return false }
            hasTime = true
            parts.hour = hour
            parts.minute = minute
            parts.second = second
            return true
        }

        private mutating func readWord() -> Bool {
            let start = scan.at
            let word = scan.word()
            if month == nil, let number = monthNumber(word) {
                month = number
                return true
            }
            if !hasTime, isWeekday(word) || (start == 0 && scan.next == Byte.comma) { return true }
            if hasTime, word.count == 2, word[1].lowercased == UInt8(ascii: "m") {
                return setHalfOfDay(word[0].lowercased)
            }
            scan.at = start
            guard !hasZone, let offset = scan.zone() else { return false }
            hasZone = true
            parts.offset = offset
            return scan.next.map { !$0.isLetter && !$0.isDigit } ?? true
        }

        private mutating func setHalfOfDay(_ letter: UInt8) -> Bool {
            guard (1...12).contains(parts.hour) else { return parts.hour < 24 }
            if letter == UInt8(ascii: "p") { parts.hour = parts.hour % 12 + 12 }
            if letter == UInt8(ascii: "a") { parts.hour %= 12 }
            return letter == UInt8(ascii: "p") || letter == UInt8(ascii: "a")
        }

        private func isWeekday(_ word: ByteView) -> Bool {
            guard word.count >= 3 else { return word.count == 2 && month == nil && day == nil }
            switch (word[0].lowercased, word[1].lowercased, word[2].lowercased) {
            case (UInt8(ascii: "m"), UInt8(ascii: "o"), UInt8(ascii: "n")): return true
            case (UInt8(ascii: "t"), UInt8(ascii: "u"), UInt8(ascii: "e")): return true
            case (UInt8(ascii: "w"), UInt8(ascii: "e"), UInt8(ascii: "d")): return true
            case (UInt8(ascii: "t"), UInt8(ascii: "h"), UInt8(ascii: "u")): return true
            case (UInt8(ascii: "f"), UInt8(ascii: "r"), UInt8(ascii: "i")): return true
            case (UInt8(ascii: "s"), UInt8(ascii: "a"), UInt8(ascii: "t")): return true
            case (UInt8(ascii: "s"), UInt8(ascii: "u"), UInt8(ascii: "n")): return true
            default: return false
            }
        }
    }
}
