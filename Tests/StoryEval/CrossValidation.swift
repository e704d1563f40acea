import Digests
import FeedModel
import FoundationEssentials
import Glibc

/// Labelled pairs in folds, and weights fitted to all folds but one.
struct CrossValidation {
    static let folds = 5
    private let groups: [[Main.Labelled]]
    private let measures: [Main.Labelled: EventMeasures]

    /// - Parameter stories: which story each entry is in, by the weights that are shipped. Pairs stay together that have an entry or
    ///   a story in common, or one fold would know what another asks.
    init(_ pairs: [Main.Labelled], _ entries: [MatchedEntry], stories: [String: Int]) {
        func names(_ pair: Main.Labelled) -> [String] {
            [pair.left, pair.right].flatMap { id in [id] + (stories[id].map { ["story \($0)"] } ?? []) }
        }
        var groupOf: [String: Int] = [:]
        var groups: [[Main.Labelled]] = []
        for pair in pairs {
            let known = Set(names(pair).compactMap { groupOf[$0] }).sorted()
            let target = known.first ?? groups.count
            if known.isEmpty { groups.append([]) }
            groups[target].append(pair)
            for other in known.dropFirst() {
                groups[target] += groups[other]
                groups[other] = []
            }
            for pair in groups[target] {
                for name in names(pair) { groupOf[name] = target }
            }
        }
        self.groups = groups.filter { !$0.isEmpty }
        let places = Dictionary(
            entries.enumerated().map { ($1.entry.id.text, $0) }, uniquingKeysWith: { first, _ in first })
        let found = eventMeasures(
            entries.map { ($0.entry, $0.firstSeen) },
            of: pairs.map { (places[$0.left] ?? 0, places[$0.right] ?? 0) })
        measures = Dictionary(
            zip(pairs, found).compactMap { pair, measured in measured.map { (pair, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// The pairs in folds of like size; which groups come together depends on the seed, and on nothing else.
    func folds(seed: UInt64) -> [[Main.Labelled]] {
        var random = SplitMix(state: seed)
        var folds = [[Main.Labelled]](repeating: [], count: Self.folds)
        let shuffled = groups.shuffled(using: &random)
        for group in shuffled.sorted(by: { $0.count > $1.count }) {
            let smallest = folds.indices.min { folds[$0].count < folds[$1].count } ?? 0
            folds[smallest] += group
        }
        return folds
    }

    /// A logistic regression over the pairs that are no random ones, by Newton's method; a little ridge keeps measures that hardly
    /// ever differ from running away.
    func weights(fittedTo pairs: [Main.Labelled]) -> EventWeights { EventWeights(fit(pairs)) }

    func fit(_ pairs: [Main.Labelled]) -> [Double] {
        let rows = pairs.filter { $0.stratum != "random" }.compactMap { pair in
            measures[pair].map { (list: $0.list, isSame: pair.isSame ? 1.0 : 0.0) }
        }
        let size = EventMeasures.count + 1
        var weights = [Double](repeating: 0, count: size)
        for _ in 0..<30 {
            var gradient = weights.enumerated().map { $0 == 0 ? 0 : -0.005 * $1 }
            var curvature = (0..<size).map { row in (0..<size).map { $0 == row ? (row == 0 ? 1e-6 : 0.005) : 0.0 } }
            for row in rows {
                let sum = zip(weights, row.list).reduce(0) { $0 + $1.0 * $1.1 }
                let likely = 1 / (1 + exp(-sum))
                for i in 0..<size {
                    gradient[i] += (row.isSame - likely) * row.list[i] / Double(rows.count)
                    for j in 0..<size {
                        curvature[i][j] += likely * (1 - likely) * row.list[i] * row.list[j] / Double(rows.count)
                    }
                }
            }
            for (place, step) in solved(curvature, gradient).enumerated() { weights[place] += step }
        }
        return weights
    }

    /// Gauss's elimination; the matrix is positive definite, so no pivot is needed.
    private func solved(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
        var (rows, values) = (matrix, right)
        for pivot in rows.indices {
            for row in rows.indices where row > pivot {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                for column in rows.indices { rows[row][column] -= factor * rows[pivot][column] }
                values[row] -= factor * values[pivot]
            }
        }
        for row in rows.indices.reversed() {
            for column in rows.indices where column > row { values[row] -= rows[row][column] * values[column] }
            values[row] /= rows[row][row]
        }
        return values
    }
}

/// Steele, Lea and Flood's SplitMix64, so that a seed means the same folds everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
