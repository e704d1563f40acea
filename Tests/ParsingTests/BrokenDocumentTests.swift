import FeedModel
import Testing

@testable import Parsing

@Suite struct BrokenDocumentTests {
    @Test(arguments: [
        "<rss version='2.0'><channel><title>N</title><item><title>Q&A</title></item><item><title>B</title></item></channel></rss>",
        "<rss version='2.0'><channel><title>N</title><item><title>Q&A</title><description>a <b>b</description></item>"
            + "<item><title>B</title></item></channel></rss>",
        "<rss version='2.0'><channel><title>N</title><item><title>Q&A</title><br></item><item><title>B</title></item></channel></rss>",
        "<rss version=2.0><channel><title>N</title><item><title>Q&A</title></item><item><title>B</title></item></channel></rss>",
        "<rss version='2.0'><channel><title>N</title><item><title>Q&A</title><item><title>B</title></item></channel></rss>",
        "\n <?xml version='1.0'?><rss version='2.0'><channel><title>N</title><item><title>Q&A</title></item>"
            + "<item><title>B</title></item></channel></rss>",
    ])
    func `reads what can be read, and says that it is broken`(document: String) throws {
        let feed = try read(document)
        #expect(feed.titles == ["Q&A", "B"])
        #expect(feed.codes.contains("not-well-formed"))
        #expect(!feed.codes.contains("truncated"))
    }

    @Test func `an undeclared prefix is a fault of form, and means what everybody means by it`() throws {
        let feed = try read(rss("<item><title>A</title><dc:creator>Ann</dc:creator></item>"))
        #expect(feed.codes == ["not-well-formed"])
        #expect(feed.entries[0].authors == [Person(name: "Ann")])
    }

    @Test(arguments: [
        ("&nbsp;", " "), ("caf&eacute;", "café"), ("&ldquo;a&rdquo;", "“a”"), ("&hellip;", "…"), ("&euro;5", "€5"),
        ("&nosuch;", "&nosuch;"), ("&Zcaron;", "Ž"), ("&quot;&diams;&apos;", "\"♦'"), ("&fnof;&thetasym;&Yuml;", "ƒϑŸ"),
    ])
    func `knows HTML's entities without declaration, and leaves others as they are`(source: String, text: String) throws
    {
        let feed = try read(rss("<item><title>x\(source)y</title></item>"))
        #expect(feed.titles == ["x\(text)y"])
        #expect(seriousCodes.isDisjoint(with: feed.codes))
    }

    @Test func `knows them in attributes, too`() throws {
        let entry = try entry("<category term='caf&eacute; &amp; more &nosuch;'/>")
        #expect(entry.categories.map(\.term) == ["café & more &nosuch;"])
    }

    @Test func `expands entities of the document once, and never those from outside`() throws {
        let feed = try read(
            """
            <!DOCTYPE rss [<!ENTITY us "United States"><!ENTITY both "&us; and Pakistan">
            <!ENTITY passwd SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]>
            <rss version="2.0"><channel><title>&us;|&both;|&passwd;</title></channel></rss>
            """)
        #expect(feed.title == "United States|&us; and Pakistan|&passwd;")
        #expect(seriousCodes.isDisjoint(with: feed.codes))
    }

    @Test func `comments and instructions leave no trace`() throws {
        #expect(try item("<title>a<!-- no -->b<?php no ?>c</title>").title == "abc")
    }

    @Test(arguments: [
        "<rss version='2.0'><channel><title>N</title><item><title>A</title></item><item><title>B</title><descr",
        "<rss version='2.0'><channel><title>N</title><item><title>A</title></item><item><title>B",
        "<rss version='2.0'><channel><title>N</title><item><title>A</title></item>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>N</title><entry><title>A</title></entry><entry><title>B</title>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title></entry><entry><content>&lt;p",
    ])
    func `a cut document gives its whole entries, and is called cut (R9)`(document: String) throws {
        let feed = try read(document)
        #expect(feed.titles.first == "A")
        #expect(feed.codes.contains("truncated"))
    }

    @Test func `an entry that the cut left incomplete is not given, so that it is read whole the next time`() throws {
        let whole = rss("<item><title>A</title></item><item><title>B</title><guid>b</guid></item>")
        // Without its very last sign all of it is there.
        for length in 0..<(whole.utf8.count - 1) {
            guard let feed = try? read(String(decoding: whole.utf8.prefix(length), as: UTF8.self)) else { continue }
            for (title, entry) in zip(["A", "B"], feed.entries) { #expect(entry.title == title, "cut at \(length)") }
            if feed.entries.count == 2 { #expect(feed.entries[1].id == "b", "cut at \(length)") }
            #expect(feed.codes.contains("truncated"), "cut at \(length)")
        }
    }

    @Test func `a cut JSON Feed gives its whole items`() throws {
        let feed = try read(
            #"{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "A"}, {"id": "2", "tit"#)
        #expect(feed.titles == ["A"])
        #expect(feed.codes.contains("truncated"))
    }

    @Test func `warnings of a script before the document cost nothing`() throws {
        let feed = try read(
            "<br />\n<b>Warning</b>: foo in <b>x.php</b><br />\n" + rss("<item><title>A</title></item>"))
        #expect(feed.titles == ["A"])
        #expect(feed.codes.contains("not-well-formed"))
    }

    @Test func `an entry inside an entry is one whose end is missing, whatever namespaces either binds`() throws {
        let feed = try read(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry xmlns:a='urn:a'><title>A</title><x xmlns='urn:x'>"
                + "<entry xmlns='http://www.w3.org/2005/Atom'><title>B</title></entry></feed>")
        #expect(feed.titles == ["A", "B"])
    }
}
