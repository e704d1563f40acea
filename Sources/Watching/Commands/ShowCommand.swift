import FeedModel
import Storage

extension Commands {
    /// A stored entry with what the watchlists said of it when it was read.
    public func show(entry id: String, json: Bool) async -> ExitCode {
        do throws(Ended) {
            let store = try openStore(try loadConfiguration(), readingOnly: true)
            let found: MatchedEntry?
            do throws(StoreError) { found = try await store.entry(EntryID(id)) } catch { throw said(error) }
            guard let found else {
                output.error("showing an entry: \(id): not in the store; see durbeen search")
                return .wrong
            }
            if json { output.json(Self.json(of: found)) } else { output.lines(Self.lines(about: found)) }
            return .success
        } catch { return error.code }
    }

    private static func lines(about found: MatchedEntry) -> [String] {
        let entry = found.entry
        var lines = [entry.title.isEmpty ? "(no title)" : entry.title]
        lines += [
            "  \(entry.url ?? "(no link)")", "  feed       \(entry.feedURL)",
            "  published  \(entry.published.map(timestamp) ?? "not said")",
            "  first seen \(timestamp(found.firstSeen))",
        ]
        if found.version > 0 {
            lines.append("  edited     \(counted(found.version, "time", "times")); see durbeen versions \(entry.id)")
        }
        if let canonical = entry.canonicalURL { lines.append("  canonical  \(canonical)") }
        if let kind = entry.kind { lines.append("  type       \(kind.rawValue)") }
        if !found.verdict.isRelevant { lines.append("  no watch accepted it") }
        for match in found.verdict.matches {
            lines.append(
                "  \(match.watch.name) (\(match.watch.topic)): \(plain(match.score)) of \(plain(match.watch.threshold))"
            )
            lines += match.hits.map(Commands.hitLine)
        }
        for text in [entry.summary, entry.body] where !text.isEmpty { lines += ["", text] }
        return lines
    }

    private static func json(of found: MatchedEntry) -> JSON {
        let entry = found.entry
        let verdict = Classifier.json(
            found.verdict, id: .string(entry.id.text), kind: entry.kind, withHits: true)
        guard case .object(let judged) = verdict else { return verdict }
        let told: JSON = .object([
            "title": .string(entry.title), "url": entry.url.map(JSON.string), "feed": .string(entry.feedURL),
            "published": entry.published.map { .string(timestamp($0)) },
            "first_seen": .string(timestamp(found.firstSeen)),
            "version": .integer(Int64(found.version)),
            "language": entry.language.map(JSON.string), "tags": .strings(entry.tags),
            "summary": .string(entry.summary), "body": .string(entry.body),
        ])
        guard case .object(let rest) = told else { return told }
        return .object(judged + rest)
    }

    /// A score without a needless fraction.
    static func plain(_ number: Double) -> String { JSON.real(number).text() }
}
