import FeedModel
import Testing

@testable import Parsing

@Suite struct JSONFeedTests {
    @Test func `reads every part`() throws {
        let feed = try read(
            """
            {"version": "https://jsonfeed.org/version/1.1", "title": "News", "home_page_url": "https://example.org/",
             "feed_url": "https://example.org/feed.json", "description": "All", "language": "en_US", "favicon": "/f.ico",
             "authors": [{"name": "Ann", "url": "/ann"}], "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
             "items": [{"id": 7, "url": "/1", "external_url": "https://other.example/", "title": "A &amp; b",
               "content_html": "<p>One</p><p>Two</p>", "summary": "Short", "date_published": "2026-11-25T10:00:00+05:00",
               "date_modified": "2026-11-26T10:00:00Z", "tags": ["x", "y"], "image": "/i.png",
               "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9, "duration_in_seconds": 60}]},
              {"id": "8", "content_text": "a <b> c"}]}
            """, from: "https://example.org/feed.json", as: "application/feed+json")
        #expect(feed.format == .jsonFeed11)
        #expect(feed.title == "News")
        #expect(feed.subtitle == "All")
        #expect(feed.language == .tag("en-US"))
        #expect(feed.icon == "https://example.org/f.ico")
        #expect(feed.authors == [Person(name: "Ann", uri: "https://example.org/ann")])
        #expect(feed.links.filter { $0.rel == "hub" }.map(\.url) == ["https://hub.example/"])
        let entry = feed.entries[0]
        #expect(entry.id == "7")
        #expect(entry.title == "A &amp; b")
        #expect(entry.link == "https://example.org/1")
        #expect(entry.content.map(\.text) == ["One\nTwo"])
        #expect(entry.summary?.text == "Short")
        #expect(entry.published.map { timestamp($0) } == "2026-11-25T05:00:00Z")
        #expect(entry.categories.map(\.term) == ["x", "y"])
        #expect(entry.durationSeconds == 60)
        #expect(entry.enclosures.first?.length == 9)
        #expect(feed.entries[1].content.map(\.text) == ["a <b> c"])
        #expect(feed.codes == [])
    }

    @Test(arguments: [
        #"{"version": "https://jsonfeed.org/version/1.1"}"#,
        #"{"version": "https://jsonfeed.org/version/1.1", "items": null}"#,
        #"{"version": "https://jsonfeed.org/version/1.1", "items": "x"}"#,
    ])
    func `a feed without items has none`(document: String) throws {
        #expect(try read(document).entries == [])
    }

    @Test(arguments: [#"{"items": []}"#, #"[1, 2]"#, #"{"version": 1}"#, #"{"version": "1.0", "items": [{}]}"#])
    func `other JSON is no feed`(document: String) {
        #expect(throws: ParseError.self) { try read(document) }
    }
}
