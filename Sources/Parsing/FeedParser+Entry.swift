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
    /// `parsed` as it is matched, stored and shown: plain text, capped at character boundaries, its link without the
    /// parameters of campaigns. `language` is the feed's, for an entry that names none.
    public func entry(
        _ parsed: ParsedEntry, id: EntryID, identity: EntryIdentity, feedURL: String, language: String?
    ) -> Entry {
        let (summary, body) = texts(of: parsed)
        let link = Address.web(parsed.link).map { Tracking.removed(from: $0) }
        var authors: [String] = []
        for index in parsed.authors.indices where authors.count < Cap.authors {
            guard let name = parsed.authors[index].name ?? parsed.authors[index].email else { continue }
            add(oneLine(name, Cap.author), to: &authors)
        }
        var tags: [String] = []
        for index in parsed.categories.indices where tags.count < Cap.tags {
            if tags.isEmpty { tags.reserveCapacity(min(parsed.categories.count, Cap.tags)) }
            add(oneLine(parsed.categories[index].label ?? parsed.categories[index].term, Cap.tag), to: &tags)
        }
        let title = (parsed.title ?? "").prefix(bytes: Cap.title)
        return Entry(
            id: id, feedURL: feedURL, title: title, url: link.flatMap { $0.utf8.count <= Cap.link ? $0 : nil },
            summary: summary,
            body: body, authors: authors, tags: tags,
            language: spoken(in: parsed, of: language, title, summary, body), published: parsed.published,
            updated: parsed.updated,
            identity: identity)
    }

    /// The language that the entry declares, else that of its feed, else what its texts tell. English is what many a
    /// content system declares unasked: Urdu under that name is Urdu all the same.
    private func spoken(
        in parsed: ParsedEntry, of feedLanguage: String?, _ title: String, _ summary: String, _ body: String
    ) -> String? {
        guard let declared = parsed.language.map(\.tag) ?? feedLanguage else {
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
    private func texts(of parsed: ParsedEntry) -> (summary: String, body: String) {
        // Some way past the cap, so that a cut text is seen to be longer.
        let limit = Cap.body + 4
        let summary = parsed.summary?.plainText(limit: limit) ?? ""
        var body = ""
        for block in parsed.content where body.utf8.count < Cap.body {
            let text = block.plainText(limit: limit)
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
