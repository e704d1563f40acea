import FeedModel
import struct FoundationEssentials.Date

/// What `durbeen parse` prints for a document (docs of the command): one object, for any bytes whatever. `isFeed` tells
/// whether they are a feed.
public func feedJSON(
    bytes: [UInt8], baseURL: String?, contentType: String?, pretty: Bool, limits: ParseLimits = ParseLimits()
) -> (json: String, isFeed: Bool) {
    let parser = FeedParser(limits: limits)
    let document = Document(bytes: bytes, url: baseURL ?? "", contentType: contentType)
    do {
        let feed = try parser.parse(document)
        return (json(of: parser.inPlainText(feed)).text(indented: pretty), true)
    } catch {
        var nothing = ParsedFeed(format: .unknown)
        let text = decodeDocument(bytes, contentType: contentType)
        nothing.encoding = text.encoding
        nothing.problems = text.problems + [Problem("not-a-feed", error.description)]
        return (json(of: nothing).text(indented: pretty), false)
    }
}

private func json(of feed: ParsedFeed) -> JSON {
    .object([
        "format": .string(feed.format.rawValue),
        "encoding": .string(feed.encoding),
        "problems": list(feed.problems) { problem in
            .object([
                "code": .string(problem.code), "message": .string(problem.message), "line": integer(problem.line),
            ])
        },
        "id": text(feed.id),
        "title": text(feed.title),
        "title_type": text(feed.titleType),
        "title_language": titleLanguage(feed.titleLanguage, unless: feed.language),
        "subtitle": text(feed.subtitle),
        "rights": text(feed.rights),
        "link": text(feed.link),
        "links": list(feed.links, json(of:)),
        "self": text(feed.links.first { $0.rel == "self" }?.url),
        "hub": strings(feed.links.filter { $0.rel == "hub" }.map(\.url)),
        "language": language(feed.language),
        "updated": date(feed.updated),
        "published": date(feed.published),
        "authors": list(feed.authors, json(of:)),
        "contributors": list(feed.contributors, json(of:)),
        "categories": list(feed.categories, json(of:)),
        "generator": feed.generator.map { generator in
            .object(["name": text(generator.name), "url": text(generator.url), "version": text(generator.version)])
        },
        "image": feed.image.map(json(of:)),
        "icon": text(feed.icon),
        "ttl_minutes": integer(feed.ttlMinutes),
        "skip_hours": feed.skipHours.isEmpty ? nil : .array(feed.skipHours.map { .integer(Int64($0)) }),
        "skip_days": strings(feed.skipDays),
        "update_period": text(feed.updatePeriod),
        "update_frequency": integer(feed.updateFrequency),
        "update_base": date(feed.updateBase),
        "new_feed_url": text(feed.newFeedURL),
        "entries": .array(feed.entries.map { json(of: $0, in: feed) }),
    ])
}

private func json(of entry: ParsedEntry, in feed: ParsedFeed) -> JSON {
    let spoken = entry.language ?? feed.language
    return .object([
        "id": text(entry.id),
        "title": text(entry.title),
        "title_type": text(entry.titleType),
        "title_language": titleLanguage(entry.titleLanguage, unless: spoken),
        "link": text(entry.link),
        "links": list(entry.links, json(of:)),
        "language": language(spoken),
        "updated": date(entry.updated),
        "published": date(entry.published),
        "authors": list(entry.authors, json(of:)),
        "contributors": list(entry.contributors, json(of:)),
        "categories": list(entry.categories, json(of:)),
        "rights": text(entry.rights),
        "image": entry.image.map(json(of:)),
        "summary": entry.summary.map { json(of: $0, spoken: spoken) },
        "content": list(entry.content) { json(of: $0, spoken: spoken) },
        "enclosures": list(entry.enclosures) { enclosure in
            .object([
                "url": .string(enclosure.url), "type": text(enclosure.type), "length": integer(enclosure.length),
            ])
        },
        "comments_url": text(entry.commentsURL),
        "duration_seconds": entry.durationSeconds.map { .real($0) },
        "source": entry.source.map(json(of:)),
    ])
}

private func json(of block: TextBlock, spoken: Language?) -> JSON {
    .object([
        "type": .string(block.type), "text": .string(block.text), "language": language(block.language ?? spoken),
        "base": text(block.base), "src": text(block.src),
    ])
}

private func json(of source: Source) -> JSON {
    .object([
        "id": text(source.id), "title": text(source.title), "title_type": text(source.titleType),
        "link": text(source.link), "links": list(source.links, json(of:)), "authors": list(source.authors, json(of:)),
        "updated": date(source.updated), "url": text(source.url),
    ])
}

private func json(of link: Link) -> JSON {
    .object([
        "url": .string(link.url), "rel": .string(link.rel), "type": text(link.type), "title": text(link.title),
        "hreflang": text(link.hreflang), "length": integer(link.length),
    ])
}

private func json(of person: Person) -> JSON {
    .object(["name": text(person.name), "email": text(person.email), "uri": text(person.uri)])
}

private func json(of category: FeedModel.Category) -> JSON {
    .object(["term": .string(category.term), "scheme": text(category.scheme), "label": text(category.label)])
}

private func json(of image: Image) -> JSON {
    .object([
        "url": .string(image.url), "title": text(image.title), "link": text(image.link), "width": integer(image.width),
        "height": integer(image.height), "description": text(image.description),
    ])
}

// MARK: - Values; nil where there is none

private func text(_ text: String?) -> JSON? { text.flatMap { $0.isEmpty ? nil : .string($0) } }

private func integer(_ number: Int?) -> JSON? { number.map { .integer(Int64($0)) } }

private func strings(_ texts: [String]) -> JSON? { texts.isEmpty ? nil : .strings(texts) }

private func list<Item>(_ items: [Item], _ json: (Item) -> JSON) -> JSON? {
    items.isEmpty ? nil : .array(items.map(json))
}

/// `null` says that there is explicitly no language.
private func language(_ language: Language?) -> JSON? {
    switch language {
    case .tag(let tag): .string(tag)
    case .some(.none): .null
    case nil: nil
    }
}

private func titleLanguage(_ title: Language?, unless spoken: Language?) -> JSON? {
    title == spoken ? nil : language(title)
}

private func date(_ date: Date?) -> JSON? { date.map { .string(timestamp($0)) } }

/// RFC 3339 in UTC, to the second, with milliseconds where there are any.
func timestamp(_ date: Date) -> String {
    let milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    let days = Int((milliseconds - (milliseconds < 0 ? 86_399_999 : 0)) / 86_400_000)
    let rest = Int(milliseconds) - days * 86_400_000
    func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let seconds = rest / 1000
    let fraction = rest % 1000 == 0 ? "" : "." + padded(rest % 1000, 3)
    return "\(LocalDate(daysSince1970: days))T\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):"
        + "\(padded(seconds % 60, 2))\(fraction)Z"
}
