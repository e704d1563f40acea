public import FeedModel
public import FoundationEssentials

/// What became of an entry in one profile's digests.
public struct Allocation: Sendable, Equatable {
    public var digest: DigestRecord
    public var deliveries: [Delivery]

    public init(digest: DigestRecord, deliveries: [Delivery]) {
        self.digest = digest
        self.deliveries = deliveries
    }
}

/// A stored entry beside what it is known by in the store.
public struct StoredEntries: Sendable {
    public var entries: [MatchedEntry]
    /// Where to go on; nil after the last.
    public var next: Int64?

    public init(entries: [MatchedEntry], next: Int64?) {
        self.entries = entries
        self.next = next
    }
}

extension Store {
    /// The stored entries first seen since `start`, in the order they came, some at a time.
    ///
    /// - Parameter place: `next` of the portion before; 0 for the first.
    public func entries(since start: Date, from place: Int64 = 0, limit: Int = 500) throws(StoreError) -> StoredEntries
    {
        let rows = try connection.numbers(
            "SELECT id FROM entries WHERE id > ? AND first_seen >= ? ORDER BY id LIMIT ?",
            [.integer(place), Value(start), Value(max(1, limit))])
        guard let last = rows.last else { return StoredEntries(entries: [], next: nil) }
        let found = try entries(
            where: "id > ?1 AND id <= ?2 AND first_seen >= ?3", [.integer(place), .integer(last), Value(start)])
        return StoredEntries(entries: found, next: last)
    }

    /// The stored entries whose page is `url`.
    public func entries(url: String) throws(StoreError) -> [MatchedEntry] {
        try entries(where: "url = ?", [.text(url)])
    }

    /// Whether an entry was found later, by other watchlists than it was first judged by, and is kept out of digests.
    public func isHeldBack(_ entry: EntryID) throws(StoreError) -> Bool {
        try connection.number("SELECT 1 FROM entries WHERE entry = ? AND matched = 2", [.text(entry.text)]) != nil
    }

    /// Writes what other watchlists say of entries that are stored already. What they accept and the old ones did not is found
    /// later: no digest carries it, unless `delivers`. What was in a digest stays in it, and is never sent again.
    public func rewrite(_ verdicts: [(entry: Entry, verdict: Verdict)], delivers: Bool) throws(StoreError) {
        guard !verdicts.isEmpty else { return }
        try connection.transaction(durably: true) { () throws(StoreError) in
            for (entry, verdict) in verdicts {
                guard let row = try connection.number("SELECT id FROM entries WHERE entry = ?", [.text(entry.id.text)])
                else {
                    continue
                }
                try connection.run(
                    """
                    UPDATE entries SET relevance = ?2,
                        matched = CASE WHEN ?3 = 0 THEN 0 WHEN matched = 1 OR ?4 THEN 1 ELSE 2 END
                    WHERE id = ?1
                    """,
                    [
                        .integer(row), Value(verdict.relevance), Value(verdict.isRelevant), Value(delivers),
                    ])
                try removeVerdict(ofRow: row)
                try write(verdict, ofRow: row, isNotice: entry.kind?.isNotice ?? false)
                if let kind = entry.kind, verdict.isRelevant {
                    try connection.run(
                        "INSERT OR IGNORE INTO kinds (entry, kind) VALUES (?, ?)",
                        [.integer(row), .text(kind.rawValue)])
                }
            }
        }
    }

    /// Takes the share of each feed's entries that watches accept from what is stored since `start`, as it is judged now: what
    /// feeds are weighed by follows watchlists that changed (P-61). Feeds without entries of that time keep theirs.
    public func recountMatches(since start: Date) throws(StoreError) {
        // Read first: as part of the transaction it would keep the daemon from writing for as long.
        var shares: [(feed: Int64, share: Double)] = []
        try connection.run(
            "SELECT feed, avg(matched <> 0) FROM entries WHERE first_seen >= ? GROUP BY feed", [Value(start)]
        ) { (row) throws(StoreError) in shares.append((row.integer(0), row.real(1))) }
        try connection.transaction(durably: false) { () throws(StoreError) in
            for (feed, share) in shares {
                try connection.run(
                    "UPDATE feeds SET rate_matched = rate_items * ? WHERE id = ? AND rate_items > 0",
                    [.real(share), .integer(feed)])
            }
        }
    }

    /// The digests that carry an entry, one a profile, oldest first.
    public func allocations(of entry: EntryID) throws(StoreError) -> [Allocation] {
        var found: [Allocation] = []
        for row in try connection.numbers(
            "SELECT digest FROM allocations WHERE entry = ? ORDER BY digest", [.text(entry.text)])
        {
            guard let record = try records(where: "id = ?", [.integer(row)], order: "id").first else { continue }
            let deliveries = try deliveries(where: "deliveries.digest = ?", [.integer(row)])
            found.append(Allocation(digest: record, deliveries: deliveries))
        }
        return found
    }
}
