import FeedModel

/// For every watch the cheapest terms one of which must occur before there is anything to ask.
struct Triggers {
    private let program: Program
    private let groupCosts: [Double]
    private var known: [Int32: Need?] = [:]

    /// One of `groups` must occur.
    private struct Need {
        var cost: Double
        var groups: Set<Int32>
    }

    init(program: Program, groupCosts: [Double]) {
        self.program = program
        self.groupCosts = groupCosts
    }

    /// Nil if the watch may accept an entry in which none of its terms occurs.
    mutating func triggers(of watch: CompiledWatch) -> Set<Int32>? {
        var best: Need?
        for gate in watch.musts {
            guard let need = need(of: gate.node) else { continue }
            if need.cost < best?.cost ?? .infinity { best = need }
        }
        if watch.watch.threshold > 0 {
            // Without a line that adds to the score it stays under the threshold.
            let raising = watch.lines.filter { $0.weight > 0 }.map { need(of: $0.node) }
            if let any = any(of: raising), any.cost < best?.cost ?? .infinity { best = any }
        }
        return best?.groups
    }

    private mutating func need(of number: Int32) -> Need? {
        if let known = known[number] { return known }
        let found = findNeed(of: program.nodes[Int(number)])
        known[number] = .some(found)
        return found
    }

    private mutating func findNeed(of node: Node) -> Need? {
        switch node.operation {
        case .group: return Need(cost: groupCosts[Int(node.a)], groups: [node.a])
        case .and, .near, .then, .sentence, .paragraph, .pair:
            var best: Need?
            for part in program.parts(of: node) {
                if let need = need(of: part), need.cost < best?.cost ?? .infinity { best = need }
            }
            return best
        case .or:
            let needs = program.parts(of: node).map { need(of: $0) }
            return any(of: needs)
        case .atLeast:
            // Of so many parts that the rest could not make up the number, one must hold.
            let needs = program.parts(of: node).map { need(of: $0) }.sorted {
                $0?.cost ?? .infinity < $1?.cost ?? .infinity
            }
            return any(of: Array(needs.prefix(needs.count - Int(node.x) + 1)))
        case .count: return node.x > 0 ? need(of: node.a) : nil
        case .not, .pattern, .comparison: return nil
        }
    }

    /// One of several needs; nil if one of them is none.
    private func any(of needs: [Need?]) -> Need? {
        var all = Need(cost: 0, groups: [])
        for need in needs {
            guard let need else { return nil }
            all.cost += need.cost
            all.groups.formUnion(need.groups)
        }
        return all
    }
}
