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
        guard let index = batchOf.index(forKey: feed), let place = batches.index(forKey: batchOf.values[index]),
            batches.values[place].at <= latest
        else { return nil }
        let number = batchOf.remove(at: index).value
        batches.values[place].left -= 1
        let isEmpty = batches.values[place].left <= 0
        if isEmpty { batches.remove(at: place) }
        return (number, isEmpty)
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
            // Some may be of rows that are not there after all.
            rows = [:]
            throw error
        }
    }

    func writeAttempts(_ begun: [CheckBatch.Attempt]) throws(StoreError) {
        var rest = begun[...]
        while let at = rest.first?.at {
            let together = rest.prefix { $0.at == at }
            rest = rest.dropFirst(together.count)
            var feeds: [Int64] = []
            feeds.reserveCapacity(together.count)
            var text: [UInt8] = []
            text.reserveCapacity(together.count * 28)
            for attempt in together {
                guard let row = try rowOfFeed(attempt.number, attempt.url) else { continue }
                try answerAttempt(of: row)
                text.append(feeds.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
                text.append(UInt8(ascii: "\""))
                text.append(decimal: row)
                text.append(UInt8(ascii: "\""))
                text.append(UInt8(ascii: ":"))
                text.append(decimal: milliseconds(attempt.nextCheck))
                feeds.append(row)
            }
            guard !feeds.isEmpty else { continue }
            text.append(UInt8(ascii: "}"))
            bindings.removeAll()
            bindings.add(milliseconds(at))
            bindings.addText { $0 += text }
            try connection.statement("INSERT INTO attempts (at, feeds) VALUES (?, ?)").run(bindings)
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
