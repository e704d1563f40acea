import FeedModel
import Testing

@testable import Parsing

@Suite struct AtomTests {
    @Test func `reads every part of an entry`() throws {
        let entry = try entry(
            """
            <id>tag:example.org,2026:1</id><title type="html">A &amp;lt;b&amp;gt; &lt;i&gt;title&lt;/i&gt;</title>
            <link href="/1"/><link rel="enclosure" href="/1.mp3" type="audio/mpeg" length="9"/>
            <link rel="related" href="/2" hreflang="ur" title="Two"/>
            <published>2026-11-25T10:00:00Z</published><updated>2026-11-25T11:30:00.5+05:00</updated>
            <author><name>Ann</name><email>ann@example.org</email><uri>/ann</uri></author><contributor><name>Bob</name></contributor>
            <category term="trade" scheme="urn:topics" label="Trade"/><summary>Short</summary><rights>Ours</rights>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>Two &amp; three</p></div></content>
            <source><id>urn:other</id><title>Other</title><link rel="self" href="https://other.example/feed"/></source>
            """)
        #expect(entry.id == "tag:example.org,2026:1")
        #expect(entry.title == "A <b> title")
        #expect(entry.titleType == "text/html")
        #expect(entry.link == "https://example.org/1")
        #expect(entry.links.count == 2)
        #expect(entry.links[1].hreflang == "ur")
        #expect(entry.enclosures.map(\.url) == ["https://example.org/1.mp3"])
        #expect(entry.published.map { timestamp($0) } == "2026-11-25T10:00:00Z")
        #expect(entry.updated.map { timestamp($0) } == "2026-11-25T06:30:00.500Z")
        #expect(entry.authors == [Person(name: "Ann", email: "ann@example.org", uri: "https://example.org/ann")])
        #expect(entry.contributors == [Person(name: "Bob")])
        #expect(entry.categories == [Category(term: "trade", scheme: "urn:topics", label: "Trade")])
        #expect(entry.summary?.text == "Short")
        #expect(entry.summary?.type == "text/plain")
        #expect(entry.rights == "Ours")
        #expect(entry.content.map(\.text) == ["One\nTwo & three"])
        #expect(entry.source?.id == "urn:other")
        #expect(entry.source?.title == "Other")
    }

    @Test(arguments: [
        ("text", "1 &lt; 2 &lt;b&gt;", "1 < 2 <b>"), ("html", "1 &amp;lt; 2 &lt;b&gt;x&lt;/b&gt;", "1 < 2 x"),
        ("html", "<![CDATA[1 &lt; 2]]>", "1 < 2"), ("text", "<![CDATA[1 &lt; 2]]>", "1 &lt; 2"),
        ("text/html", "a&lt;br&gt;b", "a b"), ("text/plain", "a&lt;br&gt;b", "a<br>b"),
        ("xhtml", "<div xmlns='http://www.w3.org/1999/xhtml'>1 &lt; <b>2</b></div>", "1 < 2"),
    ])
    func `decodes a title exactly as often as its type says`(type: String, source: String, text: String) throws {
        #expect(try entry("<title type='\(type)'>\(source)</title>").title == text)
    }

    @Test(arguments: [
        ("<title mode='escaped' type='text/html'>a &lt;b&gt;b&lt;/b&gt;</title>", "a b"),
        ("<title mode='base64' type='text/html'>YSA8Yj5iPC9iPg==</title>", "a b"),
        ("<title mode='base64'>Y2Fm6SA8</title>", "café <"),
        ("<title mode='xml' type='application/xhtml+xml'>a <b>b</b></title>", "a b"),
    ])
    func `knows the modes of Atom 0·3`(title: String, text: String) throws {
        let feed = try read(
            "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry>\(title)<modified>2003-12-31</modified>"
                + "<issued>2003-12-30</issued></entry></feed>")
        #expect(feed.titles == [text])
        #expect(feed.entries[0].updated.map { timestamp($0) } == "2003-12-31T00:00:00Z")
        #expect(feed.entries[0].published.map { timestamp($0) } == "2003-12-30T00:00:00Z")
    }

    @Test func `a base holds for its element alone and nests`() throws {
        let feed = try read(
            """
            <feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/a/">
            <entry xml:base="b/"><link href="1"/></entry><entry><link href="1"/></entry>
            <entry xml:base="javascript:x"><link href="1"/></entry></feed>
            """)
        #expect(
            feed.entries.map(\.link) == [
                "https://example.org/a/b/1", "https://example.org/a/1", "https://example.org/a/1",
            ])
    }

    @Test func `a language holds for its element alone, and an empty one ends it`() throws {
        let feed = try read(
            """
            <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><entry xml:lang="ur"><title>a</title></entry>
            <entry><title>b</title></entry><entry xml:lang=""><title xml:lang="fr">c</title></entry></feed>
            """)
        #expect(feed.language == .tag("en"))
        #expect(feed.entries.map(\.language) == [.tag("ur"), .tag("en"), Language.none])
        #expect(feed.entries[2].titleLanguage == .tag("fr"))
    }

    @Test(arguments: ["http://www.w3.org/2005/ATOM/", "http://purl.org/atom/", "urn:something", ""])
    func `reads Atom in a wrong or missing namespace`(namespace: String) throws {
        let feed = try read("<feed xmlns='\(namespace)'><entry><title>A</title><id>urn:1</id></entry></feed>")
        #expect(feed.titles == ["A"])
        #expect(feed.entries[0].id == "urn:1")
    }

    @Test func `resolves a relative id, for it is none`() throws {
        #expect(try entry("<id>/1</id>").id == "https://example.org/1")
    }

    @Test func `the first alternate is the link, and a link that says no relation is one`() throws {
        let entry = try entry("<link rel='via' href='/v'/><link href='/1'/><link rel='alternate' href='/2'/>")
        #expect(entry.link == "https://example.org/1")
        let long = "http://www.iana.org/assignments/relation/alternate"
        #expect(try entryLink("<link rel='\(long)' href='/2'/>") == "https://example.org/2")
    }

    @Test(
        arguments: [
            ("<id>https://example.org/1</id>", "https://example.org/1"),
            ("<id>/notes/1</id>", "https://example.org/notes/1"), ("<id>1234</id>", nil), ("<id>notes/1</id>", nil),
            ("<id>https://example.org/1</id><link rel='enclosure' href='/a.mp3'/>", "https://example.org/1"),
            ("<id>https://example.org/1</id><link href='https://example.org/2'/>", "https://example.org/2"),
            ("<id>tag:example.org,2026:1</id>", nil), ("<id>urn:uuid:1225c695</id>", nil), ("<id>http:///x</id>", nil),
        ] as [(String, String?)])
    func `an id that is the address of a page is the link where no other is`(content: String, link: String?) throws {
        let found = try entry(content)
        #expect(found.link == link)
        #expect(found.links.isEmpty == !content.contains("<link href"))
    }

    @Test func `a document of one entry is a feed of one`() throws {
        let entry = "<entry xmlns='http://www.w3.org/2005/Atom'><id>urn:1</id><title>Talks</title></entry>"
        for document in [
            entry, "<?xml version='1.0'?>\n<!DOCTYPE x>" + entry, entry.replacing("Talks", with: "Talks &"),
        ] {
            let feed = try read(document)
            #expect(feed.format == .atom10 && feed.entries.map(\.id) == ["urn:1"] && feed.title == nil)
        }
        #expect(throws: ParseError.self) { try read("<entry><title>Talks</title></entry>") }
    }

    @Test(arguments: [
        ("type='application/octet-stream'", "PGI+VGFsa3M8L2I+", "<b>Talks</b>"),
        ("type='application/octet-stream'", "Talks in Doha!", "Talks in Doha!"),
        ("type='image/png'", "iVBORw0KGgo=", "iVBORw0KGgo="), ("type='text'", "PGI+VGFsa3M8L2I+", "PGI+VGFsa3M8L2I+"),
    ])
    func `a title of a binary type is base 64, if text comes of it`(type: String, text: String, title: String) throws {
        #expect(try entry("<title \(type)>\(text)</title>").title == title)
    }
}

private func entryLink(_ content: String) throws -> String? { try entry(content).link }
