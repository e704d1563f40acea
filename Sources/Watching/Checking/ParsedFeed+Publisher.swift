import FeedModel

extension ParsedFeed {
    /// How long the publisher itself lets pass between two checks: the longer of RSS `ttl` and the syndication module's
    /// period over frequency (P-19).
    var publisherInterval: Duration? {
        let ttl: Duration? = ttlMinutes.flatMap { $0 > 0 ? .seconds(Int64(min($0, 60 * 24 * 365)) * 60) : nil }
        let periods: [String: Int64] = [
            "hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000,
        ]
        var module: Duration?
        if let period = updatePeriod.flatMap({ periods[$0.lowercased()] }) {
            module = .seconds(period / Int64(min(max(updateFrequency ?? 1, 1), 10_000)))
        }
        return [ttl, module].compactMap { $0 }.max()
    }

    /// Hashes of what the document names itself, whichever of these it has: its id, the page that it belongs to, its own address
    /// (P-43).
    var ownIDs: [UInt64] {
        let own = links.first { $0.rel == "self" }?.url
        var ids: [UInt64] = []
        // A few characters name nothing.
        for text in [id, link, own].compactMap({ $0 }) where text.utf8.count > 8 {
            let hash = stableHash(text)
            if !ids.contains(hash) { ids.append(hash) }
        }
        return ids
    }

    /// The page of older entries, archived (RFC 5005, 4) or merely paged (3).
    var olderPage: String? {
        for rel in ["prev-archive", "next"] {
            if let link = links.first(where: { $0.rel == rel }) { return link.url }
        }
        return nil
    }
}
