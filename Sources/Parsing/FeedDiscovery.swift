public import FeedModel

/// A feed that a web page names.
public struct NamedFeed: Sendable, Equatable {
    /// Absolute, http or https.
    public var url: String
    /// What the page calls it; may be empty.
    public var title: String
    /// Nobody who gives a site's address wants what readers say below its articles.
    public var isForComments: Bool
}

/// Finds the feeds of a web page.
public struct FeedDiscovery {
    /// Where sites keep feeds that they do not name, most likely first.
    private static let usualPaths = ["/feed/", "/rss.xml", "/feed.xml", "/atom.xml"]
    private static let most = 32

    /// Whether `document` is a web page, by its type or its first tag.
    public static func isPage(_ document: Document) -> Bool {
        let type = (document.contentType ?? "").asciiLowercased
        if type.hasPrefix("text/html") || type.hasPrefix("application/xhtml") { return true }
        let text = decodeDocument(document.bytes, contentType: document.contentType)
        return text.bytes.prefix(4096).withUnsafeBufferPointer { bytes in
            var scanner = MarkupScanner(bytes)
            while let token = scanner.next() {
                guard case .start(let name, _, _) = token else { continue }
                return ["html", "head", "body"].contains(String(bytes[name].map(\.lowercased)))
            }
            return false
        }
    }

    /// The feeds that `page` names by `<link rel="alternate">`, or, where there is none, those its links lead to by the look
    /// of their addresses; the site's own first. At most 32, and never the page itself.
    public static func named(in page: Document) -> [NamedFeed] {
        let text = decodeDocument(page.bytes, contentType: page.contentType)
        let (named, linked) = text.bytes.withUnsafeBufferPointer { links(in: $0, url: page.url) }
        let found = distinct(named.isEmpty ? linked : named, but: page.url)
        return found.filter { !$0.isForComments } + found.filter(\.isForComments)
    }

    /// Addresses worth trying where `page` names no feed, most likely first.
    public static func usualPlaces(of page: Document) -> [String] {
        usualPaths.map { Address.resolve($0, base: page.url) }.filter { Address.isAbsolute($0) && $0 != page.url }
    }

    private static func distinct(_ feeds: [NamedFeed], but own: String) -> [NamedFeed] {
        var seen: Set<String> = [own]
        return feeds.filter { Address.isAbsolute($0.url) && seen.insert($0.url).inserted }
    }

    /// What the head names, and what the text links to.
    private static func links(in bytes: ByteView, url: String) -> (named: [NamedFeed], linked: [NamedFeed]) {
        var base = url
        var (named, linked): ([NamedFeed], [NamedFeed]) = ([], [])
        var scanner = MarkupScanner(bytes)
        while named.count < most, let token = scanner.next() {
            guard case .start(let name, let range, _) = token else { continue }
            let tag = String(bytes[name].map(\.lowercased))
            if tag == "script" || tag == "style" { _ = scanner.skip(pastEndOf: Array(tag.utf8)) }
            guard tag == "link" || tag == "base" || tag == "a" else { continue }
            let attributes = attributes(of: range, in: bytes)
            guard let href = attributes["href"]?.trimmedOrNil else { continue }
            if tag == "base" {
                base = Address.web(Address.resolve(href, base: url)) ?? base
            } else if tag == "link" ? isFeed(attributes) : linked.count < most && looksLikeFeed(href) {
                let feed = feed(Address.resolve(href, base: base), title: attributes["title"] ?? "")
                if tag == "link" { named.append(feed) } else { linked.append(feed) }
            }
        }
        return (named, linked)
    }

    private static func attributes(of range: Range<Int>, in bytes: ByteView) -> [String: String] {
        var attributes: [String: String] = [:]
        for attribute in scanAttributes(bytes, range) {
            let name = String(bytes[attribute.name].map(\.lowercased))
            attributes[name] = attributes[name] ?? plainLine(bytes[slice: attribute.value], type: "text/html")
        }
        return attributes
    }

    private static func feed(_ url: String, title: String) -> NamedFeed {
        let label = title.asciiLowercased + " " + url.asciiLowercased
        return NamedFeed(url: url, title: title.trimmedOrNil ?? "", isForComments: label.containsASCII("comment"))
    }

    /// By how the path ends: such links are few, and whoever takes one up asks it first.
    private static func looksLikeFeed(_ href: String) -> Bool {
        let path = href.asciiLowercased.prefix { $0 != "?" && $0 != "#" }
        let ends = ["/feed", "/feed/", "/rss", "/rss/", "/atom", "/atom/", ".rss", ".atom", "/feed.json"]
        return ends.contains { path.hasSuffix($0) }
            || path.hasSuffix(".xml") && (path.contains("rss") || path.contains("feed") || path.contains("atom"))
    }

    private static func isFeed(_ attributes: [String: String]) -> Bool {
        let rel = (attributes["rel"] ?? "").asciiLowercased.split(separator: " ")
        guard rel.contains("alternate") || rel.contains("feed") else { return false }
        let type = (attributes["type"] ?? "").asciiLowercased.split(separator: ";").first.map(String.init)?.trimmedOrNil
        switch type {
        case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml": return true
        case "application/json", "text/xml", "application/xml":
            // These may be anything: WordPress names its API so.
            return !(attributes["href"] ?? "").containsASCII("wp-json")
                && !(attributes["href"] ?? "").containsASCII("oembed")
        case nil: return rel.contains("feed")
        default: return false
        }
    }
}
