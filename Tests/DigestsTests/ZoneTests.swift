import Digests
import FeedModel
import FoundationEssentials
import Testing

@Suite struct ZoneTests {
    @Test(arguments: ["Asia/Karachi", "America/New_York", "Pacific/Apia", "UTC", "Europe/Kyiv"])
    func `knows the names of IANA's list`(name: String) { #expect(Zone(name)?.name == name) }

    @Test(arguments: [
        "", "Karachi", "Asia/karachi", "IST", "PLT", "GMT+5", "Etc/Unknown", "SystemV/PST8", "Asia/Karachi ", "../x",
    ])
    func `refuses everything else instead of meaning Greenwich`(name: String) { #expect(Zone(name) == nil) }

    @Test(arguments: [
        // New York: spring forward skips 02:30, so the first instant after it is 03:00 EDT.
        ("America/New_York", "2026-03-08", 2, 30, "2026-03-08T07:00:00Z"),
        // Autumn shows 01:30 twice; the first is still daylight time.
        ("America/New_York", "2026-11-01", 1, 30, "2026-11-01T05:30:00Z"),
        ("America/New_York", "2026-03-08", 7, 0, "2026-03-08T11:00:00Z"),
        ("America/New_York", "2026-11-01", 7, 0, "2026-11-01T12:00:00Z"),
        ("Asia/Karachi", "2026-11-25", 7, 0, "2026-11-25T02:00:00Z"),
        // Samoa went from 29 to 31 December 2011; the day between has no instant of its own.
        ("Pacific/Apia", "2011-12-29", 7, 0, "2011-12-29T17:00:00Z"),
        ("Pacific/Apia", "2011-12-30", 7, 0, "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-31", 7, 0, "2011-12-30T17:00:00Z"),
    ])
    func `finds the instant of a local time, past gaps and at the first of two`(
        name: String, date: String, hour: Int, minute: Int, expected: String
    ) throws {
        let zone = try #require(Zone(name))
        let instant = zone.instant(of: try #require(LocalDate(date)), hour: hour, minute: minute)
        #expect(Zone.utc.timestamp(instant) == expected)
    }

    @Test func `writes dates for people and for mail`() {
        let zone = Samples.karachi
        #expect(Samples.key.date.longText == "Wednesday, 25 November 2026")
        #expect(zone.mailText(Samples.cutOff) == "Wed, 25 Nov 2026 07:00:00 +0500")
        #expect(zone.timestamp(Samples.cutOff) == "2026-11-25T07:00:00+05:00")
        #expect(zone.offsetText(at: Samples.cutOff) == "UTC+5")
        #expect(zone.weekday(at: Samples.cutOff) == .wednesday)
        #expect(zone.date(at: Samples.cutOff + 17 * 3600) == LocalDate(year: 2026, month: 11, day: 26))
    }

    @Test(arguments: [Double.infinity, .nan, 1e300, -1e300])
    func `takes any instant without trapping`(seconds: Double) {
        _ = Zone.utc.date(at: Date(timeIntervalSince1970: seconds))
    }
}
