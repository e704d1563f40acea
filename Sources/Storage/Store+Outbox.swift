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
        var shared = SharedBytes()
        return try files(of: delivery, &shared)
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
                guard let sink = try begin(id, at: now) else { continue }
                let files = try files(of: id, &shared)
                size += files.reduce(0) { $0 + $1.own.count }
                mails += sink.isMail ? 1 : 0
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

/// A step of a delivery from one state to another.
public struct DeliveryMark: Sendable {
    public var id: String
    /// The new state; `frozen` for what was to be sent and of which nothing was.
    public var state: DeliveryState
    public var at: Date
    /// When it is tried again.
    public var next: Date?
    public var error: String?
    /// Whether the recipient was refused for good.
    public var isRefusal: Bool
    public var trial: Trial

    /// What was undertaken before the step.
    public enum Trial: Sendable {
        case made
        /// It was begun, and ended before anything of it was sent: it takes no part of the day's mail.
        case spared
        /// It was not begun: the patience with it does not run yet.
        case none
    }

    public init(
        id: String, state: DeliveryState, at: Date, next: Date? = nil, error: String? = nil, isRefusal: Bool = false,
        trial: Trial = .made
    ) {
        self.isRefusal = isRefusal
        self.trial = trial
        self.id = id
        self.state = state
        self.at = at
        self.next = next
        self.error = error
    }

    /// Whether a delivery in `old` may take this step. What was accepted stays accepted (M-06), what is being sent is not
    /// begun again, and a dead letter lies until somebody asks for it.
    func mayFollow(_ old: DeliveryState) -> Bool {
        switch state {
        case .sending: old.isOpen
        case .accepted, .deferred, .unknown: ![.accepted, .failed].contains(old)
        case .failed: old != .accepted
        case .frozen: old == .sending
        case .planned: false
        }
    }
}

extension DeliveryState {
    /// Whether a delivery waits for its next attempt.
    fileprivate var isOpen: Bool { [.planned, .frozen, .deferred, .unknown].contains(self) }
}

/// A row of what deliveries share, kept at hand while one delivery after the other asks for it.
struct SharedBytes {
    var row: Int64 = 0
    var bytes: [UInt8] = []
}

/// A delivery that was marked as being sent.
public struct BegunDelivery: Sendable {
    public var id: String
    /// Its frozen bytes; empty once they are past their retention.
    public var files: [FrozenFile]
}

extension Store {
    private static let isOpen = "state IN ('planned', 'frozen', 'deferred', 'unknown')"

    /// Longer than any delivery is put off.
    private static let longestWait: Duration = .seconds(2 * 24 * 60 * 60)

    private func writeOutstandingMarks() throws(StoreError) {
        if !outstandingMarks.isEmpty { try write([]) }
    }

    /// Takes the steps that `marks` and those still outstanding name, and whatever `more` does, in one transaction.
    private func write(
        _ marks: [DeliveryMark], and more: () throws(StoreError) -> Void = { () throws(StoreError) in }
    ) throws(StoreError) {
        do {
            try connection.transaction(durably: true) { () throws(StoreError) in
                let areRefused = try hasRefusals()
                for mark in outstandingMarks + marks {
                    guard try step(mark) else { continue }
                    if mark.isRefusal { try noteRefusal(mark) }
                    if mark.trial == .spared { try countMail(-1, at: mark.at) }
                    if areRefused, mark.state == .accepted { try forgetRefusals(of: mark.id) }
                }
                try more()
            }
            outstandingMarks = []
        } catch {
            if error.isPassing { outstandingMarks += marks.filter { $0.state != .sending } }
            throw error
        }
    }

    /// - Returns: false if it was taken before: the same news twice is no news.
    private func step(_ mark: DeliveryMark) throws(StoreError) -> Bool {
        // Mostly it is as it should be, and asking first would double the work.
        if try write(mark) { return true }
        let old = try state(of: mark.id)
        if old == mark.state, mark.state == .accepted || mark.state == .failed { return false }
        // Nor is it news that what was taken back is not being sent.
        if mark.state == .frozen, old != .sending { return false }
        throw .deliveryInState(mark.id, old)
    }

    /// - Returns: false, with nothing written, if the delivery may not take this step.
    private func write(_ mark: DeliveryMark) throws(StoreError) -> Bool {
        try connection.run(
            Self.stepping[mark.state, default: ""],
            [
                .text(mark.state.rawValue), Value(mark.state == .frozen ? -1 : mark.state == .sending ? 1 : 0),
                Value(mark.at), Value(mark.next), Value(mark.error), .text(mark.id),
                Value(mark.trial == .none ? nil : mark.at),
            ]) == 1
    }

    /// - Returns: the way it goes; nil, with nothing written, if the delivery does not wait.
    private func begin(_ id: String, at now: Date) throws(StoreError) -> SinkKind? {
        var sink: SinkKind?
        try connection.run(
            Self.stepping[.sending, default: ""] + " RETURNING sink",
            [.text(DeliveryState.sending.rawValue), .integer(1), Value(now), .null, .null, .text(id), Value(now)]
        ) { (row) throws(StoreError) in sink = try row.word(0, SinkKind.self) }
        return sink
    }

    /// For each state the statement that brings a delivery into it from those it may follow on.
    private static let stepping = Dictionary(
        uniqueKeysWithValues: DeliveryState.allCases.map { state in
            let mark = DeliveryMark(id: "", state: state, at: Date(timeIntervalSince1970: 0))
            // Being accepted or failed twice is no step.
            let olds = DeliveryState.allCases.filter { mark.mayFollow($0) && !($0 == state && state == .failed) }
            let list = olds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            return (
                state,
                """
                UPDATE deliveries SET state = ?1, attempts = attempts + ?2,
                    first_attempt = CASE WHEN ?2 < 0 AND attempts <= 1 THEN NULL ELSE coalesce(first_attempt, ?7) END,
                    next_attempt = coalesce(?4, next_attempt), last_error = ?5, settled_at = ?3
                WHERE id = ?6 AND state IN (\(list))
                """
            )
        })

    private func state(of id: String) throws(StoreError) -> DeliveryState {
        var state: DeliveryState?
        try connection.run("SELECT state FROM deliveries WHERE id = ?", [.text(id)]) { (row) throws(StoreError) in
            state = try row.word(0, DeliveryState.self)
        }
        guard let state else { throw .noSuchDelivery(id) }
        return state
    }

    /// - Parameter shared: what was read last of what deliveries share.
    private func files(of delivery: String, _ shared: inout SharedBytes) throws(StoreError) -> [FrozenFile] {
        var files: [FrozenFile] = []
        var rows: [Int64?] = []
        try connection.run(
            "SELECT extension, bytes, shared FROM delivery_files WHERE delivery = ? ORDER BY rank", [.text(delivery)]
        ) { (row) throws(StoreError) in
            files.append(FrozenFile(fileExtension: row.text(0), bytes: row.optionalBytes(1) ?? []))
            rows.append(row.isNull(2) ? nil : row.integer(2))
        }
        for (index, id) in rows.enumerated() {
            guard let id else { continue }
            if shared.row != id {
                var bytes: [UInt8]?
                try connection.run("SELECT bytes FROM shared_bytes WHERE id = ?", [.integer(id)]) {
                    (row) throws(StoreError) in bytes = row.optionalBytes(0)
                }
                shared = SharedBytes(row: id, bytes: bytes ?? [])
            }
            files[index].shared = shared.bytes
        }
        return files
    }

    /// - Parameter shared: what was written last of what deliveries share.
    func insert(_ delivery: Delivery, digestRow: Int64, _ shared: inout SharedBytes) throws(StoreError) {
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
            if !file.shared.isEmpty, file.shared != shared.bytes {
                try connection.run("INSERT INTO shared_bytes (bytes) VALUES (?)", [.blob(file.shared)])
                shared = SharedBytes(row: connection.lastInsertedRow, bytes: file.shared)
            }
            try connection.run(
                "INSERT INTO delivery_files (delivery, rank, extension, bytes, shared) VALUES (?, ?, ?, ?, ?)",
                [
                    .text(delivery.id), Value(rank), .text(file.fileExtension), .blob(file.own),
                    file.shared.isEmpty ? .null : .integer(shared.row),
                ])
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
