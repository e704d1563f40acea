import FeedModel
import FoundationEssentials
import Testing

@testable import Parsing

@Suite struct FeedDateTests {
    private func read(_ text: String) -> String? { FeedDate.parse(text).map { timestamp($0) } }

    @Test(arguments: [
        ("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z"),
        ("Thu, 1 Jan 2004 19:48 GMT", "2004-01-01T19:48:00Z"),
        ("01 Jan 2004 19:48:21 EST", "2004-01-02T00:48:21Z"), ("Thu, 01 Jan 04 19:48:21 PDT", "2004-01-02T02:48:21Z"),
        ("Sun, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z"),
        ("Thu, 01 Jan 2004 19:48:21 +0530", "2004-01-01T14:18:21Z"),
        ("Thu, 01 Jan 2004 19:48:21 GMT-01:01", "2004-01-01T20:49:21Z"),
        ("Thu, 01 Jan 2004 19:48:21 Etc/GMT", "2004-01-01T19:48:21Z"),
        ("Thu, 01 January, 2004 19:48:21 ET", "2004-01-02T00:48:21Z"),
        ("Jan 1, 2004", "2004-01-01T00:00:00Z"), ("1 January 2004", "2004-01-01T00:00:00Z"),
        ("January 1st, 2004 7:48 PM", "2004-01-01T19:48:00Z"), ("Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21Z"),
        ("Thu Jan 01 19:48:21 +0100 2004", "2004-01-01T18:48:21Z"), ("Thu, 01 Jan 2004", "2004-01-01T00:00:00Z"),
        ("Thu, 01 Jan 2004 19:48:21 MEST", "2004-01-01T17:48:21Z"), ("1-Jan-2004 19:48:21 PKT", "2004-01-01T14:48:21Z"),
        ("Mon, 31 Dec 1979 23:59:59 AT", "1980-01-01T03:59:59Z"), ("Thu, 01 Jan 2004 19:48:21", "2004-01-01T19:48:21Z"),
    ])
    func `reads dates with the month in words`(text: String, moment: String) {
        #expect(read(text) == moment)
    }

    @Test(arguments: [
        ("2003", "2003-01-01T00:00:00Z"), ("2003-12", "2003-12-01T00:00:00Z"), ("2003-12-31", "2003-12-31T00:00:00Z"),
        ("20031231", "2003-12-31T00:00:00Z"), ("2003-365", "2003-12-31T00:00:00Z"),
        ("2003-12-31T10:14Z", "2003-12-31T10:14:00Z"),
        ("2003-12-31T10:14:55+05:00", "2003-12-31T05:14:55Z"), ("2003-12-31 10:14:55", "2003-12-31T10:14:55Z"),
        ("2003-12-31T10:14:55.531Z", "2003-12-31T10:14:55.531Z"),
        ("2003-12-31T10:14:55.9999Z", "2003-12-31T10:14:55.999Z"),
        ("2003-012-31", "2003-12-31T00:00:00Z"), ("2003-31-12", "2003-12-31T00:00:00Z"),
        ("2003/12/31", "2003-12-31T00:00:00Z"),
        ("2003-12-31T24:00:00Z", "2004-01-01T00:00:00Z"), ("2003-12-31T10:14:55-0800", "2003-12-31T18:14:55Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"), ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ])
    func `reads dates in numbers, stopping anywhere`(text: String, moment: String) {
        #expect(read(text) == moment)
    }

    @Test(arguments: [
        "", "now", "yesterday", "Thu, 99 Jan 2004 19:48:21 GMT", "Thu, 01 Jum 2004 19:48:21 GMT", "2003-13-45",
        "2003-02-30",
        "2003-12-31T10:14:99Z", "2003-12-31T25:00:00Z", "2003-12-31T10:14:55+x", "0000-00-00",
        "Thu, 01 Jan 2004 19:48:21 +9999",
        "9999-12-31T23:59:59-12:00", "0000-01-01", "12345678901234567890", "2003-12-31T10:14:55Z and more", "-1",
        "٢٠٠٣-١٢-٣١",
    ])
    func `what is no date is none, and never now`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `reads each moment as it writes it`() throws {
        for milliseconds in stride(from: -62_000_000_000_000 as Int64, to: 250_000_000_000_000, by: 3_123_456_789_123) {
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            #expect(FeedDate.parse(timestamp(date)).map { timestamp($0) } == timestamp(date))
        }
    }

    @Test(arguments: [
        ("<pubDate>2026-11-25T10:00:00Z</pubDate>", "2026-11-25T10:00:00Z"),
        ("<pubDate>bad</pubDate><pubDate>Wed, 25 Nov 2026 10:00:00 GMT</pubDate>", "2026-11-25T10:00:00Z"),
        ("<pubDate>2026-11-24</pubDate><pubDate>2026-11-25</pubDate>", "2026-11-25T00:00:00Z"),
    ])
    func `any form may stand in any element, and the last that can be read counts`(dates: String, moment: String) throws
    {
        #expect(try item(dates).published.map { timestamp($0) } == moment)
    }

    @Test func `a date that cannot be read is absent, and it is said`() throws {
        let feed = try document(rss("<item><title>A</title><pubDate>soon</pubDate></item>"))
        #expect(feed.entries[0].published == nil)
        #expect(feed.codes == ["date-unreadable"])
    }

    /// Readers of fixed places must not see a date where there is none, nor another one.
    @Test func `the usual forms are read as the readers of all forms read them`() {
        let days = ["01", "29", "30", "31", "00", "32", "1 ", "3x"]
        let months = ["Jan", "Feb", "feb", "Sep", "Dec", "Foo", "Ma "]
        let zones = ["GMT", "gmt", "UTC", "EST", "+0000", "-0330", "+2400", "+0061", "0000", "Z", "+05:00"]
        let times = ["00:00:00", "23:59:59", "23:59:60", "24:00:00", "24:00:01", "12:60:00", "1:00:00", "12.00.00"]
        var read = 0
        func check(_ text: String) {
            var text = text
            text.withUTF8 { bytes in
                guard let usual = UsualDate.parse(bytes) else { return }
                read += 1
                #expect(usual == (bytes[0].isDigit ? NumericDate.parse(bytes) : WordyDate.parse(bytes)))
            }
        }
        for day in days {
            for time in times {
                for zone in zones {
                    for month in months {
                        for year in ["2004", "2023", "0000", "9999"] {
                            check("Thu, \(day) \(month) \(year) \(time) \(zone)")
                        }
                    }
                    for month in ["01", "02", "12", "13", "00"] {
                        for year in ["2004", "2023", "0000", "9999"] {
                            check("\(year)-\(month)-\(day)T\(time)\(zone)")
                        }
                    }
                }
            }
        }
        #expect(read > 500, "\(read)")
    }
}

private func document(_ text: String) throws -> ParsedFeed { try read(text) }
