import FeedModel

@testable import Parsing

/// The feed in a document that a test writes out.
func read(
    _ text: String, from url: String = "https://example.org/feed.xml", as contentType: String? = nil
) throws(ParseError) -> ParsedFeed {
    try read(Array(text.utf8), from: url, as: contentType)
}

func read(
    _ bytes: [UInt8], from url: String = "https://example.org/feed.xml", as contentType: String? = nil,
    limits: ParseLimits = ParseLimits()
) throws(ParseError) -> ParsedFeed {
    let parser = FeedParser(limits: limits)
    return parser.inPlainText(try parser.parse(Document(bytes: bytes, url: url, contentType: contentType)))
}

/// An RSS document with `items` in its channel.
func rss(_ items: String, channel: String = "<title>News</title>", namespaces: String = "") -> String {
    "<rss version=\"2.0\" \(namespaces)><channel>\(channel)\(items)</channel></rss>"
}

/// An Atom document with `entries` in it.
func atom(_ entries: String, attributes: String = "") -> String {
    "<feed xmlns=\"http://www.w3.org/2005/Atom\" \(attributes)><title>News</title>\(entries)</feed>"
}

/// The only entry of an RSS document that has `content` as its item.
func item(_ content: String, namespaces: String = "", from url: String = "https://example.org/feed.xml") throws
    -> ParsedEntry
{
    let feed = try read(rss("<item>\(content)</item>", namespaces: namespaces), from: url)
    guard feed.entries.count == 1 else { throw Missing(what: "one entry, not \(feed.entries.count)") }
    return feed.entries[0]
}

/// The only entry of an Atom document that has `content` as its entry.
func entry(_ content: String, attributes: String = "") throws -> ParsedEntry {
    let feed = try read(atom("<entry>\(content)</entry>", attributes: attributes))
    guard feed.entries.count == 1 else { throw Missing(what: "one entry, not \(feed.entries.count)") }
    return feed.entries[0]
}

struct Missing: Error { var what: String }

extension ParsedFeed {
    var codes: [String] { problems.map(\.code) }
    var titles: [String] { entries.map { $0.title ?? "" } }
}

/// The codes that mean "this document is not what it claims to be".
let seriousCodes: Set = [
    "not-well-formed", "encoding-conflict", "encoding-unknown", "content-type", "truncated", "not-a-feed",
]
