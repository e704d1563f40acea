public import FeedModel

/// The most that is kept of one entry, in bytes (R7): 64 KiB of body and less than 16 KiB of everything else.
private enum Cap {
    static let title = 1024
    static let summary = 8192
    static let body = 65_536
    static let link = 2048
    static let tags = 32
    static let tag = 64
    static let authors = 8
    static let author = 192
    static let language = 35
}

extension FeedParser {
    /// The entry at `index` of `feed` as it is matched, stored and shown: plain text, capped at character boundaries, its link
    /// without the parameters of campaigns. `language` is the feed's, for an entry that names none.
    public func entry(
        at index: Int, of feed: ParsedFeed, id: EntryID, identity: EntryIdentity, feedURL: String, language: String?
    ) -> Entry {
        feed.entries.withUnsafeBufferPointer { entries in
            guard entries.indices.contains(index), let first = entries.baseAddress else {
                preconditionFailure("a feed has an entry at each of its places")
            }
            // Where it stands: a copy would count references to each of its texts and lists.
            return entry(first + index, id: id, identity: identity, feedURL: feedURL, language: language)
        }
    }

    private func entry(
        _ place: UnsafePointer<ParsedEntry>, id: EntryID, identity: EntryIdentity, feedURL: String, language: String?
    ) -> Entry {
        let (summary, body) = texts(of: place)
        let link = Address.web(place.pointee.link).map { Tracking.removed(from: $0) }
        var authors: [String] = []
        for index in place.pointee.authors.indices where authors.count < Cap.authors {
            guard let name = place.pointee.authors[index].name ?? place.pointee.authors[index].email else { continue }
            add(oneLine(name, Cap.author), to: &authors)
        }
        var tags: [String] = []
        for index in place.pointee.categories.indices where tags.count < Cap.tags {
            if tags.isEmpty { tags.reserveCapacity(min(place.pointee.categories.count, Cap.tags)) }
            add(
                oneLine(place.pointee.categories[index].label ?? place.pointee.categories[index].term, Cap.tag),
                to: &tags)
        }
        let title = (place.pointee.title ?? "").prefix(bytes: Cap.title)
        return Entry(
            id: id, feedURL: feedURL, title: title, url: link.flatMap { $0.utf8.count <= Cap.link ? $0 : nil },
            summary: summary,
            body: body, authors: authors, tags: tags,
            language: spoken(in: place, of: language, title, summary, body), published: place.pointee.published,
            updated: place.pointee.updated,
            identity: identity)
    }

    /// The language that the entry declares, else that of its feed, else what its texts tell. English is what many a
    /// content system declares unasked: Urdu under that name is Urdu all the same.
    private func spoken(
        in place: UnsafePointer<ParsedEntry>, of feedLanguage: String?, _ title: String, _ summary: String,
        _ body: String
    ) -> String? {
        guard let declared = place.pointee.language.map(\.tag) ?? feedLanguage else {
            return LanguageGuess.language(of: [title, summary, body])
        }
        let tag = declared.prefix(bytes: Cap.language)
        guard declared.hasASCIIPrefix("en"),
            LanguageGuess.mayBeArabic(title) || LanguageGuess.mayBeArabic(summary) || LanguageGuess.mayBeArabic(body)
        else { return tag }
        return LanguageGuess.ofArabicScript([title, summary, body]) ?? tag
    }

    /// Summary and body. Full text that stands in the place of a summary becomes the body, and the same text is not kept
    /// twice, so that no word counts twice.
    private func texts(of place: UnsafePointer<ParsedEntry>) -> (summary: String, body: String) {
        // Some way past the cap, so that a cut text is seen to be longer.
        let limit = Cap.body + 4
        let summary = place.pointee.summary?.plainText(limit: limit) ?? ""
        var body = ""
        for index in place.pointee.content.indices where body.utf8.count < Cap.body {
            let text = place.pointee.content[index].plainText(limit: limit)
            if text.isEmpty || body == text { continue }
            body += (body.isEmpty ? "" : "\n") + text
        }
        if body == summary { body = "" }
        if body.isEmpty, summary.utf8.count > Cap.summary { return ("", summary.prefix(bytes: Cap.body)) }
        return (summary.prefix(bytes: Cap.summary), body.prefix(bytes: Cap.body))
    }

    private func oneLine(_ text: String, _ limit: Int) -> String {
        var text = text
        let line = text.withUTF8 { bytes -> String? in
            isTidyLine(bytes) ? nil : cleanText(PageText.plain(text: bytes, keepsLines: false, limit: limit + 4))
        }
        return (line ?? text).prefix(bytes: limit)
    }

    private func add(_ text: String, to distinct: inout [String]) {
        if !text.isEmpty, !distinct.contains(text) { distinct.append(text) }
    }
}
