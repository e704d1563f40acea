import FeedModel

/// The fields of one entry as tokens, and every term that occurs in them.
struct EntryText {
    private(set) var fields: [EntryField: TokenisedText] = [:]
    private var source: [EntryField: [Unicode.Scalar]] = [:]
    /// Occurrences by term, in the order of the fields.
    private(set) var found: [Int: [Occurrence]] = [:]

    /// Without `fields:` a term is looked for in these.
    static let standardFields: Set<EntryField> = [.title, .summary, .body]
    private static let order: [EntryField] = [
        .title, .tag, .summary, .body, .author, .url, .host, .feed, .group, .kind, .country, .type, .lang,
    ]
    /// More occurrences of one term than this tell nothing new.
    private static let mostOccurrences = 64

    init(_ entry: Entry, feed: Feed?, index: TermIndex) {
        let texts: [EntryField: String] = [
            .title: entry.title, .summary: entry.summary, .body: entry.body, .url: entry.url ?? "",
            .host: host(of: entry.url ?? ""), .author: entry.authors.joined(separator: "\n"),
            .tag: entry.tags.joined(separator: "\n"), .feed: feed?.title ?? "", .group: feed?.group ?? "",
            .kind: feed?.kind?.rawValue ?? "", .country: feed?.country ?? "", .lang: entry.language ?? "",
        ]
        for (field, text) in texts where !text.isEmpty {
            fields[field] = TokenisedText(text)
            source[field] = Array(text.unicodeScalars)
        }
        let repeated = repeatedStart
        let stemmer = Stemmer()
        for field in Self.order {
            guard let text = fields[field] else { continue }
            for at in text.tokens.indices where field != .body || at >= repeated {
                index.terms(at: at, in: text, stemmer: stemmer) { term, length in
                    guard found[term, default: []].count < Self.mostOccurrences else { return }
                    found[term, default: []].append(Occurrence(term: term, field: field, at: at, length: length))
                }
            }
        }
        dropUnsupportedAcronyms(index)
    }

    /// How many tokens at the start of the body only repeat the summary, as feeds do; they count once.
    private var repeatedStart: Int {
        guard let summary = fields[.summary]?.tokens, let body = fields[.body]?.tokens, !summary.isEmpty else {
            return 0
        }
        let compared = min(summary.count, body.count, 20)
        guard compared >= min(8, summary.count) else { return 0 }
        for at in 0..<compared where summary[at].word != body[at].word { return 0 }
        return min(summary.count, body.count)
    }

    /// In a title all of capitals every word looks like an acronym: one counts only if it has points or stands elsewhere too.
    private mutating func dropUnsupportedAcronyms(_ index: TermIndex) {
        guard let title = fields[.title], title.isAllCapitals else { return }
        for (term, occurrences) in found where index.isAcronym(term) {
            let isSupported = occurrences.contains { $0.field != .title || title.tokens[$0.at].hasPoints }
            if !isSupported { found[term] = nil }
        }
    }

    func token(_ occurrence: Occurrence) -> Token? { fields[occurrence.field]?.tokens[occurrence.at] }

    /// The span of an occurrence in code points, and its words as the entry has them.
    func span(_ occurrence: Occurrence) -> (start: Int, end: Int, text: String) {
        guard let tokens = fields[occurrence.field]?.tokens, let scalars = source[occurrence.field] else {
            return (0, 0, "")
        }
        let start = tokens[occurrence.at].start
        let end = tokens[occurrence.at + occurrence.length - 1].end
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[start..<min(end, scalars.count)])
        return (start, end, text)
    }
}

private func host(of url: String) -> String {
    let rest = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    return rest.count >= 3 ? String(rest[2]) : ""
}

extension EntryText {
    /// The occurrences that make `expression` true; nil if it is not.
    func occurrences(_ expression: Expression, in fields: Set<EntryField> = standardFields) -> [Occurrence]? {
        switch expression {
        case .term(let id):
            let all = (found[id] ?? []).filter { fields.contains($0.field) }
            return all.isEmpty ? nil : all
        case .anyTerm(let ids):
            let all = found.keys.filter(ids.contains).sorted().flatMap { found[$0] ?? [] }.filter {
                fields.contains($0.field)
            }
            return all.isEmpty ? nil : all
        case .and(let parts):
            var all: [Occurrence] = []
            for part in parts {
                guard let some = occurrences(part, in: fields) else { return nil }
                all += some
            }
            return all
        case .or(let parts):
            let some = parts.compactMap { occurrences($0, in: fields) }
            return some.isEmpty ? nil : some.flatMap { $0 }
        case .not(let part):
            return occurrences(part, in: fields) == nil ? [] : nil
        case .near(let a, let b, let distance, let ordered):
            return together(a, b, fields) { first, second in
                let gap =
                    second.at >= first.at ? second.at - first.at - first.length : first.at - second.at - second.length
                return gap < distance && (!ordered || second.at > first.at)
            }
        case .sameSentence(let a, let b):
            return together(a, b, fields) { token($0)?.sentence == token($1)?.sentence }
        case .sameParagraph(let a, let b):
            return together(a, b, fields) { token($0)?.paragraph == token($1)?.paragraph }
        case .count(let part, let least, let most):
            let all = occurrences(part, in: fields) ?? []
            return all.count >= least && all.count <= most ?? .max ? all : nil
        case .atLeast(let least, let parts):
            let some = parts.compactMap { occurrences($0, in: fields) }
            return some.count >= least ? some.flatMap { $0 } : nil
        case .pair(let a, let b):
            guard let first = occurrences(a, in: fields), let second = occurrences(b, in: fields) else { return nil }
            let zones = Set(first.map(zone)).intersection(second.map(zone))
            return zones.isEmpty ? nil : (first + second).filter { zones.contains(zone($0)) }
        case .fields(let only, let part):
            return occurrences(part, in: only)
        }
    }

    /// Title and summary are one zone; each paragraph of the body is another.
    private func zone(_ occurrence: Occurrence) -> Int {
        occurrence.field == .body ? 1 + (token(occurrence)?.paragraph ?? 0) : 0
    }

    private func together(
        _ a: Expression, _ b: Expression, _ fields: Set<EntryField>, _ fits: (Occurrence, Occurrence) -> Bool
    ) -> [Occurrence]? {
        guard let first = occurrences(a, in: fields), let second = occurrences(b, in: fields) else { return nil }
        var all: [Occurrence] = []
        // Bounded on both sides, so that no text makes this long.
        for one in first.prefix(200) {
            for other in second.prefix(200) where one.field == other.field && one.at != other.at && fits(one, other) {
                all.append(one)
                all.append(other)
            }
        }
        return all.isEmpty ? nil : Array(Set(all)).sorted { ($0.field.rawValue, $0.at) < ($1.field.rawValue, $1.at) }
    }
}
