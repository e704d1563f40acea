import FeedModel
import Testing

@testable import Parsing

@Suite struct OPMLTests {
    private let list = """
        <?xml version="1.0"?>
        <opml version="2.0" xmlns:d="urn:durbeen:opml:1"><head><title>Mine</title></head><body>
          <!-- kept -->
          <outline text="US"><outline text="Tanks" title="Think tanks">
            <outline type="rss" text="A &amp; B" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/" other="kept" d:interval="2h" category="/US/think-tank"/>
          </outline></outline>
          <outline type="rss" text="B" xmlUrl="https://b.example/feed"/>
        </body></opml>
        """

    private func read(_ text: String) throws -> OPML { try OPML.read(Array(text.utf8)) }

    @Test func `reads subscriptions with their groups and our own attributes`() throws {
        let feeds = try read(list).feeds
        #expect(feeds.map(\.url) == ["https://a.example/feed", "https://b.example/feed"])
        #expect(feeds[0].title == "A & B")
        #expect(feeds[0].group == "US/Think tanks")
        #expect(feeds[0].interval == .seconds(7200))
        #expect(feeds[0].kind == .thinkTank)
        #expect(feeds[1].group == nil)
    }

    @Test func `adds to a group that is there, and makes one that is not`() throws {
        var feed = Feed(url: "https://c.example/feed", title: "C \"quoted\" <& more>")
        feed.group = "US/Think tanks"
        feed.priority = 2.5
        let longer = try read(list).adding(feed)
        feed.url = "https://d.example/feed"
        feed.priority = nil
        feed.group = "PK/Press"
        let again = try OPML.read(longer.adding(feed).bytes())
        #expect(again.feeds.first { $0.url == "https://c.example/feed" }?.group == "US/Think tanks")
        #expect(again.feeds.first { $0.url == "https://d.example/feed" }?.group == "PK/Press")
        #expect(again.feeds.map(\.priority).filter { $0 != nil } == [2.5])
        #expect(again.feeds.first { $0.url == "https://c.example/feed" }?.title == "C \"quoted\" <& more>")
    }

    @Test func `marks the outlines of a feed under the file's own prefix, and changes no other byte`() throws {
        func marked(_ text: String, _ url: String = "https://a.example/feed") throws -> String {
            String(decoding: try read(text).marking(url, verifiedOn: "2026-11-26").bytes(), as: UTF8.self)
        }
        let once = list.replacing(
            "category=\"/US/think-tank\"/>", with: "category=\"/US/think-tank\" d:verified=\"2026-11-26\"/>")
        #expect(try marked(list) == once)
        #expect(try marked(once.replacing("2026-11-26", with: "no")) == once)
        #expect(try marked(list, "https://nowhere.example/") == list)
        let unbound = list.replacing(" xmlns:d=\"urn:durbeen:opml:1\"", with: "").replacing(
            "d:interval", with: "interval")
        #expect(try marked(unbound) == unbound)
        // As `feeds add` writes into a file that binds no prefix.
        let own = try read(unbound).adding(Feed(url: "https://c.example/", title: "C", kind: .press)).bytes()
        let ownMarked = try marked(String(decoding: own, as: UTF8.self), "https://c.example/")
        #expect(ownMarked.contains("durbeen:kind=\"press\" durbeen:verified=\"2026-11-26\"/>"))
        #expect(throws: Never.self) { try read(ownMarked) }
    }

    @Test func `leaves all else as it was, byte for byte`() throws {
        let removed = try read(list).removing(url: "https://b.example/feed")
        #expect(
            String(decoding: removed.bytes(), as: UTF8.self)
                == list.replacing("  <outline type=\"rss\" text=\"B\" xmlUrl=\"https://b.example/feed\"/>\n", with: ""))
        #expect(try read(list).removing(url: "https://nowhere.example/").bytes() == Array(list.utf8))
    }

    @Test(arguments: ["<?a > X ?>", "<!--> X -->", "<!-- > X ->-->", "<:a><![CDATA[ X ]]></:a>", "<?a X?>"])
    func `what only looks like an outline is left alone, wherever XML lets it stand`(rest: String) throws {
        let rest = rest.replacing("X", with: "<outline xmlUrl='https://example.org/a'/></body>")
        let list = try read(
            "<opml>\(rest)<body>\(rest)<outline xmlUrl='https://example.org/a'/>\(rest)</body>\(rest)</opml>")
        #expect(list.feeds.count == 1)
        let shorter = list.removing(url: "https://example.org/a")
        #expect(shorter.feeds.isEmpty)
        #expect(
            String(decoding: shorter.bytes(), as: UTF8.self) == "<opml>\(rest)<body>\(rest)\(rest)</body>\(rest)</opml>"
        )
    }

    @Test(arguments: [
        ("<opml><body><outline></body></opml>", 1), ("<opml>\n<body>&nope</body></opml>", 2), ("<rss/>", 1),
        ("<opml><head/></opml>", 1), ("", 1), ("<x><opml><body></body></opml></x>", 1),
        ("<opml/>\n\0<opml><body></body></opml>", 2),
        ("<:a/>\0<opml><body></body></opml>", 1), ("<opml><head><body></body></head></opml>", 1),
    ])
    func `what is no OPML is refused with its place`(text: String, line: Int) {
        let error = #expect(throws: OPMLError.self) { try read(text) }
        #expect(error?.line == line)
    }
}
