public import struct FoundationEssentials.Date

/// What is remembered of a feed only when it gave reason to: that it moved, vanished, or asked to be asked less. Most feeds
/// have none of it.
public struct FeedMemory: Sendable, Equatable, Codable {
    /// A permanent redirect that was met again and again (P-43).
    public struct Move: Sendable, Equatable, Codable {
        public var target: String
        public var since: Date
        /// Checks in a row that led there.
        public var times: Int

        public init(target: String, since: Date, times: Int) {
            self.target = target
            self.since = since
            self.times = times
        }
    }

    /// A time, both ends of it included.
    public struct Stretch: Sendable, Equatable, Codable {
        public var from: Date
        public var to: Date

        public init(from: Date, to: Date) {
            self.from = from
            self.to = to
        }
    }

    /// Why a feed is not asked any longer, until its reader says otherwise.
    public enum Stop: String, Sendable, Equatable, Codable {
        /// 410 twice, at least a day apart (P-38).
        case gone
    }

    /// Why the ids of a feed count for nothing: one was found on two entries that have nothing in common (D1).
    public struct Demotion: Sendable, Equatable, Codable {
        public var since: Date
        /// A few words, with the titles of both.
        public var reason: String

        public init(since: Date, reason: String) {
            self.since = since
            self.reason = reason
        }
    }

    /// Hours of the day in UTC in which the publisher asks not to be polled; nil for none.
    public var skipHours: [Int]?
    /// English names of days, in UTC.
    public var skipDays: [String]?
    public var move: Move?
    /// Where redirects led to the last document, if it had nothing to do with the feed.
    public var stranger: String?
    /// When entries of such documents were stored; to be known from there makes nobody kin.
    public var strange: [Stretch]?
    /// Where the feed is asked instead of at its own URL.
    public var movedTo: String?
    /// When the URL in the reader's list was last asked although the feed has moved.
    public var oldAddressAsked: Date?
    /// How many times the usual floor the feed is left alone after it answered 429, and when that was last set (P-30).
    public var caution: Double?
    public var cautionAt: Date?
    /// How many failures in a row had the status of the last one; nil for one.
    public var alike: Int?
    /// The first of the 410s in a row.
    public var goneSince: Date?
    public var stop: Stop?
    /// The first of the 404s in a row.
    public var missingSince: Date?
    /// What a look at the site's page found in place of the lost feed: an address, or nothing.
    public var suggestion: String?
    public var soughtAt: Date?
    /// When the feed was last asked without validators although there were some (P-14, P-15).
    public var askedInFull: Date?
    /// When a document last held nothing that was known, so that entries may have been missed (P-66).
    public var gapAt: Date?
    /// How often on end a question with validators brought a whole document without anything new.
    public var idleValidators: Int?
    /// Since when the feed's documents have held no entry at all (P-39).
    public var emptySince: Date?
    /// The class of failure that the operator was told of last, and those before it in this run of failures (P-40).
    public var reported: CheckFailure.Class?
    public var reportedBefore: [CheckFailure.Class]?
    /// A mark of the password that the last document was asked for with, where it stands in a file of its own: validators belong
    /// to it (P-11).
    public var secret: Password?
    /// By what the entries of the last document were told apart; nil for all they have.
    public var identity: IdentityPolicy?
    public var demotion: Demotion?

    public init() {}
}
