/// Says how surely an entry is about the matter that the watchlists watch, from what a reading of it knows: its tokens, and
/// where the terms of each set stand.
protocol RelevanceScoring: Sendable {
    /// From 0 to 1; the same for the same entry.
    func relevance(of reading: EntryReading) -> Double
}

extension EntryReading {
    /// What the relevance model says of this entry; nil if there is no model. It is asked once an entry, and only if a
    /// watch or the verdict needs it.
    var relevance: Double? {
        if let relevanceAnswer { return relevanceAnswer }
        relevanceAnswer = scoring?.relevance(of: self)
        return relevanceAnswer
    }
}

/// A relevance model laid out over a program: which node asks each of its questions.
struct RelevanceScorer: RelevanceScoring {
    let model: RelevanceModel
    let nodes: [Int32]

    func relevance(of reading: EntryReading) -> Double {
        var sum = model.bias
        for (term, node) in zip(model.terms, nodes) where reading.holds(node) { sum += term.weight }
        return logistic(sum)
    }

    /// The numbers of the terms that hold.
    func holding(in reading: EntryReading) -> [Int] { nodes.indices.filter { reading.holds(nodes[$0]) } }
}
