import FeedModel
import Testing

@testable import Matching

@Suite struct MatcherTests {
    private func passes(_ expression: String, title: String = "", summary: String = "", body: String = "") throws
        -> Bool
    {
        let file = "[watch \"W\"]\ntopic = technology\nthreshold = 0\nmust \(expression)\n+1 \(expression)\n"
        let matcher = try Matcher([WatchlistSource(path: "w.watch", text: sets + file)])
        let entry = Entry(id: EntryID("e"), feedURL: "", title: title, summary: summary, body: body)
        return matcher.verdict(on: entry, of: nil).isRelevant
    }

    private let sets =
        "[set pak]\nPakistan* Islamabad \"Asim Munir\" پاکستان\n[set us]\nUS \"United States\" Washington\n"

    @Test(arguments: [
        ("US", "US and them", true), ("US", "Tell us more", false), ("US", "The U.S. Army", true),
        ("IT", "it is so", false),
        ("TTP", "New TTPs named", false), ("sanction", "Sanctions on firms", true), ("=sanction", "Sanctions", false),
        ("escalation", "A de-escalation", false), ("\"de-escalation\"", "A de-escalation", true),
        ("proliferation", "non-proliferation", false), ("Pakistan*", "Pakistani rice", true),
        ("F-16", "An F-16 jet", true),
        ("\"critical mineral*\"", "critical minerals deal", true),
        ("\"critical minerals\"", "minerals critical", false),
        ("@pak & @us", "Islamabad and Washington", true), ("@pak -@us", "Islamabad", true),
        ("@pak -@us", "Islamabad, US", false),
        ("a NEAR/2 b", "a x b", true), ("a NEAR/2 b", "a x y z b", false), ("b THEN/2 a", "a b", false),
        ("a SENTENCE b", "a. b", false), ("2 OF (a, b, c)", "a c", true), ("a{2,}", "a b", false),
        ("a{2}", "a a", true),
        ("title:(a | b)", "b", true), ("summary:a", "a", false), ("پاکستان", "پاكستان", true),
        ("resume", "Résumé", true),
    ])
    func `a term holds where it should, and not where it should not`(
        expression: String, title: String, expected: Bool
    ) throws {
        #expect(try passes(expression, title: title) == expected)
    }

    @Test func `3.5: fields weigh, repeats count a half, and hits say where they stand`() throws {
        let file = "[watch \"W\"]\ntopic = technology\nthreshold = 1\n+4 copper as \"Copper\"\n"
        let matcher = try Matcher([WatchlistSource(path: "w.watch", text: file)])
        let entry = Entry(id: EntryID("e"), feedURL: "", title: "On copper", body: "copper, copper")
        let match = try #require(matcher.verdict(on: entry, of: nil).matches.first)
        #expect(match.score == 12 + 2 + 1)
        #expect(
            match.hits.first
                == Hit(line: 4, field: .title, start: 3, end: 9, text: "copper", points: 12, label: "Copper"))
    }

    @Test func `a summary that the body repeats counts once`() throws {
        let text = "The copper mine in the far west opened on Monday after years"
        let file = "[watch \"W\"]\ntopic = technology\nthreshold = 1\n+4 copper\n"
        let matcher = try Matcher([WatchlistSource(path: "w.watch", text: file)])
        let entry = Entry(id: EntryID("e"), feedURL: "", title: "", summary: text, body: text + " and more")
        #expect(matcher.verdict(on: entry, of: nil).matches.first?.score == 6)
    }

    @Test(
        arguments: [
            ("b b", nil), ("a", nil), ("a b", "Near"), ("a b c", "Nearer"), ("a b c d", nil), ("a b c never", "Near"),
        ] as [(String, String?)])
    func `what passes no watch names the one it came nearest to, if its gates hold`(title: String, nearest: String?)
        throws
    {
        let head = "topic = technology\nthreshold = 30\nmust a\n"
        let file =
            "[watch \"Near\"]\n\(head)+6 b\n" + "[watch \"Nearer\"]\n\(head)never never\n+3 a\n+3 b\n+2 c\n+2 d\n"
        let matcher = try Matcher([WatchlistSource(path: "w.watch", text: file)])
        let verdict = matcher.verdict(on: Entry(id: EntryID("e"), feedURL: "", title: title), of: nil)
        #expect(verdict.nearMiss?.watch.name == nearest)
        #expect(verdict.isRelevant == (title == "a b c d"))
        #expect(
            verdict.nearMiss.map { $0.normalisedScore >= 0.6 && $0.normalisedScore < 1 && !$0.hits.isEmpty } ?? true)
    }
}
