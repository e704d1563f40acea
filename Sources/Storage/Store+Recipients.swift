public import FoundationEssentials

/// A mail address that refused what was sent to it, and took nothing since.
public struct RefusingRecipient: Sendable, Equatable {
    public var address: String
    /// Refusals on end.
    public var refusals: Int
    public var lastAt: Date
    /// What the mail server said last.
    public var reason: String
}

extension Store {
    /// The recipients with at least `count` refusals on end, by address (M-07).
    public func refusingRecipients(atLeast count: Int) throws(StoreError) -> [RefusingRecipient] {
        var found: [RefusingRecipient] = []
        try connection.run(
            "SELECT recipient, count, last_at, reason FROM refusals WHERE count >= ? ORDER BY recipient",
            [Value(count)]
        ) { (row) throws(StoreError) in
            found.append(
                RefusingRecipient(
                    address: row.text(0), refusals: row.int(1), lastAt: row.date(2), reason: row.text(3)))
        }
        return found
    }

    /// Forgets that a recipient refused anything, and makes due at once what was held back meanwhile without an attempt.
    ///
    /// - Returns: how many deliveries are due for it; nil if the recipient had refused nothing.
    @discardableResult
    public func resumeRecipient(_ address: String, now: Date) throws(StoreError) -> Int? {
        try connection.transaction(durably: true) { () throws(StoreError) in
            guard try connection.run("DELETE FROM refusals WHERE recipient = ?", [.text(address)]) == 1 else {
                return nil
            }
            return try connection.run(
                """
                UPDATE deliveries SET state = 'deferred', first_attempt = NULL, next_attempt = ?1
                WHERE recipient = ?2 AND state = 'failed' AND attempts = 0
                    AND EXISTS (SELECT 1 FROM delivery_files WHERE delivery = deliveries.id)
                """, [Value(now), .text(address)])
        }
    }

    /// How many messages were begun on the day of `now`, by UTC: attempts, so that one that is repeated counts again (M-13).
    public func mailBegun(onDayOf now: Date) throws(StoreError) -> Int {
        Int(try connection.number("SELECT messages FROM mail_days WHERE day = ?", [Self.day(of: now)]) ?? 0)
    }

    /// To be called in a transaction.
    ///
    /// - Parameter count: what was begun, or below zero what was begun and not sent after all.
    func countMail(_ count: Int, at now: Date) throws(StoreError) {
        guard count != 0 else { return }
        try connection.run(
            """
            INSERT INTO mail_days (day, messages) VALUES (?1, max(0, ?2))
                ON CONFLICT DO UPDATE SET messages = max(0, messages + ?2)
            """, [Self.day(of: now), Value(count)])
    }

    func hasRefusals() throws(StoreError) -> Bool { try connection.number("SELECT 1 FROM refusals LIMIT 1") != nil }

    func noteRefusal(_ mark: DeliveryMark) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO refusals (recipient, count, last_at, reason)
                SELECT recipient, 1, ?2, ?3 FROM deliveries WHERE id = ?1
                ON CONFLICT DO UPDATE SET count = count + 1, last_at = excluded.last_at, reason = excluded.reason
            """, [.text(mark.id), Value(mark.at), .text(mark.error ?? "")])
    }

    func forgetRefusals(of delivery: String) throws(StoreError) {
        try connection.run(
            "DELETE FROM refusals WHERE recipient = (SELECT recipient FROM deliveries WHERE id = ?)", [.text(delivery)])
    }

    private static func day(of moment: Date) -> Value {
        .integer(Int64((moment.timeIntervalSince1970 / 86_400).rounded(.down)))
    }
}
