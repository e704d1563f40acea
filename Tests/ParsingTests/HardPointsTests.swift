import FeedModel
import FoundationEssentials
import Testing

@testable import Parsing

/// What is hard about feeds and stands in no other test; docs/reading.md says where the rest is.
@Suite struct HardPointsTests {
    // MARK: Dates

    @Test(arguments: [
        ("GMT", 0), ("UT", 0), ("UTC", 0), ("Z", 0), ("Etc/GMT", 0), ("EST", 300), ("EDT", 240), ("CST", 360),
        ("CDT", 300),
        ("MST", 420), ("MDT", 360), ("PST", 480), ("PDT", 420), ("MET", -60), ("MEST", -120), ("AT", 240), ("ET", 300),
        ("CT", 360), ("MT", 420), ("PT", 480), ("GMT+0500", -300), ("GMT-01:01", 61), ("+0530", -330),
    ])
    func `zones are names as often as numbers`(zone: String, minutesBehind: Int) {
        let date = FeedDate.parse("Thu, 01 Jan 2004 12:00:00 \(zone)")
        #expect(date?.timeIntervalSince1970 == 1_072_958_400 + Double(minutesBehind) * 60)
    }

    @Test(
        arguments: [
            ("<updated>Wed, 25 Nov 2026 9:05:00 GMT</updated>", nil, "2026-11-25T09:05:00Z"),
            ("<updated>2026-11-24</updated><modified>2026-11-25</modified>", nil, "2026-11-25T00:00:00Z"),
            ("<issued>2026-11-24</issued><published>2026-11-25</published>", "2026-11-25T00:00:00Z", nil),
            ("<published>2026-11-24</published><issued>2026-11-25</issued>", "2026-11-25T00:00:00Z", nil),
        ] as [(String, String?, String?)])
    func `a date has one meaning under several names, any form, and the last wins`(
        dates: String, published: String?, updated: String?
    ) throws {
        let entry = try entry(dates)
        #expect(entry.published.map { timestamp($0) } == published)
        #expect(entry.updated.map { timestamp($0) } == updated)
    }

    // MARK: Encodings and references

    @Test(arguments: ["It&#146;s", "It&#x92;s", "It\u{92}s", "It&amp;#146;s", "It’s"])
    func `C1 characters mean punctuation, as a number, raw, or escaped twice`(source: String) throws {
        #expect(try entry("<title type='html'>\(source)</title>").title == "It’s")
    }

    @Test func `bad bytes behind a mark of UTF-8 are a problem as well`() throws {
        let document = [0xEF, 0xBB, 0xBF] + Array(rss("<item><title>caf\u{1}</title></item>").utf8)
        let feed = try read(document.map { $0 == 1 ? 0xE9 : $0 })
        #expect(feed.entries.count == 1 && feed.codes.contains("encoding-conflict"))
    }

    @Test func `a final bracket that is missing is a fault of form, and what was read is given`() throws {
        let feed = try read("<rss version='2.0'><channel><item><title>A</title></item></channel></rss")
        #expect(feed.titles == ["A"] && feed.codes.contains("not-well-formed"))
    }

    // MARK: Whose an element is

    @Test(arguments: [
        "http://backend.userland.com/rss2", "http://my.netscape.com/rdf/simple/0.9/", "HTTP://PURL.ORG/RSS/1.0/",
        "http://purl.org/net/rss1.1#",
    ])
    func `RSS is RSS in namespaces that are old or in capitals`(namespace: String) throws {
        let feed = try read(
            "<rss version='2.0' xmlns='\(namespace)'><channel><item><title>A</title></item></channel></rss>")
        #expect(feed.titles == ["A"])
    }

    @Test func `RSS 1·0 needs no default namespace`() throws {
        let feed = try read(
            "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:s='http://purl.org/rss/1.0/'><s:channel>"
                + "<s:title>N</s:title></s:channel><s:item r:about='u'><s:title>A</s:title></s:item></r:RDF>")
        #expect(feed.title == "N" && feed.titles == ["A"] && feed.entries[0].id == "u")
    }

    @Test(arguments: [
        "<id>urn:right</id><title>Right</title><source><id>urn:wrong</id><title>Wrong</title></source>",
        "<source><id>urn:wrong</id><title>Wrong</title></source><id>urn:right</id><title>Right</title>",
        "<id>urn:right</id><x:id xmlns:x='urn:x'>urn:wrong</x:id><title>Right</title>",
        "<x:y xmlns:x='urn:x'><id>urn:wrong</id></x:y><title>Right</title><id>urn:right</id>",
    ])
    func `an entry's own id and title win before and after a stranger's`(content: String) throws {
        let entry = try entry(content)
        #expect(entry.id == "urn:right" && entry.title == "Right")
    }

    @Test func `what stands in image and textInput is neither the channel's nor the item's`() throws {
        let strangers =
            "<title>Wrong</title><link>https://example.org/wrong</link><url>https://example.org/i.png</url>"
            + "<description>Wrong</description>"
        let feed = try read(
            rss(
                "<item><title>A</title><image>\(strangers)</image></item>",
                channel: "<image>\(strangers)</image><textInput>\(strangers)</textInput><title>N</title>"))
        #expect(feed.title == "N" && feed.link == nil && feed.subtitle == nil)
        #expect(feed.image?.title == "Wrong" && feed.entries[0].title == "A" && feed.entries[0].link == nil)
    }

    // MARK: How often text is decoded

    /// A reference, a tag and a bare sign, each in every way in which they can be written, in both versions of Atom.
    @Test func `an ampersand is decoded once for XML, and once more only where the type is HTML`() throws {
        func escaped(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        }
        let writings: [(String) -> String] = [
            escaped, { "<![CDATA[\($0)]]>" },
            { $0.unicodeScalars.map { "&#\($0.value);" }.joined() },
            { $0.unicodeScalars.map { "&#x\(String($0.value, radix: 16));" }.joined() },
        ]
        let texts = [
            (written: "AT&amp;T", shown: "AT&T"), (written: "a &lt; b", shown: "a < b"),
            (written: "<b>a</b> b", shown: "a b"), (written: "&#38;amp;", shown: "&amp;"),
        ]
        var checked = 0
        for isOld in [false, true] {
            for element in ["title", "summary", "content", "subtitle"] {
                for write in writings {
                    for text in texts {
                        for type in ["text", "html"] {
                            let attribute =
                                isOld
                                ? "type='text/\(type == "text" ? "plain" : type)' mode='escaped'" : "type='\(type)'"
                            let name = element == "subtitle" && isOld ? "tagline" : element
                            let inside = "<\(name) \(attribute)>\(write(text.written))</\(name)>"
                            let root =
                                isOld
                                ? "version='0.3' xmlns='http://purl.org/atom/ns#'"
                                : "xmlns='http://www.w3.org/2005/Atom'"
                            let feed = try read(
                                "<feed \(root)>" + (element == "subtitle" ? inside : "<entry>\(inside)</entry>")
                                    + "</feed>")
                            let found: String? =
                                switch element {
                                case "title": feed.entries[0].title
                                case "summary": feed.entries[0].summary?.text
                                case "content": feed.entries[0].content.first?.text
                                default: feed.subtitle
                                }
                            #expect(found == (type == "html" ? text.shown : text.written), "\(inside)")
                            #expect(seriousCodes.isDisjoint(with: feed.codes))
                            checked += 1
                        }
                    }
                }
            }
        }
        #expect(checked == 256)
    }

    @Test(arguments: [
        ("<title type='text'>&lt;blink&gt;a&lt;/blink&gt;</title>", "<blink>a</blink>"),
        ("<title type='html'>&lt;blink&gt;a&lt;/blink&gt;</title>", "a"),
        (
            "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><blink>a</blink> &amp;amp;</div></title>",
            "a &amp;"
        ),
    ])
    func `text shows its tags, HTML loses them`(title: String, text: String) throws {
        #expect(try entry(title).title == text)
    }

    // MARK: Addresses

    @Test func `relative addresses resolve wherever one may stand, blanks about them gone`() throws {
        let item = try item(
            """
            <link> /1 </link><comments>/c</comments><enclosure url=" /a.mp3 " type="audio/mpeg"/>
            <source url="/feed">S</source><guid isPermaLink="false">/g</guid>
            """)
        #expect(item.link == "https://example.org/1" && item.commentsURL == "https://example.org/c")
        #expect(item.enclosures.map(\.url) == ["https://example.org/a.mp3"])
        #expect(item.source?.url == "https://example.org/feed" && item.id == "/g")
        let entry = try entry(
            "<author><name>A</name><uri>/a</uri></author><contributor><name>C</name><uri>c</uri></contributor>"
                + "<link rel='related' href='../r'/><link rel='replies' href='?x=1'/>",
            attributes: "xml:base='https://example.org/b/'")
        #expect(entry.authors.map(\.uri) == ["https://example.org/a"])
        #expect(entry.contributors.map(\.uri) == ["https://example.org/b/c"])
        #expect(entry.links.map(\.url) == ["https://example.org/r", "https://example.org/b/?x=1"])
        let feed = try read(rss("", channel: "<image><url>/i.png</url><link>/</link></image>"))
        #expect(feed.image?.url == "https://example.org/i.png" && feed.image?.link == "https://example.org/")
    }

    @Test(arguments: ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "JavaScript:x"])
    func `an address of a scheme that is off the list is none`(url: String) throws {
        let entry = try entry("<link href='\(url)'/><author><name>A</name><uri>\(url)</uri></author>")
        #expect(entry.link == nil && entry.links.isEmpty && entry.authors.map(\.uri) == [nil])
        #expect(try item("<guid>\(url)</guid><comments>\(url)</comments>").commentsURL == nil)
    }

    @Test func `Atom's ids are names, and stay as they are published`() throws {
        let id = "HTTP://Example.org:80/%7Ea/../b"
        #expect(try entry("<id>\(id)</id>").id == id)
    }

    // MARK: Persons and categories

    @Test(arguments: ["ann@example.org (Ann)", "Ann (ann@example.org)", "Ann <ann@example.org>"])
    func `a person is a name and an address, however written`(text: String) throws {
        let written = text.replacing("<", with: "&lt;")
        #expect(try item("<author>\(written)</author>").authors == [Person(name: "Ann", email: "ann@example.org")])
    }

    @Test func `iTunes' categories nest, and a keyword counts once`() throws {
        let feed = try read(
            rss(
                "",
                channel: "<itunes:category text='News'><itunes:category text='Politics'/></itunes:category>"
                    + "<itunes:keywords>doha, visas,doha</itunes:keywords>",
                namespaces: "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'"))
        #expect(feed.categories.map(\.term) == ["News", "Politics", "doha", "visas"])
    }
}
