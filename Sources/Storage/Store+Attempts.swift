import FeedModel
import FoundationEssentials

// Checks that have begun, on record before any request leaves (P-24).

/// Which of the attempts on record are not answered yet.
struct OpenAttempts {
    private struct Batch {
        var at: Int64
        var left: Int
    }

    private var batches: [Int64: Batch] = [:]
    private var batchOf: [Int64: Int64] = [:]

    mutating func begin(_ batch: Int64, at: Int64, feeds: [Int64]) {
        batches[batch] = Batch(at: at, left: feeds.count)
        for feed in feeds { batchOf[feed] = batch }
    }

    /// A feed's attempt is answered.
    ///
    /// - Parameter latest: an attempt that began later is not.
    /// - Returns: the row of the attempt, if one was open, and whether no other in it is.
    mutating func answer(_ feed: Int64, latest: Int64 = .max) -> (row: Int64, isEmpty: Bool)? {
        guard let number = batchOf[feed], var batch = batches[number], batch.at <= latest else { return nil }
        batchOf[feed] = nil
        batch.left -= 1
        batches[number] = batch.left > 0 ? batch : nil
        return (number, batch.left <= 0)
    }
}

extension Store {
    /// The attempts that the last process left open.
    static func openAttempts(on connection: Connection) throws(StoreError) -> OpenAttempts {
        var found: [Int64: (at: Int64, feeds: [Int64])] = [:]
        try connection.run(
            """
            SELECT attempt, asked.at, asked.feed FROM asked JOIN times ON times.feed = asked.feed
            WHERE asked.attempt > times.answered
            """
        ) { (row) throws(StoreError) in
            found[row.integer(0), default: (row.integer(1), [])].feeds.append(row.integer(2))
        }
        var attempts = OpenAttempts()
        for (number, batch) in found { attempts.begin(number, at: batch.at, feeds: batch.feeds) }
        for number in try connection.numbers("SELECT id FROM attempts") where found[number] == nil {
            try connection.run("DELETE FROM attempts WHERE id = ?", [.integer(number)])
        }
        return attempts
    }

    /// Runs `body` in a transaction; if it fails, the attempts are as open as before.
    func writing<Answer>(durably: Bool, _ body: () throws(StoreError) -> Answer) throws(StoreError) -> Answer {
        let before = attempts
        do { return try connection.transaction(durably: durably, body) } catch {
            attempts = before
            throw error
        }
    }

    func writeAttempts(_ begun: [CheckBatch.Attempt]) throws(StoreError) {
        var rest = begun[...]
        while let at = rest.first?.at {
            let together = rest.prefix { $0.at == at }
            rest = rest.dropFirst(together.count)
            var feeds: [Int64] = []
            var text = "{"
            for attempt in together {
                guard let row = try rowOfFeed(attempt.url) else { continue }
                try answerAttempt(of: row)
                text += feeds.isEmpty ? "\"" : ",\""
                text += String(row)
                text += "\":"
                text += String(milliseconds(attempt.nextCheck))
                feeds.append(row)
            }
            guard !feeds.isEmpty else { continue }
            try connection.run(
                "INSERT INTO attempts (at, feeds) VALUES (?, ?)", [Value(at), .text(text + "}")])
            attempts.begin(connection.lastInsertedRow, at: milliseconds(at), feeds: feeds)
        }
    }

    /// Ends the attempt at a feed; part of a larger transaction that says so in the feed's times.
    ///
    /// - Returns: its row, for `times.answered`; nil if none was open.
    @discardableResult
    func answerAttempt(of feed: Int64, latest: Int64 = .max) throws(StoreError) -> Int64? {
        guard let answered = attempts.answer(feed, latest: latest) else { return nil }
        if answered.isEmpty { try connection.run("DELETE FROM attempts WHERE id = ?", [.integer(answered.row)]) }
        return answered.row
    }

    /// As if the attempt at a feed had never been made: when it is due stands in its times alone.
    func forgetAttempt(of feed: Int64, latest: Int64 = .max) throws(StoreError) {
        guard let attempt = try answerAttempt(of: feed, latest: latest) else { return }
        try connection.run("UPDATE times SET answered = ? WHERE feed = ?", [.integer(attempt), .integer(feed)])
    }

    /// The same of all attempts at a feed that are on record, also where another process made them.
    func forgetAttempts(of feed: Int64) throws(StoreError) {
        try connection.run(
            "UPDATE times SET answered = max(answered, coalesce((SELECT max(id) FROM attempts), 0)) WHERE feed = ?",
            [.integer(feed)])
        try answerAttempt(of: feed)
    }
}
