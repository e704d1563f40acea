import FeedModel
import Testing

@testable import Parsing

/// What the rules of polling ask of reading (P-55 to P-57).
@Suite struct PollingRulesTests {
    private func parse(_ text: String, location: String? = nil) throws -> ParsedFeed {
        try FeedParser().parse(
            Document(bytes: Array(text.utf8), url: "https://final.example/dir/feed.xml", contentLocation: location))
    }

    @Test func `P-55: entities of one's own, external ones and DTDs are neither expanded nor loaded`() throws {
        let feed = try parse(
            """
            <!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
            <!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]>
            <rss version="2.0"><channel><title>T</title><item><guid>1</guid><title>&c;&x; end</title></item></channel></rss>
            """)
        let title = feed.entries.first?.title ?? ""
        #expect(!title.contains("root:") && !title.contains("haha") && title.utf8.count < 100)
        #expect(feed.entries.count == 1)
    }

    @Test func `P-56: the entities that HTML names stand for their characters also in XML`() throws {
        let feed = try parse(
            "<rss version=\"2.0\"><channel><item><guid>1</guid><title>A&nbsp;&eacute;&mdash;z</title></item></channel></rss>"
        )
        #expect(feed.entries.first?.title?.filter { !$0.isWhitespace } == "Aé—z")
    }

    @Test func `P-57: links resolve by xml:base, then Content-Location, then the final URL`() throws {
        func link(_ base: String, location: String?) throws -> String? {
            let text =
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"\(base)><id>f</id><entry><id>1</id><title>t</title>"
                + "<link href=\"x\"/></entry></feed>"
            return try parse(text, location: location).entries.first?.link
        }
        #expect(
            try link(" xml:base=\"https://base.example/b/\"", location: "/other/feed") == "https://base.example/b/x")
        #expect(try link("", location: "/other/feed") == "https://final.example/other/x")
        #expect(try link("", location: nil) == "https://final.example/dir/x")
    }
}
