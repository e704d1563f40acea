public import FeedModel

extension Store {
    /// Every reader's vote, oldest first.
    public func votes() throws(StoreError) -> [Vote] {
        var votes: [Vote] = []
        try connection.run("SELECT entry, is_for, at, labels FROM votes ORDER BY at, entry") {
            (row) throws(StoreError) in
            votes.append(
                Vote(
                    entry: EntryID(row.text(0)), isFor: row.flag(1), at: row.date(2),
                    labels: try row.json(3, [String].self)))
        }
        return votes
    }

    /// Stores a vote; it takes the place of an earlier one on the same entry.
    public func cast(_ vote: Vote) throws(StoreError) {
        try connection.run(
            "INSERT OR REPLACE INTO votes (entry, is_for, at, labels) VALUES (?, ?, ?, ?)",
            [.text(vote.entry.text), Value(vote.isFor), Value(vote.at), .text(try jsonText(vote.labels))])
    }

    /// Takes back the vote on an entry.
    ///
    /// - Returns: whether there was one.
    public func withdrawVote(on entry: EntryID) throws(StoreError) -> Bool {
        try connection.run("DELETE FROM votes WHERE entry = ?", [.text(entry.text)]) == 1
    }
}
