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
        let names = parsed.authors.compactMap { $0.name ?? $0.email }.map { oneLine($0, Cap.author) }
        let tags = parsed.categories.map { oneLine($0.label ?? $0.term, Cap.tag) }
        let title = (parsed.title ?? "").prefix(bytes: Cap.title)
        return Entry(
            id: id, feedURL: feedURL, title: title, url: link.flatMap { $0.utf8.count <= Cap.link ? $0 : nil },
            summary: summary,
            body: body, authors: Array(distinct(names).prefix(Cap.authors)),
            tags: Array(distinct(tags).prefix(Cap.tags)),
            language: spoken(in: parsed, of: language, [title, summary, body]), published: parsed.published,
            updated: parsed.updated,
            identity: identity)
    }

    /// The language that the entry declares, else that of its feed, else what its texts tell. English is what many a
    /// content system declares unasked: Urdu under that name is Urdu all the same.
    private func spoken(in parsed: ParsedEntry, of feedLanguage: String?, _ texts: [String]) -> String? {
        let declared = parsed.language.map(\.tag) ?? feedLanguage
        if let declared, !declared.asciiLowercased.hasPrefix("en") { return declared.prefix(bytes: Cap.language) }
        guard let declared else { return LanguageGuess.language(of: texts) }
        return LanguageGuess.ofArabicScript(texts) ?? declared.prefix(bytes: Cap.language)
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
        return text.withUTF8 { cleanText(PageText.plain(text: $0, keepsLines: false, limit: limit + 4)) }.prefix(
            bytes: limit)
    }

    private func distinct(_ texts: [String]) -> [String] {
        // Few as they nearly always are, they are compared sooner than hashed.
        guard texts.count > 8 else {
            var distinct: [String] = []
            for text in texts where !text.isEmpty && !distinct.contains(text) { distinct.append(text) }
            return distinct
        }
        var seen: Set<String> = []
        return texts.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}
