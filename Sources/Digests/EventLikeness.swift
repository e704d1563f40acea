package import FeedModel
package import struct FoundationEssentials.Date
import Glibc

/// How likely two entries tell of the same event: what their titles and leads share, each word weighed by how rare it is among all
/// entries and among those of the same days, the days between them, and what speaks against it, weighed by a logistic regression
/// over labelled pairs (decision 14, Tests/StoryEval).
struct EventLikeness {
    /// What two stories must reach on average, entry by entry, to become one, so that no chain of small steps makes one story of many.
    static let company = 0.48
    /// Entries further apart than this are not one event, whatever they say.
    static let mostDays = 30

    private struct Weighted {
        /// In ascending order.
        var words: [(word: Int, weight: Double, isInTitle: Bool)]
        var length: Double
        var sum: Double
        var titleLength: Double
        var titleSum: Double
    }

    private let texts: [StoryText]
    let weights: EventWeights
    private let vocabulary: Vocabulary
    private let entries: [Weighted]
    /// By the words' weights among all entries.
    private let lengths: [Double]

    /// - Parameter texts: what is to be compared; words that many of them have count little.
    init(_ texts: [StoryText], weights: EventWeights = .fitted) {
        self.texts = texts
        self.weights = weights
        let vocabulary = Vocabulary(texts)
        self.vocabulary = vocabulary
        entries = vocabulary.words.enumerated().map { entry, words in
            let text = texts[entry]
            let weighted = words.map { word in
                (
                    word: word, weight: vocabulary.weight(of: word, on: text.day),
                    isInTitle: text.title.contains(vocabulary.spelling[word])
                )
            }
            let title = weighted.filter(\.isInTitle)
            return Weighted(
                words: weighted, length: weighted.reduce(0) { $0 + $1.weight * $1.weight }.squareRoot(),
                sum: weighted.reduce(0) { $0 + $1.weight },
                titleLength: title.reduce(0) { $0 + $1.weight * $1.weight }.squareRoot(),
                titleSum: title.reduce(0) { $0 + $1.weight })
        }
        lengths = vocabulary.words.map { words in
            words.reduce(0) { $0 + vocabulary.rarity[$1] * vocabulary.rarity[$1] }.squareRoot()
        }
    }

    /// 0 to 1.
    func probability(_ left: Int, _ right: Int) -> Double { measures(left, right).map(weights.probability) ?? 0 }

    /// Nil for what cannot be one event.
    func measures(_ left: Int, _ right: Int) -> EventMeasures? {
        let (a, b) = (texts[left], texts[right])
        // The labelled pairs are at most four days apart; beyond, nothing is known but that it gets no likelier.
        let days = abs(a.day - b.day)
        guard days <= Self.mostDays else { return nil }
        let shared = shared(entries[left], entries[right])
        let length = entries[left].length * entries[right].length
        guard shared.squares > 0.05 * length, !a.isOfOneSeries(with: b), !a.contradicts(b) else { return nil }
        var measures = EventMeasures()
        measures.whole = share(shared.squares, of: length)
        measures.title = share(shared.titleSquares, of: entries[left].titleLength * entries[right].titleLength)
        measures.covered = max(
            share(shared.leftTitle, of: entries[left].titleSum), share(shared.rightTitle, of: entries[right].titleSum))
        // The divisors only bring them near to 1.
        measures.evidence = shared.evidence / 30
        measures.rarest = shared.rarest / 8
        if let (first, second) = shared.weightiest {
            measures.affair = log(1 + Double(vocabulary.entries(with: first, and: second, near: [a.day, b.day]))) / 5
        }
        measures.days = Double(min(days, 4)) / 4
        if a.isBackground || b.isBackground { measures.background = 1 }
        if a.isReaction != b.isReaction { measures.reaction = 1 }
        if a.isSequel != b.isSequel { measures.sequel = 1 }
        return measures
    }

    /// The entries that have enough of the weighty words of `entry` to be worth a closer look, in order.
    func near(_ entry: Int) -> [Int] {
        var squares: [Int: Double] = [:]
        for word in vocabulary.words[entry] where vocabulary.postings[word].count * 4 <= max(40, texts.count) {
            let weight = vocabulary.rarity[word]
            for other in vocabulary.postings[word] { squares[other, default: 0] += weight * weight }
        }
        return squares.filter { other, sum in other != entry && sum > 0.05 * lengths[entry] * lengths[other] }.keys
            .sorted()
    }

    /// How much of what `entry` says is in none of `others`, 0 to 1, by the weights of the words.
    func novelty(of entry: Int, over others: [Int]) -> Double {
        let known = Set(others.flatMap { vocabulary.words[$0] })
        let fresh = entries[entry].words.reduce(0) { $0 + (known.contains($1.word) ? 0 : $1.weight) }
        return share(fresh, of: entries[entry].sum)
    }
}

extension EventLikeness {
    private func share(_ part: Double, of whole: Double) -> Double { whole > 0 ? part / whole : 0 }

    /// What two entries share, by the lesser of each word's two weights.
    private struct Shared {
        var squares = 0.0
        var titleSquares = 0.0
        /// Of the left title what the right entry has, and the other way round.
        var leftTitle = 0.0
        var rightTitle = 0.0
        var evidence = 0.0
        var rarest = 0.0
        /// The two weightiest words of the evidence.
        var weightiest: (Int, Int)? { first >= 0 && second >= 0 ? (first, second) : nil }
        private var first = -1
        private var second = -1
        private var firstWeight = 0.0
        private var secondWeight = 0.0

        mutating func addEvidence(_ word: Int, _ weight: Double, rarity: Double) {
            evidence += weight
            rarest = max(rarest, rarity)
            if weight > firstWeight {
                (second, secondWeight) = (first, firstWeight)
                (first, firstWeight) = (word, weight)
            } else if weight > secondWeight {
                (second, secondWeight) = (word, weight)
            }
        }
    }

    private func shared(_ left: Weighted, _ right: Weighted) -> Shared {
        var (i, j) = (0, 0)
        var shared = Shared()
        while i < left.words.count, j < right.words.count {
            let (a, b) = (left.words[i], right.words[j])
            if a.word < b.word {
                i += 1
            } else if a.word > b.word {
                j += 1
            } else {
                let weight = min(a.weight, b.weight)
                shared.squares += weight * weight
                if a.isInTitle, b.isInTitle { shared.titleSquares += weight * weight }
                if a.isInTitle { shared.leftTitle += weight }
                if b.isInTitle { shared.rightTitle += weight }
                if a.isInTitle || b.isInTitle {
                    shared.addEvidence(a.word, weight, rarity: vocabulary.rarity[a.word])
                }
                i += 1
                j += 1
            }
        }
        return shared
    }
}

/// The measures of each pair of `entries`, by their places; nil for a pair that cannot be one event. For fitting the weights.
package func eventMeasures(_ entries: [(entry: Entry, date: Date)], of pairs: [(Int, Int)]) -> [EventMeasures?] {
    let likeness = EventLikeness(entries.map { StoryText($0.entry, at: $0.date) })
    return pairs.map { likeness.measures($0.0, $0.1) }
}
