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
        /// In the order of the feed's entries.
        var known: [IdentifiedEntry]

        var identities: [EntryIdentity] { known.map(\.identity) }
    }

    func contents(of document: Document, from feed: Feed) throws(CheckFailure) -> Contents {
        let parsed: ParsedFeed
        do { parsed = try parser.parse(document) } catch { throw error.failure }
        return Contents(feed: parsed, known: parser.identities(of: parsed, feedURL: feed.url))
    }

    /// The entries at `indices` as they are stored and shown, each with what the watchlists say of it.
    func entries(
        at indices: [Int], of contents: Contents, from feed: Feed, matcher: Matcher, now: Date, isFirstFill: Bool
    ) -> [MatchedEntry] {
        let hasWatches = !matcher.watches.isEmpty
        return indices.map { index in
            let parsed = contents.feed.entries[index]
            let known = contents.known[index]
            var entry = parser.entry(
                parsed, id: known.id(in: feed.url), identity: known.identity, feedURL: feed.url,
                language: contents.feed.language?.tag ?? feed.language)
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
