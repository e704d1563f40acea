public import struct FoundationEssentials.Date

/// How often a feed publishes, as counts in which what is old weighs less: half of it is forgotten every thirty days (P-59).
public struct PublishingRate: Sendable, Equatable {
    /// Entries that appeared.
    public var items: Double
    /// Of these, the entries that a watch accepted.
    public var matched: Double
    /// The days over which they were counted, forgotten likewise.
    public var days: Double
    /// The moment the numbers are for; nil until a document was read.
    public var at: Date?
    /// Entries by the hour of the week they appeared in, in UTC from Monday 00:00 on: 168 counts, or none at all.
    public var hours: [UInt8]
    /// How often the feed was asked in these days, and how often it had changed then, forgotten likewise; 0 once a document gave
    /// a date, for entries with dates are counted.
    public var polls: Double
    public var changes: Double

    public init(
        items: Double = 0, matched: Double = 0, days: Double = 0, at: Date? = nil, hours: [UInt8] = [],
        polls: Double = 0, changes: Double = 0
    ) {
        self.items = items
        self.matched = matched
        self.days = days
        self.at = at
        self.hours = hours
        self.polls = polls
        self.changes = changes
    }
}

/// One term of the decision when a feed is asked again: a wait, and where it comes from.
public struct WaitTerm: Sendable, Hashable, Codable {
    public enum Name: String, Sendable, Hashable, Codable {
        case floor, adaptive, freshness
        case feedHint = "feed hint"
        case backoff = "back-off"
        case retryAfter = "Retry-After"
        /// Not a wait that anybody asks for: the longest of the others and a part of the interval more, so that feeds which were
        /// asked together are not together again (P-23).
        case phase
    }

    public var name: Name
    /// Counted from the end of the check.
    public var wait: Duration
    /// Who says so: the key, the header field, the element or the rule.
    public var source: String

    public init(_ name: Name, _ wait: Duration, _ source: String) {
        self.name = name
        self.wait = wait
        self.source = source
    }
}
