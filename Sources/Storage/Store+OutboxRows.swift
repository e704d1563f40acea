import FeedModel
import FoundationEssentials

// How deliveries and their bytes lie in their tables.

/// A row of what deliveries share, kept at hand while one delivery after the other asks for it.
struct SharedBytes {
    var row: Int64 = 0
    var bytes: [UInt8] = []
}

extension Store {
    /// The bytes of a delivery and the way it goes, in one look-up: it is made for each message that is sent.
    ///
    /// - Parameter shared: what was read last of what deliveries share.
    func content(
        of delivery: String, _ shared: inout SharedBytes
    ) throws(StoreError) -> (files: [FrozenFile], sink: SinkKind?) {
        var files: [FrozenFile] = []
        var rows: [Int64?] = []
        var sink: SinkKind?
        try connection.run(
            """
            SELECT sink, extension, bytes, shared FROM deliveries LEFT JOIN delivery_files ON delivery = deliveries.id
            WHERE deliveries.id = ? ORDER BY rank
            """, [.text(delivery)]
        ) { (row) throws(StoreError) in
            sink = try row.word(0, SinkKind.self)
            guard !row.isNull(1) else { return }
            files.append(FrozenFile(fileExtension: row.text(1), bytes: row.optionalBytes(2) ?? []))
            rows.append(row.isNull(3) ? nil : row.integer(3))
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
        return (files, sink)
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
