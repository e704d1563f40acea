import FeedModel
import Testing

@Suite struct DigestKeyTests {
    @Test(arguments: ["analyst/2026-11-25", "analyst/2026-11-25.2", "a/b/2026-01-01"])
    func `a key reads back what it prints`(text: String) {
        #expect(DigestKey(text)?.description == text)
    }

    @Test(arguments: [
        "", "analyst", "analyst/2026-13-01", "/2026-11-25", "a/2026-11-25.0", "a/2026-11-25.x", "a/26-1-1",
    ])
    func `what is no key is refused`(text: String) {
        #expect(DigestKey(text) == nil)
    }
}

@Suite struct Base32Tests {
    @Test(arguments: [
        ("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"), ("foobar", "mzxw6ytboi"),
    ])
    func `encodes the test vectors of RFC 4648, without padding`(plain: String, encoded: String) {
        #expect(base32(Array(plain.utf8)) == encoded)
    }
}

@Suite struct VisibleTextTests {
    @Test func `controls and overrides are shown, text is left alone`() {
        #expect(visible("a\u{7}\u{1B}[2J\u{9B}b\u{202E}c\u{2066}") == "a\\u{7}\\u{1B}[2J\\u{9B}b\\u{202E}c\\u{2066}")
        #expect(visible("پاکستان\tو\nامریکا") == "پاکستان\tو\nامریکا")
        #expect(visible("one\ntwo", keepingNewlines: false) == "one\\u{A}two")
    }
}

@Suite struct FreshnessHintTests {
    @Test func `Age is taken off max-age, and the rest is never negative`() {
        #expect(FreshnessHint(maxAge: .seconds(60), age: .seconds(90)).freshness == .zero)
    }

    @Test func `a 304 replaces the validators it carries and keeps the others (P-09)`() {
        let old = Validators(etag: [1], lastModified: [2])
        #expect(old.updated(byNotModified: Validators(etag: [3])) == Validators(etag: [3], lastModified: [2]))
    }
}

@Suite struct CalendarDayTests {
    @Test(arguments: [
        ("1970-01-01", 0, 4), ("2000-02-29", 11_016, 2), ("2026-11-25", 20_782, 3), ("0000-01-01", -719_528, 6),
    ])
    func `dates and counts of days are one`(text: String, days: Int, weekday: Int) throws {
        let date = try #require(LocalDate(text))
        #expect(date.daysSince1970 == days)
        #expect(LocalDate(daysSince1970: days) == date)
        #expect(date.weekday == weekday)
    }

    @Test func `a day is added over the end of a month and a year`() throws {
        #expect(try #require(LocalDate("2027-12-31")).adding(days: 1).description == "2028-01-01")
        #expect(try #require(LocalDate("2028-03-01")).adding(days: -1).description == "2028-02-29")
    }
}
