public import struct FoundationEssentials.Date

/// A feed document as its publisher wrote it, in one shape for every format. The keys and their rules are those of
/// `durbeen parse`. Text is plain, URLs are absolute where a base is known, dates are absent rather than guessed.
public struct ParsedFeed: Sendable, Equatable {
    public var format: FeedFormat
    /// The encoding really used, lower case.
    public var encoding: String = "utf-8"
    public var problems: [Problem] = []
    public var id: String?
    public var title: String?
    public var titleType: String?
    public var titleLanguage: Language?
    public var subtitle: String?
    public var rights: String?
    /// The web page the feed belongs to.
    public var link: String?
    public var links: [Link] = []
    public var language: Language?
    public var updated: Date?
    public var published: Date?
    public var authors: [Person] = []
    public var contributors: [Person] = []
    public var categories: [Category] = []
    public var generator: Generator?
    public var image: Image?
    public var icon: String?
    public var ttlMinutes: Int?
    /// Hours of the day in UTC, 0 to 23, in which the publisher asks not to be polled.
    public var skipHours: [Int] = []
    /// English day names.
    public var skipDays: [String] = []
    public var updatePeriod: String?
    public var updateFrequency: Int?
    public var updateBase: Date?
    public var newFeedURL: String?
    public var entries: [ParsedEntry] = []

    public init(format: FeedFormat) { self.format = format }
}

/// One item of a feed document.
public struct ParsedEntry: Sendable, Equatable {
    /// Byte for byte as published; only a relative Atom id is resolved.
    public var id: String?
    public var title: String?
    public var titleType: String?
    public var titleLanguage: Language?
    public var link: String?
    public var links: [Link] = []
    public var language: Language?
    public var updated: Date?
    public var published: Date?
    public var authors: [Person] = []
    public var contributors: [Person] = []
    public var categories: [Category] = []
    public var rights: String?
    @Rare public var image: Image?
    public var summary: TextBlock?
    public var content: [TextBlock] = []
    public var enclosures: [Enclosure] = []
    public var commentsURL: String?
    public var durationSeconds: Double?
    @Rare public var source: Source?

    public init() {}
}

/// Keeps a large value that few have apart, so that whatever it is a part of stays small where it is absent.
@propertyWrapper public struct Rare<Value> {
    /// None or one.
    private var values: [Value] = []

    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    public var wrappedValue: Value? {
        get { values.first }
        set { values = newValue.map { [$0] } ?? [] }
    }
}

extension Rare: Sendable where Value: Sendable {}
extension Rare: Equatable where Value: Equatable {}

/// The format of a feed document, named as `durbeen parse` prints it.
public enum FeedFormat: String, Sendable, Hashable, CaseIterable {
    case rss090 = "rss-0.90"
    case rss091 = "rss-0.91"
    case rss092 = "rss-0.92"
    case rss093 = "rss-0.93"
    case rss094 = "rss-0.94"
    case rss10 = "rss-1.0"
    case rss20 = "rss-2.0"
    /// RSS whose version is missing or unknown.
    case rss
    case atom03 = "atom-0.3"
    case atom10 = "atom-1.0"
    case atom
    case jsonFeed10 = "json-feed-1.0"
    case jsonFeed11 = "json-feed-1.1"
    case cdf
    case newsSitemap = "news-sitemap"
    case unknown
}

/// A language tag, or an explicit statement that there is none (`xml:lang=""`).
public enum Language: Sendable, Hashable {
    /// BCP 47, with hyphens.
    case tag(String)
    case none

    public var tag: String? {
        switch self {
        case .tag(let tag): tag
        case .none: nil
        }
    }
}

/// Something about a document that its publisher would want to know.
public struct Problem: Sendable, Hashable {
    /// One of the six codes that mean "this is not what it claims to be", or an advisory code.
    public var code: String
    public var message: String
    /// Counted from 1.
    public var line: Int?

    public init(_ code: String, _ message: String, line: Int? = nil) {
        self.code = code
        self.message = message
        self.line = line
    }
}

/// A summary or a content. `text` is always plain: no markup from a feed is kept anywhere.
public struct TextBlock: Sendable, Hashable {
    /// The MIME type that the source declared or that was sniffed.
    public var type: String
    /// The block as the document carries it, XML escapes undone, markup still in place; made plain by `FeedParser`.
    public var text: String
    public var language: Language?
    /// The base URL in force.
    public var base: String?
    public var src: String?

    public init(
        type: String, text: String, language: Language? = nil, base: String? = nil, src: String? = nil
    ) {
        self.type = type
        self.text = text
        self.language = language
        self.base = base
        self.src = src
    }
}

public struct Link: Sendable, Hashable {
    public var url: String
    public var rel: String
    public var type: String?
    public var title: String?
    public var hreflang: String?
    public var length: Int?

    public init(
        url: String, rel: String = "alternate", type: String? = nil, title: String? = nil, hreflang: String? = nil,
        length: Int? = nil
    ) {
        self.url = url
        self.rel = rel
        self.type = type
        self.title = title
        self.hreflang = hreflang
        self.length = length
    }
}

public struct Person: Sendable, Hashable {
    public var name: String?
    public var email: String?
    public var uri: String?

    public init(name: String? = nil, email: String? = nil, uri: String? = nil) {
        self.name = name
        self.email = email
        self.uri = uri
    }
}

public struct Category: Sendable, Hashable {
    public var term: String
    public var scheme: String?
    public var label: String?

    public init(term: String, scheme: String? = nil, label: String? = nil) {
        self.term = term
        self.scheme = scheme
        self.label = label
    }
}

public struct Generator: Sendable, Hashable {
    public var name: String?
    public var url: String?
    public var version: String?

    public init(name: String? = nil, url: String? = nil, version: String? = nil) {
        self.name = name
        self.url = url
        self.version = version
    }
}

public struct Image: Sendable, Hashable {
    public var url: String
    public var title: String?
    public var link: String?
    public var width: Int?
    public var height: Int?
    public var description: String?

    public init(url: String) { self.url = url }
}

public struct Enclosure: Sendable, Hashable {
    public var url: String
    public var type: String?
    /// In bytes.
    public var length: Int?
    public var durationSeconds: Double?

    public init(url: String, type: String? = nil, length: Int? = nil, durationSeconds: Double? = nil) {
        self.url = url
        self.type = type
        self.length = length
        self.durationSeconds = durationSeconds
    }
}

/// Where an aggregator took an entry from.
public struct Source: Sendable, Hashable {
    public var id: String?
    public var title: String?
    public var titleType: String?
    public var link: String?
    public var links: [Link] = []
    public var authors: [Person] = []
    public var updated: Date?
    /// The source feed.
    public var url: String?

    public init() {}
}
