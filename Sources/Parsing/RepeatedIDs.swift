public import FeedModel

extension FeedParser {
    /// Pairs of entries of one document that have the same id and different links, the places of the first and of a later one;
    /// at most eight.
    public func repeatedIDs(in feed: ParsedFeed) -> [(Int, Int)] {
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
}
