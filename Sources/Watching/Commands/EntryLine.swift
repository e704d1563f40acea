import FeedModel
import FoundationEssentials

/// What is wrong with a line of entries.
struct BadLine: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// An entry given as a line of JSON, and what is known of where it comes from.
struct EntryLine {
    var id: JSON
    var entry: Entry
    var feed: Feed

    /// Reads `{"id","title","text"}` and, where known, `lang, url, tags, kind, country, source, date`. A key with `null` is
    /// as good as absent; unknown keys are ignored.
    init(_ json: JSON) throws(BadLine) {
        switch json["id"] {
        case .some(.string), .some(.integer): id = json["id"] ?? .null
        default: throw BadLine("\"id\" should be a string or a whole number")
        }
        guard json["title"] != nil || json["text"] != nil else {
            throw BadLine("\"title\" or \"text\" should be given")
        }
        let title = try Self.text("title", in: json) ?? ""
        let text = try Self.text("text", in: json) ?? ""
        let url = try Self.text("url", in: json)
        entry = Entry(id: EntryID(id.string ?? id.text()), feedURL: "", title: title, url: url, summary: text)
        entry.tags = try Self.tags(in: json)
        entry.language = try Self.text("lang", in: json)
        entry.published = try Self.text("date", in: json).flatMap(Self.date)
        feed = Feed(url: "")
        if let kind = try Self.text("kind", in: json) { feed.kind = SourceKind(rawValue: kind) }
        feed.country = try Self.text("country", in: json)
        feed.title = try Self.text("source", in: json) ?? ""
        feed.language = entry.language
        entry.kind = EntryKind(of: entry, from: feed)
    }

    private static func text(_ key: String, in json: JSON) throws(BadLine) -> String? {
        switch json[key] {
        case .some(.string(let text)): return text
        case nil, .some(.null): return nil
        default: throw BadLine("\"\(key)\" should be a string")
        }
    }

    private static func tags(in json: JSON) throws(BadLine) -> [String] {
        switch json["tags"] {
        case nil, .some(.null): return []
        case .some(.array(let values)):
            let tags = values.compactMap(\.string)
            guard tags.count == values.count else { throw BadLine("\"tags\" should hold strings") }
            return tags
        default: throw BadLine("\"tags\" should be a list of strings")
        }
    }

    /// A date that cannot be read is no reason to refuse an entry: publishers' dates are often unreadable.
    private static func date(_ text: String) -> Date? {
        if let date = try? Date(text, strategy: .iso8601) { return date }
        guard let day = LocalDate(text) else { return nil }
        // Noon, so that the day is the same in nearly every zone.
        return try? Date("\(day)T12:00:00Z", strategy: .iso8601)
    }
}
