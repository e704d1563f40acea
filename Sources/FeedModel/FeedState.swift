public import struct FoundationEssentials.Date

/// What is known of a feed besides what its reader wrote. There is one for each of many thousands of feeds, and each check
/// copies it: what lasts from check to check is shared by the copies, and what most feeds have nothing of stands apart.
public struct FeedState: Sendable, Equatable {
    /// What nearly every check changes.
    public var times = CheckTimes()
    private var lasting = Lasting.none

    public init() {}

    public init(
        times: CheckTimes, validators: Validators, validatorsURL: String?, lastNew: Date?, publisherInterval: Duration?,
        documentTitle: String?, rate: PublishingRate
    ) {
        self.times = times
        lasting = Lasting(
            Facts(
                validators: validators, validatorsURL: validatorsURL, lastNew: lastNew,
                publisherInterval: publisherInterval, documentTitle: documentTitle, rate: rate))
    }

    public static func == (left: FeedState, right: FeedState) -> Bool {
        left.times == right.times && left.lastsAs(right)
    }

    /// Whether nothing but times is different in `other`.
    public func lastsAs(_ other: FeedState) -> Bool {
        lasting === other.lasting || lasting.facts == other.lasting.facts
    }
}

/// When a feed was asked, and when it is to be asked again.
public struct CheckTimes: Sendable, Hashable {
    public var lastAttempt: Date?
    /// The last check that ended without failure.
    public var lastSuccess: Date?
    /// Not before this moment; nil means at once (a new feed).
    public var nextCheck: Date?
    /// The earliest moment that every rule but the adaptive interval allows: when a sweep before a digest may ask (P-63).
    public var permittedFrom: Date?
    /// The interval in force when the next check was set, before jitter.
    public var interval: Duration?

    public init(
        lastAttempt: Date? = nil, lastSuccess: Date? = nil, nextCheck: Date? = nil, permittedFrom: Date? = nil,
        interval: Duration? = nil
    ) {
        self.lastAttempt = lastAttempt
        self.lastSuccess = lastSuccess
        self.nextCheck = nextCheck
        self.permittedFrom = permittedFrom
        self.interval = interval
    }
}

extension FeedState {
    public var lastAttempt: Date? {
        get { times.lastAttempt }
        set { times.lastAttempt = newValue }
    }

    public var lastSuccess: Date? {
        get { times.lastSuccess }
        set { times.lastSuccess = newValue }
    }

    public var nextCheck: Date? {
        get { times.nextCheck }
        set { times.nextCheck = newValue }
    }

    public var permittedFrom: Date? {
        get { times.permittedFrom }
        set { times.permittedFrom = newValue }
    }

    public var interval: Duration? {
        get { times.interval }
        set { times.interval = newValue }
    }

    public var validators: Validators {
        get { lasting.facts.validators }
        set { if newValue != validators { change { $0.validators = newValue } } }
    }

    /// The exact final URL the validators came from. They are sent to no other (P-11, P-12).
    public var validatorsURL: String? {
        get { lasting.facts.validatorsURL }
        set { if newValue != validatorsURL { change { $0.validatorsURL = newValue } } }
    }

    /// When an entry was last new.
    public var lastNew: Date? {
        get { lasting.facts.lastNew }
        set { if newValue != lastNew { change { $0.lastNew = newValue } } }
    }

    /// What the publisher itself permits: the largest of ttl and sy:updatePeriod, in the last document read.
    public var publisherInterval: Duration? {
        get { lasting.facts.publisherInterval }
        set { if newValue != publisherInterval { change { $0.publisherInterval = newValue } } }
    }

    /// The title the document gives itself.
    public var documentTitle: String? {
        get { lasting.facts.documentTitle }
        set { if newValue != documentTitle { change { $0.documentTitle = newValue } } }
    }

    /// How often the feed publishes.
    public var rate: PublishingRate {
        get { lasting.facts.rate }
        set { if newValue != rate { change { $0.rate = newValue } } }
    }

    /// Checks that failed in a row.
    public var failures: Int {
        get { particulars?.failures ?? 0 }
        set { if hasParticulars || newValue != 0 { changeParticulars { $0.failures = newValue } } }
    }

    public var failingSince: Date? {
        get { particulars?.failingSince }
        set { if hasParticulars || newValue != nil { changeParticulars { $0.failingSince = newValue } } }
    }

    public var lastFailure: CheckFailure? {
        get { particulars?.lastFailure }
        set { if hasParticulars || newValue != nil { changeParticulars { $0.lastFailure = newValue } } }
    }

    /// Nothing is sent before this moment, not even by hand without `--force` (P-32).
    public var pausedUntil: Date? {
        get { particulars?.pausedUntil }
        set { if hasParticulars || newValue != nil { changeParticulars { $0.pausedUntil = newValue } } }
    }

    /// What is remembered only of feeds that gave reason to.
    public var memory: FeedMemory {
        get { particulars?.memory ?? FeedMemory() }
        set { if hasParticulars || newValue != FeedMemory() { changeParticulars { $0.memory = newValue } } }
    }

    /// As `memory`, but nil for most feeds, at no cost.
    public var particularMemory: FeedMemory? {
        guard let particulars = lasting.facts.particulars else { return nil }
        return particulars.value.memory
    }

    /// Whether any of the five above is not as it is with a feed that never gave reason to remember anything.
    public var hasParticulars: Bool { lasting.facts.particulars != nil }
}

extension FeedState {
    private struct Facts: Sendable, Equatable {
        var validators = Validators()
        var validatorsURL: String?
        var lastNew: Date?
        var publisherInterval: Duration?
        var documentTitle: String?
        var rate = PublishingRate()
        /// nil for most feeds.
        var particulars: Box<Particulars>?
    }

    private struct Particulars: Sendable, Equatable {
        var failures = 0
        var failingSince: Date?
        var lastFailure: CheckFailure?
        var pausedUntil: Date?
        var memory = FeedMemory()
    }

    /// Never changed once it is made, for others may hold it.
    private final class Box<Value: Sendable & Equatable>: Sendable, Equatable {
        let value: Value

        init(_ value: Value) { self.value = value }

        static func == (left: Box, right: Box) -> Bool { left === right || left.value == right.value }
    }

    // Changed only by the one state that holds it; shared by several, it stays as it is.
    private final class Lasting: @unchecked Sendable {
        static let none = Lasting(Facts())

        @exclusivity(unchecked) var facts: Facts

        init(_ facts: Facts) { self.facts = facts }
    }

    private var particulars: Particulars? { lasting.facts.particulars?.value }

    private mutating func change(_ change: (inout Facts) -> Void) {
        if !isKnownUniquelyReferenced(&lasting) { lasting = Lasting(lasting.facts) }
        change(&lasting.facts)
    }

    private mutating func changeParticulars(_ change: (inout Particulars) -> Void) {
        var particulars = particulars ?? Particulars()
        change(&particulars)
        self.change { $0.particulars = particulars == Particulars() ? nil : Box(particulars) }
    }
}

/// By what a store knows a feed for as long as it remembers it: shorter than its URL, and of no meaning to anybody else.
public struct FeedNumber: Sendable, Hashable {
    public let value: Int64

    public init(_ value: Int64) { self.value = value }
}

/// A feed with what is known of it at one moment. Many thousands are handed about: shared, never copied.
public final class FeedRecord: Sendable, Equatable {
    public let feed: Feed
    public let state: FeedState
    /// By what the store that it comes from knows the feed; nil if it comes from none.
    public let number: FeedNumber?

    public var url: String { feed.url }

    public init(feed: Feed, state: FeedState = FeedState(), number: FeedNumber? = nil) {
        self.feed = feed
        self.state = state
        self.number = number
    }

    /// The feed of `record` with what is known of it now.
    public convenience init(_ record: FeedRecord, state: FeedState) {
        self.init(feed: record.feed, state: state, number: record.number)
    }

    /// Whether both are of one feed, whatever is known of it.
    public func isOfSameFeed(as other: FeedRecord) -> Bool { url == other.url }

    public static func == (left: FeedRecord, right: FeedRecord) -> Bool {
        left === right || left.feed == right.feed && left.state == right.state
    }
}
