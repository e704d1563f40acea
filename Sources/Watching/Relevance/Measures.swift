/// How often a yes was right, and how often a right one was found.
struct Confusion: Sendable, Equatable {
    var hits = 0
    var falseAlarms = 0
    var misses = 0

    mutating func count(said: Bool, isSo: Bool, times: Int = 1) {
        switch (said, isSo) {
        case (true, true): hits += times
        case (true, false): falseAlarms += times
        case (false, true): misses += times
        case (false, false): break
        }
    }

    /// Nothing said and nothing to be said counts as faultless.
    var precision: Double {
        hits + falseAlarms == 0 ? (misses == 0 ? 1 : 0) : Double(hits) / Double(hits + falseAlarms)
    }
    var recall: Double { hits + misses == 0 ? 1 : Double(hits) / Double(hits + misses) }
    /// The harmonic mean of the two.
    var f1: Double {
        let sum = 2 * hits + falseAlarms + misses
        return sum == 0 ? 1 : Double(2 * hits) / Double(sum)
    }
}

/// The mean of the precisions at each right one, from the best ranked down; those of one score share a rank.
///
/// - Parameter ranked: a score, whether it is a right one, and how often it counts.
func averagePrecision(_ ranked: [(score: Double, isSo: Bool, times: Int)]) -> Double {
    let positives = ranked.reduce(0) { $0 + ($1.isSo ? $1.times : 0) }
    guard positives > 0 else { return 0 }
    let sorted = ranked.sorted { $0.score > $1.score }
    var sum = 0.0
    var (found, seen) = (0, 0)
    var at = 0
    while at < sorted.count {
        var (more, all) = (0, 0)
        let score = sorted[at].score
        while at < sorted.count, sorted[at].score == score {
            more += sorted[at].isSo ? sorted[at].times : 0
            all += sorted[at].times
            at += 1
        }
        found += more
        seen += all
        if more > 0 { sum += Double(more) * Double(found) / Double(seen) }
    }
    return sum / Double(positives)
}

/// A figure and the range in which 95 of 100 drawings of as many entries from the same source would put it.
struct Estimate: Sendable, Equatable {
    var value: Double
    var low: Double
    var high: Double
}

/// Draws of entries with replacement, the same on every run: what a figure would be on another sample of the same kind.
struct Bootstrap: Sendable {
    /// For each draw how often each entry is in it.
    private let draws: [[Int]]
    private let count: Int

    init(count: Int, draws: Int = 500, seed: UInt64 = 20_251_126) {
        var state = seed
        /// SplitMix64 (Steele, Lea and Flood 2014).
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        self.count = count
        self.draws = (0..<(count == 0 ? 0 : draws)).map { _ in
            var times = Array(repeating: 0, count: count)
            for _ in 0..<count { times[Int(next() % UInt64(count))] += 1 }
            return times
        }
    }

    /// - Parameter figure: takes how often each entry counts.
    func estimate(_ figure: ([Int]) -> Double) -> Estimate {
        let value = figure(Array(repeating: 1, count: count))
        guard !draws.isEmpty else { return Estimate(value: value, low: value, high: value) }
        let sorted = draws.map(figure).sorted()
        return Estimate(
            value: value, low: sorted[sorted.count * 25 / 1000],
            high: sorted[min(sorted.count - 1, sorted.count * 975 / 1000)])
    }
}
