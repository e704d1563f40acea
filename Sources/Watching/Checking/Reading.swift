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

    /// As `contents`, for several documents.
    func contents(of documents: [(Document, Feed)]) -> [Result<Contents, CheckFailure>] {
        documents.map { (document, feed) -> Result<Contents, CheckFailure> in
            do throws(CheckFailure) { return .success(try contents(of: document, from: feed)) } catch {
                return .failure(error)
            }
        }
    }

    /// Entries of a document that are to be stored.
    struct Selection: Sendable {
        var contents: Contents
        var indices: [Int]
        var feed: Feed
        var isFirstFill: Bool
    }

    /// The entries of each selection as they are stored and shown, each with what the watchlists say of it.
    func entries(_ selections: [Selection], matcher: Matcher, now: Date) -> [[MatchedEntry]] {
        selections.map { selection in
            selection.indices.map { entry(at: $0, of: selection, matcher: matcher, now: now) }
        }
    }

    private func entry(at index: Int, of selection: Selection, matcher: Matcher, now: Date) -> MatchedEntry {
        let (contents, feed) = (selection.contents, selection.feed)
        let parsed = contents.feed.entries[index]
        var entry = parser.entry(
            parsed, id: contents.known[index].id(in: feed.url), identity: contents.known[index].identity,
            feedURL: feed.url, language: contents.feed.language?.tag ?? feed.language)
        let verdict = matcher.watches.isEmpty ? .nothing : matcher.verdict(on: entry, of: feed, now: now)
        // Kept, and shown, only of what a watch accepts.
        if verdict.isRelevant { entry.kind = EntryKind(of: entry, from: feed, hasAudio: parsed.hasAudio) }
        return MatchedEntry(entry: entry, verdict: verdict, firstSeen: now, isFirstFill: selection.isFirstFill)
    }

    /// The main text of a page.
    func text(of page: Document, rules: PageRules) -> String { parser.pageText(page, rules: rules) }
}

extension ParsedEntry {
    /// Whether a recording is attached, as podcasts do.
    var hasAudio: Bool { enclosures.contains { $0.type?.hasPrefix("audio/") == true } }
}
