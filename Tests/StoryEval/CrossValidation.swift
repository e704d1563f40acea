import Digests
import FeedModel
import FoundationEssentials
import Glibc

/// Labelled pairs in two halves, and weights fitted to one of them.
struct CrossValidation {
    let halves: [[Main.Labelled]]
    private let measures: [String: EventMeasures]

    /// Pairs that have an entry in common stay together, or one half would know what the other asks; otherwise every second set of
    /// them goes into the second half, in the order of the file.
    init(_ pairs: [Main.Labelled], _ entries: [MatchedEntry]) {
        var setOf: [String: Int] = [:]
        var sets: [[Int]] = []
        for (index, pair) in pairs.enumerated() {
            let known = Set([setOf[pair.left], setOf[pair.right]].compactMap { $0 }).sorted()
            let target = known.first ?? sets.count
            if known.isEmpty { sets.append([]) }
            sets[target].append(index)
            for other in known.dropFirst() {
                sets[target] += sets[other]
                sets[other] = []
            }
            for index in sets[target] { (setOf[pairs[index].left], setOf[pairs[index].right]) = (target, target) }
        }
        let parts = sets.filter { !$0.isEmpty }
        halves = [0, 1].map { half in
            parts.enumerated().filter { $0.offset % 2 == half }.flatMap { $0.element }.sorted().map { pairs[$0] }
        }
        let places = Dictionary(
            entries.enumerated().map { ($1.entry.id.text, $0) }, uniquingKeysWith: { first, _ in first })
        let found = eventMeasures(
            entries.map { ($0.entry, $0.firstSeen) },
            of: pairs.map { (places[$0.left] ?? 0, places[$0.right] ?? 0) })
        var measures: [String: EventMeasures] = [:]
        for (pair, measured) in zip(pairs, found) { measures[pair.left + pair.right] = measured }
        self.measures = measures
    }

    /// A logistic regression over the pairs that are no random ones, by gradient descent until nothing moves; a little ridge keeps
    /// measures that hardly ever differ from running away.
    func weights(fittedTo pairs: [Main.Labelled]) -> EventWeights {
        let rows = pairs.filter { $0.stratum != "random" }.compactMap { pair in
            measures[pair.left + pair.right].map { (list: $0.list, isSame: pair.isSame ? 1.0 : 0.0) }
        }
        var weights = [Double](repeating: 0, count: 9)
        for _ in 0..<20_000 {
            var gradient = weights.enumerated().map { $0 == 0 ? 0 : -0.005 * $1 }
            for row in rows {
                let sum = zip(weights, row.list).reduce(0) { $0 + $1.0 * $1.1 }
                let miss = (row.isSame - 1 / (1 + exp(-sum))) / Double(rows.count)
                for place in weights.indices { gradient[place] += miss * row.list[place] }
            }
            for place in weights.indices { weights[place] += gradient[place] }
        }
        return EventWeights(weights)
    }
}
