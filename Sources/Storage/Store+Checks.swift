public import FeedModel
public import FoundationEssentials

/// One line of a feed's history, or several alike on end.
public struct CheckRecord: Sendable, Equatable {
    /// The first and the last of them; one moment unless nothing changed several times running.
    public var since: Date
    public var at: Date
    public var times: Int
    public var outcome: CheckOutcome

    public init(since: Date, at: Date, times: Int, outcome: CheckOutcome) {
        self.since = since
        self.at = at
        self.times = times
        self.outcome = outcome
    }
}

/// How often checks of a feed have failed in one way (P-33).
public struct FailureCount: Sendable, Equatable {
    public var count: Int
    public var last: Date
    public var sample: CheckFailure

    public init(count: Int, last: Date, sample: CheckFailure) {
        self.count = count
        self.last = last
        self.sample = sample
    }
}

extension Store {
    /// Writes one check: entries, matches, identities, validators and due time, all or nothing, on the disk when this
    /// returns (P-13). Entries that are stored already stay as they are.
    ///
    /// - Returns: how many entries were added.
    @discardableResult
    public func commit(_ result: CheckResult) throws(StoreError) -> Int {
        try writing(durably: true) { () throws(StoreError) in try write(result) }
    }

    /// Writes checks that brought no entries, all or nothing. A crash of the machine right after may forget them, which
    /// costs one more request each. If one has brought entries after all, everything is written as `commit` would.
    public func commitUnchanged(_ results: [CheckResult]) throws(StoreError) {
        try write(CheckBatch(results: results))
    }

    /// Writes what a moment of the loop comes to, all or nothing: the checks that ended, and those that are about to begin.
    /// On the disk when this returns if a check brought entries or read a document; else only safe
    /// against the end of this process.
    public func write(_ batch: CheckBatch) throws(StoreError) {
        guard !batch.isEmpty else { return }
        let isLight = batch.results.allSatisfy { $0.entries.isEmpty && $0.seenAgain.isEmpty }
        try writing(durably: !isLight) { () throws(StoreError) in
            for result in batch.results { _ = try write(result) }
            if !batch.unchanged.isEmpty { try writeUnchanged(batch.unchanged) }
            try writeAttempts(batch.attempts)
            for line in batch.ledger { try add(line) }
            for pause in batch.pauses { try write(pause) }
            for look in batch.looks { try write(look) }
        }
    }

    /// The last checks of a feed, newest first; the store keeps about `Store.checksKept` a feed.
    public func checks(of url: String, limit: Int = Store.checksKept) throws(StoreError) -> [CheckRecord] {
        guard let feed = try rowOfFeed(url) else { return [] }
        var records: [CheckRecord] = []
        try connection.run(
            "SELECT unchanged, unchanged_since, last_success FROM times WHERE feed = ? AND unchanged > 0",
            [.integer(feed)]
        ) { (row) throws(StoreError) in
            records.append(CheckRecord(since: row.date(1), at: row.date(2), times: row.int(0), outcome: .unchanged))
        }
        try connection.run(
            """
            SELECT since, at, times, added, matched, failure FROM checks WHERE feed = ? ORDER BY id DESC LIMIT ?
            """, [.integer(feed), Value(Store.checksKept)]
        ) { (row) throws(StoreError) in
            var outcome = CheckOutcome.unchanged
            if !row.isNull(5) {
                outcome = .failed(try row.json(5, CheckFailure.self))
            } else if let added = row.optionalInt(3) {
                outcome = .updated(new: added, matched: row.int(4))
            }
            records.append(CheckRecord(since: row.date(0), at: row.date(1), times: row.int(2), outcome: outcome))
        }
        return Array(records.prefix(max(0, limit)))
    }

    public static let checksKept = 20

    /// How often, when last and how the checks of a feed have failed, by class.
    public func failures(of url: String) throws(StoreError) -> [CheckFailure.Class: FailureCount] {
        var counts: [CheckFailure.Class: FailureCount] = [:]
        try connection.run(
            "SELECT count, last_at, sample FROM failures WHERE feed = (SELECT id FROM feeds WHERE url = ?)",
            [.text(url)]
        ) { (row) throws(StoreError) in
            let sample = try row.json(2, CheckFailure.self)
            counts[sample.kind] = FailureCount(count: row.int(0), last: row.date(1), sample: sample)
        }
        return counts
    }
}

extension Store {
    func rowOfFeed(_ url: String) throws(StoreError) -> Int64? {
        if let row = rows[url] { return row }
        let row = try connection.number("SELECT id FROM feeds WHERE url = ?", [.text(url)])
        if let row { rows[url] = row }
        return row
    }

    /// The row that the number stands for, or else that of the URL.
    func rowOfFeed(_ number: FeedNumber?, _ url: String) throws(StoreError) -> Int64? {
        if let number { return number.value }
        return try rowOfFeed(url)
    }

    /// The feed's row. One that was never listed gets one, unlisted: what its check brought is kept.
    private func rowOfFeed(making url: String) throws(StoreError) -> Int64 {
        if let row = try rowOfFeed(url) { return row }
        try connection.run(
            "INSERT INTO feeds (url, active, config) VALUES (?, 0, ?)",
            [.text(url), .text(try jsonText(Feed(url: url)))])
        return connection.lastInsertedRow
    }

    private func write(_ result: CheckResult) throws(StoreError) -> Int {
        let feed = try rowOfFeed(making: result.feedURL)
        // What takes a check back says nothing about one that has begun since.
        let latest = result.isCorrection ? result.state.lastAttempt.map { milliseconds($0) } : nil
        try forgetAttempt(of: feed, latest: latest ?? .max)
        for moment in result.retracts { try retractFailure(of: feed, at: moment) }
        var added = 0
        for entry in result.entries {
            let row = try insert(entry, feed: feed)
            added += row == nil ? 0 : 1
            try remember(entry.entry.identity, feed: feed, at: result.at, newRow: row)
        }
        for identity in result.seenAgain { try remember(identity, feed: feed, at: result.at, newRow: nil) }
        for changed in result.changed { try write(changed, feed: feed, at: result.at) }
        if result.outcome != .unchanged { try log(result, feed: feed) }
        let isUnchanged = result.outcome == .unchanged && !result.isCorrection
        let hasRead = !result.entries.isEmpty || !result.seenAgain.isEmpty
        try write(
            result.state, of: feed, unchangedAt: isUnchanged ? result.at : nil, documentAt: hasRead ? result.at : nil,
            documentIDs: result.documentIDs, terms: result.terms)
        return added
    }

    /// Adds a line to the feed's history, after one for the checks before it that changed nothing: those alone are only
    /// counted in the feed's own row, for they are nearly all.
    private func log(_ result: CheckResult, feed: Int64) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO checks (feed, since, at, times)
            SELECT feed, unchanged_since, coalesce(last_success, unchanged_since), unchanged FROM times
            WHERE feed = ? AND unchanged > 0
            """, [.integer(feed)])
        var counts: (added: Int?, matched: Int?) = (nil, nil)
        var failure: String?
        switch result.outcome {
        case .unchanged: break
        case .updated(let new, let matched): counts = (new, matched)
        case .failed(let reason):
            failure = try jsonText(reason)
            try connection.run(
                """
                INSERT INTO failures (feed, kind, count, last_at, sample) VALUES (?, ?, 1, ?, ?)
                ON CONFLICT (feed, kind) DO UPDATE
                SET count = count + 1, last_at = excluded.last_at, sample = excluded.sample
                """, [.integer(feed), .text(reason.kind.rawValue), Value(result.at), Value(failure)])
        }
        try connection.run(
            "INSERT INTO checks (feed, since, at, times, added, matched, failure) VALUES (?1, ?2, ?2, 1, ?3, ?4, ?5)",
            [.integer(feed), Value(result.at), Value(counts.added), Value(counts.matched), Value(failure)])
        // Some more are kept for a while: cutting at each line costs more than writing it. By chance, for a rhythm would always pass
        // by the same feeds.
        guard Int.random(in: 0..<8) == 0 else { return }
        try connection.run(
            """
            DELETE FROM checks WHERE feed = ?1
                AND id <= (SELECT id FROM checks WHERE feed = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
            """, [.integer(feed), Value(Store.checksKept)])
    }

    private func retractFailure(of feed: Int64, at moment: Date) throws(StoreError) {
        var found: (row: Int64, failure: CheckFailure)?
        try connection.run(
            "SELECT id, failure FROM checks WHERE feed = ? AND at = ? AND failure IS NOT NULL",
            [.integer(feed), Value(moment)]
        ) { (row) throws(StoreError) in found = (row.integer(0), try row.json(1, CheckFailure.self)) }
        guard let found else { return }
        try connection.run("DELETE FROM checks WHERE id = ?", [.integer(found.row)])
        try connection.run(
            "UPDATE failures SET count = count - 1 WHERE feed = ? AND kind = ?",
            [.integer(feed), .text(found.failure.kind.rawValue)])
        try connection.run("DELETE FROM failures WHERE feed = ? AND count <= 0", [.integer(feed)])
    }
}
