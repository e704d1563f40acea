import FeedModel
import FoundationEssentials

// What is known of a feed, from its row and into it.

extension Store {
    static let feedColumns = """
        url, config, etag, last_modified, validators_url, failures, failing_since, failure,
        coalesce(asked.at, last_attempt), last_success, last_new, coalesce(asked.next_check, times.next_check), paused_until,
        interval, publisher_interval, document_title, permitted, memory, rate_items, rate_matched, rate_days, rate_at,
        rate_hours, rate_polls, rate_changes
        """
    /// A check that has begun and not ended says when its feed was asked last and when it is due.
    static let feedTables = """
        feeds JOIN times ON times.feed = feeds.id
        LEFT JOIN asked ON asked.feed = feeds.id AND asked.attempt > times.answered
        """
    static let activeColumn: Int32 = 25

    static func record(_ row: Row) throws(StoreError) -> FeedRecord {
        // The reader's own words are written anew from the configuration at each start.
        let feed = (try? row.json(1, Feed.self)) ?? Feed(url: row.text(0))
        return FeedRecord(feed: feed, state: try state(row, feedURL: feed.url))
    }

    /// - Parameter feedURL: nearly always what the validators came from, too; one text then serves for both.
    static func state(_ row: Row, feedURL: String) throws(StoreError) -> FeedState {
        var rate = PublishingRate()
        if !row.isNull(21) {
            rate = PublishingRate(
                items: row.real(18), matched: row.real(19), days: row.real(20), at: row.date(21),
                hours: row.optionalBytes(22) ?? [])
            if !row.isNull(23) { (rate.polls, rate.changes) = (row.real(23), row.real(24)) }
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
    ///   - documentIDs: what that names itself; none for what is known of it.
    func write(
        _ state: FeedState, of feed: Int64, unchangedAt: Date?, documentAt: Date?, documentIDs: [UInt64] = [],
        terms: [WaitTerm]
    ) throws(StoreError) {
        let failure = try state.lastFailure.map { (failure) throws(StoreError) in try jsonText(failure) }
        let memory = state.memory == FeedMemory() ? nil : try jsonText(state.memory)
        let rate = state.rate
        try connection.run(
            """
            UPDATE feeds SET etag = ?, last_modified = ?, validators_url = ?, failures = ?, failing_since = ?, failure = ?,
                last_new = ?, paused_until = ?, publisher_interval = ?, document_title = ?, memory = ?,
                rate_items = ?, rate_matched = ?, rate_days = ?, rate_at = ?, rate_hours = ?,
                rate_polls = ?, rate_changes = ?,
                last_document = coalesce(?, last_document), document_ids = coalesce(?, document_ids)
            WHERE id = ?
            """,
            [
                Value(state.validators.etag), Value(state.validators.lastModified), Value(state.validatorsURL),
                Value(state.failures), Value(state.failingSince), Value(failure),
                Value(state.lastNew), Value(state.pausedUntil), Value(state.publisherInterval),
                Value(state.documentTitle), Value(memory),
                rate.at == nil ? .null : Value(rate.items), rate.at == nil ? .null : Value(rate.matched),
                rate.at == nil ? .null : Value(rate.days), Value(rate.at),
                rate.hours.isEmpty ? .null : .blob(rate.hours),
                rate.polls == 0 ? .null : Value(rate.polls), rate.polls == 0 ? .null : Value(rate.changes),
                Value(documentAt),
                documentIDs.isEmpty ? .null : .blob(Self.bytes(of: documentIDs)), .integer(feed),
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
        for check in checks {
            guard let feed = try rowOfFeed(check.number, check.url) else { continue }
            let times = check.times
            let attempt = try answerAttempt(of: feed)
            bindings.removeAll()
            bindings.add(feed)
            bindings.add(times.lastAttempt.map { milliseconds($0) })
            bindings.add(times.lastSuccess.map { milliseconds($0) })
            bindings.add(times.nextCheck.map { milliseconds($0) })
            bindings.add(times.permittedFrom.map { milliseconds($0) })
            bindings.add(times.interval.map { milliseconds($0) })
            bindings.addText { Self.write(check.terms, into: &$0) }
            bindings.add(attempt)
            try statement.run(bindings)
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
