import CSQLite
public import FeedModel
import FoundationEssentials

// By what entries are known again (decision 6).

extension Store {
    /// What each of a document's entries is to what this feed has shown before. Of several that share a key in the
    /// document, only the first can be new.
    ///
    /// When most of a known feed turns new at once its publisher has changed every id; then an entry whose link or title
    /// was seen is known too.
    public func standings(of identities: [EntryIdentity], in feedURL: String) throws(StoreError) -> [Standing] {
        let feed = try rowOfFeed(feedURL) ?? -1
        let recognition = Recognition(
            hasHistory: try connection.number("SELECT 1 FROM seen WHERE feed = ? LIMIT 1", [.integer(feed)]) != nil,
            memory: { [connection] (key) throws(StoreError) in
                var memory: Recognition.Memory?
                try connection.run(
                    "SELECT entry, fingerprint FROM seen WHERE feed = ? AND key = ?", [.integer(feed), .key(key)]
                ) { (row) throws(StoreError) in
                    memory = Recognition.Memory(
                        entry: row.isNull(0) ? nil : row.integer(0),
                        fingerprint: row.isNull(1) ? nil : UInt64(bitPattern: row.integer(1)))
                }
                return memory
            },
            loosely: { [connection] (keys) throws(StoreError) in
                try Self.entriesByLooseKey(among: keys, of: feed, connection)
            })
        return try zip(identities, recognition.findings(on: identities)).map { (identity, finding) throws(StoreError) in
            switch finding {
            case .new: .new
            case .repeated: .repeated
            case .knownLoosely: .knownLoosely
            case .known(let memory): try changedEntry(memory, identity).map { .changed($0) } ?? .known
            }
        }
    }

    /// The entry that `identity` is of, if its source is not what it was and its text is still there to compare.
    private func changedEntry(_ memory: Recognition.Memory, _ identity: EntryIdentity) throws(StoreError) -> EntryID? {
        guard let row = memory.entry, let fingerprint = identity.fingerprint, memory.fingerprint != fingerprint else {
            return nil
        }
        return try entryID(ofRow: row)
    }

    /// As `standings`, for several documents at once.
    public func standings(
        of documents: [(identities: [EntryIdentity], feedURL: String)]
    ) throws(StoreError) -> [[Standing]] {
        var answers: [[Standing]] = []
        for (identities, feedURL) in documents { answers.append(try standings(of: identities, in: feedURL)) }
        return answers
    }
}

extension Store {
    /// How many entries of the feed were seen with each of `keys`; those are left out that none was seen with. The loose keys are
    /// read through and not looked up: that takes a moment, and only where nearly everything of a feed is new at once.
    private static func entriesByLooseKey(
        among keys: Set<IdentityKey>, of feed: Int64, _ connection: Connection
    ) throws(StoreError) -> [IdentityKey: Int] {
        var counts: [IdentityKey: Int] = [:]
        // Stores that are older hold them a row each, with how many entries had each.
        for key in keys {
            counts[key] = try connection.number(
                "SELECT entries FROM seen_loosely WHERE feed = ? AND key = ?", [.integer(feed), .key(key)]
            ).map { Int(clamping: $0) }
        }
        var rows: [IdentityKey: Set<Int64>] = [:]
        try connection.run(
            "SELECT loose, coalesce(entry, 0) FROM seen WHERE feed = ? AND loose IS NOT NULL", [.integer(feed)]
        ) { (row) throws(StoreError) in
            for key in row.keys(0) where keys.contains(key) { rows[key, default: []].insert(row.integer(1)) }
        }
        // Several ids of one entry are no second entry, nor are those of which only that is known that their entry was.
        return counts.merging(rows.mapValues { max($0.subtracting([0]).count, 1) }, uniquingKeysWith: max)
    }

    /// - Parameter newRow: the row of an entry that was just added.
    func remember(_ identity: EntryIdentity, feed: Int64, at now: Date, newRow: Int64?) throws(StoreError) {
        // An entry that is shown for months is written again once a week, not at each poll; and at once when its source
        // changed, or the clock was ahead the last time. Then it keeps the links and titles it had before, 96 bytes in all.
        let statement = try connection.statement(
            """
            INSERT INTO seen (feed, key, last_seen, entry, fingerprint, loose) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (feed, key) DO UPDATE SET last_seen = excluded.last_seen,
                entry = coalesce(excluded.entry, entry), fingerprint = coalesce(excluded.fingerprint, fingerprint),
                loose = CASE WHEN excluded.loose IS NULL OR substr(loose, 1, length(excluded.loose)) = excluded.loose
                        THEN loose
                    ELSE substr(CAST(excluded.loose || coalesce(loose, x'') AS BLOB), 1, 96) END
                WHERE excluded.last_seen NOT BETWEEN last_seen AND last_seen + 604800000
                    OR fingerprint IS NOT coalesce(excluded.fingerprint, fingerprint)
            """)
        for (rank, key) in identity.keys.enumerated() {
            bindings.removeAll()
            bindings.add(feed)
            bindings.add(key)
            bindings.add(milliseconds(now))
            bindings.add(newRow)
            // Told by the first key alone: an entry that is found by another has changed in any case.
            bindings.add(rank == 0 ? identity.fingerprint.map { Int64(bitPattern: $0) } : nil)
            bindings.add(rank == 0 ? identity.looseKeys : [])
            try statement.run(bindings)
        }
        guard hasOldLooseKeys, newRow != nil else { return }
        // What one entry bore before is no longer one entry's.
        for key in Set(identity.looseKeys) {
            try connection.run(
                "UPDATE seen_loosely SET entries = entries + 1, last_seen = ? WHERE feed = ? AND key = ?",
                [Value(now), .integer(feed), .key(key)])
        }
    }
}
