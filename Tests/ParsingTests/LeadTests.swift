import FeedModel
import Testing

@testable import Parsing

/// A lead is part of what an entry is known by: the quick way must find what the slow way finds, or known entries are new.
@Suite struct LeadTests {
    private static let pieces = [
        "<p>", "</p>", "<br/>", "<a href=\"https://example.org/?a>b\">", "</a>", "<b>", "<img src='x'>", "<h1", ">",
        "<", "&",
        "&amp;", "&nbsp;", "&#8217;", "&eacute;", "&lt;b&gt;", "&notaname;", "&#0;", " ", "  ", "\n", "\t", "word ",
        "Trade-policy, ", "1,234.5 ", "پاکستان ", "Ärger ", "İstanbul ", "Ｆｕｌｌ ", "é", "—", "\u{A0}", "\u{85}",
        "Ã©", "...", "?!-()", "<!-- more -->", "<script>x=1</script>", "<style>", "</style>", "<![CDATA[c]]>",
        "<template>t</template>", "<td>cell</td>", "<pre>", "</pre>", "aVeryLongWordWithoutAnyBlank", "<?php echo ?>",
    ]

    private func random(_ seed: Int) -> String {
        var state = UInt64(truncatingIfNeeded: seed &* 2_654_435_761 &+ 1)
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        // Now and then few kinds of pieces, so that long plain texts come up too.
        let kinds = (0..<(1 + next(12))).map { _ in Self.pieces[next(Self.pieces.count)] } + ["word ", "plain "]
        return (0..<next(120)).map { _ in kinds[next(kinds.count)] }.joined()
    }

    @Test(arguments: ["text/html", "text/plain", "application/xhtml+xml"])
    func `the quick way to a lead ends where the slow way does, or not at all`(type: String) {
        var reader = LeadReader()
        var found = 0
        for seed in 0..<6000 {
            let text = random(seed)
            var quick: [UInt8] = []
            guard reader.appendUsualLead(of: text, type: type, to: &quick) else { continue }
            found += 1
            var slow: [UInt8] = []
            #expect(reader.appendAnyLead(of: text, type: type, to: &slow))
            #expect(quick == slow, "\(text)")
        }
        #expect(found > 1000, "\(found)")
    }

    @Test(arguments: [
        ("<p>Talks, <b>again</b>: 3 &amp; more</p>", "talksagain3more"), ("<p>ÄRGER</p>", "ärger"), ("?!", ""),
        ("<script>x</script>A", "a"),
        ("<p>" + String(repeating: "ab ", count: 200), String(repeating: "ab", count: 100)),
        ("<p>" + String(repeating: ". ", count: 200) + "A</p>", "a"),
    ])
    func `a lead is the first letters and digits of the text, in lower case`(html: String, lead: String) {
        var text: [UInt8] = []
        var reader = LeadReader()
        #expect(reader.appendLead(of: html, type: "text/html", to: &text) == 0..<lead.utf8.count)
        #expect(String(text) == lead)
    }

    @Test func `a text of white space and markup alone has no lead`() {
        var text: [UInt8] = []
        var reader = LeadReader()
        #expect(reader.appendLead(of: "<p> &nbsp;</p>", type: "text/html", to: &text) == nil)
        #expect(text.isEmpty)
    }
}
