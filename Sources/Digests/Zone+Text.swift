public import FeedModel
public import struct FoundationEssentials.Date

// How dates are written for readers. English only, fixed forms: no locale, so that bytes are the same everywhere.

private let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]

extension LocalDate {
    private var monthName: String { (1...12).contains(month) ? months[month - 1] : String(month) }

    /// "Wednesday, 25 November 2026".
    public var longText: String { "\(Weekday(of: self).englishName), \(day) \(monthName) \(year)" }

    /// "25 Nov 2026".
    public var shortText: String { "\(day) \(monthName.prefix(3)) \(year)" }
}

extension Zone {
    /// "25 Nov 2026, 06:40".
    public func shortText(_ instant: Date) -> String {
        let time = time(at: instant)
        return "\(time.date.shortText), \(twoDigits(time.hour)):\(twoDigits(time.minute))"
    }

    /// "06:40".
    public func clockText(_ instant: Date) -> String {
        let time = time(at: instant)
        return "\(twoDigits(time.hour)):\(twoDigits(time.minute))"
    }

    /// "UTC+5", "UTC-3:30", or "UTC".
    public func offsetText(at instant: Date) -> String {
        let offset = offset(at: instant)
        guard offset != 0 else { return "UTC" }
        let minutes = abs(offset) / 60
        let rest = minutes % 60 == 0 ? "" : ":" + twoDigits(minutes % 60)
        return "UTC" + (offset < 0 ? "-" : "+") + String(minutes / 60) + rest
    }

    /// The date of a mail header, "Wed, 25 Nov 2026 07:00:00 +0500" (RFC 5322, 3.3).
    public func mailText(_ instant: Date) -> String {
        let time = time(at: instant)
        let minutes = abs(time.offset) / 60
        let zone = (time.offset < 0 ? "-" : "+") + twoDigits(minutes / 60) + twoDigits(minutes % 60)
        let clock = [time.hour, time.minute, time.second].map(twoDigits).joined(separator: ":")
        return "\(Weekday(of: time.date).shortName), \(time.date.shortText) \(clock) \(zone)"
    }

    /// `2026-11-25T07:00:00+05:00` (RFC 3339), for machines and `datetime` attributes.
    public func timestamp(_ instant: Date) -> String {
        let time = time(at: instant)
        let clock = [time.hour, time.minute, time.second].map(twoDigits).joined(separator: ":")
        guard time.offset != 0 else { return "\(time.date)T\(clock)Z" }
        let minutes = abs(time.offset) / 60
        return "\(time.date)T\(clock)" + (time.offset < 0 ? "-" : "+") + twoDigits(minutes / 60) + ":"
            + twoDigits(minutes % 60)
    }
}

func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
