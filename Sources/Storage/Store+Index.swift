import FeedModel

// The full-text index is filled behind the commits: an entry is durable at once and found by its words a moment later.

extension Store {
    /// Adds entries to the text index that are not in it yet: one portion, in one transaction with the mark up to where the
    /// index is filled, so that a crash neither leaves one out nor adds one twice.
    ///
    /// - Returns: whether there may be more.
    @discardableResult
    public func indexPortion(of count: Int = 500) throws(StoreError) -> Bool {
        let upto = try connection.number("SELECT upto FROM indexed") ?? 0
        let last = try connection.number(
            "SELECT max(id) FROM (SELECT id FROM entries WHERE id > ? ORDER BY id LIMIT ?)",
            [.integer(upto), Value(max(1, count))])
        guard let last, last > upto else { return false }
        // What a crash of the machine takes away is added again.
        try connection.transaction(durably: false) { () throws(StoreError) in
            try connection.run(
                """
                INSERT INTO entries_text (rowid, title, summary, body)
                SELECT id, title, summary, body FROM entries WHERE id > ? AND id <= ? ORDER BY id
                """, [.integer(upto), .integer(last)])
            try connection.run("UPDATE indexed SET upto = ?", [.integer(last)])
        }
        return true
    }

    /// The newest entries, which are not in the index yet, looked through by an index of the moment.
    func searchUnindexed(_ query: String, limit: Int) throws(StoreError) -> [Int64] {
        let newest = try connection.number("SELECT max(id) FROM entries") ?? 0
        guard try newest > connection.number("SELECT upto FROM indexed") ?? 0 else { return [] }
        try connection.execute(
            """
            CREATE VIRTUAL TABLE IF NOT EXISTS temp.newest USING fts5(
                title, summary, body, tokenize = 'unicode61 remove_diacritics 2');
            DELETE FROM temp.newest;
            INSERT INTO temp.newest (rowid, title, summary, body)
                SELECT id, title, summary, body FROM main.entries WHERE id > (SELECT upto FROM main.indexed)
                ORDER BY id DESC LIMIT 2000;
            """)
        return try connection.numbers(
            "SELECT rowid FROM temp.newest WHERE newest MATCH ? ORDER BY rank LIMIT ?", [.text(query), Value(limit)])
    }
}
