public import FeedModel
import FoundationEssentials

extension Store {
    public func entry(_ id: EntryID) throws(StoreError) -> MatchedEntry? {
        try entries(where: "entry = ?", [.text(id.text)]).first
    }

    /// Entries whose text has all the words of `query`, best first. Any text is a valid query; a word ending in `*` stands
    /// for its beginnings.
    public func search(_ query: String, limit: Int) throws(StoreError) -> [MatchedEntry] {
        let words = query.split(whereSeparator: { $0.isWhitespace || $0 == "\"" || $0 == "\0" }).prefix(32)
        // What has no letter or digit is no word to the index, and would find nothing.
        let terms = words.filter { $0.contains { $0.isLetter || $0.isNumber } }.map { word in
            word.hasSuffix("*") ? "\"\(word.dropLast())\"*" : "\"\(word)\""
        }
        guard !terms.isEmpty, limit > 0 else { return [] }
        let query = terms.joined(separator: " ")
        var rows = try connection.numbers(
            "SELECT rowid FROM entries_text WHERE entries_text MATCH ? ORDER BY rank LIMIT ?",
            [.text(query), Value(limit)])
        if rows.count < limit { rows += try searchUnindexed(query, limit: limit - rows.count) }
        var found: [MatchedEntry] = []
        for row in rows { found += try entries(where: "id = ?", [.integer(row)]) }
        return found
    }
}

extension Store {
    /// - Returns: the entry's row; nil if there is an entry of this name already.
    func insert(_ matched: MatchedEntry, feed: Int64) throws(StoreError) -> Int64? {
        let entry = matched.entry
        let statement = try connection.statement(
            """
            INSERT INTO entries (entry, feed, title, url, summary, body, authors, tags, language, published,
                updated, first_seen, first_fill, relevance, matched)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (entry) DO NOTHING
            """)
        bindings.removeAll()
        bindings.add(entry.id.text)
        bindings.add(feed)
        bindings.add(entry.title)
        bindings.add(entry.url)
        bindings.add(entry.summary)
        bindings.add(entry.body)
        bindings.addText { JSON.write(strings: entry.authors, into: &$0) }
        bindings.addText { JSON.write(strings: entry.tags, into: &$0) }
        bindings.add(entry.language)
        bindings.add(entry.published.map { milliseconds($0) })
        bindings.add(entry.updated.map { milliseconds($0) })
        bindings.add(milliseconds(matched.firstSeen))
        bindings.add(matched.isFirstFill)
        bindings.add(matched.verdict.relevance)
        bindings.add(matched.verdict.isRelevant)
        let added = try statement.run(bindings)
        guard added == 1 else { return nil }
        let row = connection.lastInsertedRow
        // The kind of what nobody is shown is not kept: it can be recognised again.
        if let kind = entry.kind, matched.verdict.isRelevant {
            try connection.run(
                "INSERT INTO kinds (entry, kind) VALUES (?, ?)", [.integer(row), .text(kind.rawValue)])
        }
        try write(matched.verdict, ofRow: row, isNotice: entry.kind?.isNotice ?? false)
        return row
    }

    func entryID(ofRow row: Int64) throws(StoreError) -> EntryID? {
        var id: EntryID?
        try connection.run("SELECT entry FROM entries WHERE id = ?", [.integer(row)]) { (row) throws(StoreError) in
            id = EntryID(row.text(0))
        }
        return id
    }

    /// Writes what a verdict names, where nothing is written of the entry yet.
    func write(_ verdict: Verdict, ofRow row: Int64, isNotice: Bool) throws(StoreError) {
        for (rank, match) in verdict.matches.enumerated() {
            try connection.run(
                """
                INSERT INTO matches (entry, rank, watch, topic, area, threshold, urgent, file, line, score, hits)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, [.integer(row), Value(rank)] + values(of: match))
        }
        // A job or a date to come that nearly matches is shown to nobody.
        if let match = verdict.nearMiss, verdict.matches.isEmpty, !isNotice {
            try connection.run(
                """
                INSERT INTO near_misses (entry, watch, topic, area, threshold, urgent, file, line, score, hits)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, [.integer(row)] + values(of: match))
        }
    }

    /// Forgets what an earlier verdict named.
    func removeVerdict(ofRow row: Int64) throws(StoreError) {
        try connection.run("DELETE FROM matches WHERE entry = ?", [.integer(row)])
        try connection.run("DELETE FROM near_misses WHERE entry = ?", [.integer(row)])
    }

    private func values(of match: Match) throws(StoreError) -> [Value] {
        [
            .text(match.watch.name), .text(match.watch.topic), .text(match.watch.area.rawValue),
            Value(match.watch.threshold), Value(match.watch.urgent), .text(match.watch.file), Value(match.watch.line),
            Value(match.score), .text(try jsonText(match.hits)),
        ]
    }

    /// Entries seen from `start` on and before `cutoff` that passed no watch but came near one, and that no digest of
    /// `profile` has shown: those that fall least short, at most `limit`.
    public func nearMisses(
        for profile: String, since start: Date, before cutoff: Date, limit: Int
    ) throws(StoreError) -> [MatchedEntry] {
        let rows = try connection.numbers(
            """
            SELECT n.entry FROM near_misses n JOIN entries e ON e.id = n.entry
            WHERE e.matched = 0 AND first_seen >= ?1 AND first_seen < ?2 AND first_fill = 0
                AND NOT EXISTS (SELECT 1 FROM allocations a WHERE a.profile = ?3 AND a.entry = e.entry)
            ORDER BY n.score / n.threshold DESC, e.id LIMIT ?4
            """, [Value(start), Value(cutoff), .text(profile), Value(max(0, limit))])
        var found: [MatchedEntry] = []
        for row in rows {
            for var matched in try entries(where: "id = ?", [.integer(row)]) {
                matched.verdict.nearMiss = try matches(
                    where: "FROM near_misses WHERE entry = ?", [.integer(row)]
                ).first
                found.append(matched)
            }
        }
        return found
    }

    /// The entries that `condition` picks, with their matches.
    func entries(
        where condition: String, _ values: [Value], order: String = "id"
    ) throws(StoreError) -> [MatchedEntry] {
        var found: [(row: Int64, MatchedEntry)] = []
        try connection.run(
            """
            SELECT id, entry, (SELECT url FROM feeds WHERE feeds.id = entries.feed), title, url, summary, body, authors,
                tags, language, published, updated, first_seen, first_fill, relevance,
                (SELECT kind FROM kinds WHERE kinds.entry = entries.id),
                (SELECT max(number) FROM versions WHERE versions.entry = entries.id),
                (SELECT canonical FROM pages WHERE pages.entry = entries.entry AND outcome = 'read' LIMIT 1)
            FROM entries WHERE \(condition) ORDER BY \(order)
            """, values
        ) { (row) throws(StoreError) in
            var entry = Entry(
                id: EntryID(row.text(1)), feedURL: row.text(2), title: row.text(3), url: row.optionalText(4),
                summary: row.text(5), body: row.text(6), authors: try row.json(7, [String].self),
                tags: try row.json(8, [String].self), language: row.optionalText(9),
                published: row.optionalDate(10), updated: row.optionalDate(11),
                kind: row.optionalText(15).flatMap(EntryKind.init(rawValue:)))
            entry.canonicalURL = row.optionalText(17)
            let matched = MatchedEntry(
                entry: entry, verdict: Verdict(matches: [], relevance: row.real(14)), firstSeen: row.date(12),
                isFirstFill: row.flag(13), version: row.int(16))
            found.append((row.integer(0), matched))
        }
        var answer: [MatchedEntry] = []
        answer.reserveCapacity(found.count)
        for (row, matched) in found {
            var matched = matched
            matched.verdict.matches = try matches(
                where: "FROM matches WHERE entry = ? ORDER BY rank", [.integer(row)])
            answer.append(matched)
        }
        return answer
    }

    private func matches(where condition: String, _ values: [Value]) throws(StoreError) -> [Match] {
        var matches: [Match] = []
        try connection.run(
            "SELECT watch, topic, area, threshold, urgent, file, line, score, hits \(condition)", values
        ) { (row) throws(StoreError) in
            let watch = Watch(
                name: row.text(0), topic: row.text(1), area: try row.word(2, Area.self),
                threshold: row.real(3), urgent: row.isNull(4) ? nil : row.real(4), file: row.text(5), line: row.int(6))
            matches.append(
                Match(watch: watch, score: row.real(7), hits: try row.json(8, [Hit].self)))
        }
        return matches
    }
}
