public import FeedModel
public import FoundationEssentials

extension Store {
    /// Makes `feeds` the list of subscriptions and answers with what is known of each, in the order of the list. What is
    /// known of a feed that left the list is kept, for its return. Where the credentials changed, the validators are
    /// forgotten and the feed is due (P-11, P-36).
    @discardableResult
    public func setFeeds(_ feeds: [Feed], now: Date) throws(StoreError) -> [FeedRecord] {
        var wanted = feeds
        var found = try found(of: wanted)
        if found.records.contains(where: { $0 == nil }) {
            // Not all were known, or some are named again.
            wanted = Self.distinct(feeds)
            if wanted.count < feeds.count { found = try self.found(of: wanted) }
            found.changed.formUnion(wanted.indices.filter { found.records[$0] == nil })
        }
        if found.hasGone || !found.changed.isEmpty {
            try adopt(wanted, found.records, changed: found.changed)
        }
        return wanted.indices.map { found.records[$0] ?? FeedRecord(feed: wanted[$0]) }
    }

    /// What the store has of a list of feeds.
    private struct Found {
        /// In the order of the list; nil where nothing is known.
        var records: [FeedRecord?]
        /// Where in the list those stand that were written otherwise, or at another place.
        var changed = Set<Int>()
        /// Some are no longer in the list.
        var hasGone = false
    }

    private func found(of wanted: [Feed]) throws(StoreError) -> Found {
        // Nearly always the list is what it was when it was last set, and each feed is where it stood.
        lazy var positions = Dictionary(
            wanted.enumerated().map { ($1.url, $0) }, uniquingKeysWith: { first, _ in first })
        var found = Found(records: [FeedRecord?](repeating: nil, count: wanted.count))
        var config: [UInt8] = []
        try connection.run("SELECT \(Self.feedColumns), active, id FROM \(Self.feedTables)") {
            (row) throws(StoreError) in
            let usual = row.int(Self.activeColumn) - 1
            let isThere = wanted.indices.contains(usual) && row.equals(0, wanted[usual].url)
            guard let position = isThere ? usual : positions[row.text(0)] else {
                found.hasGone = found.hasGone || usual >= 0
                return
            }
            let feed = wanted[position]
            var state = try Self.state(row, feedURL: feed.url)
            config.removeAll(keepingCapacity: true)
            Self.write(feed, asConfigInto: &config)
            let isSame = row.equals(1, config)
            if !isSame || usual != position { found.changed.insert(position) }
            if !isSame, Self.credentials(of: try? row.json(1, Feed.self)) != Self.credentials(of: feed) {
                state.validators = Validators()
                state.validatorsURL = nil
                state.nextCheck = nil
            }
            found.records[position] = FeedRecord(
                feed: feed, state: state, number: FeedNumber(row.integer(Self.activeColumn + 1)))
        }
        return found
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
        if let priority = feed.priority, let value = try? jsonText(priority) { addRaw("priority", value) }
        add("rateGroup", feed.rateGroup)
        add("siteURL", feed.siteURL)
        add("title", feed.title)
        add("url", feed.url)
        add("username", feed.username)
        out.append(UInt8(ascii: "}"))
    }
}
