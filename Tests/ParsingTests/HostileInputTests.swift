import FeedModel
import Testing

@testable import Parsing

/// Documents that are meant to crash, to stall or to flood. That each test ends is half of what it tests.
@Suite(.timeLimit(.minutes(1))) struct HostileInputTests {
    private func repeated(_ text: String, _ times: Int) -> String { String(repeating: text, count: times) }

    /// None of these is anything but well-formed.
    @Test(arguments: [
        // The tag with too many attributes, with one that is too long, and a root with both.
        "<item URL='/1'LONG><title>A</title></item><item><title>B</title></item>",
        "<item><title>A</title><enclosure HUGE url='/a.mp3' type='audio/mpeg' length='7'/></item><item><title>B</title></item>",
        "<item><title>A</title></item><x:y xmlns:x='https://example.org/' HUGE\nLONG /><item><title>B</title></item>",
        // In sections, comments and instructions stand no tags.
        "<item><title>A</title><!--<p HUGE>--><?p <p HUGE> ?></item><item><title>B</title></item>",
        "<item><title>A</title><description><![CDATA[<p HUGE>]]></description></item><x LONG/><item><title>B</title></item>",
    ])
    func `a start tag that is too long loses attributes, and the document nothing else`(items: String) throws {
        let items = items.replacing("LONG", with: (0..<9_000).map { " a\($0)='1'" }.joined())
            .replacing("HUGE", with: "data='\(repeated("d>", 40_000))'")
        // An unknown entity of HTML keeps the quick reader from it.
        for document in [rss(items), rss(items + "<item><title>C&thetasym;</title></item>")] {
            let feed = try read(document)
            #expect(Array(feed.titles.prefix(2)) == ["A", "B"])
            #expect(seriousCodes.isDisjoint(with: feed.codes), "\(feed.problems)")
            #expect(feed.codes.contains("too-long-tag") == !items.contains("<!--"))
        }
    }

    @Test func `what of a tag that is too long has room is still read`() throws {
        let huge = "data='\(repeated("d", 70_000))'"
        let entry = try item(
            "<title>A</title>\n<enclosure url='/a.mp3' \(huge)\n type='audio/mpeg' length='7'/><link>/1</link>")
        #expect(entry.enclosures == [Enclosure(url: "https://example.org/a.mp3", type: "audio/mpeg", length: 7)])
        #expect(entry.link == "https://example.org/1")
        let feed = try read(rss("<item>\n<a:b xmlns:a='urn:a' \(huge)/><a:c xmlns:a='urn:a'/></item>"))
        #expect(feed.problems.map(\.line) == [2])
    }

    @Test func `many tags of a thousand attributes are not shown to libxml2, either`() throws {
        let attributes = (0..<1000).map { " a\($0)='1'" }.joined()
        let feed = try read(rss(repeated("<item\(attributes)><title>A</title></item>", 30)))
        #expect(feed.entries.count == 30)
        #expect(feed.codes == ["too-long-tag"])
    }

    /// libxml2 would take half a minute for each of them.
    @Test(arguments: [
        "<!DOCTYPE r [<!ENTITY e '<!--'>]><rss><channel><x LONG/></channel></rss>",
        "<!DOCTYPE r><!DOCTYPE r [<!ENTITY e '<!--'>]><rss><channel><x LONG/></channel></rss>",
        "<rss><channel><?<x LONG/>", "<rss><channel><?<x LONG/>?>", "<rss><channel><?×<x LONG/>?></channel></rss>",
        "<?<x LONG/>?><rss><channel/></rss>", "<rss><channel><!<!--<x LONG/>--></channel></rss>",
        "<rss><channel><!--<x LONG/>", "<rss><channel><![CDATA[<x LONG/>", "<rss><channel><?p <x LONG/>",
        "<rss><channel><!--\u{1}<x LONG/>--></channel></rss>", "<rss><channel><?p \u{0}<x LONG/>?></channel></rss>",
        "<rss><channel><![CDATA[\u{FFFF}<x LONG/>]]></channel></rss>",
        "<rss><channel><!--HUGE<x LONG/>--></channel></rss>",
    ])
    func `no error in front of it brings a tag of thousands of attributes before libxml2`(document: String) throws {
        let long = (0..<9_000).map { " a\($0)=''" }.joined()
        let bytes = Array(
            document.replacing("LONG", with: long).replacing("HUGE", with: repeated("d", 9_100_000)).utf8)
        let shown = bytes.withUnsafeBufferPointer { bytes in
            Prologue(bytes).withoutDoctype(bytes) { LongTags.cut(from: $0, limit: ParseLimits().startTag)?.bytes }
        }
        #expect(shown.map { $0.count { $0 == UInt8(ascii: "=") } } == 64)
        _ = try? read(bytes)
    }

    @Test func `a document type hides no tag that is too long`() throws {
        let long = (0..<9_000).map { " a\($0)=''" }.joined()
        let feed = try read("<!DOCTYPE r [<!ENTITY e \"<!--\">]>" + rss("<x\(long)/><item><title>A</title></item>"))
        #expect(feed.titles == ["A"])
        #expect(feed.codes == ["too-long-tag"])
    }

    @Test func `of a tag of thousands of attributes that is broken the first are read, and it is said`() throws {
        let long = (0..<9_000).map { " a\($0)=''" }.joined()
        let feed = try read("<rss><channel><x\(long)/><item><title>A</title></item><item>")
        #expect(feed.titles == ["A"])
        #expect(feed.codes == ["too-long-tag", "not-well-formed", "truncated"])
    }

    @Test func `an attribute that is never closed takes no text with it`() throws {
        let text = repeated("a>b ", 20_000)
        let feed = try read(rss("<item><title>A</title><description class=\"x>\(text)</description></item>"))
        #expect(feed.titles == ["A"])
        #expect((feed.entries.first?.summary?.text.utf8.count ?? 0) > 70_000)
        #expect(feed.codes == ["not-well-formed"])
    }

    @Test func `what is well-formed but too deep or too full of namespaces for us is not called broken`() throws {
        let deep = repeated("<a>", 300) + repeated("</a>", 300)
        let bound = (0..<300).map { " xmlns:n\($0)='urn:\($0)'" }
        let bindings = "<a\(bound[..<150].joined())><a\(bound[150...].joined())/></a>"
        for (extra, code) in [(deep, "too-complex"), (bindings, "too-many-namespaces")] {
            let feed = try read(rss("<item><title>A</title></item>\(extra)<item><title>B</title></item>"))
            #expect(feed.titles == ["A", "B"])
            #expect(feed.codes == [code])
        }
    }

    @Test func `deep nesting is no deep recursion`() throws {
        let deep = repeated("<a>", 20_000) + "<item><title>A</title></item>"
        let feed = try read("<rss version='2.0'><channel>" + deep)
        #expect(feed.codes == ["too-complex", "truncated"])
        #expect(throws: ParseError.self) { try read(repeated("[", 200_000)) }
        #expect(throws: ParseError.self) { try read(repeated("{\"a\":", 200_000)) }
    }

    @Test func `markup that nests deeper than anybody writes loses its tags, not its text`() throws {
        let feed = try read(
            rss("<item><description>\(repeated("<b>", 150))deep\(repeated("</b>", 150))</description></item>"))
        #expect(feed.entries.first?.summary?.text == "deep")
        #expect(feed.codes.contains("too-deep"))
    }

    @Test func `more entries than anybody reads are cut off, and it is said`() throws {
        let feed = try read(rss(repeated("<item><title>A</title></item>", 2_100)))
        #expect(feed.entries.count == 2_000)
        #expect(feed.codes == ["too-many-entries"])
    }

    @Test func `more elements than a document needs are cut off, and it is said`() throws {
        var limits = ParseLimits()
        limits.elements = 1000
        let feed = try read(Array(rss("<item><title>A</title></item>" + repeated("<x/>", 2000)).utf8), limits: limits)
        #expect(feed.titles == ["A"])
        #expect(feed.codes.contains("too-many-elements"))
    }

    @Test func `more links, categories and persons than an entry needs are cut off, and it is said`() throws {
        let values = (0..<400).map {
            "<link href='/\($0)'/><category term='\($0)'/><author><name>\($0)</name></author><content>\($0)</content>"
                + "<contributor><name>\($0)</name></contributor><link rel='enclosure' href='/\($0)'/>"
        }
        let feed = try read(atom("<entry>\(values.joined())</entry>"))
        let entry = feed.entries[0]
        let counts =
            [entry.links, entry.categories, entry.authors, entry.contributors, entry.enclosures, entry.content]
            as [[Any]]
        #expect(counts.map(\.count) == Array(repeating: 256, count: 6))
        #expect(feed.codes == ["too-many-values"])
    }

    @Test func `of a document past the limit the beginning is read, and it is said`() throws {
        var limits = ParseLimits()
        limits.document = 1000
        let feed = try read(Array(rss(repeated("<item><title>A</title></item>", 100)).utf8), limits: limits)
        #expect((1..<100).contains(feed.entries.count))
        // That it ends in the middle is our doing, and no fault of its publisher's.
        #expect(feed.codes == ["too-large"])
    }

    @Test func `of a JSON Feed past the limit the beginning is read, and it is said`() throws {
        let items = repeated(#"{"id": "a", "title": "A", "tags": [true, "\u0062"]},"#, 60)
        let document = Array(#"{"version": "https://jsonfeed.org/version/1.1", "items": [\#(items){}]}"#.utf8)
        // Wherever that cuts an item.
        for limit in 1000..<1060 {
            var limits = ParseLimits()
            limits.document = limit
            let feed = try read(document, limits: limits)
            #expect((10..<30).contains(feed.entries.count))
            #expect(feed.codes == ["too-large"], "cut at \(limit)")
        }
    }

    @Test func `of a JSON Feed of more values than are read, the items before that are given`() throws {
        var limits = ParseLimits()
        limits.values = 100
        let items = repeated("{\"id\": \"a\", \"title\": \"A\"},", 60)
        let feed = try read(
            Array("{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [\(items){}]}".utf8), limits: limits)
        #expect((20..<40).contains(feed.entries.count))
        #expect(feed.codes == ["too-many-elements"])
    }

    @Test func `an entity bomb does not go off (S5)`() throws {
        let levels = (1..<10).map { "<!ENTITY l\($0) \"\(repeated("&l\($0 - 1);", 10))\">" }.joined()
        let feed = try read(
            "<!DOCTYPE rss [<!ENTITY l0 \"lol\">\(levels)]>" + rss("<item><title>a &l9; b</title></item>"))
        #expect(feed.entries.count == 1)
        #expect((feed.entries[0].title ?? "").utf8.count < 1000)
    }

    /// Under the address sanitizer this also tells whether all that libxml2 made of the second is freed.
    @Test func `a second document type declares nothing and hides nothing`() throws {
        let feed = try read(
            "<!DOCTYPE rss [<!ENTITY us \"United States\">]><!DOCTYPE rss [<!ENTITY us \"nobody\"><!ENTITY amp \"&us;\">]>"
                + rss("<item><title>&us; &amp; Pakistan</title></item>"))
        #expect(feed.titles == ["United States & Pakistan"])
    }

    @Test func `one long entity, named thousands of times, does not go off either`() throws {
        let feed = try read(
            "<!DOCTYPE rss [<!ENTITY a \"\(repeated("x", 4000))\">]>"
                + rss("<item><title>A</title><description>\(repeated("&a;", 5_000))</description></item>"))
        #expect(feed.titles == ["A"])
        #expect(feed.codes.contains("entities-refused"))
    }

    @Test func `a long body that is no XML does not cost more with each ampersand`() throws {
        let feed = try read(
            rss("<item><title>Q&A</title><description>\(repeated("x & y ", 150_000))</description></item>"))
        #expect((feed.entries[0].summary?.text.utf8.count ?? 0) > 800_000)
    }

    @Test func `a body past the limit is cut at the end of a character, and it is said`() throws {
        var limits = ParseLimits()
        for (limit, markup) in [(100, "text"), (101, "xhtml"), (102, "html")] {
            limits.field = limit
            let body = "<content type='\(markup)'>\(repeated("پاکستان ", 100))<b/>more &amp; more</content>"
            let feed = try read(Array(atom("<entry>\(body)</entry>").utf8), limits: limits)
            #expect((90...102).contains(feed.entries[0].content[0].text.utf8.count))
            #expect(feed.codes == ["too-long"])
        }
    }

    @Test func `thousands of namespaces do not slow each element down`() throws {
        let namespaces = (0..<1500).map { "xmlns:n\($0)='urn:\($0)'" }.joined(separator: " ")
        let feed = try read(rss(repeated("<q:x/>", 10_000) + "<item><title>A</title></item>", namespaces: namespaces))
        #expect(feed.titles == ["A"])
    }

    @Test(arguments: [
        "<", "<!", "<!-", "<!--", "<![CDATA[", "&", "&#", "&#x", "&amp", "]]>", "<a", "<a b", "<a b=", "<a b='", "</",
        "<?",
        "<?x", "\"", "'", "\u{0}", "\u{FFFE}", "<!DOCTYPE", "<!DOCTYPE rss [", "<!ENTITY", "<a/><", "<script>",
        "<!-- -->",
    ])
    func `takes time in proportion, whatever is repeated`(piece: String) throws {
        let flood = repeated(piece, 20_000 / piece.utf8.count)
        _ = try? read("<rss version='2.0'><channel><item><title>" + flood)
        _ = try? read("<rss version='2.0'><channel><item " + flood)
        _ = try? read("<!DOCTYPE rss [" + flood)
        _ = try? read(flood)
        _ = try read(
            rss("<item><description><![CDATA[\(repeated(piece == "]]>" ? "]]" : piece, 2_000))]]></description></item>")
        )
        let html = Array(flood.utf8)
        html.withUnsafeBufferPointer { _ = PageText.plain(html: $0) }
    }

    @Test(arguments: [
        "<title>a\u{0}b</title>", "<title>a\u{1B}[2Jb</title>", "<title>a&#27;[2Jb</title>",
        "<title>a\u{85}b\u{FFFE}</title>",
        "<title>a&#0;b</title>", "<title>a&#xFFFF;b&#x110000;c&#99999999999;d</title>",
    ])
    func `no control character passes`(title: String) throws {
        let feed = try read(rss("<item>\(title)</item>"))
        for scalar in (feed.titles.first ?? "").unicodeScalars {
            #expect(!isForbidden(scalar.value))
        }
    }

    @Test(arguments: [
        "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "JAVASCRIPT:x", "vbscript:x", "ftp://x/",
    ])
    func `an address of another scheme is emptied (S3)`(address: String) throws {
        let entry = try entry("<title>A</title><link href='\(address)'/><link rel='enclosure' href='\(address)'/>")
        #expect(entry.link == nil)
        #expect(entry.links == [])
        #expect(entry.enclosures.allSatisfy { $0.url.isEmpty })
    }

    @Test(arguments: [
        #"{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1e400}]}"#,
        #"{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "attachments": [{"url": "https://x/", "size_in_bytes": 1e300, "duration_in_seconds": -1}]}]}"#,
        #"{"version": "https://jsonfeed.org/version/1.1", "items": [1, null, [], {"id": {}}, {"title": 5}]}"#,
        #"{"version": "https://jsonfeed.org/version/1.1", "items": {}, "title": "\ud800\udc00\ud800"}"#,
    ])
    func `values of the wrong type or size in JSON cost that value alone`(document: String) {
        _ = try? read(document)
    }

    @Test func `one entry is small whatever its publisher sends (R7)`() throws {
        let long = repeated("word ", 50_000)
        let parser = FeedParser()
        let document =
            rss(
                "<item><title>\(long)</title><guid>\(long)</guid><link>https://example.org/\(repeated("a", 10_000))</link>"
                    + "<description>\(long)</description><author>\(long)</author>"
                    + (0..<2_000).map { "<category>\($0) \(repeated("c", 100))</category>" }.joined() + "</item>")
        let feed = try parser.parse(Document(bytes: Array(document.utf8), url: "https://example.org/"))
        let known = parser.identities(of: feed, feedURL: "https://example.org/")[0]
        let entry = parser.entry(
            at: 0, of: feed, id: known.id(in: "https://example.org/"), identity: known.identity,
            feedURL: "https://example.org/", language: nil)
        let rest = [entry.title, entry.summary, entry.url ?? "", entry.id.text] + entry.authors + entry.tags
        #expect(rest.reduce(0) { $0 + $1.utf8.count } < 16_384)
        #expect(entry.body.utf8.count <= 65_536)
    }
}
