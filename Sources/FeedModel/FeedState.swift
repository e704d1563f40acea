public import struct FoundationEssentials.Date

/// What is known of a feed besides what its reader wrote. There is one for each of many thousands of feeds, and each check
/// copies it: what most feeds have nothing of stands apart.
public struct FeedState: Sendable, Equatable {
    public var validators = Validators()
    /// The exact final URL the validators came from. They are sent to no other (P-11, P-12).
    public var validatorsURL: String?
    public var lastAttempt: Date?
    /// The last check that ended without failure.
    public var lastSuccess: Date?
    /// When an entry was last new.
    public var lastNew: Date?
    /// Not before this moment; nil means at once (a new feed).
    public var nextCheck: Date?
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
    /// nil for most feeds.
    private var particulars: Particulars?

    public init() {}
}

extension FeedState {
    /// Checks that failed in a row.
    public var failures: Int {
        get { particulars?.facts.failures ?? 0 }
        set { if hasParticulars || newValue != 0 { facts.failures = newValue } }
    }

    public var failingSince: Date? {
        get { particulars?.facts.failingSince }
        set { if hasParticulars || newValue != nil { facts.failingSince = newValue } }
    }

    public var lastFailure: CheckFailure? {
        get { particulars?.facts.lastFailure }
        set { if hasParticulars || newValue != nil { facts.lastFailure = newValue } }
    }

    /// Nothing is sent before this moment, not even by hand without `--force` (P-32).
    public var pausedUntil: Date? {
        get { particulars?.facts.pausedUntil }
        set { if hasParticulars || newValue != nil { facts.pausedUntil = newValue } }
    }

    /// What is remembered only of feeds that gave reason to.
    public var memory: FeedMemory {
        get { particulars?.facts.memory ?? FeedMemory() }
        set { if hasParticulars || newValue != FeedMemory() { facts.memory = newValue } }
    }

    /// Whether any of the above is not as it is with a feed that never gave reason to remember anything.
    public var hasParticulars: Bool { particulars != nil }

    private struct Facts: Sendable, Equatable {
        var failures = 0
        var failingSince: Date?
        var lastFailure: CheckFailure?
        var pausedUntil: Date?
        var memory = FeedMemory()
    }

    private final class Particulars: Sendable, Equatable {
        let facts: Facts

        init(_ facts: Facts) { self.facts = facts }

        static func == (left: Particulars, right: Particulars) -> Bool { left === right || left.facts == right.facts }
    }

    private var facts: Facts {
        get { particulars?.facts ?? Facts() }
        set { particulars = newValue == Facts() ? nil : Particulars(newValue) }
    }
}

/// A feed with what is known of it at one moment. Many thousands are handed about: shared, never copied.
public final class FeedRecord: Sendable, Equatable {
    public let feed: Feed
    public let state: FeedState

    public init(feed: Feed, state: FeedState = FeedState()) {
        self.feed = feed
        self.state = state
    }

    public static func == (left: FeedRecord, right: FeedRecord) -> Bool {
        left === right || left.feed == right.feed && left.state == right.state
    }
}
