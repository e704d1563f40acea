import FeedModel
import FoundationEssentials

/// An entry that belongs in a digest, with what is needed to place it.
struct Candidate {
    var matched: MatchedEntry
    /// The matches the profile wants, best first.
    var matches: [Match]
    var source: StorySource
    var isSearchResult: Bool
    /// The date to show.
    var date: Date
    var dateQuality: DateQuality
    /// The date to order by.
    var effectiveDate: Date
    var rank: Double
    /// Whether it reaches what the profile asks for; if not, it comes near.
    var isWanted: Bool
    /// What changed since it was told; nil for what was not.
    var revision: Revision?

    /// Whether it passed no watch at all.
    let isNearMiss: Bool

    var best: Match { matches[0] }
    /// A job or a date to come: no news, and told at the end.
    var isNotice: Bool { matched.entry.kind?.isNotice ?? false }

    /// Nil if no match of the entry comes near what the profile wants.
    init?(_ matched: MatchedEntry, in request: DigestRequest) {
        guard request.reads(matched.entry.language ?? request.feeds[matched.entry.feedURL]?.language) else {
            return nil
        }
        let onTopic = matched.verdict.matches.filter { match in
            request.topics.isEmpty || request.topics.contains(match.watch.topic)
        }
        let threshold = request.threshold ?? -.infinity
        let near = [matched.verdict.matches.isEmpty ? matched.verdict.nearMiss : nil].compactMap { $0 }
        let nearOnTopic = near.filter { request.topics.isEmpty || request.topics.contains($0.watch.topic) }
        isNearMiss = !near.isEmpty
        let enough = onTopic.filter { $0.normalisedScore >= threshold }
        isWanted = !enough.isEmpty
        let wanted =
            isWanted ? enough : (onTopic + nearOnTopic).filter { $0.normalisedScore >= Verdict.nearly * threshold }
        guard !wanted.isEmpty else { return nil }
        self.matched = matched
        // A verdict names the best first, by the priority of the watches and then by score.
        matches = wanted
        revision = request.revisions[matched.entry.id]
        let feed = request.feeds[matched.entry.feedURL]
        source = StorySource(
            name: feed.flatMap { $0.title.isEmpty ? nil : cleaned($0.title) } ?? hostName(of: matched.entry.feedURL),
            kind: feed?.kind, country: feed?.country.map { cleaned($0) })
        isSearchResult = feed?.kind == .search
        (date, dateQuality, effectiveDate) = Self.dating(matched, from: request.from, to: request.to)
        let age = Double(request.to.wholeSeconds - effectiveDate.wholeSeconds)
        rank = matches[0].normalisedScore * Self.weight(of: feed?.kind) * Self.recency(age: age)
    }

    /// What the publisher's date is worth: readers see it as it is, the order takes none from the future (M-03).
    private static func dating(_ matched: MatchedEntry, from: Date?, to: Date) -> (Date, DateQuality, Date) {
        guard let stated = matched.entry.published ?? matched.entry.updated else {
            return (matched.firstSeen, .firstSeen, min(matched.firstSeen, to))
        }
        if stated > to { return (stated, .future, to) }
        if let from, stated < from { return (stated, .datedEarlier, stated) }
        return (stated, .published, stated)
    }

    /// Who speaks for whom: governments and research before reports of them, and both before what a search found.
    private static func weight(of kind: SourceKind?) -> Double {
        switch kind {
        case .government: 1.2
        case .thinkTank: 1.15
        case .academic: 1.1
        case .press, .organisation: 1
        case .search: 0.8
        case nil: 0.9
        }
    }

    /// 1 for news of this moment, a half after three days, never under a quarter: an old report may still be the best.
    private static func recency(age seconds: Double) -> Double { max(0.25, 1 / (1 + max(0, seconds) / (3 * 86_400))) }
}

extension Entry {
    /// The title as shown; an entry without one is called by the beginning of its text.
    var shownTitle: String { plainTitle + (isPDF && !plainTitle.lowercased().contains("pdf") ? " (PDF)" : "") }

    /// Whether its link leads to a PDF, by its name: a reader should know before opening one.
    private var isPDF: Bool {
        guard let url = webURL(url) else { return false }
        return url.prefix { $0 != "?" && $0 != "#" }.lowercased().hasSuffix(".pdf")
    }

    private var plainTitle: String {
        let own = cleaned(title)
        if !own.isEmpty { return own }
        let text = cleaned(summary.isEmpty ? String(body.prefix(400)) : String(summary.prefix(400)))
        return text.isEmpty ? "(untitled)" : shortened(text, to: 90)
    }
}
