import FeedModel
import FoundationEssentials
import Matching
import Parsing

/// Turns documents into entries and entries into matches, one document at a time: the work that uses the processor, kept
/// off the loop and bounded in memory.
actor Reading {
    private let parser = FeedParser.ofFetched

    /// What a document holds, and by what each of its entries is known again.
    struct Contents: Sendable {
        var feed: ParsedFeed
        /// In the order of the feed's entries.
        var known: [IdentifiedEntry]

        /// With fingerprints, in the same order.
        var identities: [EntryIdentity]
        /// Why its ids tell nothing apart; nil as long as they may.
        var sharedID: String?
    }

    func contents(of document: Document, from feed: Feed, rule: IdentityRule) throws(CheckFailure) -> Contents {
        let parsed: ParsedFeed
        do { parsed = try parser.parse(document) } catch { throw error.failure }
        return identified(parsed, from: feed, rule: rule)
    }

    /// As `contents`, for several documents.
    func contents(of documents: [(Document, FeedRecord)]) -> [Result<Contents, CheckFailure>] {
        documents.map { (document, record) -> Result<Contents, CheckFailure> in
            let rule = IdentityRule(record)
            do throws(CheckFailure) { return .success(try contents(of: document, from: record.feed, rule: rule)) } catch
            {
                return .failure(error)
            }
        }
    }

    /// What a document holds, its entries told apart by `rule`.
    ///
    /// - Parameter strangers: entries that are not what the rule before took them for.
    func identified(
        _ parsed: ParsedFeed, from feed: Feed, rule: IdentityRule, strangers: Set<Int> = []
    ) -> Contents {
        let known = parser.identities(of: parsed, feedURL: feed.url, policy: rule.policy, fingerprints: true)
        var identities = known.map(\.identity)
        if rule.policy != rule.previous {
            let before = parser.identities(of: parsed, feedURL: feed.url, policy: rule.previous)
            for index in identities.indices where !strangers.contains(index) {
                let keys = before[index].identity.keys.filter { !identities[index].keys.contains($0) }
                identities[index].keys += keys
            }
        }
        var contents = Contents(feed: parsed, known: known, identities: identities)
        if rule.isAutomatic { contents.sharedID = EditReview.sharedID(in: parsed) }
        return contents
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
        var entry = plainEntry(at: index, of: contents, from: feed)
        let verdict = judge(&entry, at: index, of: contents, from: feed, matcher: matcher, now: now)
        return MatchedEntry(entry: entry, verdict: verdict, firstSeen: now, isFirstFill: selection.isFirstFill)
    }

    /// An entry of a document as it is stored and shown.
    func plainEntry(at index: Int, of contents: Contents, from feed: Feed) -> Entry {
        parser.entry(
            at: index, of: contents.feed, id: contents.known[index].id(in: feed.url),
            identity: contents.identities[index], feedURL: feed.url,
            language: contents.feed.language?.tag ?? feed.language)
    }

    /// What the watchlists say of it. Its kind is kept, and shown, only of what a watch accepts.
    func judge(
        _ entry: inout Entry, at index: Int, of contents: Contents, from feed: Feed, matcher: Matcher, now: Date
    ) -> Verdict {
        let verdict = matcher.watches.isEmpty ? .nothing : matcher.verdict(on: entry, of: feed, now: now)
        if verdict.isRelevant {
            entry.kind = EntryKind(of: entry, from: feed, hasAudio: contents.feed.entries[index].hasAudio)
        }
        return verdict
    }

    /// The address that a page gives as its own, if it is one of the same site: nobody can name another's page as his own, nor
    /// all his pages as the front page, which is a usual mistake.
    func canonicalURL(of page: Document) -> String? {
        guard let url = parser.canonicalURL(of: page), url.utf8.count <= 2048,
            hostKey(of: url) == hostKey(of: page.url),
            !Moves.isRoot(url)
        else { return nil }
        return url
    }

    /// The main text of a page.
    func text(of page: Document, rules: PageRules) -> String { parser.pageText(page, rules: rules) }
}

extension FeedParser {
    /// Reads documents that were fetched: how large they may be the fetch has decided.
    static var ofFetched: FeedParser {
        var limits = ParseLimits()
        limits.document = .max
        return FeedParser(limits: limits)
    }
}

extension ParsedEntry {
    /// Whether a recording is attached, as podcasts do.
    var hasAudio: Bool { enclosures.contains { $0.type?.hasPrefix("audio/") == true } }
}
