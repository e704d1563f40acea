import Glibc

/// A labelled entry as training sees it: which questions of the model hold for it, what it is, and how much it counts.
public struct RelevanceExample: Sendable {
    /// The numbers of the terms that hold, ascending.
    public var holding: [Int]
    public var isRelevant: Bool
    public var weight: Double

    public init(holding: [Int], isRelevant: Bool, weight: Double = 1) {
        self.holding = holding
        self.isRelevant = isRelevant
        self.weight = weight
    }
}

extension RelevanceModel {
    /// The model with weights that fit the examples as well as its priors allow: the logistic loss of the examples plus
    /// half of `strength` times the squared way of each weight from its prior. No weight changes its sign.
    ///
    /// The loss has one minimum, which is sought weight after weight in their order, so that the same examples give the same
    /// weights; they are rounded to thousandths.
    public func fitted(to examples: [RelevanceExample]) -> RelevanceModel {
        var fit = RelevanceFit(weights: terms.map(\.prior), bias: biasPrior, examples: examples)
        fit.descend(
            strength: strength, pulls: terms.map(\.prior), biasPull: biasPrior,
            bounds: terms.map { $0.prior > 0 ? 0...Double.infinity : -Double.infinity...0 },
            biasBounds: -Double.infinity...Double.infinity)
        return replacing(weights: fit.weights, bias: fit.bias)
    }

    /// The model with its weights moved by a reader's votes, none by more than `bound`: rules are weighed anew, not replaced.
    ///
    /// - Parameter bound: how far a weight, and the bias, may move from where they are.
    public func adjusted(by votes: [RelevanceExample], bound: Double = 0.5) -> RelevanceModel {
        guard !votes.isEmpty else { return self }
        var fit = RelevanceFit(weights: terms.map(\.weight), bias: bias, examples: votes)
        fit.descend(
            strength: 4, pulls: terms.map(\.weight), biasPull: bias,
            bounds: terms.map { term in
                let reach = term.weight - bound...term.weight + bound
                return term.prior > 0
                    ? max(0, reach.lowerBound)...max(0, reach.upperBound)
                    : min(0, reach.lowerBound)...min(0, reach.upperBound)
            }, biasBounds: bias - bound...bias + bound)
        return replacing(weights: fit.weights, bias: fit.bias)
    }

    private func replacing(weights: [Double], bias: Double) -> RelevanceModel {
        var model = self
        for at in model.terms.indices { model.terms[at].weight = (weights[at] * 1000).rounded() / 1000 }
        model.bias = (bias * 1000).rounded() / 1000
        return model
    }

    /// What the terms that hold come to, 0 to 1.
    public func relevance(holding: [Int]) -> Double {
        logistic(holding.reduce(bias) { $0 + terms[$1].weight })
    }
}

/// 1 / (1 + e^-x), to thousandths, so that no two machines differ.
func logistic(_ x: Double) -> Double { (1000 / (1 + exp(-x))).rounded() / 1000 }

/// Descent on the weights one at a time, each by Newton's step.
private struct RelevanceFit {
    var weights: [Double]
    var bias: Double
    private let examples: [RelevanceExample]
    /// For each weight the examples for which its term holds.
    private var holders: [[Int]]
    /// What each example adds up to now.
    private var sums: [Double]

    private static let mostRounds = 500
    private static let leastStep = 1e-6

    init(weights: [Double], bias: Double, examples: [RelevanceExample]) {
        self.weights = weights
        self.bias = bias
        self.examples = examples
        holders = Array(repeating: [], count: weights.count)
        for (number, example) in examples.enumerated() {
            for term in example.holding { holders[term].append(number) }
        }
        sums = examples.map { $0.holding.reduce(bias) { $0 + weights[$1] } }
    }

    mutating func descend(
        strength: Double, pulls: [Double], biasPull: Double, bounds: [ClosedRange<Double>],
        biasBounds: ClosedRange<Double>
    ) {
        for _ in 0..<Self.mostRounds {
            var longest = 0.0
            // The bias is held a hundred times more loosely: how common relevant entries are is for the examples to say.
            let step = self.step(
                from: bias, over: Array(examples.indices), strength: strength / 100, pull: biasPull, within: biasBounds)
            bias += step
            for number in sums.indices { sums[number] += step }
            longest = abs(step)
            for term in weights.indices {
                let step = self.step(
                    from: weights[term], over: holders[term], strength: strength, pull: pulls[term],
                    within: bounds[term])
                guard step != 0 else { continue }
                weights[term] += step
                for number in holders[term] { sums[number] += step }
                longest = max(longest, abs(step))
            }
            if longest < Self.leastStep { return }
        }
    }

    /// Newton's step for one weight, no longer than 1 and not past its bounds.
    private func step(
        from value: Double, over numbers: [Int], strength: Double, pull: Double, within bounds: ClosedRange<Double>
    ) -> Double {
        var slope = strength * (value - pull)
        var bend = strength
        for number in numbers {
            let share = 1 / (1 + exp(-sums[number]))
            slope += examples[number].weight * (share - (examples[number].isRelevant ? 1 : 0))
            bend += examples[number].weight * share * (1 - share)
        }
        let step = min(max(-slope / bend, -1), 1)
        return min(max(value + step, bounds.lowerBound), bounds.upperBound) - value
    }
}
