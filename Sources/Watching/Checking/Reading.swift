import FeedModel
import FoundationEssentials
import Matching
import Parsing

/// Turns documents into entries and entries into matches, one document at a time: the work that uses the processor, kept
/// off the loop and bounded in memory.
actor Reading {
    private let parser: FeedParser

    init() {
        // How large a document may be the fetch decides.
        var limits = ParseLimits()
        limits.document = .max
        parser = FeedParser(limits: limits)
    }

    /// What a document holds, and by what each of its entries is known again.
    struct Contents: Sendable {
        var feed: ParsedFeed
        var ids: [EntryID]
        var identities: [EntryIdentity]
    }

    func contents(of document: Document, from feed: Feed) throws(CheckFailure) -> Contents {
        let parsed: ParsedFeed
        do { parsed = try parser.parse(document) } catch { throw error.failure }
        let known = parser.identities(of: parsed, feedURL: feed.url)
        return Contents(feed: parsed, ids: known.map(\.id), identities: known.map(\.identity))
    }

    /// The entries at `indices` as they are stored and shown, each with what the watchlists say of it.
    func entries(
        at indices: [Int], of contents: Contents, from feed: Feed, matcher: Matcher, now: Date, isFirstFill: Bool
    ) -> [MatchedEntry] {
        let hasWatches = !matcher.watches.isEmpty
        return indices.map { index in
            let parsed = contents.feed.entries[index]
            var entry = parser.entry(
                parsed, id: contents.ids[index], identity: contents.identities[index],
                feedURL: feed.url, language: contents.feed.language?.tag ?? feed.language)
            entry.kind = EntryKind(of: entry, from: feed, hasAudio: parsed.hasAudio)
            let verdict = hasWatches ? matcher.verdict(on: entry, of: feed, now: now) : .nothing
            return MatchedEntry(
                entry: entry, verdict: verdict, firstSeen: now, isFirstFill: isFirstFill)
        }
    }

    /// The main text of a page.
    func text(of page: Document, rules: PageRules) -> String { parser.pageText(page, rules: rules) }
}

extension ParsedEntry {
    /// Whether a recording is attached, as podcasts do.
    var hasAudio: Bool { enclosures.contains { $0.type?.hasPrefix("audio/") == true } }
}
