public import FeedModel

extension FeedParser {
    /// Pairs of entries of one document that have the same id and different links, the places of the first and of a later one;
    /// at most eight.
    public func repeatedIDs(in feed: ParsedFeed) -> [(Int, Int)] {
        guard mayRepeatIDs(feed) else { return [] }
        var first: [String: Int] = [:]
        var pairs: [(Int, Int)] = []
        for (index, entry) in feed.entries.enumerated() where pairs.count < 8 {
            guard let id = entry.id, !id.isEmpty else { continue }
            if let earlier = first[id] {
                if let link = entry.link, let other = feed.entries[earlier].link, link != other {
                    pairs.append((earlier, index))
                }
            } else {
                first[id] = index
            }
        }
        return pairs
    }

    /// Whether two entries may have the same id, which in nearly no document any have. One of letters that can be written in
    /// several ways may be the same as another of other bytes.
    private func mayRepeatIDs(_ feed: ParsedFeed) -> Bool {
        var prints: [UInt64] = []
        prints.reserveCapacity(feed.entries.count)
        for index in feed.entries.indices {
            guard let id = feed.entries[index].id else { continue }
            guard id.isASCII else { return true }
            var print = Fingerprint()
            print.add(id)
            prints.append(print.value)
        }
        prints.sort()
        return prints.indices.dropFirst().contains { prints[$0] == prints[$0 - 1] }
    }
}
