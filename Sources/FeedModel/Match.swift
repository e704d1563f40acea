/// The four areas the topics are filed under, in the order a digest shows them.
public enum Area: String, Sendable, Hashable, CaseIterable, Codable {
    case security, economy, people, diplomacy
}

/// The parts of an entry that a watchlist may look at.
public enum EntryField: String, Sendable, Hashable, CaseIterable, Codable {
    case title, summary, body, url, host, author, tag, feed, group, kind, country, type, lang
}

/// One thing a watchlist looks for: a block of a watchlist file.
public struct Watch: Sendable, Hashable {
    /// The title in the block's head; unique over all files.
    public var name: String
    public var topic: String
    public var area: Area
    /// The score from which an entry is accepted.
    public var threshold: Double
    /// The score from which an entry is urgent; nil if the watch knows no urgency.
    public var urgent: Double?
    /// From -9 to 9: which of several watches that accept an entry it is named under; the higher goes first.
    public var priority: Int
    public var file: String
    /// Where the block begins, counted from 1.
    public var line: Int

    public init(
        name: String, topic: String, area: Area, threshold: Double, urgent: Double? = nil, priority: Int = 0,
        file: String = "", line: Int = 0
    ) {
        self.name = name
        self.topic = topic
        self.area = area
        self.threshold = threshold
        self.urgent = urgent
        self.priority = priority
        self.file = file
        self.line = line
    }
}

/// A term of a watchlist found at a place.
public struct Hit: Sendable, Hashable, Codable {
    /// The line of the watchlist file, counted from 1.
    public var line: Int
    public var field: EntryField
    /// The span in the field's text, counted in Unicode code points, end exclusive.
    public var start: Int
    public var end: Int
    /// The words found, as the entry has them.
    public var text: String
    /// What this hit added to the score; zero for a gate (`must`).
    public var points: Double
    /// What to call it before a reader; the line's label, else the words found.
    public var label: String

    public init(
        line: Int, field: EntryField, start: Int, end: Int, text: String, points: Double, label: String? = nil
    ) {
        self.line = line
        self.field = field
        self.start = start
        self.end = end
        self.text = text
        self.points = points
        self.label = label ?? text
    }
}

/// An entry accepted by a watch.
public struct Match: Sendable, Hashable {
    public var watch: Watch
    public var score: Double
    public var hits: [Hit]

    public init(watch: Watch, score: Double, hits: [Hit]) {
        self.watch = watch
        self.score = score
        self.hits = hits
    }

    /// The score as a share of what was needed; 1 is just enough. Orders matches of different watches.
    public var normalisedScore: Double { watch.threshold > 0 ? score / watch.threshold : 1 + max(0, score) }
    public var isUrgent: Bool { watch.urgent.map { score >= $0 } ?? false }
}

/// Everything the watchlists say of one entry.
public struct Verdict: Sendable, Hashable {
    /// The watches passed, best first.
    public var matches: [Match]
    /// 0 to 1; orders entries. Until there is a relevance model it is a bounded function of the scores.
    public var relevance: Double
    /// Where no watch is passed, the one whose gates hold and that falls least short: its score is at least `nearly` of its
    /// threshold.
    public var nearMiss: Match?

    /// The part of a threshold from which a score comes near it.
    public static let nearly = 0.6

    public init(matches: [Match], relevance: Double, nearMiss: Match? = nil) {
        self.matches = matches
        self.relevance = relevance
        self.nearMiss = nearMiss
    }

    /// True exactly when a digest with all topics would carry the entry.
    public var isRelevant: Bool { !matches.isEmpty }

    /// A file of watchlists that matches nothing.
    public static let nothing = Verdict(matches: [], relevance: 0)
}
