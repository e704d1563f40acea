import FeedModel
import Testing

@testable import Parsing

@Suite struct FeedFormatTests {
    @Test(arguments: [
        ("<rss version='0.91'><channel/></rss>", FeedFormat.rss091),
        ("<rss version='0.92'><channel/></rss>", .rss092),
        ("<rss version='0.94'><channel/></rss>", .rss094),
        ("<rss version='2.0'><channel/></rss>", .rss20),
        ("<rss version='2.0.1'><channel/></rss>", .rss20),
        ("<rss version='9'><channel/></rss>", .rss),
        ("<rss><channel/></rss>", .rss),
        ("<RSS version='2.0'><CHANNEL/></RSS>", .rss20),
        ("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'/>", .rss10),
        (
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
                + "xmlns='http://my.netscape.com/rdf/simple/0.9/'/>",
            .rss090
        ),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", .atom10),
        ("<feed version='0.3' xmlns='http://purl.org/atom/ns#'/>", .atom03),
        ("<feed/>", .atom),
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", .newsSitemap),
        (#"{"version": "https://jsonfeed.org/version/1", "items": []}"#, .jsonFeed10),
        (#"{"version": "https://jsonfeed.org/version/1.1", "items": []}"#, .jsonFeed11),
    ])
    func `tells the format by the root`(document: String, format: FeedFormat) throws {
        #expect(try read(document).format == format)
    }

    @Test(arguments: [
        ("<?xml version='1.0'?>\n<!-- made by hand -->\n<rss version='2.0'><channel/></rss>", FeedFormat.rss20),
        ("<?xml-stylesheet href='a.xsl'?><rss version='2.0'><channel/></rss>", .rss20),
        (
            "<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'rss-0.91.dtd'><rss version='0.91'><channel/></rss>",
            .rss091
        ),
        ("\u{FEFF}<feed xmlns='http://www.w3.org/2005/Atom'/>", .atom10),
    ])
    func `minds nothing that may stand before the root`(document: String, format: FeedFormat) throws {
        let feed = try read(document)
        #expect(feed.format == format)
        #expect(feed.codes == [])
    }

    @Test(arguments: [
        "<html><head><title>News</title></head><body><p>Hello</p></body></html>", "<!DOCTYPE html><p>Hi", "hello",
        "<note><to>you</to></note>", #"{"error": "not found"}"#, "%PDF-1.7", "\u{1}\u{2}\u{3}",
    ])
    func `a document that is no feed is refused, and its beginning told`(document: String) {
        #expect(throws: ParseError.self) { try read(document) }
    }

    @Test func `an empty document is told apart`() {
        #expect(throws: ParseError.empty) { try read(" \n\t") }
        #expect(throws: ParseError.empty) { try read([UInt8]()) }
    }

    @Test(arguments: ["Just a moment...", "Attention Required! | Cloudflare"])
    func `a page that asks whether we are a robot is no feed, and is called what it is`(title: String) {
        let page = "<!DOCTYPE html><html><head><title>\(title)</title></head></html>"
        let refusal = #expect(throws: ParseError.self) { try read(page) }
        #expect(refusal?.failure.kind == .challenge)
    }
}
