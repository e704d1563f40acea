import Digests
import FeedModel
import FoundationEssentials
import Testing

@Suite struct DigestBuilderTests {
    let digest = Samples.digest

    @Test func `groups by area in their order and carries every entry once`() {
        #expect(digest.sections.map(\.area) == [.security, .economy])
        #expect(digest.entryIDs.map(\.text).sorted() == ["a1", "a2", "a3", "b1", "c1", "d1", "e1", "f1"])
    }

    @Test func `makes one story of the same headline in two feeds and names the other topics`() throws {
        let story = try #require(digest.stories.first { $0.entries.count == 2 })
        #expect(Set(story.entries.map(\.id.text)) == ["a1", "a2"])
        #expect(story.source.name == "US Department of State")
        #expect(story.alsoUnder == ["Education and people"])
    }

    @Test func `keeps two entries of one feed apart under the same headline`() {
        let title = "Daily briefing by the spokesperson of the ministry"
        let digest = DigestBuilder().build(
            Samples.request([Samples.entry("x1", title: title), Samples.entry("x2", title: title)]))
        #expect(digest.stories.count == 2)
    }

    @Test(arguments: [
        ("https://www.a.example/p/?utm_source=x", "http://a.example/p"),
        ("https://a.example/p?b=2&a=1#top", "https://A.example/p?a=1&b=2"),
    ])
    func `knows one page by two addresses`(left: String, right: String) {
        let digest = DigestBuilder().build(
            Samples.request([
                Samples.entry("x1", title: "One", url: left),
                Samples.entry("x2", feed: "https://state.example/rss", title: "Two", url: right),
            ]))
        #expect(digest.stories.count == 1)
    }

    @Test func `does not take the front page of a site for a story`() {
        let digest = DigestBuilder().build(
            Samples.request([
                Samples.entry("x1", title: "One", url: "https://a.example/"),
                Samples.entry("x2", feed: "https://state.example/rss", title: "Two", url: "https://a.example"),
            ]))
        #expect(digest.stories.count == 2)
    }

    @Test func `says what a date is worth`() throws {
        func quality(_ id: String) -> DateQuality? { digest.stories.first { $0.entries[0].id.text == id }?.dateQuality }
        #expect(quality("a3") == .future)
        #expect(quality("b1") == .firstSeen)
        #expect(quality("c1") == .datedEarlier)
        #expect(quality("a2") == .published)
    }

    @Test func `marks the hits in the passage and explains them`() throws {
        let request = Samples.request([Samples.entries[0]])
        let story = try #require(DigestBuilder().build(request).stories.first)
        let scalars = Array(story.passage.text.unicodeScalars)
        let marked = story.passage.marks.map { String(String.UnicodeScalarView(scalars[$0])) }
        #expect(marked == ["Reko Diq", "DFC"])
        #expect(story.passage.text.hasPrefix("Talks on Reko Diq"))
        #expect(story.passage.text.contains("The U.S. agency DFC"))
        #expect(story.because == "Reko Diq in title +17.5; DFC in title +17.5")
    }

    @Test(arguments: [
        ("Copper deal signed. Officials met on Reko Diq in Islamabad.", "Officials met on Reko Diq in Islamabad."),
        ("Copper deal signed - Herald Officials met on Reko Diq.", "Officials met on Reko Diq."),
        (
            "Copper deal signed Submitted by Jane Doe on Fri, 08/21/2026 - 21:54 Officials met on Reko Diq.",
            "Officials met on Reko Diq."
        ),
        (
            "Officials met on Reko Diq. The post Copper deal? A closer look appeared first on Atlantic Herald.",
            "Officials met on Reko Diq."
        ),
        ("Officials met on Reko Diq. Read more at the Herald.", "Officials met on Reko Diq."),
        ("Copper deal signed, the ministry says of Reko Diq.", "Copper deal signed, the ministry says of Reko Diq."),
        ("Copper deal signed, ISPR says of Reko Diq.", "Copper deal signed, ISPR says of Reko Diq."),
        (
            "Copper deal signed\u{60C} Officials met on Reko Diq.",
            "Copper deal signed\u{60C} Officials met on Reko Diq."
        ),
        ("Copper deal signed.", ""), ("Read more", ""), ("The post X appeared first on Y.", ""),
    ])
    func `quotes neither the title again nor what publishing systems write around a text`(text: String, quote: String) {
        let title = text.contains("Herald Officials") ? "Copper deal signed - Herald" : "Copper deal signed"
        let entry = Samples.entry("x", title: title, summary: text, words: ["Reko Diq"])
        #expect(DigestBuilder().build(Samples.request([entry])).stories.first?.passage.text == quote)
    }

    @Test func `carries what goes beyond the cap by title`() {
        let entries = (0..<12).map { Samples.entry("x\($0)", title: "Title \($0)", score: 6 + Double($0)) }
        let digest = DigestBuilder().build(Samples.request(entries, perTopic: 8))
        #expect(digest.sections[0].stories.count == 8)
        #expect(digest.sections[0].more.count == 4)
        #expect(digest.entryIDs.count == 12)
    }

    @Test func `is the same whatever the order of the entries`() {
        var reversed = Samples.wholeRequest
        reversed.entries.reverse()
        reversed.earlier.reverse()
        #expect(DigestBuilder().build(reversed) == digest)
    }

    @Test func `leaves out what the profile does not ask for`() {
        let digest = DigestBuilder().build(Samples.request(Samples.entries, topics: ["counterterrorism"]))
        #expect(digest.entryIDs == [EntryID("c1")])
    }

    @Test func `survives hits that lie outside the text`() {
        var entry = Samples.entry("x", title: "A title", summary: "Short.")
        let hits = [(-5, 3), (2, 900), (4, 2), (Int.max, Int.max)].map {
            Hit(line: 1, field: .summary, start: $0.0, end: $0.1, text: "x", points: 5)
        }
        entry.verdict = Verdict(matches: [Match(watch: Samples.minerals, score: 9, hits: hits)], relevance: 1)
        #expect(DigestBuilder().build(Samples.request([entry])).stories.first?.passage.text == "Short.")
    }

    @Test func `5.5: what came near a watch stands below the line, the best of it, and not beside its own story`() {
        let near = (0..<30).map { number in
            var near = Samples.entry("n\(number)", title: "Nearly \(number)", score: 3.7 + Double(number) / 20)
            near.verdict = Verdict(matches: [], relevance: 0.1, nearMiss: near.verdict.matches[0])
            return near
        }
        var told = Samples.missed
        told.entry.title = Samples.entries[0].entry.title
        var request = Samples.request(near + [told, Samples.entries[0]])
        let possible = DigestBuilder().build(request).possible
        #expect(possible.count == 20 && possible.first?.title == "Nearly 29" && possible.last?.title == "Nearly 10")
        request.threshold = 1.5
        // 60 % of one and a half times the watch's threshold are 5.4 of 6.
        #expect(!DigestBuilder().build(request).possible.contains { $0.normalisedScore < 0.9 })
        request.topics = ["defence"]
        #expect(DigestBuilder().build(request).possible.isEmpty)
    }

    @Test(arguments: [
        ("https://a.example/Report.PDF?x=1#p", "Trade report", "Trade report (PDF)"),
        ("https://a.example/r.pdf", "Trade report [pdf]", "Trade report [pdf]"),
        ("https://a.example/r.pdf.html", "Trade report", "Trade report"),
        ("https://a.example/r?file=x.pdf", "Trade report", "Trade report"), ("javascript:x.pdf", "Trade", "Trade"),
    ])
    func `4: a link to a PDF is named as one`(url: String, title: String, shown: String) throws {
        let digest = DigestBuilder().build(Samples.request([Samples.entry("x", title: title, url: url)]))
        #expect(digest.stories.map(\.title) == [shown])
        for format in [DigestFormat.text, .html, .markdown, .json] {
            let text = String(decoding: render(digest, as: format), as: UTF8.self)
            #expect(text.contains("(PDF)") == shown.contains("(PDF)"), "\(format)")
        }
    }
}
