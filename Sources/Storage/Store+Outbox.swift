public import FeedModel
public import FoundationEssentials

extension Store {
    private static let isOpen = "state IN ('planned', 'frozen', 'deferred', 'unknown')"

    /// Longer than any delivery is put off.
    private static let longestWait: Duration = .seconds(2 * 24 * 60 * 60)

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
        var shared = SharedBytes()
        return try content(of: delivery, &shared).files
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
        try settle([DeliveryMark(id: id, state: .sending, at: now)])
    }

    /// - Throws: `StoreError.deliveryInState` if it has failed; `.noSuchDelivery`. So do the three below.
    public func markDelivered(_ id: String, at now: Date) throws(StoreError) {
        try settle([DeliveryMark(id: id, state: .accepted, at: now)])
    }

    public func markDeferred(_ id: String, error: String, nextAttempt: Date, at now: Date) throws(StoreError) {
        try settle([DeliveryMark(id: id, state: .deferred, at: now, next: nextAttempt, error: error)])
    }

    public func markUnknown(_ id: String, error: String, nextAttempt: Date, at now: Date) throws(StoreError) {
        try settle([DeliveryMark(id: id, state: .unknown, at: now, next: nextAttempt, error: error)])
    }

    public func markFailed(_ id: String, error: String, at now: Date) throws(StoreError) {
        try settle([DeliveryMark(id: id, state: .failed, at: now, error: error)])
    }

    /// Writes how deliveries ended, and marks as being sent what follows them: one transaction, on the disk when this
    /// returns, so before the first byte of these leaves (R3).
    ///
    /// - Parameters:
    ///   - ids: what is to be sent next. What no longer waits is passed over.
    ///   - room: once so many bytes are begun, nothing more is; what deliveries share is not counted.
    /// - Returns: what was begun, with its bytes: a part of `ids` from the front; one at least, if one still waits.
    /// - Throws: `StoreError.deliveryInState` or `.noSuchDelivery` for a mark that cannot be; nothing is written then.
    public func settle(
        _ marks: [DeliveryMark], beginning ids: [String] = [], room: Int = .max, at now: Date
    ) throws(StoreError) -> [BegunDelivery] {
        var begun: [BegunDelivery] = []
        try write(marks) { () throws(StoreError) in
            var size = 0
            var mails = 0
            var shared = SharedBytes()
            for id in ids where begun.isEmpty || size < room {
                guard try begin(id, at: now) else { continue }
                let (files, sink) = try content(of: id, &shared)
                size += files.reduce(0) { $0 + $1.own.count }
                mails += sink?.isMail == true ? 1 : 0
                begun.append(BegunDelivery(id: id, files: files))
            }
            try countMail(mails, at: now)
        }
        return begun
    }

    /// Writes `marks` in order, all or none, on the disk when this returns. How something ended is remembered when the
    /// disk takes no note of it, until it does, so that it is not sent again (R16).
    ///
    /// - Throws: as above.
    public func settle(_ marks: [DeliveryMark]) throws(StoreError) {
        if !(outstandingMarks.isEmpty && marks.isEmpty) { try write(marks) }
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

/// A delivery that was marked as being sent.
public struct BegunDelivery: Sendable {
    public var id: String
    /// Its frozen bytes; empty once they are past their retention.
    public var files: [FrozenFile]
}
