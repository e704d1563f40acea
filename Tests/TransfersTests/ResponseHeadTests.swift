import FeedModel
import FoundationEssentials
import Testing

@testable import Transfers

@Suite struct ResponseHeadTests {
    private func head(_ fields: [String]) -> ResponseHead {
        var head = ResponseHead()
        for line in ["HTTP/1.1 200 OK"] + fields {
            Array((line + "\r\n").utf8).withUnsafeBytes { _ = head.take(line: $0) }
        }
        return head
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777.0), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
        ("Sun Nov  6 08:49:37 1994", 784_111_777), ("sun, 6 nov 1994 08:49:37 gmt", 784_111_777),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ("Sat, 29 Feb 2020 23:59:60 GMT", 1_583_020_800), ("Sunday, 01-Jan-26 00:00:00 GMT", 1_767_225_600),
    ])
    func `P-27: all three forms of an HTTP date are read`(text: String, seconds: Double) {
        #expect(httpDate(text) == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: [
        "", "0", "-1", "soon", "Sun, 06 Nov 1994", "06 Nov 1994 25:00:00 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 2021 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
        "08:49:37 08:49:37 6 Nov 1994",
        "Sun, 06 Nov 1994 8:4:99 GMT", ":::", "\u{661} Nov 1994 08:49:37",
    ])
    func `P-27: what is no HTTP date is none`(text: String) {
        #expect(httpDate(text) == nil)
    }

    @Test(arguments: [
        ("120", FreshnessHint.RetryAfter.delay(.seconds(120))),
        ("Sun, 06 Nov 1994 08:49:37 GMT", .date(Date(timeIntervalSince1970: 784_111_777))),
        ("99999999999999999999999", .delay(.seconds(1 << 31))), ("-5", nil), ("1e9", nil), ("", nil), ("soon", nil),
        ("12 34", nil),
    ])
    func `P-27: Retry-After is read in both forms, and garbage is no information`(
        text: String, expected: FreshnessHint.RetryAfter?
    ) {
        #expect(head(["Retry-After: \(text)"]).freshness.retryAfter == expected)
    }

    @Test func `P-27: a negative or zero Retry-After asks for no wait`() {
        #expect(head(["Retry-After: 0"]).freshness.retryDelay(now: Date(timeIntervalSince1970: 0)) == nil)
    }

    @Test(arguments: [
        ("max-age=60", 60), ("public,MAX-AGE=\"60\", s-maxage=9", 60), ("s-maxage=9", nil), ("max-age=-1", nil),
        ("max-age=99999999999999999999", 1 << 31), ("no-cache", 0), ("max-age=60, no-store", 0),
        ("no-store, max-age=60", 0),
        ("max-age=60, max-age=5", 60), ("max-age", nil), ("", nil),
    ])
    func `P-18: Cache-Control tells max-age, and zero for no-cache and no-store`(text: String, seconds: Int?) {
        #expect(head(["Cache-Control: \(text)"]).freshness.maxAge == seconds.map { .seconds($0) })
    }

    @Test func `P-18: Expires counts from Date, and one that is no date has passed`() {
        let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(head([date, "Expires: Sun, 06 Nov 1994 09:49:37 GMT"]).freshness.freshness == .seconds(3600))
        #expect(head([date, "Expires: 0"]).freshness.freshness == .zero)
        #expect(head([date]).freshness.freshness == nil)
    }

    @Test func `P-06: a field is kept as it came, only blanks around it removed`() {
        let validators = head(["eTaG: \t W/\"x  y\" \t", "LAST-MODIFIED:never"]).validators
        #expect(validators == Validators(etag: Array("W/\"x  y\"".utf8), lastModified: Array("never".utf8)))
        #expect(head(["ETag:", "Last-Modified:   "]).validators.isEmpty)
    }

    @Test func `a validator that could not stand in one header line is not kept`() {
        #expect(head(["ETag: a\u{1}b"]).validators.isEmpty)
        #expect(head(["ETag: \(String(repeating: "a", count: 5000))"]).validators.isEmpty)
    }

    @Test func `fields of an interim response are forgotten, their size is not`() {
        var head = head(["ETag: \"early\""])
        let before = head.size
        Array("HTTP/1.1 200 OK\r\n".utf8).withUnsafeBytes { _ = head.take(line: $0) }
        #expect(head.validators.isEmpty)
        #expect(head.size > before)
    }
}
