import Digests
import FeedModel
import FoundationEssentials
import Glibc
import Testing

@Suite struct RenderingTests {
    /// `DURBEEN_UPDATE_GOLDEN=1 swift test --filter DigestsTests` writes the files anew; read the difference before a commit.
    @Test(arguments: DigestFormat.allCases)
    func `gives the golden bytes`(format: DigestFormat) throws {
        let bytes = render(Samples.digest, as: format)
        let ending = format == .jsonfeed ? "feed.json" : format.fileExtension
        let path = Self.fixtures + "/hostile-day.\(ending)"
        if getenv("DURBEEN_UPDATE_GOLDEN") != nil { try Data(bytes).write(to: URL(filePath: path)) }
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(bytes))
    }

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    static let fixtures = tests + "/Fixtures/digests"
    static let tools = tests + "/Tools"

    @Test(arguments: [DigestFormat.html, .markdown])
    func `lets nothing from a feed become markup or an address that is not http`(format: DigestFormat) {
        // An escaped bracket opens no link; in HTML no bracket does.
        let text = String(decoding: render(Samples.digest, as: format), as: UTF8.self)
            .replacing(format == .html ? "]" : "\\]", with: "")
        for bad in [
            "<script", "<iframe", "<img", "<b>O", "](javascript:", "href=\"javascript", "](data:", "\u{202E}", "\u{1B}",
        ] {
            #expect(!text.contains(bad), "\(bad)")
        }
    }

    @Test func `writes JSON that reads back`() throws {
        let json = try JSON(reading: render(Samples.digest, as: .json))
        #expect(json["profile"]?.string == "analyst")
        #expect(json["sections"]?.array?.count == 2)
        #expect(json["period"]?["to"]?.string == "2026-11-25T02:00:00Z")
    }

    @Test(arguments: DigestFormat.allCases)
    func `M-14: what was read back from the JSON edition gives the same bytes in every format`(
        format: DigestFormat
    ) throws {
        let read = try #require(digest(reading: try JSON(reading: render(Samples.digest, as: .json))))
        #expect(render(read, as: format) == render(Samples.digest, as: format))
    }

    @Test(arguments: DigestFormat.allCases)
    func `S6: a stored digest with numbers out of all range is shown without a trap`(format: DigestFormat) throws {
        let text = """
            {"id": "x", "profile": "p", "date": "2026-11-25", "zone": "UTC", "period": {"to": "2026-11-25T02:00:00Z"},
             "sections": [{"area": "economy", "topic": "trade-investment", "stories": [{"title": "T", "entries": [],
               "passage": "short", "marks": [[3, 9000000000000000], [-5, 2], [4, 1]], "score": 1e300}]}],
             "coverage": {"feeds": -1, "median_age_seconds": 9000000000000000},
             "trends": {"balance": [
               {"area": "economy", "last_7": -3, "share_7": 1e300, "share_30": -1e300, "share_before": 7}],
               "surges": [{"topic": "trade-investment", "count": 9000000000000000, "expected": 1e300}],
               "weeks": [{"from": "2026-11-23", "economy": 9000000000000000}]}}
            """
        let read = try #require(digest(reading: try JSON(reading: Array(text.utf8))))
        #expect(!render(read, as: format).isEmpty)
        #expect(read.trends?.balance.first?.share7 == 1)
    }

    @Test(arguments: [true, false])
    func `steers no terminal`(color: Bool) {
        let text = terminalText(Samples.digest, width: 60, color: color)
        let bare = color ? text.replacing("\u{1B}[", with: "") : text
        #expect(
            !bare.unicodeScalars.contains {
                ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) || $0 == "\u{202E}"
            })
    }

    @Test func `names the four countries with most entries in the days that are shown`() {
        let days = Samples.key.date.daysSince1970
        // Many long ago, and from the last some lately.
        let counts = [("A", 90, 0), ("B", 80, 1), ("C", 70, 9), ("D", 60, 2), ("E", 50, 3), ("F", 1, 10)]
        let volumes = counts.flatMap { country, before, lately in
            [(60, before), (2, lately)].map { age, count in
                Volume(day: days - age, area: .economy, topic: "t", country: country, count: count)
            }
        }
        var digest = Samples.digest
        digest.trends = TrendsBuilder(today: Samples.key.date, volumes: volumes, sources: []).build()
        let text = String(decoding: render(digest, as: .markdown), as: UTF8.self)
        let shown = text.split(separator: "\n").filter { $0.hasPrefix("- Sources from ") }.map {
            $0.dropFirst(15).prefix(1)
        }
        #expect(shown == ["F", "C", "E", "D"])
    }

    @Test func `keeps text lines within 72 columns but for addresses`() {
        let text = String(decoding: render(Samples.digest, as: .text), as: UTF8.self)
        for line in text.split(separator: "\n") where !line.hasPrefix("http") { #expect(line.count <= 72, "\(line)") }
    }

    @Test func `keeps a page of hundreds of stories under 100 KB with every link`() {
        let entries = (0..<250).map {
            Samples.entry(
                "x\($0)", title: "A headline of usual length, number \($0)",
                summary: String(repeating: "Word ", count: 60))
        }
        let html = String(
            decoding: render(DigestBuilder().build(Samples.request(entries, perTopic: 250)), as: .html), as: UTF8.self)
        #expect(html.utf8.count <= 100_000)
        for index in 0..<250 { #expect(html.contains("/news/x\(index)\"")) }
    }

    /// A day with an entry in each place there is for one.
    private static var everyPlace: DigestRequest {
        let text = """
            The ministers agreed on a joint laboratory for seeds that withstand heat. It opens in Faisalabad next spring, \
            where scientists of both countries will grow wheat, rice and cotton under glass. The cost is shared for five years.
            """
        var all = (0..<11).map {
            Samples.entry("in\($0)", title: "Copper report \($0) of the mining board", hours: Double($0 + 1), score: 8)
        }
        all += [
            Samples.entry("copy1", title: "Joint seed laboratory opens", summary: text, words: ["seeds"]),
            Samples.entry("copy2", feed: "https://state.example/rss", title: "New lab for wheat", summary: text),
            Samples.goesOn, Samples.nearly, Samples.missed, Samples.revised,
        ]
        for (id, kind) in [("job", EntryKind.job), ("event", .event)] {
            var notice = Samples.entry(id, title: "A notice, \(id)")
            notice.entry.kind = kind
            all.append(notice)
        }
        for index in all.indices { all[index].entry.url = "https://place.example/\(all[index].entry.id)/x" }
        var request = Samples.request(all)
        request.earlier = Samples.told
        request.revisions = Samples.revisions
        request.threshold = 1.15
        return request
    }

    @Test(arguments: [DigestFormat.text, .html, .markdown, .json, .eml])
    func `M-15: every entry stands once with its link, wherever it has its place`(format: DigestFormat) throws {
        let request = Self.everyPlace
        let digest = DigestBuilder().build(request)
        #expect(!digest.possible.isEmpty && !digest.notices.isEmpty)
        let continuing = digest.sections.flatMap(\.continuing)
        #expect(continuing.contains(where: \.isRevised) && continuing.contains { !$0.isRevised })
        #expect(digest.sections.contains { !$0.more.isEmpty } && digest.stories.contains { $0.entries.count > 1 })
        #expect(digest.entries.map(\.id).sorted() == request.entries.map(\.entry.id).sorted())
        var text = String(decoding: render(digest, as: format), as: UTF8.self)
        if format == .eml {
            // The text part; the other tells the same again.
            text = text.replacing("=\r\n", with: "").replacing("=3D", with: "=")
            text = String(text[..<(try #require(text.firstRange(of: "text/html")).lowerBound)])
        }
        for entry in request.entries {
            let url = "https://place.example/\(entry.entry.id)/x"
            // In JSON the story shows the address of the entry at its head, and each entry its own.
            let isHead = (digest.allStories + digest.possible + digest.notices).contains { $0.url == url }
            let count = format == .json && isHead ? 2 : 1
            #expect(text.ranges(of: url).count == count, "\(url)")
        }
    }

    @Test func `says so when nothing matched`() {
        let html = String(decoding: render(DigestBuilder().build(Samples.request([])), as: .html), as: UTF8.self)
        #expect(html.contains("No new entry matched"))
    }
}
