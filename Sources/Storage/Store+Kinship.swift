public import FeedModel
import FoundationEssentials

// Whether a document that redirects led to is one of the feed's (P-43).

extension Store {
    /// Whether a document names itself as the feed's documents do, or shows an entry that is known from one of them.
    ///
    /// - Parameters:
    ///   - ids: hashes of what the document names itself.
    ///   - shown: the entries in it that are known.
    ///   - strange: when entries were stored that came from documents of others.
    public func isKin(
        ids: [UInt64], shown: [EntryIdentity], to feedURL: String, strange: [FeedMemory.Stretch]
    ) throws(StoreError) -> Bool {
        guard let feed = try rowOfFeed(feedURL) else { return false }
        if strange.isEmpty && !shown.isEmpty { return true }
        var known: Set<UInt64> = []
        try connection.run("SELECT document_ids FROM feeds WHERE id = ?", [.integer(feed)]) {
            (row) throws(StoreError) in known = Set(Self.numbers(in: row.optionalBytes(0) ?? []))
        }
        if ids.contains(where: { known.contains($0) }) { return true }
        for key in shown.lazy.flatMap(\.keys) {
            var first: Date?
            try connection.run(
                """
                SELECT entries.first_seen FROM seen JOIN entries ON entries.id = seen.entry
                WHERE seen.feed = ? AND seen.key = ?
                """, [.integer(feed), .key(key)]
            ) { (row) throws(StoreError) in first = row.date(0) }
            // Times are stored in whole milliseconds.
            if let first,
                !strange.contains(where: {
                    first >= $0.from.addingTimeInterval(-0.001) && first <= $0.to.addingTimeInterval(0.001)
                })
            {
                return true
            }
        }
        return false
    }

    static func bytes(of numbers: [UInt64]) -> [UInt8] {
        numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) } }
    }

    private static func numbers(in bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
            (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
        }
    }
}
