public import FeedModel

/// Finds the feeds of a web page.
public struct FeedDiscovery {
    private static let most = 4
    /// Where sites keep feeds that they do not name, most likely first.
    private static let usualPaths = ["/feed/", "/rss.xml", "/feed.xml", "/atom.xml"]

    /// URLs worth trying, likeliest first, at most 4: those that `page` names by `<link rel="alternate">`, comments' feeds
    /// last, then a few usual places. All are absolute http or https.
    public static func candidates(in page: Document) -> [String] {
        let usual = usualPaths.map { Address.resolve($0, base: page.url) }
        return Array(distinct(links(in: page).map(\.url) + usual, but: page.url).prefix(most))
    }

    /// Those that `page` itself names, likeliest first.
    public static func named(in page: Document) -> [String] { distinct(links(in: page).map(\.url), but: page.url) }

    private static func distinct(_ urls: [String], but own: String) -> [String] {
        var found: [String] = []
        for url in urls where Address.isAbsolute(url) && url != own && !found.contains(url) { found.append(url) }
        return found
    }

    /// Nobody who gives a site's address wants its comments; they come after the site's own.
    private static func links(in page: Document) -> [Found] {
        let text = decodeDocument(page.bytes, contentType: page.contentType)
        let named = text.bytes.withUnsafeBufferPointer { links(in: $0, url: page.url) }
        return named.filter { !$0.isSecondary } + named.filter(\.isSecondary)
    }

    private struct Found {
        var url: String
        var isSecondary: Bool
    }

    private static func links(in bytes: ByteView, url: String) -> [Found] {
        var base = url
        var found: [Found] = []
        var scanner = MarkupScanner(bytes)
        while found.count < 32, let token = scanner.next() {
            guard case .start(let name, let range, _) = token else { continue }
            let tag = String(bytes[name].map(\.lowercased))
            if tag == "script" || tag == "style" { _ = scanner.skip(pastEndOf: Array(tag.utf8)) }
            guard tag == "link" || tag == "base" else { continue }
            var attributes: [String: String] = [:]
            for attribute in scanAttributes(bytes, range) {
                let name = String(bytes[attribute.name].map(\.lowercased))
                attributes[name] = attributes[name] ?? plainLine(bytes[slice: attribute.value], type: "text/html")
            }
            guard let href = attributes["href"]?.trimmedOrNil else { continue }
            if tag == "base" {
                base = Address.web(Address.resolve(href, base: url)) ?? base
            } else if isFeed(attributes) {
                let address = Address.resolve(href, base: base)
                let label = (attributes["title"] ?? "").asciiLowercased + " " + address.asciiLowercased
                found.append(Found(url: address, isSecondary: label.containsASCII("comment")))
            }
        }
        return found
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
