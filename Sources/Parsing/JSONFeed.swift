import FeedModel
import struct FoundationEssentials.Date

/// JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1). Values of the wrong type are passed over, as the specification asks.
struct JSONFeed {
    private let base: String?
    private var feed = ParsedFeed(format: .unknown)
    /// An error in what our own cut left of a word or an escape lies no further than this before the end.
    private static let longestWord = 6

    /// The feed in `bytes`; nil if they are no JSON Feed. What was cut is closed, so that the items before the cut are
    /// given.
    ///
    /// - Parameter isCut: only the beginning of the document is there, for the rest was too much for us.
    static func read(_ bytes: ByteView, base: String?, limits: ParseLimits, isCut: Bool = false) -> ParsedFeed? {
        var problems: [Problem] = []
        let root: JSON
        do {
            root = try JSON(reading: Array(bytes), deepest: limits.depth, most: limits.values)
        } catch {
            let beginning = error.isTooMuch ? bytes[slice: 0..<min(error.offset, bytes.count)] : bytes
            guard let closed = closedJSON(beginning),
                let salvaged = try? JSON(reading: closed, deepest: limits.depth, most: limits.values)
            else {
                // Nothing there to be salvaged: what it is not, the caller says.
                return nil
            }
            if error.isTooMuch {
                problems = [Problem("too-many-elements", "more than \(limits.values) values")]
            } else if !isCut || error.offset < bytes.count - Self.longestWord {
                problems = [
                    Problem("not-well-formed", visible(error.description)),
                    Problem("truncated", "the document ends in the middle"),
                ]
            }
            root = salvaged
        }
        guard let version = root["version"]?.string, version.containsASCII("jsonfeed.org/version/") else { return nil }
        var reading = JSONFeed(base: base)
        reading.feed.format = version.hasSuffix("/1") || version.hasSuffix("/1.0") ? .jsonFeed10 : .jsonFeed11
        reading.feed.problems = problems
        reading.readFeed(root, limits)
        return reading.feed
    }

    private init(base: String?) { self.base = base }
}

extension JSONFeed {
    private mutating func readFeed(_ root: JSON, _ limits: ParseLimits) {
        feed.id = text(root["feed_url"])
        feed.title = line(root["title"])
        feed.titleType = feed.title.map { _ in "text/plain" }
        feed.subtitle = line(root["description"])
        feed.link = url(root["home_page_url"])
        if let link = feed.link { feed.links.append(Link(url: link)) }
        if let own = url(root["feed_url"]) {
            feed.links.append(Link(url: own, rel: "self", type: "application/feed+json"))
        }
        for hub in root["hubs"]?.array ?? [] {
            if let address = url(hub["url"]) { feed.links.append(Link(url: address, rel: "hub")) }
        }
        feed.language = language(root["language"])
        feed.authors = authors(root)
        feed.icon = url(root["favicon"])
        if let icon = url(root["icon"]) { feed.image = Image(url: icon) }
        let items = root["items"]?.array ?? []
        if items.count > limits.entries {
            feed.problems.append(Problem("too-many-entries", "only the first \(limits.entries) entries were read"))
        }
        feed.entries = items.prefix(limits.entries).map { entry($0) }
    }

    private func entry(_ item: JSON) -> ParsedEntry {
        var entry = ParsedEntry()
        // The specification wants a text, but numbers occur and must be taken (1.1, "id").
        entry.id = text(item["id"]) ?? item["id"].flatMap { number($0) }
        entry.title = line(item["title"])
        entry.titleType = entry.title.map { _ in "text/plain" }
        entry.link = url(item["url"]) ?? url(item["external_url"])
        if let own = url(item["url"]) { entry.links.append(Link(url: own)) }
        if let other = url(item["external_url"]) {
            entry.links.append(Link(url: other, rel: entry.links.isEmpty ? "alternate" : "related"))
        }
        entry.language = language(item["language"])
        entry.published = date(item["date_published"])
        entry.updated = date(item["date_modified"])
        entry.authors = authors(item)
        entry.categories = (item["tags"]?.array ?? []).compactMap { line($0) }.map { FeedModel.Category(term: $0) }
        if let image = url(item["image"]) ?? url(item["banner_image"]) { entry.image = Image(url: image) }
        if let summary = item["summary"]?.string?.trimmedOrNil { entry.summary = block(summary, "text/plain", entry) }
        if let html = item["content_html"]?.string?.trimmedOrNil {
            entry.content.append(block(html, "text/html", entry))
        } else if let plain = item["content_text"]?.string?.trimmedOrNil {
            entry.content.append(block(plain, "text/plain", entry))
        }
        for attachment in item["attachments"]?.array ?? [] { add(attachment, to: &entry) }
        return entry
    }

    private func add(_ attachment: JSON, to entry: inout ParsedEntry) {
        guard let address = url(attachment["url"]) else { return }
        let seconds = attachment["duration_in_seconds"]?.number.flatMap { $0 >= 0 && $0 < 1e9 ? $0 : nil }
        let size = attachment["size_in_bytes"]?.number.flatMap { Int(exactly: $0.rounded()) }.flatMap {
            $0 >= 0 ? $0 : nil
        }
        entry.enclosures.append(
            Enclosure(url: address, type: line(attachment["mime_type"]), length: size, durationSeconds: seconds))
        entry.durationSeconds = entry.durationSeconds ?? seconds
    }

    /// `authors` of 1.1, else `author` of 1.0.
    private func authors(_ holder: JSON) -> [Person] {
        let list = holder["authors"]?.array ?? holder["author"].map { [$0] } ?? []
        return list.compactMap { author in
            let person = Person(name: line(author["name"]), uri: url(author["url"]))
            return person.isEmpty ? nil : person
        }
    }

    private func block(_ text: String, _ type: String, _ entry: ParsedEntry) -> TextBlock {
        TextBlock(type: type, text: text.prefix(bytes: 1 << 20), language: entry.language, base: base)
    }

    private func text(_ value: JSON?) -> String? { value?.string.flatMap { cleanText($0).trimmedOrNil } }

    private func line(_ value: JSON?) -> String? {
        guard var text = value?.string else { return nil }
        return text.withUTF8 { plainLine($0, type: "text/plain") }.trimmedOrNil
    }

    private func url(_ value: JSON?) -> String? {
        guard let text = text(value) else { return nil }
        return Address.resolve(text, base: base).trimmedOrNil
    }

    private func number(_ value: JSON) -> String? {
        switch value {
        case .integer(let whole): String(whole)
        case .real(let real): "\(real)"
        default: nil
        }
    }

    private func language(_ value: JSON?) -> Language? { text(value).flatMap { languageTag($0) }.map { .tag($0) } }

    private func date(_ value: JSON?) -> Date? { text(value).flatMap { FeedDate.parse($0) } }
}

/// A cut JSON Feed ended after its last whole item, with the brackets closed that are open there; nil if there is none.
private func closedJSON(_ bytes: ByteView) -> [UInt8]? {
    var open: [UInt8] = []
    var isInText = false
    var at = 0
    var cut: (end: Int, open: [UInt8])?
    while at < bytes.count, open.count < 1024 {
        let byte = bytes[at]
        if isInText {
            if byte == UInt8(ascii: "\\") { at += 1 } else if byte == Byte.quote { isInText = false }
        } else {
            switch byte {
            case Byte.quote: isInText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(byte + 2)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard open.popLast() == byte else { return nil }
                // An item has just ended: the list of items inside the feed.
                if open.count == 2 { cut = (at + 1, open) }
            default: break
            }
        }
        at += 1
    }
    // What was closed in the right order is broken in some other way.
    guard !open.isEmpty, let cut else { return nil }
    return Array(bytes[..<cut.end]) + cut.open.reversed()
}
