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
    /// Of those, the entries whose source is not what it was.
    public var changed: [ChangedEntry] = []
    /// Hashes of what the document names itself: its id, its site, its own address (P-43). Empty for what was stored before.
    public var documentIDs: [UInt64] = []
    /// The terms of the decision when to come back, for `durbeen feeds why`.
    public var terms: [WaitTerm] = []
    /// Nothing changed but times: the outcome is `unchanged` and all else in `state` is as it was stored before.
    public var changesOnlyTimes = false
    /// Takes back what a check wrote that turned out to say nothing about the feed: no check of its own.
    public var isCorrection = false
    /// Of a correction: when the checks ended whose failures count for nothing.
    public var retracts: [Date] = []

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
    /// How many of its texts came before this one (`EntryVersion.number`).
    public var version: Int

    public init(entry: Entry, verdict: Verdict, firstSeen: Date, isFirstFill: Bool = false, version: Int = 0) {
        self.entry = entry
        self.verdict = verdict
        self.firstSeen = firstSeen
        self.isFirstFill = isFirstFill
        self.version = version
    }
}
