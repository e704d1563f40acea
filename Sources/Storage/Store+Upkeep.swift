public import FoundationEssentials

/// How long each class of rows is kept. Identities outlive texts, so that nothing forgotten comes back as new.
public struct Retention: Sendable, Equatable {
    /// The texts of entries that matched nothing; their titles and summaries stay.
    public var unmatchedBodies: Duration = .seconds(30 * 24 * 60 * 60)
    /// Entries that matched nothing.
    public var unmatched: Duration = .seconds(180 * 24 * 60 * 60)
    public var matched: Duration = .seconds(400 * 24 * 60 * 60)
    /// Identities that no document shows any more.
    public var identities: Duration = .seconds(800 * 24 * 60 * 60)
    /// The frozen bytes of what was delivered or given up.
    public var deliveredBytes: Duration = .seconds(60 * 24 * 60 * 60)
    /// What each host was asked for, by day: as far back as `durbeen politeness --days` reaches.
    public var ledger: Duration = .seconds(400 * 24 * 60 * 60)
    /// A robots.txt is obeyed for a day; after two nobody reads it any more.
    public var robots: Duration = .seconds(2 * 24 * 60 * 60)

    public init() {}
}

/// What `Store.prune` removed.
public struct Pruned: Sendable, Equatable {
    public var bodies = 0
    public var entries = 0
    public var identities = 0
    public var deliveries = 0
}

extension Store {
    /// Removes what is older than `retention` allows, some hundred rows at a time, so that others get their turn.
    ///
    /// Nothing is removed for some days after the clock has leapt by a month or more: it may leap back (R14), and what is
    /// removed by mistake would be sent again.
    public func prune(_ retention: Retention, now: Date) async throws(StoreError) -> Pruned {
        var pruned = Pruned()
        guard try believes(now) else { return pruned }
        func limit(_ span: Duration) -> Value { .integer(milliseconds(now) - milliseconds(span)) }
        pruned.bodies = try await inPortions(
            """
            UPDATE entries SET body = '' WHERE id IN (
                SELECT id FROM entries WHERE matched = 0 AND first_seen < ? AND body <> '' LIMIT 200)
            """, [limit(retention.unmatchedBodies)])
        _ = try await inPortions(
            """
            DELETE FROM versions WHERE rowid IN (
                SELECT versions.rowid FROM versions JOIN entries ON entries.id = versions.entry
                WHERE matched = 0 AND first_seen < ? LIMIT 200)
            """, [limit(retention.unmatchedBodies)])
        pruned.entries = try await inPortions(
            """
            DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE matched = 0 AND first_seen < ? LIMIT 200)
            """, [limit(retention.unmatched)])
        pruned.entries += try await inPortions(
            """
            DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE matched <> 0 AND first_seen < ? LIMIT 200)
            """, [limit(retention.matched)])
        pruned.identities = try await pruneIdentities(limit(retention.identities))
        pruned.deliveries = try await inPortions(
            """
            DELETE FROM delivery_files WHERE rowid IN (
                SELECT delivery_files.rowid FROM delivery_files JOIN deliveries ON deliveries.id = delivery
                WHERE state IN ('accepted', 'failed') AND settled_at < ? LIMIT 200)
            """, [limit(retention.deliveredBytes)])
        _ = try await inPortions(
            """
            DELETE FROM shared_bytes WHERE id IN (SELECT id FROM shared_bytes WHERE NOT EXISTS (
                SELECT 1 FROM delivery_files WHERE shared = shared_bytes.id) LIMIT 20)
            """, [])
        try await pruneSurroundings(retention, now: now)
        try await forgetFeeds(limit(retention.identities))
        return pruned
    }

    /// What is remembered of hosts, and of pages whose entries are gone.
    private func pruneSurroundings(_ retention: Retention, now: Date) async throws(StoreError) {
        let present = milliseconds(now)
        _ = try await inPortions(
            "DELETE FROM robots WHERE origin IN (SELECT origin FROM robots WHERE fetched_at < ? LIMIT 200)",
            [.integer(present - milliseconds(retention.robots))])
        _ = try await inPortions(
            """
            DELETE FROM pauses WHERE host IN (SELECT host FROM pauses WHERE until <= ?1 OR until > ?2 LIMIT 200)
            """, [.integer(present), Value(now.addingTimeInterval(Self.longestPause))])
        let day = (present - milliseconds(retention.ledger)) / 86_400_000
        _ = try await inPortions(
            """
            DELETE FROM ledger WHERE (host, day) IN (SELECT host, day FROM ledger WHERE day < ? LIMIT 200)
            """, [.integer(day)])
        // As long as there is the entry, its page must not be taken for one that was never asked for.
        _ = try await inPortions(
            """
            DELETE FROM pages WHERE url IN (SELECT url FROM pages WHERE asked_at < ?
                AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.entry = pages.entry) LIMIT 200)
            """, [.integer(present - milliseconds(retention.matched))])
    }

    /// A feed that left the list is remembered for its return, but not for longer than the identities of its entries: then it
    /// would come back as a new one. (`entries` has no index by feed: each that is to go costs a look through all of them, and
    /// they are few.)
    func forgetFeeds(_ limit: Value) async throws(StoreError) {
        let isToGo = """
            active = 0 AND max(coalesce(last_document, 0), coalesce(last_attempt, 0)) < ?1
                AND coalesce((SELECT at FROM asked WHERE asked.feed = feeds.id), 0) < ?1
                AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.feed = feeds.id)
            """
        let tables = "feeds JOIN times ON times.feed = feeds.id"
        for feed in try connection.numbers("SELECT id FROM \(tables) WHERE \(isToGo)", [limit]) {
            try writing(durably: true) { () throws(StoreError) in
                // It may have been listed again since.
                var url: String?
                try connection.run(
                    "SELECT url FROM \(tables) WHERE \(isToGo) AND id = ?2", [limit, .integer(feed)]
                ) { (row) throws(StoreError) in url = row.text(0) }
                guard let url else { return }
                try answerAttempt(of: feed)
                for table in ["checks", "failures", "times"] {
                    try connection.run("DELETE FROM \(table) WHERE feed = ?", [.integer(feed)])
                }
                try connection.run("DELETE FROM feeds WHERE id = ?", [.integer(feed)])
                // If the transaction fails it is looked up again.
                rows[url] = nil
            }
            await Task.yield()
        }
    }

    /// An identity goes only when it is old and its feed has shown a document without it since. A feed that answers 304
    /// for years still shows all that its last document had. (`remember` may be a week behind.)
    private func pruneIdentities(_ limit: Value) async throws(StoreError) -> Int {
        var removed = 0
        for feed in try connection.numbers("SELECT id FROM feeds WHERE last_document IS NOT NULL") {
            removed += try connection.transaction(durably: true) { () throws(StoreError) in
                try connection.run(
                    """
                    DELETE FROM seen WHERE feed = ?1 AND last_seen < min(?2,
                        (SELECT last_document FROM feeds WHERE id = ?1) - 691200000)
                    """, [.integer(feed), limit])
                    + connection.run(
                        """
                        DELETE FROM seen_loosely WHERE feed = ?1 AND last_seen < min(?2,
                            (SELECT last_document FROM feeds WHERE id = ?1) - 691200000)
                        """, [.integer(feed), limit])
            }
            await Task.yield()
        }
        return removed
    }

    private func inPortions(_ sql: String, _ values: [Value]) async throws(StoreError) -> Int {
        var total = 0
        while true {
            let changed = try connection.transaction(durably: true) { () throws(StoreError) in
                try connection.run(sql, values)
            }
            total += changed
            guard changed > 0 else { return total }
            await Task.yield()
        }
    }

    /// Whether the clock can be trusted to say what is old.
    private func believes(_ now: Date) throws(StoreError) -> Bool {
        let month: Int64 = 30 * 24 * 60 * 60 * 1000
        let present = milliseconds(now)
        let last = try time("upkeep") ?? present
        var leapt = try time("leap")
        if present > last + month { leapt = present }
        if present < last - month { leapt = nil }
        // Three days after a leap it is taken for the truth.
        if let moment = leapt, present >= moment + month / 10 { leapt = nil }
        try connection.transaction(durably: true) { () throws(StoreError) in
            try setTime("upkeep", present)
            try setTime("leap", leapt)
        }
        return leapt == nil
    }

    private func time(_ key: String) throws(StoreError) -> Int64? {
        try connection.number("SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?", [.text(key)])
    }

    private func setTime(_ key: String, _ time: Int64?) throws(StoreError) {
        guard let time else {
            try connection.run("DELETE FROM meta WHERE key = ?", [.text(key)])
            return
        }
        try connection.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [.text(key), .text("\(time)")])
    }
}
