import Glibc

/// The words of a set of entries: which entries have them, on which days, and how much that weighs.
struct Vocabulary {
    /// Every word once, in order; a word's place is its number.
    let spelling: [String]
    /// The words of each entry, ascending.
    let words: [[Int]]
    /// For each word the entries that have it, ascending.
    let postings: [[Int]]
    /// What each word weighs among all entries.
    let rarity: [Double]
    private let shares: [Double]
    private let dayOf: [Int]
    /// The days of the entries that have each word, and of all entries, ascending.
    private let days: [[Int]]
    private let allDays: [Int]

    /// How many days before and after count as the same days, for a word and for two words of one affair.
    private static let window = 2
    private static let affairWindow = 3

    init(_ texts: [StoryText]) {
        // In order, or sums over the words would differ in their last digits from run to run.
        let spelling = texts.reduce(into: Set<String>()) { $0.formUnion($1.whole) }.sorted()
        let numbers = Dictionary(uniqueKeysWithValues: spelling.enumerated().map { ($1, $0) })
        let words = texts.map { text in text.whole.compactMap { numbers[$0] }.sorted() }
        var postings = [[Int]](repeating: [], count: spelling.count)
        for (entry, all) in words.enumerated() {
            for word in all { postings[word].append(entry) }
        }
        // The usual share of a word stands for 200 entries that nobody has to have read.
        shares = zip(spelling, postings).map { word, entries in
            (200 * StoryWords.usualShare(of: word) + Double(entries.count)) / Double(200 + texts.count)
        }
        rarity = shares.map { log(1 + 1 / $0) }
        dayOf = texts.map(\.day)
        days = postings.map { entries in entries.map { texts[$0].day }.sorted() }
        allDays = texts.map(\.day).sorted()
        self.spelling = spelling
        self.words = words
        self.postings = postings
    }

    /// What a word weighs in an entry of `day`: little if it is common among all entries, or among those of these days. While an
    /// affair lasts, its names tell one of its events from another no better than "talks" does.
    func weight(of word: Int, on day: Int) -> Double {
        let near = day - Self.window...day + Self.window
        let (with, all) = (Self.count(days[word], in: near), Self.count(allDays, in: near))
        // As above, for a hundred entries.
        let local = (100 * shares[word] + Double(with)) / Double(100 + all)
        return log(1 + 1 / max(shares[word], local))
    }

    /// How many entries within three days of one of `days` have both words.
    func entries(with first: Int, and second: Int, near days: [Int]) -> Int {
        var (i, j, count) = (0, 0, 0)
        let (left, right) = (postings[first], postings[second])
        while i < left.count, j < right.count {
            if left[i] < right[j] {
                i += 1
            } else if left[i] > right[j] {
                j += 1
            } else {
                let day = dayOf[left[i]]
                if days.contains(where: { abs(day - $0) <= Self.affairWindow }) { count += 1 }
                i += 1
                j += 1
            }
        }
        return count
    }

    private static func count(_ sorted: [Int], in range: ClosedRange<Int>) -> Int {
        place(of: range.upperBound + 1, in: sorted) - place(of: range.lowerBound, in: sorted)
    }

    /// How many of `sorted` are less than `value`.
    private static func place(of value: Int, in sorted: [Int]) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
