private import CICU
public import FeedModel
public import struct FoundationEssentials.Date

/// A named time zone: turns instants into local dates and back (M-02).
public struct Zone: Sendable, Hashable {
    /// The IANA name, as written.
    public let name: String

    /// Nil for anything that is not in IANA's list, letter for letter: an unknown name never quietly means GMT.
    public init?(_ iana: String) {
        guard iana.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), durbeen_zone_is_known(iana) else { return nil }
        name = iana
    }

    private init(known name: String) { self.name = name }

    public static let utc = Zone(known: "UTC")

    /// The zone called `name`, or UTC where a stored name has left the list since.
    public init(named name: String) { self = Zone(name) ?? .utc }

    /// Seconds east of UTC at `instant`, daylight saving included.
    public func offset(at instant: Date) -> Int {
        var offset: Int32 = 0
        // False only if ICU lost its data since the name was found known; UTC is then the honest rest.
        _ = durbeen_zone_offset(name, instant.wholeSeconds, &offset)
        return Int(offset)
    }

    /// The local date at `instant`.
    public func date(at instant: Date) -> LocalDate { time(at: instant).date }

    /// What calendar and clock show at `instant`.
    public func time(at instant: Date) -> LocalTime {
        let offset = offset(at: instant)
        return LocalTime(secondsFromEpoch: instant.wholeSeconds + Int64(offset), offset: offset)
    }

    /// The instant at which the clocks show `hour`:`minute` on `date`. Where they skip it, the first instant after the gap; where
    /// they show it twice, the first time.
    public func instant(of date: LocalDate, hour: Int, minute: Int) -> Date {
        var seconds: Int64 = 0
        let known = durbeen_zone_instant(
            name, Int32(clamping: date.year), Int32(clamping: date.month), Int32(clamping: date.day),
            Int32(clamping: hour), Int32(clamping: minute), &seconds)
        if !known { seconds = Int64(date.daysSince1970) * 86_400 + Int64(hour) * 3600 + Int64(minute) * 60 }
        return Date(timeIntervalSince1970: Double(seconds))
    }

    public func weekday(at instant: Date) -> Weekday { Weekday(of: date(at: instant)) }
}

/// The days of the week; the raw value is how configuration writes them.
public enum Weekday: String, Sendable, Hashable, CaseIterable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    public init(of date: LocalDate) { self = Self.allCases[date.weekday - 1] }

    /// "Wednesday".
    public var englishName: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
    /// "Wed".
    public var shortName: String { String(englishName.prefix(3)) }
}

/// What calendar and clock show in a zone.
public struct LocalTime: Sendable, Hashable {
    public var date: LocalDate
    public var hour: Int
    public var minute: Int
    public var second: Int
    /// Seconds east of UTC.
    public var offset: Int

    init(secondsFromEpoch seconds: Int64, offset: Int) {
        let (day, rest) = seconds.flooredDivision(by: 86_400)
        date = LocalDate(daysSince1970: Int(day))
        hour = Int(rest / 3600)
        minute = Int(rest / 60 % 60)
        second = Int(rest % 60)
        self.offset = offset
    }
}

extension Date {
    /// Seconds since 1970 rounded down, held within what ten thousand years can need: feeds state any date at all.
    var wholeSeconds: Int64 {
        let seconds = timeIntervalSince1970
        guard seconds.isFinite else { return 0 }
        return Int64(min(max(seconds.rounded(.down), -62_135_596_800), 253_402_300_799))
    }
}

extension Int64 {
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
