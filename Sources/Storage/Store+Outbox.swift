public import FeedModel
public import FoundationEssentials

extension Store {
    /// What may be handed over now, longest due first. What is being sent is not.
    ///
    /// - Parameter withFiles: whether with its bytes; a digest for hundreds of readers is better asked for one by one.
    public func dueDeliveries(now: Date, withFiles: Bool = true) throws(StoreError) -> [Delivery] {
        try writeOutstandingMarks()
        // No delivery waits for days: one that seems to was put off while the clock was ahead (R14).
        return try deliveries(
            where: "\(Self.isOpen) AND (next_attempt <= ?1 OR next_attempt > ?1 + ?2)",
            [Value(now), Value(Self.longestWait)], withFiles: withFiles)
    }

    /// The frozen bytes of a delivery; empty once they are past their retention.
    public func files(of delivery: String) throws(StoreError) -> [FrozenFile] {
        var files: [FrozenFile] = []
        try connection.run(
            "SELECT extension, bytes FROM delivery_files WHERE delivery = ? ORDER BY rank", [.text(delivery)]
        ) { (row) throws(StoreError) in
            files.append(FrozenFile(fileExtension: row.text(0), bytes: row.optionalBytes(1) ?? []))
        }
        return files
    }

    /// When the next delivery may be tried; nil if the outbox holds nothing open.
    public func nextDeliveryTime() throws(StoreError) -> Date? {
        var next: Date?
        try connection.run("SELECT min(next_attempt) FROM deliveries WHERE \(Self.isOpen)") {
            (row) throws(StoreError) in next = row.optionalDate(0)
        }
        return next
    }

    /// Everything in the outbox in this state, longest due first, with its bytes.
    public func deliveries(state: DeliveryState) throws(StoreError) -> [Delivery] { try deliveries(in: [state]) }

    /// Everything in the outbox in one of `states`, longest due first, with its bytes.
    public func deliveries(in states: [DeliveryState], withFiles: Bool = true) throws(StoreError) -> [Delivery] {
        let list = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try deliveries(where: "state IN (\(list))", [], withFiles: withFiles)
    }

    /// On the disk before the first byte leaves (R3).
    ///
    /// - Throws: `StoreError.deliveryInState` if it is being sent, was accepted or has failed.
    public func markSending(_ id: String, at now: Date) throws(StoreError) {
        try mark(Mark(id: id, state: .sending, at: now))
    }

    public func markDelivered(_ id: String, at now: Date) throws(StoreError) {
        try mark(Mark(id: id, state: .accepted, at: now))
    }

    public func markDeferred(_ id: String, error: String, nextAttempt: Date, at now: Date) throws(StoreError) {
        try mark(Mark(id: id, state: .deferred, at: now, next: nextAttempt, error: error))
    }

    public func markUnknown(_ id: String, error: String, nextAttempt: Date, at now: Date) throws(StoreError) {
        try mark(Mark(id: id, state: .unknown, at: now, next: nextAttempt, error: error))
    }

    public func markFailed(_ id: String, error: String, at now: Date) throws(StoreError) {
        try mark(Mark(id: id, state: .failed, at: now, error: error))
    }

    /// Makes a delivery that waits due at once, whenever its turn would have been; for somebody who has mended what was in
    /// the way.
    ///
    /// - Returns: false if no delivery of that name waits.
    @discardableResult
    public func hastenDelivery(_ id: String, now: Date) throws(StoreError) -> Bool {
        try connection.transaction(durably: true) { () throws(StoreError) in
            try connection.run(
                "UPDATE deliveries SET next_attempt = min(next_attempt, ?1) WHERE id = ?2 AND \(Self.isOpen)",
                [Value(now), .text(id)]) == 1
        }
    }

    /// Puts a dead letter back into the outbox, due at once and with its patience renewed.
    ///
    /// - Returns: false if there is no failed delivery of that name, or its bytes are past their retention.
    @discardableResult
    public func retryDelivery(_ id: String, now: Date) throws(StoreError) -> Bool {
        try connection.transaction(durably: true) { () throws(StoreError) in
            try connection.run(
                """
                UPDATE deliveries SET state = 'deferred', attempts = 0, first_attempt = NULL, next_attempt = ?1
                WHERE id = ?2 AND state = 'failed' AND EXISTS (SELECT 1 FROM delivery_files WHERE delivery = ?2)
                """, [Value(now), .text(id)]) == 1
        }
    }
}

/// A step of a delivery from one state to another.
struct Mark {
    var id: String
    var state: DeliveryState
    var at: Date
    var next: Date?
    var error: String?

    /// Whether a delivery in `old` may take this step. What was accepted stays accepted (M-06), what is being sent is not
    /// begun again, and a dead letter lies until somebody asks for it.
    func mayFollow(_ old: DeliveryState) -> Bool {
        switch state {
        case .sending: [.planned, .frozen, .deferred, .unknown].contains(old)
        case .accepted, .deferred, .unknown: ![.accepted, .failed].contains(old)
        case .failed: old != .accepted
        case .planned, .frozen: false
        }
    }
}

extension Store {
    private static let isOpen = "state IN ('planned', 'frozen', 'deferred', 'unknown')"

    /// Longer than any delivery is put off.
    private static let longestWait: Duration = .seconds(2 * 24 * 60 * 60)

    private func mark(_ mark: Mark) throws(StoreError) {
        try writeOutstandingMarks()
        do { try write([mark]) } catch {
            // It was sent, and the disk takes no note of it: remembered until it does, so that it is not sent again (R16).
            if error.isPassing, mark.state != .sending { outstandingMarks.append(mark) }
            throw error
        }
    }

    private func writeOutstandingMarks() throws(StoreError) {
        guard !outstandingMarks.isEmpty else { return }
        try write(outstandingMarks)
        outstandingMarks = []
    }

    private func write(_ marks: [Mark]) throws(StoreError) {
        try connection.transaction(durably: true) { () throws(StoreError) in
            for mark in marks {
                let old = try state(of: mark.id)
                // The same news twice is no news.
                if old == mark.state, mark.state == .accepted || mark.state == .failed { continue }
                guard mark.mayFollow(old) else { throw .deliveryInState(mark.id, old) }
                try connection.run(
                    """
                    UPDATE deliveries SET state = ?1, attempts = attempts + ?2,
                        first_attempt = coalesce(first_attempt, ?3), next_attempt = coalesce(?4, next_attempt),
                        last_error = ?5, settled_at = ?3
                    WHERE id = ?6
                    """,
                    [
                        .text(mark.state.rawValue), Value(mark.state == .sending ? 1 : 0), Value(mark.at),
                        Value(mark.next), Value(mark.error), .text(mark.id),
                    ])
            }
        }
    }

    private func state(of id: String) throws(StoreError) -> DeliveryState {
        var state: DeliveryState?
        try connection.run("SELECT state FROM deliveries WHERE id = ?", [.text(id)]) { (row) throws(StoreError) in
            state = try row.word(0, DeliveryState.self)
        }
        guard let state else { throw .noSuchDelivery(id) }
        return state
    }

    func insert(_ delivery: Delivery, digestRow: Int64) throws(StoreError) {
        let added = try connection.run(
            """
            INSERT INTO deliveries (id, digest, sink, recipient, state, attempts, first_attempt, next_attempt, last_error)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                .text(delivery.id), .integer(digestRow), .text(delivery.sink.rawValue), .text(delivery.recipient),
                .text(delivery.state.rawValue), Value(delivery.attempts), Value(delivery.firstAttempt),
                Value(delivery.nextAttempt), Value(delivery.lastError),
            ])
        guard added == 1 else { throw .deliveryExists(delivery.id) }
        for (rank, file) in delivery.files.enumerated() {
            try connection.run(
                "INSERT INTO delivery_files (delivery, rank, extension, bytes) VALUES (?, ?, ?, ?)",
                [.text(delivery.id), Value(rank), .text(file.fileExtension), .blob(file.bytes)])
        }
    }

    func deliveries(
        where condition: String, _ values: [Value], order: String = "deliveries.next_attempt, deliveries.id",
        withFiles: Bool = true
    ) throws(StoreError) -> [Delivery] {
        var found: [Delivery] = []
        try connection.run(
            """
            SELECT deliveries.id, profile, date, edition, sink, recipient, state, attempts, first_attempt, next_attempt,
                last_error
            FROM deliveries JOIN digests ON digests.id = deliveries.digest WHERE \(condition) ORDER BY \(order)
            """, values
        ) { (row) throws(StoreError) in
            let date = try row.day(2)
            found.append(
                Delivery(
                    id: row.text(0), digest: DigestKey(profile: row.text(1), date: date, storedEdition: row.int(3)),
                    sink: try row.word(4, SinkKind.self), recipient: row.text(5), files: [],
                    state: try row.word(6, DeliveryState.self), attempts: row.int(7),
                    firstAttempt: row.optionalDate(8), nextAttempt: row.date(9), lastError: row.optionalText(10)))
        }
        guard withFiles else { return found }
        for index in found.indices { found[index].files = try files(of: found[index].id) }
        return found
    }
}
