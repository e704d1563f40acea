public import FeedModel
public import FoundationEssentials

// The texts of entries that were edited (decision 20). An entry that never changed has no row here.

/// An entry that a digest told and that says something else since.
public struct RevisedEntry: Sendable, Equatable {
    /// As it is now.
    public var matched: MatchedEntry
    /// As it was told, or the oldest text after that which is still kept.
    public var told: EntryText
    /// The date of the digest that told it last.
    public var toldOn: LocalDate

    public init(matched: MatchedEntry, told: EntryText, toldOn: LocalDate) {
        self.matched = matched
        self.told = told
        self.toldOn = toldOn
    }
}

extension Store {
    /// What is kept of an entry's older texts: at most so many, and so many bytes in all, but always the last one. Of versions
    /// whose text the next one has as well, so many more, for their links.
    static let versionsKept = 8
    static let versionBytesKept = 65_536
    /// How often an entry is told again to one profile, however often it changes.
    static let mostRetellings = 3

    /// The stored entries of these names, with the texts they had; those that are not there are left out.
    public func histories(of ids: [EntryID]) throws(StoreError) -> [EntryHistory] {
        var histories: [EntryHistory] = []
        for id in ids {
            guard let matched = try entry(id) else { continue }
            var history = EntryHistory(matched: matched)
            history.versions = matched.version == 0 ? [] : try versions(of: id)
            history.hasPageText =
                matched.entry.body.isEmpty
                ? false
                : try connection.number(
                    "SELECT 1 FROM pages WHERE entry = ? AND outcome = 'read'", [.text(id.text)]) != nil
            history.isTold =
                try connection.number(
                    """
                    SELECT 1 FROM allocations WHERE entry = ?
                        AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.digest = allocations.digest) LIMIT 1
                    """, [.text(id.text)]) != nil
            histories.append(history)
        }
        return histories
    }

    /// The texts of an entry as far as they are kept, oldest first, the last one its text of today; empty for one that never
    /// changed.
    public func versions(of id: EntryID) throws(StoreError) -> [EntryVersion] {
        var versions: [EntryVersion] = []
        try connection.run(
            """
            SELECT number, at, edit, reasons, versions.title, versions.summary, versions.body, versions.url
            FROM versions JOIN entries ON entries.id = versions.entry WHERE entries.entry = ? ORDER BY number
            """, [.text(id.text)]
        ) { (row) throws(StoreError) in
            let text =
                row.isNull(4) ? nil : EntryText(title: row.text(4), summary: row.text(5), body: row.text(6))
            versions.append(
                EntryVersion(
                    number: row.int(0), at: row.date(1), edit: row.isNull(2) ? nil : try row.word(2, EditClass.self),
                    reasons: row.text(3).split(separator: "\n").map(String.init), text: text,
                    url: row.optionalText(7)))
        }
        if let last = versions.indices.last, let entry = try entry(id)?.entry {
            versions[last].text = entry.text
            versions[last].url = entry.url
        }
        return versions
    }

    /// The entries that digests of `profile` told and that have changed materially since, each once however often it changed.
    ///
    /// - Parameters:
    ///   - start: what changed before is forgotten.
    ///   - cutoff: what changes later belongs to the next digest; with `now`, what changed after that does not, for then the
    ///     clock was ahead (R14).
    public func revised(
        for profile: String, since start: Date, before cutoff: Date, now: Date? = nil
    ) throws(StoreError) -> [RevisedEntry] {
        struct Telling {
            var row: Int64
            var version: Int
            var date: LocalDate
        }
        var tellings: [Telling] = []
        try connection.run(
            """
            SELECT e.id, max(coalesce(a.version, 0), coalesce(r.version, 0)), d.date
            FROM versions v JOIN entries e ON e.id = v.entry
            JOIN allocations a ON a.profile = ?1 AND a.entry = e.entry
            LEFT JOIN (SELECT entry, max(version) AS version, max(digest) AS digest, count(*) AS times
                FROM retellings WHERE profile = ?1 GROUP BY entry) r ON r.entry = e.entry
            JOIN digests d ON d.id = coalesce(r.digest, a.digest)
            WHERE v.edit = 'material' AND v.at >= ?2 AND (v.at < ?3 OR v.at > ?4) AND e.matched = 1
                AND v.number > max(coalesce(a.version, 0), coalesce(r.version, 0)) AND coalesce(r.times, 0) < ?5
                AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.digest = a.digest)
            GROUP BY e.id ORDER BY e.first_seen, e.id
            """, [.text(profile), Value(start), Value(cutoff), Value(now), Value(Self.mostRetellings)]
        ) { (row) throws(StoreError) in
            tellings.append(Telling(row: row.integer(0), version: row.int(1), date: try row.day(2)))
        }
        var revised: [RevisedEntry] = []
        for telling in tellings {
            guard let matched = try entries(where: "id = ?", [.integer(telling.row)]).first else { continue }
            let kept = try versions(of: matched.entry.id).filter { $0.number >= telling.version }
            guard let told = kept.compactMap(\.text).first else { continue }
            revised.append(RevisedEntry(matched: matched, told: told, toldOn: telling.date))
        }
        return revised
    }

    /// What is stored of the entries that a feed showed last, the newest first, at most so many.
    ///
    /// - Parameter shown: entries to leave out.
    public func recentTexts(
        of feedURL: String, notShownAs shown: [EntryIdentity], limit: Int = 300
    ) throws(StoreError) -> [(id: EntryID, text: EntryText)] {
        guard let feed = try rowOfFeed(feedURL) else { return [] }
        var without: Set<Int64> = []
        for key in shown.flatMap(\.keys) {
            let row = try connection.number(
                "SELECT coalesce(entry, 0) FROM seen WHERE feed = ? AND key = ?", [.integer(feed), .key(key)])
            if let row { without.insert(row) }
        }
        // Lies in the order of the keys, all of one feed together: no index needed.
        let rows = try connection.numbers(
            "SELECT DISTINCT entry FROM seen WHERE feed = ? AND entry > 0 ORDER BY entry DESC LIMIT ?",
            [.integer(feed), Value(limit + without.count)])
        var texts: [(id: EntryID, text: EntryText)] = []
        for row in rows where !without.contains(row) && texts.count < limit {
            try connection.run(
                "SELECT entry, title, summary, substr(body, 1, 2000) FROM entries WHERE id = ?", [.integer(row)]
            ) { (row) throws(StoreError) in
                let text = EntryText(title: row.text(1), summary: row.text(2), body: row.text(3))
                texts.append((EntryID(row.text(0)), text))
            }
        }
        return texts
    }

    /// The digests that told an entry again because it had changed, oldest first.
    public func retellings(of entry: EntryID) throws(StoreError) -> [DigestRecord] {
        var found: [DigestRecord] = []
        for row in try connection.numbers(
            "SELECT digest FROM retellings WHERE entry = ? ORDER BY digest", [.text(entry.text)])
        { found += try records(where: "id = ?", [.integer(row)], order: "id") }
        return found
    }
}

extension Store {
    /// Writes what became of an entry whose source changed; part of a larger transaction.
    func write(_ changed: ChangedEntry, feed: Int64, at now: Date) throws(StoreError) {
        guard let row = try connection.number("SELECT id FROM entries WHERE entry = ?", [.text(changed.id.text)])
        else { return }
        for key in changed.identity.keys {
            try connection.run(
                "UPDATE seen SET entry = ? WHERE feed = ? AND key = ? AND (entry IS NULL OR entry < 0)",
                [.integer(row), .integer(feed), .key(key)])
        }
        guard let edit = changed.edit else { return }
        try keepText(ofRow: row, before: edit, at: now)
        try replaceText(ofRow: row, by: edit)
    }

    /// What is about to be replaced moves to its row in `versions`, its text only where the new one is another, and the new one
    /// gets a row of its own.
    private func keepText(ofRow row: Int64, before edit: EntryEdit, at now: Date) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO versions (entry, number, at, reasons) SELECT id, 0, first_seen, '' FROM entries
            WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM versions WHERE entry = ?1)
            """, [.integer(row)])
        let last = Int(try connection.number("SELECT max(number) FROM versions WHERE entry = ?", [.integer(row)]) ?? 0)
        let new = edit.matched.entry
        let isOther = try connection.number(
            "SELECT (title, summary, body) IS NOT (?2, ?3, ?4) FROM entries WHERE id = ?1",
            [.integer(row), .text(new.title), .text(new.summary), .text(new.body)])
        try connection.run(
            """
            UPDATE versions SET (url, title, summary, body) = (
                SELECT url, iif(?3, title, NULL), iif(?3, summary, NULL), iif(?3, body, NULL) FROM entries WHERE id = ?1)
            WHERE entry = ?1 AND number = ?2
            """, [.integer(row), Value(last), .integer(isOther ?? 1)])
        try connection.run(
            "INSERT INTO versions (entry, number, at, edit, reasons) VALUES (?, ?, ?, ?, ?)",
            [
                .integer(row), Value(last + 1), Value(now), .text(edit.edit.rawValue),
                .text(edit.reasons.joined(separator: "\n")),
            ])
        try dropOldTexts(ofRow: row, upTo: last)
    }

    /// - Parameter last: the version before the newest, whose text is the entry's own.
    private func dropOldTexts(ofRow row: Int64, upTo last: Int) throws(StoreError) {
        var (texts, bytes) = (0, 0)
        var dropped: Int?
        try connection.run(
            """
            SELECT number, length(CAST(title || summary || body AS BLOB)) FROM versions
            WHERE entry = ? AND number <= ? AND title IS NOT NULL ORDER BY number DESC
            """, [.integer(row), Value(last)]
        ) { (row) throws(StoreError) in
            texts += 1
            bytes += row.int(1)
            let isKept = texts == 1 || texts <= Self.versionsKept && bytes <= Self.versionBytesKept
            if !isKept, dropped == nil { dropped = row.int(0) }
        }
        // Those after it that have no text have that of a later one.
        if let dropped {
            try connection.run(
                "DELETE FROM versions WHERE entry = ? AND number <= ?", [.integer(row), Value(dropped)])
        }
        try connection.run(
            """
            DELETE FROM versions WHERE entry = ?1 AND title IS NULL AND number <= ?2 AND number <= (
                SELECT number FROM versions WHERE entry = ?1 AND title IS NULL AND number <= ?2
                ORDER BY number DESC LIMIT 1 OFFSET ?3)
            """, [.integer(row), Value(last), Value(Self.versionsKept)])
    }

    private func replaceText(ofRow row: Int64, by edit: EntryEdit) throws(StoreError) {
        let entry = edit.matched.entry
        let verdict = edit.matched.verdict
        // What a rescan found stays out of digests until it says something new; what a new feed brought with its first check
        // is news once it comes to match.
        try connection.run(
            """
            UPDATE entries SET title = ?2, url = ?3, summary = ?4, body = ?5, authors = ?6, tags = ?7, language = ?8,
                updated = ?9, relevance = ?10,
                first_fill = iif(matched = 0 AND ?11 AND ?12, 0, first_fill),
                matched = CASE WHEN NOT ?11 THEN 0 WHEN matched = 2 AND NOT ?12 THEN 2 ELSE 1 END
            WHERE id = ?1
            """,
            [
                .integer(row), .text(entry.title), Value(entry.url), .text(entry.summary), .text(entry.body),
                .text(JSON.text(ofStrings: entry.authors)), .text(JSON.text(ofStrings: entry.tags)),
                Value(entry.language), Value(entry.updated), Value(verdict.relevance), Value(verdict.isRelevant),
                Value(edit.edit == .material),
            ])
        try removeVerdict(ofRow: row)
        try write(verdict, ofRow: row, isNotice: entry.kind?.isNotice ?? false)
        if let kind = entry.kind, verdict.isRelevant {
            try connection.run(
                "INSERT OR REPLACE INTO kinds (entry, kind) VALUES (?, ?)", [.integer(row), .text(kind.rawValue)])
        }
    }
}
