public import struct FoundationEssentials.Date

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
    /// The earliest moment that every rule but the adaptive interval allows: when a sweep before a digest may ask (P-63).
    public var permittedFrom: Date?
    /// How often the feed publishes.
    public var rate = PublishingRate()
    /// What is remembered only of feeds that gave reason to.
    public var memory = FeedMemory()

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
