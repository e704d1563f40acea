public import struct FoundationEssentials.Date

/// What makes a quiet day credible: how much was looked at, and how well.
public struct Coverage: Sendable, Equatable {
    public var feeds: Int
    /// Feeds checked without failure in the period.
    public var feedsReached: Int
    public var newEntries: Int
    public var matchedEntries: Int
    /// Of the stories' dates against the cut-off; nil without stories.
    public var medianAge: Duration?
    /// Feeds that have failed for over 48 hours.
    public var failing: [FailingFeed]
    /// Remarks of the run itself, one line each ("covers three days: the service was down").
    public var notes: [String]

    public init(
        feeds: Int = 0, feedsReached: Int = 0, newEntries: Int = 0, matchedEntries: Int = 0, medianAge: Duration? = nil,
        failing: [FailingFeed] = [], notes: [String] = []
    ) {
        self.feeds = feeds
        self.feedsReached = feedsReached
        self.newEntries = newEntries
        self.matchedEntries = matchedEntries
        self.medianAge = medianAge
        self.failing = failing
        self.notes = notes
    }
}

public struct FailingFeed: Sendable, Hashable {
    public var title: String
    public var url: String
    public var since: Date
    public var reason: String

    public init(title: String, url: String, since: Date, reason: String) {
        self.title = title
        self.url = url
        self.since = since
        self.reason = reason
    }
}
