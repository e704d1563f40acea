import FeedModel
import Testing

@testable import Parsing

@Suite struct FeedDiscoveryTests {
    private func page(_ html: String, url: String = "https://example.org/blog/", type: String? = "text/html")
        -> Document
    {
        Document(bytes: Array(html.utf8), url: url, contentType: type)
    }

    private func named(_ html: String) -> [String] { FeedDiscovery.named(in: page(html)).map(\.url) }

    @Test func `names the feeds of a page with their titles, its comments last`() {
        let html = """
            <head><link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
            <link rel='alternate' type='application/atom+xml' title='Blog &amp; more' href='atom.xml'>
            <link rel="alternate" type="application/json" href="/wp-json/x">
            <script>"<link rel=alternate type=application/rss+xml href=/no>"</script></head>
            """
        #expect(
            FeedDiscovery.named(in: page(html)) == [
                NamedFeed(url: "https://example.org/blog/atom.xml", title: "Blog & more", isForComments: false),
                NamedFeed(url: "https://example.org/comments/feed", title: "Comments", isForComments: true),
            ])
    }

    @Test func `takes a page's links for its feeds only where its head names none`() {
        let links =
            "<a href='/news/rss'>RSS</a><a href='/about'>About</a><a href='/sitemap.xml'>Map</a><a href='x/feed.xml?a=1'>"
        #expect(named(links) == ["https://example.org/news/rss", "https://example.org/blog/x/feed.xml?a=1"])
        #expect(
            named("<link rel=alternate type=application/rss+xml href=/own>" + links) == ["https://example.org/own"])
    }

    @Test func `resolves against the page's base`() {
        #expect(
            named("<base href='/x/'><link rel=alternate type=application/rss+xml href=feed>")
                == ["https://example.org/x/feed"])
    }

    @Test(arguments: ["javascript:x", "file:///etc/passwd", "ftp://example.org/feed", "/blog/"])
    func `names the web's addresses alone, and never the page itself`(address: String) {
        #expect(named("<link rel=alternate type=application/rss+xml href='\(address)'><a href='\(address)'>").isEmpty)
    }

    @Test func `names no feed twice, and of a page without end no more than 32`() {
        let link = "<link rel=alternate type=application/rss+xml href=/feed>"
        #expect(named(link + link).count == 1)
        let many = (0..<1000).map { "<link rel=alternate type=application/rss+xml href=/\($0)><a href=/\($0)/feed>" }
        #expect(named(many.joined()).count == 32)
    }

    @Test func `knows the usual places of a site`() {
        #expect(
            FeedDiscovery.usualPlaces(of: page("")) == [
                "https://example.org/feed/", "https://example.org/rss.xml", "https://example.org/feed.xml",
                "https://example.org/atom.xml",
            ])
    }

    @Test(arguments: [
        ("<!DOCTYPE html><html lang=en>", nil, true), ("  <!-- x --><HTML>", "text/plain", true),
        ("", "text/html", true),
        ("<rss><channel><body>", "text/xml", false), ("{}", "application/json", false), ("plain", nil, false),
    ])
    func `tells a web page from what is none`(text: String, type: String?, isPage: Bool) {
        #expect(FeedDiscovery.isPage(page(text, type: type)) == isPage)
    }
}
