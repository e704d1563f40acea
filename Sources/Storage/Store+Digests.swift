public import FeedModel
public import FoundationEssentials

/// A digest that was made, as it is looked up later.
public struct DigestRecord: Sendable, Equatable {
    public var key: DigestKey
    public var id: String
    public var madeAt: Date
    public var from: Date?
    /// The cut-off: entries seen before it were considered.
    public var to: Date
    public var stories: Int
    public var entries: Int
    /// The JSON edition; empty for a date on which nothing was to be said.
    public var json: [UInt8]

    public init(
        key: DigestKey, id: String, madeAt: Date, from: Date?, to: Date, stories: Int, entries: Int, json: [UInt8]
    ) {
        self.key = key
        self.id = id
        self.madeAt = madeAt
        self.from = from
        self.to = to
        self.stories = stories
        self.entries = entries
        self.json = json
    }
}

/// What a new feed's first check contributes to digests (M-16).
public enum FirstFill: Sendable, Equatable {
    /// What is dated within this long before it was read, and what has no date.
    case recent(Duration)
    case all, none
}

extension Store {
    /// The entries that a digest of `profile` with a cut-off at `cutoff` may choose from: matched, seen before the cut-off,
    /// in no digest of the profile so far (M-03). Oldest first. With `now`, also what was seen after it, which is when the
    /// clock was ahead (R14).
    public func unallocated(
        for profile: String, before cutoff: Date, firstFill: FirstFill, now: Date? = nil
    ) throws(StoreError) -> [MatchedEntry] {
        let bound: Value =
            switch firstFill {
            case .recent(let span): Value(span)
            case .all: .integer(Int64.max)
            case .none: .null
            }
        // The index holds all that decides, so that texts are read only of what is chosen.
        return try entries(
            where: """
                id IN (SELECT id FROM entries
                WHERE matched = 1 AND (first_seen < ?1 OR first_seen > ?4)
                AND (first_fill = 0 OR (?2 IS NOT NULL AND (published IS NULL OR first_seen - published <= ?2)))
                AND NOT EXISTS (SELECT 1 FROM allocations a WHERE a.profile = ?3 AND a.entry = entries.entry))
                """, [Value(cutoff), bound, .text(profile), Value(now)], order: "first_seen, id")
    }

    /// When this profile was first heard of: now, if it is new.
    public func knownSince(profile: String, now: Date) throws(StoreError) -> Date {
        if let since = try connection.number("SELECT known_since FROM profiles WHERE name = ?", [.text(profile)]) {
            return Date(timeIntervalSince1970: Double(since) / 1000)
        }
        try connection.transaction(durably: true) { () throws(StoreError) in
            try connection.run(
                "INSERT OR IGNORE INTO profiles (name, known_since) VALUES (?, ?)", [.text(profile), Value(now)])
        }
        return now
    }

    /// How many digests of `profile` there are for `date`, or how many alerts.
    public func editions(of profile: String, on date: LocalDate, alerts: Bool = false) throws(StoreError) -> Int {
        let extreme = alerts ? "max(0, -min(edition))" : "max(0, max(edition))"
        return Int(
            try connection.number(
                "SELECT coalesce(\(extreme), 0) FROM digests WHERE profile = ? AND date = ?",
                [.text(profile), .text(date.description)]) ?? 0)
    }

    public func digestExists(_ key: DigestKey) throws(StoreError) -> Bool {
        try connection.number(
            "SELECT 1 FROM digests WHERE profile = ? AND date = ? AND edition = ?",
            [.text(key.profile), .text(key.date.description), Value(key.storedEdition)]) != nil
    }

    /// When the last digest of `profile` that was handed to a sink was made; nil if none was.
    public func lastHandedOver(for profile: String) throws(StoreError) -> Date? {
        let made = try connection.number(
            """
            SELECT max(made_at) FROM digests WHERE profile = ? AND edition > 0
                AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.digest = digests.id)
            """, [.text(profile)])
        return made.map { Date(timeIntervalSince1970: Double($0) / 1000) }
    }

    /// When alerts of `profile` were made since `start`, newest first.
    public func alertTimes(for profile: String, since start: Date) throws(StoreError) -> [Date] {
        try connection.numbers(
            "SELECT made_at FROM digests WHERE profile = ? AND edition < 0 AND made_at >= ? ORDER BY made_at DESC",
            [.text(profile), Value(start)]
        ).map { Date(timeIntervalSince1970: Double($0) / 1000) }
    }

    /// The digest of `profile`, alerts aside, whose period reaches furthest; with `now`, of those that do not reach beyond it, as one does
    /// that was made while the clock was ahead (R14).
    public func lastDigest(for profile: String, now: Date? = nil) throws(StoreError) -> DigestRecord? {
        try records(
            where: "profile = ?1 AND edition > 0 AND (?2 IS NULL OR period_to <= ?2)", [.text(profile), Value(now)],
            order: "period_to DESC, id DESC LIMIT 1"
        ).first
    }

    /// Writes a digest, the allocation of its entries and the outbox rows of its recipients: all or nothing, on the disk
    /// when this returns (M-04, R3).
    ///
    /// - Parameters:
    ///   - stories: for each entry the story it is told as part of.
    ///   - versions: which version of an entry is told; 0 where nothing is said.
    ///   - revised: entries that an earlier digest of the profile told, and the version in which they are told again.
    /// - Throws: `StoreError.digestExists` and `.alreadyAllocated`, with nothing written.
    public func allocate(
        _ record: DigestRecord, entries: [EntryID], stories: [EntryID: String] = [:], versions: [EntryID: Int] = [:],
        revised: [EntryID: Int] = [:], deliveries: [Delivery]
    ) throws(StoreError) {
        try connection.transaction(durably: true) { () throws(StoreError) in
            let added = try connection.run(
                """
                INSERT INTO digests (profile, date, edition, digest, made_at, period_from, period_to, stories,
                    entries, json)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    .text(record.key.profile), .text(record.key.date.description), Value(record.key.storedEdition),
                    .text(record.id), Value(record.madeAt), Value(record.from), Value(record.to), Value(record.stories),
                    Value(record.entries), .blob(record.json),
                ])
            guard added == 1 else { throw .digestExists(record.key) }
            let row = connection.lastInsertedRow
            for entry in entries {
                let allocated = try connection.run(
                    """
                    INSERT INTO allocations (profile, entry, digest, story, version) VALUES (?, ?, ?, ?, nullif(?, 0))
                    ON CONFLICT DO NOTHING
                    """,
                    [
                        .text(record.key.profile), .text(entry.text), .integer(row), Value(stories[entry]),
                        Value(versions[entry]),
                    ])
                guard allocated == 1 else { throw .alreadyAllocated(profile: record.key.profile, entry: entry) }
            }
            for (entry, version) in revised.sorted(by: { $0.key < $1.key }) {
                let retold = try connection.run(
                    "INSERT INTO retellings (profile, entry, version, digest) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    [.text(record.key.profile), .text(entry.text), Value(version), .integer(row)])
                guard retold == 1 else { throw .alreadyAllocated(profile: record.key.profile, entry: entry) }
            }
            var shared = SharedBytes()
            for delivery in deliveries { try insert(delivery, digestRow: row, &shared) }
        }
    }

    /// The alerts of `profile` that told `story`, oldest first.
    public func alerts(of profile: String, telling story: String) throws(StoreError) -> [DigestKey] {
        var keys: [DigestKey] = []
        try connection.run(
            """
            SELECT DISTINCT digests.id, date, edition FROM allocations JOIN digests ON digests.id = allocations.digest
            WHERE allocations.profile = ?1 AND story = ?2 AND edition < 0 ORDER BY digests.id
            """, [.text(profile), .text(story)]
        ) { (row) throws(StoreError) in
            keys.append(DigestKey(profile: profile, date: try row.day(1), storedEdition: row.int(2)))
        }
        return keys
    }

    /// What digests of `profile` made since `start` told, as far as it was handed to somebody and its text is still there.
    public func told(to profile: String, since start: Date) throws(StoreError) -> [ToldEntry] {
        struct Telling {
            var story: String
            var date: LocalDate
        }
        var tellings: [String: Telling] = [:]
        try connection.run(
            """
            SELECT entry, story, date FROM digests JOIN allocations ON allocations.digest = digests.id
            WHERE digests.profile = ?1 AND made_at >= ?2 AND story IS NOT NULL
                AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.digest = digests.id)
            """, [.text(profile), Value(start)]
        ) { (row) throws(StoreError) in tellings[row.text(0)] = Telling(story: row.text(1), date: try row.day(2)) }
        var since: [String: LocalDate] = [:]
        for story in Set(tellings.values.map(\.story)) {
            try connection.run(
                """
                SELECT min(date) FROM allocations JOIN digests ON digests.id = allocations.digest
                WHERE allocations.profile = ?1 AND story = ?2
                """, [.text(profile), .text(story)]
            ) { (row) throws(StoreError) in since[story] = try row.day(0) }
        }
        var told: [ToldEntry] = []
        for (id, telling) in tellings.sorted(by: { $0.key < $1.key }) {
            guard let found = try entry(EntryID(id)) else { continue }
            told.append(
                ToldEntry(
                    entry: found.entry, firstSeen: found.firstSeen, story: telling.story, date: telling.date,
                    storySince: since[telling.story] ?? telling.date))
        }
        return told
    }

    /// The newest digests first.
    public func digests(of profile: String?, limit: Int) throws(StoreError) -> [DigestRecord] {
        try records(
            where: profile == nil ? "?1 IS NULL" : "profile = ?1", [Value(profile), Value(max(0, limit))],
            order: "id DESC LIMIT ?2")
    }

    public func digest(_ key: DigestKey) throws(StoreError) -> (record: DigestRecord, deliveries: [Delivery])? {
        let found = try records(
            where: "profile = ? AND date = ? AND edition = ?",
            [.text(key.profile), .text(key.date.description), Value(key.storedEdition)], order: "id")
        guard let record = found.first else { return nil }
        return (
            record,
            try deliveries(
                where: """
                    deliveries.digest = (SELECT id FROM digests WHERE profile = ? AND date = ? AND edition = ?)
                    """, [.text(key.profile), .text(key.date.description), Value(key.storedEdition)])
        )
    }

    func records(
        where condition: String, _ values: [Value], order: String
    ) throws(StoreError) -> [DigestRecord] {
        var records: [DigestRecord] = []
        try connection.run(
            """
            SELECT profile, date, edition, digest, made_at, period_from, period_to, stories, entries, json
            FROM digests WHERE \(condition) ORDER BY \(order)
            """, values
        ) { (row) throws(StoreError) in
            let date = try row.day(1)
            records.append(
                DigestRecord(
                    key: DigestKey(profile: row.text(0), date: date, storedEdition: row.int(2)), id: row.text(3),
                    madeAt: row.date(4), from: row.optionalDate(5), to: row.date(6), stories: row.int(7),
                    entries: row.int(8), json: row.optionalBytes(9) ?? []))
        }
        return records
    }
}

extension DigestKey {
    /// Alerts stand below zero, so that they and the digests of a date share one unique key.
    var storedEdition: Int { isAlert ? -edition : edition }

    init(profile: String, date: LocalDate, storedEdition: Int) {
        self.init(profile: profile, date: date, edition: abs(storedEdition), isAlert: storedEdition < 0)
    }
}
