public import struct FoundationEssentials.Date

/// How one check of a feed ended, as data. A failure is news, not an accident.
public enum CheckOutcome: Sendable, Equatable {
    /// The server said that nothing changed.
    case unchanged
    case updated(new: Int, matched: Int)
    case failed(CheckFailure)
}

/// Why a check failed.
public struct CheckFailure: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The classes that are counted apart (P-33).
    public enum Class: String, Sendable, Hashable, CaseIterable, Codable {
        case dns, connect, tls, timeout
        case clientError = "http-4xx"
        case serverError = "http-5xx"
        case challenge
        case tooLarge = "too-large"
        case notAFeed = "not-a-feed"
        case parse
        case policy
    }

    public var kind: Class
    /// The HTTP status, where one was received.
    public var status: Int?
    /// One lower-case line that begins with what was attempted.
    public var message: String

    public init(_ kind: Class, status: Int? = nil, _ message: String) {
        self.kind = kind
        self.status = status
        self.message = message
    }

    public var description: String { message }
}

/// What is known of a feed besides what its reader wrote.
public struct FeedState: Sendable, Equatable {
    public var validators = Validators()
    /// The exact final URL the validators came from. They are sent to no other (P-11, P-12).
    public var validatorsURL: String?
    /// Checks that failed in a row.
    public var failures = 0
    public var failingSince: Date?
    public var lastFailure: CheckFailure?
    public var lastAttempt: Date?
    /// The last check that ended without failure.
    public var lastSuccess: Date?
    /// When an entry was last new.
    public var lastNew: Date?
    /// Not before this moment; nil means at once (a new feed).
    public var nextCheck: Date?
    /// Nothing is sent before this moment, not even by hand without `--force` (P-32).
    public var pausedUntil: Date?
    /// The interval in force when the next check was set, before jitter.
    public var interval: Duration?
    /// What the publisher itself permits: the largest of ttl and sy:updatePeriod, in the last document read.
    public var publisherInterval: Duration?
    /// The title the document gives itself.
    public var documentTitle: String?

    public init() {}
}

/// A feed with what is known of it.
public struct FeedRecord: Sendable, Equatable {
    public var feed: Feed
    public var state: FeedState

    public init(feed: Feed, state: FeedState = FeedState()) {
        self.feed = feed
        self.state = state
    }
}

/// All that one finished check changes in the store, written in one transaction (P-13).
public struct CheckResult: Sendable {
    public var feedURL: String
    public var at: Date
    public var state: FeedState
    public var outcome: CheckOutcome
    /// Entries not seen before, each with its verdict.
    public var entries: [MatchedEntry]
    /// Identities seen in this document again, so that retention does not forget them.
    public var seenAgain: [EntryIdentity]

    public init(
        feedURL: String, at: Date, state: FeedState, outcome: CheckOutcome, entries: [MatchedEntry] = [],
        seenAgain: [EntryIdentity] = []
    ) {
        self.feedURL = feedURL
        self.at = at
        self.state = state
        self.outcome = outcome
        self.entries = entries
        self.seenAgain = seenAgain
    }
}

/// An entry with what the watchlists said of it when it was read.
public struct MatchedEntry: Sendable, Equatable {
    public var entry: Entry
    public var verdict: Verdict
    public var firstSeen: Date
    /// Found by the first check of its feed, so perhaps old (`first_fill`).
    public var isFirstFill: Bool

    public init(entry: Entry, verdict: Verdict, firstSeen: Date, isFirstFill: Bool = false) {
        self.entry = entry
        self.verdict = verdict
        self.firstSeen = firstSeen
        self.isFirstFill = isFirstFill
    }
}
