public import FeedModel
public import FoundationEssentials

/// What is written together: see `Store.write`.
public struct CheckBatch: Sendable {
    /// A check that is about to begin, and when its feed is next due should it never report back (P-24).
    public struct Attempt: Sendable, Equatable {
        public var url: String
        public var number: FeedNumber?
        public var at: Date
        public var nextCheck: Date

        /// - Parameter number: the feed's in the store, if it is known.
        public init(url: String, number: FeedNumber? = nil, at: Date, nextCheck: Date) {
            self.url = url
            self.number = number
            self.at = at
            self.nextCheck = nextCheck
        }
    }

    /// A host or group that is left alone until a moment (P-31).
    public struct Pause: Sendable, Equatable {
        public var host: String
        public var until: Date

        public init(host: String, until: Date) {
            self.host = host
            self.until = until
        }
    }

    /// An entry's page that waits for its turn to be looked at (P-50).
    public struct Look: Sendable, Equatable {
        public var url: String
        public var entry: EntryID
        /// Not before this moment.
        public var at: Date

        public init(url: String, entry: EntryID, at: Date) {
            self.url = url
            self.entry = entry
            self.at = at
        }
    }

    /// A feed that is left alone until a moment.
    public struct FeedPause: Sendable, Equatable {
        public var url: String
        public var until: Date

        public init(url: String, until: Date) {
            self.url = url
            self.until = until
        }
    }

    /// A check that changed nothing but times: by far the most.
    public struct Unchanged: Sendable {
        public var url: String
        public var number: FeedNumber?
        public var times: CheckTimes
        /// The terms of the decision when to come back.
        public var terms: [WaitTerm]

        /// - Parameter number: the feed's in the store, if it is known.
        public init(url: String, number: FeedNumber? = nil, times: CheckTimes, terms: [WaitTerm]) {
            self.url = url
            self.number = number
            self.times = times
            self.terms = terms
        }
    }

    public var results: [CheckResult]
    public var unchanged: [Unchanged]
    public var attempts: [Attempt]
    public var ledger: [LedgerLine]
    public var pauses: [Pause]
    public var looks: [Look] = []

    public init(
        results: [CheckResult] = [], unchanged: [Unchanged] = [], attempts: [Attempt] = [],
        ledger: [LedgerLine] = [], pauses: [Pause] = []
    ) {
        self.results = results
        self.unchanged = unchanged
        self.attempts = attempts
        self.ledger = ledger
        self.pauses = pauses
    }

    public var isEmpty: Bool {
        results.isEmpty && unchanged.isEmpty && attempts.isEmpty && ledger.isEmpty && pauses.isEmpty
            && looks.isEmpty
    }
}
