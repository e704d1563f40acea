public import FeedModel
public import FoundationEssentials

extension Store {
    /// Makes `feeds` the list of subscriptions and answers with what is known of each, in the order of the list. What is
    /// known of a feed that left the list is kept, for its return. Where the credentials changed, the validators are
    /// forgotten and the feed is due (P-11, P-36).
    @discardableResult
    public func setFeeds(_ feeds: [Feed], now: Date) throws(StoreError) -> [FeedRecord] {
        let wanted = Self.distinct(feeds)
        // Nearly always the list is what it was when it was last set, and each feed is where it stood.
        lazy var positions = Dictionary(
            wanted.enumerated().map { ($1.url, $0) }, uniquingKeysWith: { first, _ in first })
        var records = [FeedRecord?](repeating: nil, count: wanted.count)
        var changed = Set<Int>()
        var hasGone = false
        var config: [UInt8] = []
        try connection.run("SELECT \(Self.feedColumns), active, id FROM \(Self.feedTables)") {
            (row) throws(StoreError) in
            let usual = row.int(Self.activeColumn) - 1
            let isThere = wanted.indices.contains(usual) && row.equals(0, wanted[usual].url)
            guard let position = isThere ? usual : positions[row.text(0)] else {
                hasGone = hasGone || usual >= 0
                return
            }
            let feed = wanted[position]
            var state = try Self.state(row, feedURL: feed.url)
            config.removeAll(keepingCapacity: true)
            Self.write(feed, asConfigInto: &config)
            let isSame = row.equals(1, config)
            if !isSame || usual != position { changed.insert(position) }
            if !isSame, Self.credentials(of: try? row.json(1, Feed.self)) != Self.credentials(of: feed) {
                state.validators = Validators()
                state.validatorsURL = nil
                state.nextCheck = nil
            }
            records[position] = FeedRecord(
                feed: feed, state: state, number: FeedNumber(row.integer(Self.activeColumn + 1)))
        }
        changed.formUnion(records.indices.filter { records[$0] == nil })
        if hasGone || !changed.isEmpty { try adopt(wanted, records, changed: changed) }
        return wanted.indices.map { records[$0] ?? FeedRecord(feed: wanted[$0]) }
    }

    /// The list without what it names again.
    private static func distinct(_ feeds: [Feed]) -> [Feed] {
        var known = Set<String>(minimumCapacity: feeds.count)
        for feed in feeds { known.insert(feed.url) }
        guard known.count < feeds.count else { return feeds }
        return feeds.filter { known.remove($0.url) != nil }
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
        try writing(durably: true) { () throws(StoreError) in
            try write(state, of: row, unchangedAt: nil, documentAt: nil, terms: [])
            try forgetAttempts(of: row)
        }
        return true
    }
}

// MARK: Rows

extension Store {
    private func adopt(
        _ wanted: [Feed], _ records: [FeedRecord?], changed: Set<Int>
    ) throws(StoreError) {
        try writing(durably: true) { () throws(StoreError) in
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
                    guard let row = try rowOfFeed(wanted[position].url) else { continue }
                    try connection.run(
                        "UPDATE feeds SET etag = NULL, last_modified = NULL, validators_url = NULL WHERE id = ?",
                        [.integer(row)])
                    try connection.run(
                        "UPDATE times SET next_check = ?2 WHERE feed = ?1", [.integer(row), Value(state.nextCheck)])
                    try forgetAttempt(of: row)
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
        var bytes: [UInt8] = []
        write(feed, asConfigInto: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ feed: Feed, asConfigInto out: inout [UInt8]) {
        func name(_ name: StaticString) {
            out.append(out.count > 1 ? UInt8(ascii: ",") : UInt8(ascii: "{"))
            out.append(UInt8(ascii: "\""))
            out.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            out.append(UInt8(ascii: "\""))
            out.append(UInt8(ascii: ":"))
        }
        func add(_ key: StaticString, _ value: String?) {
            guard let value else { return }
            name(key)
            JSON.write(value, into: &out)
        }
        func addRaw(_ key: StaticString, _ value: String) {
            name(key)
            out.append(contentsOf: value.utf8)
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
        out.append(UInt8(ascii: "}"))
    }

    private static let feedColumns = """
        url, config, etag, last_modified, validators_url, failures, failing_since, failure,
        coalesce(asked.at, last_attempt), last_success, last_new, coalesce(asked.next_check, times.next_check), paused_until,
        interval, publisher_interval, document_title, permitted, memory, rate_items, rate_matched, rate_days, rate_at,
        rate_hours
        """
    /// A check that has begun and not ended says when its feed was asked last and when it is due.
    static let feedTables = """
        feeds JOIN times ON times.feed = feeds.id
        LEFT JOIN asked ON asked.feed = feeds.id AND asked.attempt > times.answered
        """
    private static let activeColumn: Int32 = 23

    private static func record(_ row: Row) throws(StoreError) -> FeedRecord {
        // The reader's own words are written anew from the configuration at each start.
        let feed = (try? row.json(1, Feed.self)) ?? Feed(url: row.text(0))
        return FeedRecord(feed: feed, state: try state(row, feedURL: feed.url))
    }

    /// - Parameter feedURL: nearly always what the validators came from, too; one text then serves for both.
    private static func state(_ row: Row, feedURL: String) throws(StoreError) -> FeedState {
        var rate = PublishingRate()
        if !row.isNull(21) {
            rate = PublishingRate(
                items: row.real(18), matched: row.real(19), days: row.real(20), at: row.date(21),
                hours: row.optionalBytes(22) ?? [])
        }
        var state = FeedState(
            times: CheckTimes(
                lastAttempt: row.optionalDate(8), lastSuccess: row.optionalDate(9), nextCheck: row.optionalDate(11),
                permittedFrom: row.optionalDate(16), interval: row.optionalDuration(13)),
            validators: Validators(etag: row.optionalBytes(2), lastModified: row.optionalBytes(3)),
            validatorsURL: row.equals(4, feedURL) ? feedURL : row.optionalText(4), lastNew: row.optionalDate(10),
            publisherInterval: row.optionalDuration(14), documentTitle: row.optionalText(15), rate: rate)
        // What most feeds have nothing of.
        if row.int(5) != 0 { state.failures = row.int(5) }
        if let since = row.optionalDate(6) { state.failingSince = since }
        if !row.isNull(7) { state.lastFailure = try row.json(7, CheckFailure.self) }
        if let until = row.optionalDate(12) { state.pausedUntil = until }
        // Written by a later version, perhaps: what cannot be read is not remembered, and the feed goes on.
        if !row.isNull(17) { state.memory = (try? row.json(17, FeedMemory.self)) ?? FeedMemory() }
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

    private func writeTimes(
        _ state: FeedState, of feed: Int64, unchangedAt: Date?, terms: [WaitTerm]
    ) throws(StoreError) {
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

    /// Writes checks that changed nothing but times; part of a larger transaction.
    func writeUnchanged(_ checks: [CheckBatch.Unchanged]) throws(StoreError) {
        let statement = try connection.statement(
            """
            UPDATE times SET last_attempt = ?2, last_success = ?3, next_check = ?4, permitted = ?5, interval = ?6,
                unchanged = unchanged + 1, unchanged_since = coalesce(unchanged_since, ?3),
                decision = coalesce(?7, decision), answered = coalesce(?8, answered)
            WHERE feed = ?1
            """)
        var decision: [UInt8] = []
        for check in checks {
            guard let feed = try rowOfFeed(check.number, check.url) else { continue }
            let times = check.times
            statement.bind(1, feed)
            statement.bind(2, times.lastAttempt.map { milliseconds($0) })
            statement.bind(3, times.lastSuccess.map { milliseconds($0) })
            statement.bind(4, times.nextCheck.map { milliseconds($0) })
            statement.bind(5, times.permittedFrom.map { milliseconds($0) })
            statement.bind(6, times.interval.map { milliseconds($0) })
            statement.bind(8, try answerAttempt(of: feed))
            decision.removeAll(keepingCapacity: true)
            Self.write(check.terms, into: &decision)
            try statement.run(binding: decision, at: 7)
        }
    }

    private static func text(of terms: [WaitTerm]) -> String {
        var bytes: [UInt8] = []
        write(terms, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ terms: [WaitTerm], into out: inout [UInt8]) {
        for term in terms {
            out.append(contentsOf: term.name.rawValue.utf8)
            out.append(UInt8(ascii: "\t"))
            out.append(decimal: milliseconds(term.wait))
            out.append(UInt8(ascii: "\t"))
            out.append(contentsOf: term.source.utf8)
            out.append(UInt8(ascii: "\n"))
        }
    }
}
