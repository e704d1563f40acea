import Digests
import FeedModel
import FoundationEssentials
import Testing

@testable import Watching

@Suite struct DigestCalendarTests {
    private func calendar(
        _ zone: String, catchUp: DigestCalendar.CatchUp = .merge, weekdays: Set<Int> = [], hour: Int = 7,
        minute: Int = 0
    ) throws -> DigestCalendar {
        DigestCalendar(
            zone: try #require(Zone(zone)), hour: hour, minute: minute, weekdays: weekdays, catchUp: catchUp)
    }

    private func time(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

    @Test func `nothing is due before the time of day, and one digest from then on`() throws {
        let karachi = try calendar("Asia/Karachi")
        let last = try time("2026-11-24T02:00:00Z")
        #expect(karachi.due(after: last, now: try time("2026-11-25T01:59:59Z")).isEmpty)
        let due = karachi.due(after: last, now: try time("2026-11-25T02:00:00Z"))
        #expect(due.map(\.date.description) == ["2026-11-25"])
        #expect(due.map(\.cutoff) == [try time("2026-11-25T02:00:00Z")])
    }

    @Test func `a digest that was made is not due again`() throws {
        let karachi = try calendar("Asia/Karachi")
        #expect(karachi.due(after: try time("2026-11-25T02:00:00Z"), now: try time("2026-11-25T23:00:00Z")).isEmpty)
    }

    @Test func `M-10: after three days of downtime one digest stands for all three`() throws {
        let due = try calendar("Asia/Karachi").due(
            after: try time("2026-11-22T02:00:00Z"), now: try time("2026-11-25T09:00:00Z"))
        #expect(due.map(\.date.description) == ["2026-11-25"])
        #expect(due.map(\.dates) == [3])
    }

    @Test func `M-10: catching up on each date makes one digest a date, no more than a week back`() throws {
        let each = try calendar("Asia/Karachi", catchUp: .each)
        let due = each.due(after: try time("2026-11-22T02:00:00Z"), now: try time("2026-11-25T09:00:00Z"))
        #expect(due.map(\.date.description) == ["2026-11-23", "2026-11-24", "2026-11-25"])
        let long = each.due(after: try time("2026-01-01T02:00:00Z"), now: try time("2026-11-25T09:00:00Z"))
        #expect(long.count == 8)
    }

    @Test func `M-10: skipping leaves the missed dates out`() throws {
        let due = try calendar("Asia/Karachi", catchUp: .skip).due(
            after: try time("2026-11-22T02:00:00Z"), now: try time("2026-11-25T09:00:00Z"))
        #expect(due.map(\.date.description) == ["2026-11-25"])
        #expect(due.first?.skipped?.date.description == "2026-11-24")
        #expect(due.first?.skipped?.cutoff == (try time("2026-11-24T02:00:00Z")))
    }

    @Test func `a weekday digest rests on Saturday and Sunday`() throws {
        let due = try calendar("UTC", catchUp: .each, weekdays: [1, 2, 3, 4, 5]).due(
            after: try time("2026-11-19T07:00:00Z"), now: try time("2026-11-23T08:00:00Z"))
        #expect(due.map(\.date.description) == ["2026-11-20", "2026-11-23"])
    }

    @Test(arguments: [
        // Clocks go from 2:00 to 3:00 on 8 March 2026, and from 2:00 back to 1:00 on 1 November 2026.
        (
            "America/New_York", 2, 30, "2026-03-07T00:00:00Z", "2026-03-10T12:00:00Z",
            ["2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z", "2026-03-10T06:30:00Z"]
        ),
        (
            "America/New_York", 1, 30, "2026-10-31T00:00:00Z", "2026-11-02T12:00:00Z",
            ["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
        ),
        (
            "Asia/Karachi", 2, 30, "2026-03-07T00:00:00Z", "2026-03-08T22:00:00Z",
            ["2026-03-07T21:30:00Z", "2026-03-08T21:30:00Z"]
        ),
        // Samoa had no 30 December 2011.
        (
            "Pacific/Apia", 7, 0, "2011-12-28T18:00:00Z", "2012-01-01T00:00:00Z",
            ["2011-12-29T17:00:00Z", "2011-12-30T17:00:00Z", "2011-12-31T17:00:00Z"]
        ),
    ])
    func `M-02, R14: one digest a local date over clock changes, however often it is looked at`(
        zone: String, hour: Int, minute: Int, from: String, to: String, expected: [String]
    ) throws {
        let calendar = try calendar(zone, catchUp: .each, hour: hour, minute: minute)
        var last = try time(from)
        let end = try time(to)
        var now = last
        var fired: [Date] = []
        while now <= end {
            for period in calendar.due(after: last, now: now) {
                fired.append(period.cutoff)
                last = period.cutoff
            }
            now = now.addingTimeInterval(600)
        }
        #expect(fired == (try expected.map(time)))
    }

    @Test func `the next digest is the first instant after now`() throws {
        let karachi = try calendar("Asia/Karachi")
        #expect(karachi.next(after: try time("2026-11-25T01:00:00Z")) == (try time("2026-11-25T02:00:00Z")))
        #expect(karachi.next(after: try time("2026-11-25T02:00:00Z")) == (try time("2026-11-26T02:00:00Z")))
    }
}
