public import FeedModel
public import FoundationEssentials

/// The store in figures.
public struct StoreStatus: Sendable, Equatable {
    public var feeds = 0
    public var feedsFailing = 0
    public var entries = 0
    public var matchedEntries = 0
    public var digests = 0
    /// Deliveries by state.
    public var outbox: [DeliveryState: Int] = [:]
    public var lastDigest: DigestKey?
    /// When the next feed is due; nil without feeds.
    public var nextCheck: Date?
    public var lastCheck: Date?
    /// When the delivery that has waited longest was due; nil if none waits.
    public var oldestDue: Date?
    /// Feeds whose next check is due.
    public var feedsDue = 0
    /// Messages begun on the day of `now`, by UTC.
    public var mailToday = 0
    /// Of the database, in bytes.
    public var bytes = 0
    /// Of its journal, in bytes.
    public var journalBytes = 0
}

extension Store {
    /// What the foot of a digest says about the period: how much was looked at, and which feeds fail.
    ///
    /// - Parameter failingFor: feeds count as failing once they have failed for this long.
    public func coverage(from: Date?, to: Date, failingFor: Duration) throws(StoreError) -> Coverage {
        let start = Value(from ?? Date(timeIntervalSince1970: 0))
        var coverage = Coverage()
        coverage.feeds = Int(try connection.number("SELECT count(*) FROM feeds WHERE active > 0") ?? 0)
        coverage.feedsReached = Int(
            try connection.number(
                "SELECT count(*) FROM \(Self.feedTables) WHERE active > 0 AND last_success >= ?", [start]) ?? 0)
        coverage.newEntries = Int(
            try connection.number(
                "SELECT count(*) FROM entries WHERE first_seen >= ? AND first_seen < ?", [start, Value(to)]) ?? 0)
        coverage.matchedEntries = Int(
            try connection.number(
                "SELECT count(*) FROM entries WHERE matched = 1 AND first_seen >= ? AND first_seen < ?",
                [start, Value(to)]) ?? 0)
        coverage.failing = try feeds().compactMap { record in
            guard let since = record.state.failingSince, let failure = record.state.lastFailure,
                to.timeIntervalSince(since) >= Double(milliseconds(failingFor)) / 1000
            else { return nil }
            let title = record.feed.title.isEmpty ? record.state.documentTitle ?? record.feed.url : record.feed.title
            return FailingFeed(title: title, url: record.feed.url, since: since, reason: failure.message)
        }
        return coverage
    }

    /// - Parameter now: for what is due; without it nothing is counted as due.
    public func status(now: Date? = nil) throws(StoreError) -> StoreStatus {
        var status = StoreStatus()
        try connection.run(
            """
            SELECT count(*), coalesce(sum(failures > 0), 0), min(coalesce(asked.next_check, times.next_check)),
                max(coalesce(asked.at, last_attempt))
            FROM \(Self.feedTables) WHERE active > 0
            """
        ) { (row) throws(StoreError) in
            status.feeds = row.int(0)
            status.feedsFailing = row.int(1)
            status.nextCheck = row.optionalDate(2)
            status.lastCheck = row.optionalDate(3)
        }
        status.entries = Int(try connection.number("SELECT count(*) FROM entries") ?? 0)
        status.matchedEntries = Int(try connection.number("SELECT count(*) FROM entries WHERE matched = 1") ?? 0)
        status.digests = Int(try connection.number("SELECT count(*) FROM digests") ?? 0)
        try connection.run("SELECT state, count(*) FROM deliveries GROUP BY state") { (row) throws(StoreError) in
            if let state = DeliveryState(rawValue: row.text(0)) { status.outbox[state] = row.int(1) }
        }
        status.lastDigest = try digests(of: nil, limit: 1).first?.key
        if let now {
            status.feedsDue = Int(
                try connection.number(
                    """
                    SELECT count(*) FROM \(Self.feedTables)
                    WHERE active > 0 AND coalesce(asked.next_check, times.next_check, 0) <= ?
                    """, [Value(now)]) ?? 0)
            if let due = try nextDeliveryTime(), due <= now { status.oldestDue = due }
            status.mailToday = try mailBegun(onDayOf: now)
        }
        status.journalBytes = StoreFile(path: path).journalBytes
        status.bytes = Int(
            try connection.number("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()") ?? 0)
        return status
    }
}
