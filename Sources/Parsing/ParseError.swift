public import FeedModel

/// Why a document gives no feed.
public enum ParseError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No feed format begins like this.
    case notAFeed(startsWith: String)
    /// A page that asks whether the visitor is a robot; the text names what gave it away.
    case challenge(String)
    /// Not a byte but white space.
    case empty

    public var description: String {
        switch self {
        case .notAFeed(let start): "reading the feed: no feed format begins with \"\(visible(start))\""
        case .challenge(let sign): "reading the feed: the site asks whether we are a robot (\"\(visible(sign))\")"
        case .empty: "reading the feed: the document is empty"
        }
    }

    /// As the outcome of a check.
    public var failure: CheckFailure {
        switch self {
        case .notAFeed, .empty: CheckFailure(.notAFeed, description)
        case .challenge: CheckFailure(.challenge, description)
        }
    }
}

/// How much of a document is read. What lies beyond is left out with a problem that says so, never silently.
public struct ParseLimits: Sendable, Equatable {
    /// In bytes; of a longer document only the beginning is read.
    public var document = 8 << 20
    /// How deep elements may nest before their tags are dropped, and JSON before it is refused.
    public var depth = 64
    public var elements = 500_000
    /// How many values of JSON are read, each of which takes some hundred bytes of memory.
    public var values = 200_000
    public var entries = 2_000
    /// How many links, categories, persons and the like a feed or an entry may have of each.
    public var repeats = 256
    /// In bytes, markup included; the rest of a longer title or body is left out.
    public var field = 1 << 20
    /// In bytes; from a longer start tag attributes are taken out before libxml2 sees it (`LongTags`).
    public var startTag = 65_536

    public init() {}
}
