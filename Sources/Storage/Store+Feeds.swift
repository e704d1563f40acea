public import FeedModel
public import FoundationEssentials

extension Store {
    /// Makes `feeds` the list of subscriptions. What is known of a feed that left the list is kept, for its return. Where
    /// the credentials changed, the validators are forgotten (P-11).
    public func setFeeds(_ feeds: [Feed], now: Date) throws(StoreError) {
        var listed: Set<String> = []
        let feeds = feeds.filter { listed.insert($0.url).inserted }
        guard try self.feeds().map(\.feed) != feeds else { return }
        // Also those not listed now: one may come back with other credentials.
        var old: [String: Feed] = [:]
        try connection.run("SELECT \(Self.feedColumns) FROM feeds") { (row) throws(StoreError) in
            old[row.text(0)] = try Self.record(row).feed
        }
        try connection.transaction(durably: true) { () throws(StoreError) in
            try connection.run("UPDATE feeds SET active = 0")
            for (position, feed) in feeds.enumerated() {
                try connection.run(
                    """
                    INSERT INTO feeds (url, active, config) VALUES (?, ?, ?)
                    ON CONFLICT (url) DO UPDATE SET active = excluded.active, config = excluded.config
                    """, [.text(feed.url), Value(position + 1), .text(try jsonText(feed))])
                if let known = old[feed.url],
                    (known.username, known.passwordFile) != (feed.username, feed.passwordFile)
                {
                    try connection.run(
                        "UPDATE feeds SET etag = NULL, last_modified = NULL, validators_url = NULL WHERE url = ?",
                        [.text(feed.url)])
                }
            }
        }
    }

    /// The subscriptions with what is known of them, in the order of the list.
    public func feeds() throws(StoreError) -> [FeedRecord] {
        var records: [FeedRecord] = []
        try connection.run("SELECT \(Self.feedColumns) FROM feeds WHERE active > 0 ORDER BY active") {
            (row) throws(StoreError) in records.append(try Self.record(row))
        }
        return records
    }

    /// One subscription, listed or not, with what is known of it; nil if the store never heard of it.
    public func feed(_ url: String) throws(StoreError) -> FeedRecord? {
        var record: FeedRecord?
        try connection.run("SELECT \(Self.feedColumns) FROM feeds WHERE url = ?", [.text(url)]) {
            (row) throws(StoreError) in record = try Self.record(row)
        }
        return record
    }

    public func feedState(_ url: String) throws(StoreError) -> FeedState? { try feed(url)?.state }

    /// Writes down, before any request leaves, that feeds are being asked and when they are next due (P-24).
    public func recordAttempts(_ attempts: [(url: String, at: Date, nextCheck: Date)]) throws(StoreError) {
        try connection.transaction(durably: false) { () throws(StoreError) in
            for attempt in attempts {
                try connection.run(
                    "UPDATE feeds SET last_attempt = ?, next_check = ? WHERE url = ?",
                    [Value(attempt.at), Value(attempt.nextCheck), .text(attempt.url)])
            }
        }
    }

    private static let feedColumns = """
        url, config, etag, last_modified, validators_url, failures, failing_since, failure, last_attempt, last_success,
        last_new, next_check, paused_until, interval, publisher_interval, document_title
        """

    private static func record(_ row: Row) throws(StoreError) -> FeedRecord {
        // The reader's own words are written anew from the configuration at each start.
        let feed = (try? row.json(1, Feed.self)) ?? Feed(url: row.text(0))
        var state = FeedState()
        state.validators = Validators(etag: row.optionalBytes(2), lastModified: row.optionalBytes(3))
        state.validatorsURL = row.optionalText(4)
        state.failures = row.int(5)
        state.failingSince = row.optionalDate(6)
        state.lastFailure = row.isNull(7) ? nil : try row.json(7, CheckFailure.self)
        state.lastAttempt = row.optionalDate(8)
        state.lastSuccess = row.optionalDate(9)
        state.lastNew = row.optionalDate(10)
        state.nextCheck = row.optionalDate(11)
        state.pausedUntil = row.optionalDate(12)
        state.interval = row.optionalDuration(13)
        state.publisherInterval = row.optionalDuration(14)
        state.documentTitle = row.optionalText(15)
        return FeedRecord(feed: feed, state: state)
    }

    /// Writes the state of one feed; part of a larger transaction.
    ///
    /// - Parameter unchangedAt: when the check that led to it ended, if it brought nothing new.
    func write(_ state: FeedState, of feed: Int64, unchangedAt: Date?) throws(StoreError) {
        let failure = try state.lastFailure.map { (failure) throws(StoreError) in try jsonText(failure) }
        try connection.run(
            """
            UPDATE feeds SET etag = ?, last_modified = ?, validators_url = ?, failures = ?, failing_since = ?, failure = ?,
                last_attempt = ?, last_success = ?, last_new = ?, next_check = ?, paused_until = ?, interval = ?,
                publisher_interval = ?, document_title = ?,
                unchanged = iif(?15 IS NULL, 0, unchanged + 1),
                unchanged_since = iif(?15 IS NULL, NULL, coalesce(unchanged_since, ?15))
            WHERE id = ?16
            """,
            [
                Value(state.validators.etag), Value(state.validators.lastModified), Value(state.validatorsURL),
                Value(state.failures), Value(state.failingSince), Value(failure),
                Value(state.lastAttempt), Value(state.lastSuccess), Value(state.lastNew), Value(state.nextCheck),
                Value(state.pausedUntil), Value(state.interval), Value(state.publisherInterval),
                Value(state.documentTitle), Value(unchangedAt), .integer(feed),
            ])
    }
}
