import FeedModel

/// A feed as JSON Feed 1.1 (jsonfeed.org/version/1.1). What is said only in plain text stands in `content_text`.
func jsonFeedText(_ feed: FeedDocument) -> String {
    let whole: JSON = .object([
        "version": .string("https://jsonfeed.org/version/1.1"), "title": .string(feed.title),
        "authors": .array([.object(["name": .string("Durbeen")])]),
        "_durbeen": .object([
            "id": .string(feed.id), "updated": .string(feed.updated),
            "archive": feed.archive.isArchive ? .bool(true) : nil,
            "previous": feed.archive.previous.map(JSON.string), "current": feed.archive.current.map(JSON.string),
        ]),
        "items": .array(feed.items.map(item)),
    ])
    return whole.text(indented: true) + "\n"
}

private func item(_ item: FeedItem) -> JSON {
    .object([
        "id": .string(item.id), "url": item.url.map(JSON.string), "title": .string(item.title),
        "content_text": .string(item.text.isEmpty ? item.title : item.text),
        "date_published": item.published.map(JSON.string), "date_modified": .string(item.updated),
        "authors": .array([.object(["name": .string(item.source)])]),
        "tags": .strings(item.categories), "language": item.language.map(JSON.string),
        "_related": item.related.isEmpty
            ? nil
            : .array(item.related.map { .object(["title": .string($0.title), "url": .string($0.url)]) }),
    ])
}
