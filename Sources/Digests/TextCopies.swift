import FeedModel

/// Which entries are one text that several feeds carry: they share most of their shingles, the runs of four words in title, summary
/// and body.
struct TextCopies {
    /// Texts with fewer shingles are too short to tell a copy from a like phrase.
    private static let fewest = 20
    /// The part of the shorter text's shingles that the longer one must have.
    private static let shared = 0.7
    /// Shingles in more texts than this are boilerplate.
    private static let boilerplate = 40
    /// What is read of a text, in code points.
    private static let longest = 6000

    private let counts: [Int]
    private let overlaps: [Pair: Int]

    private struct Pair: Hashable {
        var first: Int
        var second: Int
    }

    init(_ entries: [Entry]) {
        let shingles = entries.map { Self.shingles(of: $0) }
        var holders: [Int: [Int]] = [:]
        for (entry, all) in shingles.enumerated() {
            for shingle in all { holders[shingle, default: []].append(entry) }
        }
        var overlaps: [Pair: Int] = [:]
        for entries in holders.values where (2...Self.boilerplate).contains(entries.count) {
            for (place, first) in entries.enumerated() {
                for second in entries[(place + 1)...] { overlaps[Pair(first: first, second: second), default: 0] += 1 }
            }
        }
        counts = shingles.map(\.count)
        self.overlaps = overlaps
    }

    /// Every pair of entries with one text, in order.
    var pairs: [(Int, Int)] {
        overlaps.filter { isCopy($0.key, $0.value) }.keys.map { ($0.first, $0.second) }.sorted { $0 < $1 }
    }

    func areCopies(_ left: Int, _ right: Int) -> Bool {
        let pair = Pair(first: min(left, right), second: max(left, right))
        return isCopy(pair, overlaps[pair] ?? 0)
    }

    private func isCopy(_ pair: Pair, _ overlap: Int) -> Bool {
        let shorter = min(counts[pair.first], counts[pair.second])
        return shorter >= Self.fewest && Double(overlap) >= Self.shared * Double(shorter)
    }

    private static func shingles(of entry: Entry) -> Set<Int> {
        let text = entry.body.isEmpty ? entry.summary : entry.body
        let words = StoryWords.rawWords(entry.title + "\n" + String(text.prefix(longest)))
        guard words.count >= 4 else { return [] }
        return Set((0...words.count - 4).map { start in number(of: words[start..<start + 4]) })
    }

    /// Swift's own hash differs from run to run, and with it, where two shingles collide, the digest would.
    private static func number(of words: ArraySlice<String>) -> Int {
        var hash = FNV1a()
        for word in words {
            hash.add(word)
            hash.add(" ")
        }
        return Int(truncatingIfNeeded: hash.value)
    }
}
