public import FeedModel
public import FoundationEssentials

extension Store {
    /// Makes `feeds` the list of subscriptions and answers with what is known of each, in the order of the list. What is
    /// known of a feed that left the list is kept, for its return. Where the credentials changed, the validators are
    /// forgotten and the feed is due (P-11, P-36).
    @discardableResult
    public func setFeeds(_ feeds: [Feed], now: Date) throws(StoreError) -> [FeedRecord] {
        var positions: [String: Int] = [:]
        positions.reserveCapacity(feeds.count)
        rows.reserveCapacity(feeds.count)
        var wanted: [Feed] = []
        wanted.reserveCapacity(feeds.count)
        for feed in feeds where positions[feed.url] == nil {
            positions[feed.url] = wanted.count
            wanted.append(feed)
        }
        var records = [FeedRecord?](repeating: nil, count: wanted.count)
        var changed = Set<Int>()
        var hasGone = false
        try connection.run("SELECT \(Self.feedColumns), active, id FROM \(Self.feedTables)") {
            (row) throws(StoreError) in
            let url = row.text(0)
            guard let position = positions[url] else {
                hasGone = hasGone || row.int(Self.activeColumn) > 0
                return
            }
            let feed = wanted[position]
            rows[feed.url] = row.integer(Self.activeColumn + 1)
            var state = try Self.state(row)
            // One text for both, as for nearly every feed.
            if state.validatorsURL == feed.url { state.validatorsURL = feed.url }
            let isSame = row.equals(1, Self.configText(feed))
            if !isSame || row.int(Self.activeColumn) != position + 1 { changed.insert(position) }
            if !isSame, Self.credentials(of: try? row.json(1, Feed.self)) != Self.credentials(of: feed) {
                state.validators = Validators()
                state.validatorsURL = nil
                state.nextCheck = nil
            }
            records[position] = FeedRecord(feed: feed, state: state)
        }
        changed.formUnion(records.indices.filter { records[$0] == nil })
        if hasGone || !changed.isEmpty { try adopt(wanted, records, changed: changed) }
        return wanted.indices.map { records[$0] ?? FeedRecord(feed: wanted[$0]) }
    }

    /// The subscriptions with what is known of them, in the order of the list.
    public func feeds() throws(StoreError) -> [FeedRecord] {
        var records: [FeedRecord] = []
        try connection.run("SELECT \(Self.feedColumns) FROM \(Self.feedTables) WHERE active > 0 ORDER BY active") {
            (row) throws(StoreError) in records.append(try Self.record(row))
        }
        return records
    }

    /// One subscription, listed or not, with what is known of it; nil if the store never heard of it.
    public func feed(_ url: String) throws(StoreError) -> FeedRecord? {
        var record: FeedRecord?
        try connection.run("SELECT \(Self.feedColumns) FROM \(Self.feedTables) WHERE url = ?", [.text(url)]) {
            (row) throws(StoreError) in record = try Self.record(row)
        }
        return record
    }

    public func feedState(_ url: String) throws(StoreError) -> FeedState? { try feed(url)?.state }

    /// The terms of the last decision when the feed is asked again; empty before the first.
    public func terms(of url: String) throws(StoreError) -> [WaitTerm] {
        var terms: [WaitTerm] = []
        try connection.run("SELECT decision FROM \(Self.feedTables) WHERE url = ?", [.text(url)]) {
            (row) throws(StoreError) in
            terms = row.text(0).split(separator: "\n").compactMap { line in
                let parts = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
                guard parts.count == 3, let name = WaitTerm.Name(rawValue: String(parts[0])),
                    let wait = Int64(parts[1])
                else { return nil }
                return WaitTerm(name, .milliseconds(wait), String(parts[2]))
            }
        }
        return terms
    }

    /// Writes down, before any request leaves, that feeds are being asked and when they are next due (P-24).
    public func recordAttempts(_ attempts: [(url: String, at: Date, nextCheck: Date)]) throws(StoreError) {
        try connection.transaction(durably: false) { () throws(StoreError) in
            for attempt in attempts {
                try writeAttempt(of: attempt.url, at: attempt.at, nextCheck: attempt.nextCheck)
            }
        }
    }

    func writeAttempt(of url: String, at: Date, nextCheck: Date) throws(StoreError) {
        guard let row = try rowOfFeed(url) else { return }
        try connection.run(
            "INSERT OR REPLACE INTO asked (feed, at, next_check) VALUES (?, ?, ?)",
            [.integer(row), Value(at), Value(nextCheck)])
    }

    /// Ends the rest of feeds that were given up (P-38), and makes them due.
    ///
    /// - Returns: whether the store knows the feed.
    public func revive(_ url: String) throws(StoreError) -> Bool {
        guard var state = try feedState(url), let row = try rowOfFeed(url) else { return false }
        state.memory.stop = nil
        state.memory.goneSince = nil
        state.memory.missingSince = nil
        state.memory.soughtAt = nil
        state.memory.suggestion = nil
        state.nextCheck = nil
        state.pausedUntil = nil
        try connection.transaction(durably: true) { () throws(StoreError) in
            try write(state, of: row, unchangedAt: nil, documentAt: nil, terms: [])
            try connection.run("DELETE FROM asked WHERE feed = ?", [.integer(row)])
        }
        return true
    }
}

// MARK: Rows

extension Store {
    private func adopt(
        _ wanted: [Feed], _ records: [FeedRecord?], changed: Set<Int>
    ) throws(StoreError) {
        try connection.transaction(durably: true) { () throws(StoreError) in
            try connection.run(
                "CREATE TEMP TABLE IF NOT EXISTS listed (url TEXT PRIMARY KEY, position INTEGER) WITHOUT ROWID")
            try connection.run("DELETE FROM listed")
            for (position, feed) in wanted.enumerated() {
                try connection.run(
                    "INSERT INTO listed VALUES (?, ?)", [.text(feed.url), Value(position + 1)])
            }
            try connection.run(
                """
                UPDATE feeds SET active = coalesce((SELECT position FROM listed WHERE listed.url = feeds.url), 0)
                WHERE active <> coalesce((SELECT position FROM listed WHERE listed.url = feeds.url), 0)
                """)
            // Feeds that are due at one moment are asked in the order of these hashes, and what came of them is written together:
            // so their rows lie together, and a page that is written holds many of them.
            let order = changed.map { (hash: stableHash(wanted[$0].url), position: $0) }.sorted { $0 < $1 }
            for position in order.map(\.position) {
                try connection.run(
                    """
                    INSERT INTO feeds (url, active, config) VALUES (?, ?, ?)
                    ON CONFLICT (url) DO UPDATE SET active = excluded.active, config = excluded.config
                    """, [.text(wanted[position].url), Value(position + 1), .text(Self.configText(wanted[position]))])
                if let state = records[position]?.state, state.validators.isEmpty {
                    let row = try rowOfFeed(wanted[position].url).map(Value.integer) ?? .null
                    try connection.run(
                        "UPDATE feeds SET etag = NULL, last_modified = NULL, validators_url = NULL WHERE id = ?", [row])
                    try connection.run(
                        "UPDATE times SET next_check = ?2 WHERE feed = ?1", [row, Value(state.nextCheck)])
                    try connection.run("DELETE FROM asked WHERE feed = ?", [row])
                }
            }
        }
    }

    private static func credentials(of feed: Feed?) -> [String?] {
        [feed?.username, feed?.passwordFile, feed?.password.flatMap { try? jsonText($0) }]
    }

    /// What the reader wrote of a feed, as JSON with sorted keys. Made by hand, for a start with many thousands of feeds
    /// compares all of them.
    static func configText(_ feed: Feed) -> String {
        var text = "{"
        func add(_ name: String, _ value: String?) {
            guard let value else { return }
            text += text.utf8.count > 1 ? ",\"" : "\""
            text += name + "\":" + JSON.string(value).text()
        }
        func addRaw(_ name: String, _ value: String) {
            text += text.utf8.count > 1 ? ",\"" : "\""
            text += name + "\":" + value
        }
        addRaw("allowsInsecureTLS", feed.allowsInsecureTLS ? "true" : "false")
        add("country", feed.country)
        add("group", feed.group)
        add("identity", feed.identity?.rawValue)
        if let interval = feed.interval, let value = try? jsonText(interval) { addRaw("interval", value) }
        add("kind", feed.kind?.rawValue)
        add("language", feed.language)
        if let password = feed.password, let value = try? jsonText(password) { addRaw("password", value) }
        add("passwordFile", feed.passwordFile)
        add("rateGroup", feed.rateGroup)
        add("siteURL", feed.siteURL)
        add("title", feed.title)
        add("url", feed.url)
        add("username", feed.username)
        return text + "}"
    }

    private static let feedColumns = """
        url, config, etag, last_modified, validators_url, failures, failing_since, failure,
        coalesce(asked.at, last_attempt), last_success, last_new, coalesce(asked.next_check, times.next_check), paused_until,
        interval, publisher_interval, document_title, permitted, memory, rate_items, rate_matched, rate_days, rate_at,
        rate_hours
        """
    /// A check that has begun and not ended says when its feed was asked last and when it is due.
    static let feedTables = "feeds JOIN times ON times.feed = feeds.id LEFT JOIN asked ON asked.feed = feeds.id"
    private static let activeColumn: Int32 = 23

    private static func record(_ row: Row) throws(StoreError) -> FeedRecord {
        // The reader's own words are written anew from the configuration at each start.
        let feed = (try? row.json(1, Feed.self)) ?? Feed(url: row.text(0))
        return FeedRecord(feed: feed, state: try state(row))
    }

    private static func state(_ row: Row) throws(StoreError) -> FeedState {
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
        state.permittedFrom = row.optionalDate(16)
        // Written by a later version, perhaps: what cannot be read is not remembered, and the feed goes on.
        if !row.isNull(17) { state.memory = (try? row.json(17, FeedMemory.self)) ?? FeedMemory() }
        if !row.isNull(21) {
            state.rate = PublishingRate(
                items: row.real(18), matched: row.real(19), days: row.real(20), at: row.date(21),
                hours: row.optionalBytes(22) ?? [])
        }
        return state
    }

    /// Writes the state of one feed; part of a larger transaction.
    ///
    /// - Parameters:
    ///   - unchangedAt: when the check that led to it ended, if it brought nothing new.
    ///   - documentAt: when it read a document; nil if it read none.
    func write(
        _ state: FeedState, of feed: Int64, unchangedAt: Date?, documentAt: Date?, terms: [WaitTerm]
    ) throws(StoreError) {
        let failure = try state.lastFailure.map { (failure) throws(StoreError) in try jsonText(failure) }
        let memory = state.memory == FeedMemory() ? nil : try jsonText(state.memory)
        let rate = state.rate
        try connection.run(
            """
            UPDATE feeds SET etag = ?, last_modified = ?, validators_url = ?, failures = ?, failing_since = ?, failure = ?,
                last_new = ?, paused_until = ?, publisher_interval = ?, document_title = ?, memory = ?,
                rate_items = ?, rate_matched = ?, rate_days = ?, rate_at = ?, rate_hours = ?,
                last_document = coalesce(?, last_document)
            WHERE id = ?
            """,
            [
                Value(state.validators.etag), Value(state.validators.lastModified), Value(state.validatorsURL),
                Value(state.failures), Value(state.failingSince), Value(failure),
                Value(state.lastNew), Value(state.pausedUntil), Value(state.publisherInterval),
                Value(state.documentTitle), Value(memory),
                rate.at == nil ? .null : Value(rate.items), rate.at == nil ? .null : Value(rate.matched),
                rate.at == nil ? .null : Value(rate.days), Value(rate.at),
                rate.hours.isEmpty ? .null : .blob(rate.hours), Value(documentAt), .integer(feed),
            ])
        try writeTimes(state, of: feed, unchangedAt: unchangedAt, terms: terms)
    }

    /// As `write`, for a check that changed nothing but times: by far the most.
    func writeTimes(_ state: FeedState, of feed: Int64, unchangedAt: Date?, terms: [WaitTerm]) throws(StoreError) {
        try connection.run(
            """
            UPDATE times SET last_attempt = ?2, last_success = ?3, next_check = ?4, permitted = ?5, interval = ?6,
                unchanged = iif(?7 IS NULL, 0, unchanged + 1),
                unchanged_since = iif(?7 IS NULL, NULL, coalesce(unchanged_since, ?7)), decision = coalesce(?8, decision)
            WHERE feed = ?1
            """,
            [
                .integer(feed), Value(state.lastAttempt), Value(state.lastSuccess), Value(state.nextCheck),
                Value(state.permittedFrom), Value(state.interval), Value(unchangedAt),
                terms.isEmpty ? .null : .text(Self.text(of: terms)),
            ])
    }

    private static func text(of terms: [WaitTerm]) -> String {
        var text = ""
        for term in terms {
            text += term.name.rawValue
            text += "\t"
            text += String(milliseconds(term.wait))
            text += "\t"
            text += term.source
            text += "\n"
        }
        return text
    }
}
