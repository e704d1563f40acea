import FeedModel
import Testing

@testable import Parsing

/// What the quick reader takes it reads as libxml2 does, and what it is not sure of it leaves alone.
@Suite struct QuickReaderTests {
    private let reader = MarkupFeed(limits: ParseLimits(), base: "https://example.org/feed.xml")

    private func both(_ text: String) -> (quick: ParsedFeed?, thorough: ParsedFeed?) {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            let prologue = Prologue(bytes)
            return (reader.readQuickly(bytes, prologue), reader.readThoroughly(bytes, prologue))
        }
    }

    @Test(arguments: [
        rss("<item><title>A</title><link>https://example.org/?a=1&amp;b=2</link></item>"),
        rss("<item><description><![CDATA[<p>a ]] > b</p>]]></description></item>"),
        rss("<item><description>a &lt; b &#38; c &#xE9; &eacute; &nbsp;</description></item>"),
        rss("<item>\r\n<description>a\r\nb\rc</description>\r\n</item>"),
        rss("<item><title lang = 'x'  dir=\"ltr\" >A</title ></item><!-- a - b --><?php echo ?>"),
        rss("<item><enclosure url='a&amp;b&#10;c\td' length='1'/></item>"),
        // Not as many attributes as it looks.
        rss("<item><enclosure url='/?\(String(repeating: "a=b;", count: 6000))'/></item>"),
        rss(
            "<item><x:y xmlns:x='urn:x' x:z='1'><x:y xmlns:x='urn:y'/></x:y><dc:title xmlns:dc='http://purl.org/dc/elements/1.1/'>t</dc:title></item>"
        ),
        atom(
            "<entry><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a<br/>&amp;<b>c</b></div></content></entry>"
        ),
        atom("<entry><title>پاکستان</title></entry>", attributes: "xml:lang='ur' xml:base='/x/'"),
        "<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE rss SYSTEM 'x.dtd'>\n"
            + rss("<item><title>A</title></item>"),
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><item rdf:about='u'/></rdf:RDF>",
    ])
    func `reads an ordinary document as libxml2 does`(document: String) {
        let (quick, thorough) = both(document)
        #expect(quick != nil)
        #expect(quick == thorough)
    }

    @Test(arguments: [
        rss("<item><title>Q&A</title></item>"), rss("<item><title>a &nosuch; b</title></item>"),
        rss("<item><title>a</titel></item>"), rss("<item><title>a</title>"), rss("") + "x", rss("") + rss(""),
        rss("<item a='1' a='2'/>"), rss("<item a=1/>"), rss("<item a='<'/>"), rss("<item a='1'b='2'/>"),
        rss("<dc:title>a</dc:title>"), rss("<item dc:a='1'/>"), rss("<!-- a -- b -->"), rss("<title>a ]]> b</title>"),
        rss("<title>a \u{1} b</title>"), rss("<title>&#1;</title>"), rss("<title>&#xD800;</title>"),
        rss("<title>\u{FFFF}</title>"), rss("<tïtle>a</tïtle>"), rss("<?xml version='1.0'?>"), rss("<![cdata[a]]>"),
        rss("<a:b:c xmlns:a='urn:a'/>"), rss("<:a/>"), rss("<title xmlns:a=''/>"), "x" + rss(""),
        rss("<title>a & b</title>"),
        rss("<title xmlns:x='urn:x' xmlns:y='urn:x' x:a='1' y:a='2'/>"), rss("<![CDATA[a"), rss("< title/>"),
    ])
    func `leaves alone what is unusual or not well-formed`(document: String) {
        #expect(both(document).quick == nil)
    }

    @Test(arguments: [
        rss("<title>a &#x1F600; &#65; b</title>"), rss("<title>&#9;</title>"),
        rss("<item><title></title><title/></item>"),
    ])
    func `agrees about references and empty elements`(document: String) {
        let (quick, thorough) = both(document)
        #expect(quick == thorough)
    }
}
