package import FeedModel
package import struct FoundationEssentials.Date
import Glibc

/// How likely two entries tell of the same event: TF-IDF cosines of titles and leads, how much of each title the other covers,
/// the days between them, and what speaks against it, weighed by a logistic regression over labelled pairs (decision 14,
/// Tests/StoryEval).
struct EventLikeness {
    /// What an entry must reach on average with those of a story that it does not resemble itself, so that no chain of small
    /// steps makes one story of many.
    static let company = 0.55
    /// Entries further apart than this are not one event, whatever they say.
    static let mostDays = 30

    /// Weighs each word once.
    private struct Weighted {
        var words: [(word: Int, weight: Double)]
        var length: Double
        var sum: Double
    }

    private let texts: [StoryText]
    let weights: EventWeights
    private var titles: [Weighted] = []
    private var wholes: [Weighted] = []
    /// For each word the entries that have it.
    private var postings: [[Int]] = []

    /// - Parameter texts: what is to be compared; words that many of them have count little.
    init(_ texts: [StoryText], weights: EventWeights = .fitted) {
        self.texts = texts
        self.weights = weights
        var numbers: [String: Int] = [:]
        var counts: [Int] = []
        for text in texts {
            for word in text.whole {
                if let number = numbers[word] {
                    counts[number] += 1
                } else {
                    numbers[word] = counts.count
                    counts.append(1)
                }
            }
        }
        var weights = [Double](repeating: 0, count: counts.count)
        for (word, number) in numbers {
            // The usual share of a word stands for 200 entries that nobody has to have read.
            let share = (200 * StoryWords.usualShare(of: word) + Double(counts[number])) / Double(200 + texts.count)
            weights[number] = log(1 + 1 / share)
        }
        // Every word of a title is a word of the whole.
        func weighted(_ words: Set<String>) -> Weighted {
            let numbered = words.compactMap { numbers[$0] }.sorted()
            return Weighted(
                words: numbered.map { ($0, weights[$0]) },
                length: numbered.reduce(0) { $0 + weights[$1] * weights[$1] }.squareRoot(),
                sum: numbered.reduce(0) { $0 + weights[$1] })
        }
        titles = texts.map { weighted($0.title) }
        wholes = texts.map { weighted($0.whole) }
        postings = Array(repeating: [], count: counts.count)
        for (entry, whole) in wholes.enumerated() {
            for (word, _) in whole.words { postings[word].append(entry) }
        }
    }

    /// 0 to 1.
    func probability(_ left: Int, _ right: Int) -> Double { measures(left, right).map(weights.probability) ?? 0 }

    /// Nil for what cannot be one event.
    func measures(_ left: Int, _ right: Int) -> EventMeasures? {
        let (a, b) = (texts[left], texts[right])
        // The labelled pairs are at most four days apart; beyond, nothing is known but that it gets no likelier.
        let days = abs(a.day - b.day)
        guard days <= Self.mostDays, !a.isOfOneSeries(with: b), !a.contradicts(b) else { return nil }
        let whole = shared(wholes[left], wholes[right])
        // What has hardly a word in common need not be weighed.
        guard whole.squares > 0.1 * wholes[left].length * wholes[right].length else { return nil }
        let title = shared(titles[left], titles[right])
        let covered = (
            share(shared(titles[left], wholes[right]).sum, of: titles[left].sum),
            share(shared(titles[right], wholes[left]).sum, of: titles[right].sum)
        )
        var measures = EventMeasures()
        measures.whole = share(whole.squares, of: wholes[left].length * wholes[right].length)
        measures.title = share(title.squares, of: titles[left].length * titles[right].length)
        measures.leastCovered = min(covered.0, covered.1)
        measures.mostCovered = max(covered.0, covered.1)
        if !a.numbers.isEmpty, !b.numbers.isEmpty, a.numbers.isDisjoint(with: b.numbers) { measures.numbersDiffer = 1 }
        if a.isBackground != b.isBackground { measures.isBackground = 1 }
        if a.isReaction != b.isReaction { measures.isReaction = 1 }
        measures.days = Double(min(days, 4)) / 4
        return measures
    }

    /// The entries that have enough of the weighty words of `entry` to be worth a closer look, in order.
    func near(_ entry: Int) -> [Int] {
        var squares: [Int: Double] = [:]
        for (word, weight) in wholes[entry].words where postings[word].count * 4 <= max(40, texts.count) {
            for other in postings[word] { squares[other, default: 0] += weight * weight }
        }
        return squares.filter { other, sum in
            other != entry && sum > 0.05 * wholes[entry].length * wholes[other].length
        }.keys.sorted()
    }

    /// How much of what `entry` says is in none of `others`, 0 to 1, by the weights of the words.
    func novelty(of entry: Int, over others: [Int]) -> Double {
        let known = Set(others.flatMap { wholes[$0].words.map(\.word) })
        let fresh = wholes[entry].words.reduce(0) { $0 + (known.contains($1.word) ? 0 : $1.weight) }
        return share(fresh, of: wholes[entry].sum)
    }

    private func share(_ part: Double, of whole: Double) -> Double { whole > 0 ? part / whole : 0 }

    /// The weights of the words that both have, summed, and their squares.
    private func shared(_ left: Weighted, _ right: Weighted) -> (sum: Double, squares: Double) {
        var (i, j) = (0, 0)
        var (sum, squares) = (0.0, 0.0)
        while i < left.words.count, j < right.words.count {
            let (a, b) = (left.words[i], right.words[j])
            if a.word == b.word {
                sum += a.weight
                squares += a.weight * a.weight
                i += 1
                j += 1
            } else if a.word < b.word {
                i += 1
            } else {
                j += 1
            }
        }
        return (sum, squares)
    }
}

/// The measures of each pair of `entries`, by their places; nil for a pair that cannot be one event. For fitting the weights.
package func eventMeasures(_ entries: [(entry: Entry, date: Date)], of pairs: [(Int, Int)]) -> [EventMeasures?] {
    let likeness = EventLikeness(entries.map { StoryText($0.entry, at: $0.date) })
    return pairs.map { likeness.measures($0.0, $0.1) }
}
