import FeedModel
import FoundationEssentials
import Matching
import Storage

extension Commands {
    /// `watch test TEXT|FILE`: what the watchlists make of a text that is no entry yet. The first line of a file is its title.
    public func watchTest(
        _ operand: String, watchlists: [String], model: String?, json: Bool, now: Date = Date()
    ) async -> ExitCode {
        guard let matcher = await weighedMatcher(watchlists, model: model) else { return .configuration }
        var entry = Entry(id: EntryID("test"), feedURL: "", title: operand)
        if operand == "-" || exists(operand) {
            let bytes: [UInt8]
            do { bytes = try readInput(operand, limit: 16 << 20) } catch {
                output.error("watch test: \(operand): \(error)")
                return .noInput
            }
            let text = String(decoding: bytes, as: UTF8.self)
            entry.title = text.prefix { !$0.isNewline }.description
            entry.body = text.drop { !$0.isNewline }.dropFirst().description
        }
        let verdict = matcher.verdict(on: entry, of: nil, now: now)
        if json {
            output.json(Self.watchJSON(matcher.explain(entry, of: nil, now: now), of: entry, verdict))
        } else {
            output.lines(Self.explanation(of: entry, by: matcher.explain(entry, of: nil, now: now)))
        }
        return verdict.isRelevant ? .success : .wrong
    }

    /// `watch explain ID`: what today's watchlists make of a stored entry, beside what was said when it came.
    public func watchExplain(_ id: String, json: Bool) async -> ExitCode {
        guard let matcher = await weighedMatcher([]) else { return .configuration }
        return await withReader { (store) throws(StoreError) in
            guard let stored = try await store.entry(EntryID(id)) else {
                output.error("watch explain: \(id): not in the store; see durbeen search")
                return .wrong
            }
            let feed = try await store.feed(stored.entry.feedURL)?.feed
            let found = stored.recognised(from: feed)
            let watches = matcher.explain(found.entry, of: feed, now: found.firstSeen)
            let then = found.verdict.matches.map(\.watch.name)
            if json {
                let verdict = matcher.verdict(on: found.entry, of: feed, now: found.firstSeen)
                output.json(Self.watchJSON(watches, of: found.entry, verdict, then: then))
            } else {
                output.lines(Self.explanation(of: found.entry, by: watches).dropLast())
                let accepted = watches.filter(\.passed).map(\.watch.name)
                if Set(accepted) != Set(then) {
                    output.line(
                        "  when it came: \(then.isEmpty ? "no watch accepted it" : then.joined(separator: ", ")); "
                            + "durbeen rescan judges stored entries anew")
                }
            }
            return .success
        }
    }

    private static func watchJSON(
        _ watches: [WatchExplanation], of entry: Entry, _ verdict: Verdict, then: [String]? = nil
    ) -> JSON {
        .object([
            "id": .string(entry.id.text), "title": .string(entry.title), "relevant": .bool(verdict.isRelevant),
            "relevance": .real(verdict.relevance),
            "watches": .array(
                watches.map { watch in
                    .object([
                        "watch": .string(watch.watch.name), "topic": .string(watch.watch.topic),
                        "accepted": .bool(watch.passed), "score": .real(watch.score),
                        "threshold": .real(watch.watch.threshold),
                        "refusal": watch.refusal.map { .string($0.description) },
                        "file": .string(watch.watch.file),
                        "hits": .array(
                            watch.hits.map { hit in
                                .object([
                                    "line": .integer(Int64(hit.line)), "field": .string(hit.field.rawValue),
                                    "start": .integer(Int64(hit.start)), "end": .integer(Int64(hit.end)),
                                    "text": .string(hit.text), "points": .real(hit.points), "label": .string(hit.label),
                                ])
                            }),
                    ])
                }),
            "accepted_when_it_came": then.map { .strings($0) },
        ])
    }
}

extension MatchedEntry {
    /// The same with its kind, which the store keeps only of what was accepted.
    func recognised(from feed: Feed?) -> MatchedEntry {
        guard entry.kind == nil else { return self }
        var found = self
        found.entry.kind = EntryKind(of: entry, from: feed)
        return found
    }
}

/// The stored entries of a period, each with its feed, some at a time.
struct StoredPeriod {
    let store: Store
    let since: Date
    private let feeds: [String: Feed]

    init(_ store: Store, since: Date) async throws(StoreError) {
        self.store = store
        self.since = since
        feeds = Dictionary(
            try await store.feeds().map { ($0.feed.url, $0.feed) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Returns: how many there were.
    @discardableResult
    func forEach(
        _ body: (MatchedEntry, Feed?) async throws(StoreError) -> Void
    ) async throws(StoreError) -> Int {
        var count = 0
        var place: Int64? = 0
        while let from = place {
            let portion = try await store.entries(since: since, from: from)
            for found in portion.entries {
                let feed = feeds[found.entry.feedURL]
                try await body(found.recognised(from: feed), feed)
            }
            count += portion.entries.count
            place = portion.next
        }
        return count
    }
}
