import FeedModel
import Testing

@testable import Parsing

@Suite struct RSSTests {
    private let dublinCore = "xmlns:dc='http://purl.org/dc/elements/1.1/'"

    @Test func `reads every part of a channel`() throws {
        let feed = try read(
            rss(
                "",
                channel: """
                    <title>News &amp; views</title><link>https://example.org/</link><description>All of it</description>
                    <language>en_GB</language><copyright>2026, us</copyright><ttl>90</ttl>
                    <managingEditor>ed@example.org (Ed Itor)</managingEditor><generator>Hand 1.0</generator>
                    <pubDate>Wed, 25 Nov 2026 10:00:00 GMT</pubDate><lastBuildDate>Wed, 25 Nov 2026 11:00:00 GMT</lastBuildDate>
                    <skipHours><hour>0</hour><hour>23</hour></skipHours><skipDays><day>Sunday</day></skipDays>
                    <image><url>/i.png</url><title>Logo</title><link>/home</link><width>88</width><height>31</height></image>
                    """))
        #expect(feed.title == "News & views")
        #expect(feed.link == "https://example.org/")
        #expect(feed.subtitle == "All of it")
        #expect(feed.language == .tag("en-GB"))
        #expect(feed.rights == "2026, us")
        #expect(feed.ttlMinutes == 90)
        #expect(feed.authors == [Person(name: "Ed Itor", email: "ed@example.org")])
        #expect(feed.generator?.name == "Hand 1.0")
        #expect(feed.published.map { timestamp($0) } == "2026-11-25T10:00:00Z")
        #expect(feed.updated.map { timestamp($0) } == "2026-11-25T11:00:00Z")
        #expect(feed.skipHours == [0, 23])
        #expect(feed.skipDays == ["Sunday"])
        #expect(feed.image?.url == "https://example.org/i.png")
        #expect(feed.image?.width == 88)
        #expect(feed.image?.link == "https://example.org/home")
    }

    @Test func `reads every part of an item`() throws {
        let entry = try item(
            """
            <title>Talks</title><link>https://example.org/talks</link><guid isPermaLink="false">id-1</guid>
            <description>&lt;p&gt;They &lt;b&gt;talk&lt;/b&gt;.&lt;/p&gt;</description>
            <author>ann@example.org (Ann)</author><category domain="places">Pakistan</category>
            <comments>/talks#comments</comments><pubDate>Wed, 25 Nov 2026 10:00:00 +0500</pubDate>
            <enclosure url="/talk.mp3" type="audio/mpeg" length="1024"/><source url="https://other.example/feed">Other</source>
            """)
        #expect(entry.title == "Talks")
        #expect(entry.link == "https://example.org/talks")
        #expect(entry.id == "id-1")
        #expect(entry.summary?.type == "text/html")
        #expect(entry.summary?.text == "They talk.")
        #expect(entry.authors == [Person(name: "Ann", email: "ann@example.org")])
        #expect(entry.categories == [Category(term: "Pakistan", scheme: "places")])
        #expect(entry.commentsURL == "https://example.org/talks#comments")
        #expect(entry.published.map { timestamp($0) } == "2026-11-25T05:00:00Z")
        #expect(
            entry.enclosures == [Enclosure(url: "https://example.org/talk.mp3", type: "audio/mpeg", length: 1024)])
        #expect(entry.source?.title == "Other")
        #expect(entry.source?.url == "https://other.example/feed")
    }

    @Test(
        arguments: [
            ("<guid>https://example.org/1</guid>", "https://example.org/1"),
            ("<guid isPermaLink='true'>https://example.org/1</guid>", "https://example.org/1"),
            ("<guid isPermaLink='false'>https://example.org/1</guid>", nil),
            ("<guid>tag:example.org,2026:1</guid>", nil),
            ("<link>https://example.org/2</link><guid>https://example.org/1</guid>", "https://example.org/2"),
            ("<enclosure url='https://example.org/1.mp3'/>", nil),
        ] as [(String, String?)])
    func `a guid is the link where there is no other, an enclosure never`(content: String, link: String?) throws {
        #expect(try item(content).link == link)
    }

    @Test func `keeps an id byte for byte`() throws {
        #expect(
            try item("<guid>HTTP://Example.org:80/%7Ea/../b?x=1&amp;y=2</guid>").id
                == "HTTP://Example.org:80/%7Ea/../b?x=1&y=2")
    }

    @Test func `reads the items of RDF beside the channel`() throws {
        let feed = try read(
            """
            <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" \(dublinCore)>
            <channel rdf:about="https://example.org/rdf"><title>News</title><link>https://example.org/</link></channel>
            <image rdf:about="x"><title>Not the title</title><url>https://example.org/i.png</url></image>
            <item rdf:about="https://example.org/1"><title>One</title><link>https://example.org/1</link>
            <dc:date>2026-11-25T10:00:00Z</dc:date><dc:creator>Ann</dc:creator><dc:subject>Trade</dc:subject></item>
            <textinput><title>Search</title><link>https://example.org/search</link></textinput>
            </rdf:RDF>
            """)
        #expect(feed.id == "https://example.org/rdf")
        #expect(feed.title == "News")
        #expect(feed.link == "https://example.org/")
        #expect(feed.titles == ["One"])
        #expect(feed.entries[0].id == "https://example.org/1")
        #expect(feed.entries[0].authors == [Person(name: "Ann")])
        #expect(feed.entries[0].categories == [Category(term: "Trade")])
        #expect(feed.entries[0].updated.map { timestamp($0) } == "2026-11-25T10:00:00Z")
    }

    @Test(arguments: [
        "<rss version='2.0'><channel><title>N</title></channel><item><title>A</title></item></rss>",
        "<rss version='2.0'><item><title>A</title></item></rss>",
        "<rss version='2.0'><channel><title>N</title><items><item><title>A</title></item></items></channel></rss>",
    ])
    func `finds items in odd places`(document: String) throws {
        #expect(try read(document).titles == ["A"])
    }

    @Test(arguments: [
        "<title>Right</title><media:group><media:title>Wrong</media:title></media:group>",
        "<media:content><media:title>Wrong</media:title></media:content><title>Right</title>",
        "<image><title>Wrong</title><url>https://example.org/i.png</url></image><title>Right</title>",
        "<x:thing xmlns:x='urn:x'><title>Wrong</title></x:thing><title>Right</title>",
        "<title>Right</title><x:title xmlns:x='urn:x'>Wrong</x:title>",
        "<dc:title>Wrong</dc:title><title>Right</title>", "<title>Right</title><dc:title>Wrong</dc:title>",
    ])
    func `no stranger's title overwrites the item's own, whatever the order`(content: String) throws {
        let namespaces = dublinCore + " xmlns:media='http://search.yahoo.com/mrss/'"
        #expect(try item(content, namespaces: namespaces).title == "Right")
    }

    @Test func `knows modules by namespace and not by prefix`() throws {
        let namespaces = "xmlns:a='http://purl.org/dc/elements/1.1/' xmlns:b='http://purl.org/rss/1.0/modules/content/'"
        let entry = try item(
            "<a:creator>Ann</a:creator><b:encoded>&lt;p&gt;Whole&lt;/p&gt;</b:encoded>", namespaces: namespaces)
        #expect(entry.authors == [Person(name: "Ann")])
        #expect(entry.content.map(\.text) == ["Whole"])
    }

    @Test func `reads RSS under a prefix of its own`() throws {
        let feed = try read(
            "<r:rss xmlns:r='http://backend.userland.com/rss2' version='2.0'><r:channel><r:title>N</r:title>"
                + "<r:item><r:title>A</r:title></r:item></r:channel></r:rss>")
        #expect(feed.title == "N")
        #expect(feed.titles == ["A"])
    }

    @Test func `reads what podcasts add`() throws {
        let entry = try item(
            """
            <itunes:duration>1:02:03</itunes:duration><itunes:author>Ann</itunes:author><itunes:keywords>a, b,a</itunes:keywords>
            <itunes:image href="/i.png"/><itunes:summary>Short</itunes:summary>
            """, namespaces: "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'")
        #expect(entry.durationSeconds == 3723)
        #expect(entry.authors == [Person(name: "Ann")])
        #expect(entry.categories.map(\.term) == ["a", "b"])
        #expect(entry.image?.url == "https://example.org/i.png")
        #expect(entry.summary?.text == "Short")
    }

    @Test func `reads how often the publisher means to update`() throws {
        let feed = try read(
            rss(
                "",
                channel: "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
                    + "<sy:updateBase>2026-01-01T00:00+00:00</sy:updateBase>",
                namespaces: "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"))
        #expect(feed.updatePeriod == "daily")
        #expect(feed.updateFrequency == 2)
        #expect(feed.updateBase.map { timestamp($0) } == "2026-01-01T00:00:00Z")
    }

    @Test func `reads Atom's link to itself in RSS, and keeps it out of the page's link`() throws {
        let feed = try read(
            rss(
                "",
                channel: "<atom:link rel='self' href='https://example.org/feed.xml'/><link>https://example.org/</link>"
                    + "<atom:link rel='hub' href='https://hub.example/'/>",
                namespaces: "xmlns:atom='http://www.w3.org/2005/Atom'"))
        #expect(feed.link == "https://example.org/")
        #expect(feed.links.map(\.rel).sorted() == ["alternate", "hub", "self"])
    }

    @Test func `takes elements of HTML inside a description as its content`() throws {
        let entry = try item("<description>One <b>two</b> <br/>three<ul><li>a</li><li>b</li></ul></description>")
        #expect(entry.summary?.text == "One two\nthree\na\nb")
    }

    @Test func `reads a news sitemap`() throws {
        let feed = try read(
            """
            <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
            <url><loc>https://example.org/a</loc><news:news><news:publication><news:name>N</news:name>
            <news:language>en</news:language></news:publication><news:publication_date>2026-11-25</news:publication_date>
            <news:title>Talks</news:title></news:news></url></urlset>
            """)
        #expect(feed.titles == ["Talks"])
        #expect(feed.entries[0].link == "https://example.org/a")
        #expect(feed.entries[0].published.map { timestamp($0) } == "2026-11-25T00:00:00Z")
    }
}
