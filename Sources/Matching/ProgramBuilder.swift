import FeedModel

/// Turns expressions into nodes: sets are filled in, fields handed down to the terms, equal nodes made one.
struct ProgramBuilder {
    private var terms: [Term] = []
    private var termNumbers: [Term: Int32] = [:]
    /// How often each term is named in watches.
    private var uses: [Double] = []
    private var groups: [[Int32]] = []
    private var groupNumbers: [[Int32]: Int32] = [:]
    private var nodeNumbers: [Key: Int32] = [:]
    private var comparisonNumbers: [Comparison: Int32] = [:]
    private var program = Program()
    private var setParts: [String: SetParts] = [:]
    /// What each set says, item by item. Sets hold no circle.
    let sets: [String: [Expression]]

    private struct Key: Hashable {
        var node: Node
        var parts: [Int32] = []
    }

    private struct SetParts {
        var terms: [Int32] = []
        var others: [Expression] = []
    }

    init(sets: [String: [Expression]]) { self.sets = sets }

    /// The number of the node that asks `expression`, in these fields unless it names others.
    mutating func node(_ expression: Expression, in fields: FieldMask) -> Int32 {
        switch expression {
        case .term(let term): return group([number(of: term)], fields)
        case .set(let name): return anyOf([.set(name)], fields)
        case .or(let parts): return anyOf(parts, fields)
        case .and(let parts): return many(.and, parts.map { node($0, in: fields) })
        case .atLeast(let least, let parts):
            return many(.atLeast, parts.map { node($0, in: fields) }, least: Int32(least))
        case .not(let part): return add(Node(operation: .not, a: node(part, in: fields)))
        case .near(let a, let b, let distance, let ordered):
            return two(ordered ? .then : .near, a, b, fields, x: Int32(distance))
        case .sameSentence(let a, let b): return two(.sentence, a, b, fields)
        case .sameParagraph(let a, let b): return two(.paragraph, a, b, fields)
        case .pair(let a, let b): return two(.pair, a, b, fields)
        case .count(let part, let least, let most):
            return add(
                Node(operation: .count, a: node(part, in: fields), x: Int32(least), y: Int32(clamping: most ?? .max)))
        case .fields(let only, let part): return node(part, in: only)
        case .pattern(let number):
            program.fields.formUnion(fields)
            return add(Node(operation: .pattern, fields: fields, a: Int32(number)))
        case .comparison(let comparison):
            let number = comparisonNumbers[comparison] ?? Int32(program.comparisons.count)
            if comparisonNumbers.updateValue(number, forKey: comparison) == nil {
                program.comparisons.append(comparison)
            }
            return add(Node(operation: .comparison, a: number))
        }
    }

    private mutating func two(
        _ operation: Node.Operation, _ a: Expression, _ b: Expression, _ fields: FieldMask, x: Int32 = 0
    ) -> Int32 {
        add(Node(operation: operation, a: node(a, in: fields), b: node(b, in: fields), x: x))
    }

    /// The bare terms among alternatives are one group, each set's terms another.
    private mutating func anyOf(_ parts: [Expression], _ fields: FieldMask) -> Int32 {
        var bare: [Int32] = []
        var alternatives: [Int32] = []
        for part in parts {
            switch part {
            case .term(let term): bare.append(number(of: term))
            case .set(let name):
                let set = self.parts(ofSet: name)
                if !set.terms.isEmpty || set.others.isEmpty { alternatives.append(group(set.terms, fields)) }
                for other in set.others { alternatives.append(node(other, in: fields)) }
            default: alternatives.append(node(part, in: fields))
            }
        }
        if !bare.isEmpty { alternatives.append(group(bare, fields)) }
        return many(.or, alternatives)
    }

    private mutating func parts(ofSet name: String) -> SetParts {
        if let known = setParts[name] { return known }
        var parts = SetParts()
        for item in sets[name] ?? [] {
            switch item {
            case .term(let term): parts.terms.append(number(of: term))
            case .set(let inner):
                let found = self.parts(ofSet: inner)
                parts.terms += found.terms
                parts.others += found.others
            default: parts.others.append(item)
            }
        }
        setParts[name] = parts
        return parts
    }

    private mutating func number(of term: Term) -> Int32 {
        if let known = termNumbers[term] {
            uses[Int(known)] += 1
            return known
        }
        let number = Int32(terms.count)
        terms.append(term)
        uses.append(1)
        termNumbers[term] = number
        return number
    }

    private mutating func group(_ members: [Int32], _ fields: FieldMask) -> Int32 {
        program.fields.formUnion(fields)
        let members = members.count < 2 ? members : Set(members).sorted()
        let number: Int32
        if let known = groupNumbers[members] {
            number = known
        } else {
            number = Int32(groups.count)
            groups.append(members)
            groupNumbers[members] = number
        }
        return add(Node(operation: .group, fields: fields, a: number))
    }

    private mutating func many(_ operation: Node.Operation, _ parts: [Int32], least: Int32 = 0) -> Int32 {
        // What is quickest to answer is asked first; the answer is the same.
        var parts =
            parts.filter { program.nodes[Int($0)].operation == .group }
            + parts.filter { program.nodes[Int($0)].operation != .group }
        if operation != .atLeast {
            var seen: Set<Int32> = []
            parts = parts.filter { seen.insert($0).inserted }
            if parts.count == 1 { return parts[0] }
        }
        let node = Node(operation: operation, a: 0, b: Int32(parts.count), x: least)
        if let known = nodeNumbers[Key(node: node, parts: parts)] { return known }
        var placed = node
        placed.a = Int32(program.children.count)
        program.children += parts
        nodeNumbers[Key(node: node, parts: parts)] = Int32(program.nodes.count)
        program.nodes.append(placed)
        return Int32(program.nodes.count - 1)
    }

    private mutating func add(_ node: Node) -> Int32 {
        if let known = nodeNumbers[Key(node: node)] { return known }
        let number = Int32(program.nodes.count)
        program.nodes.append(node)
        nodeNumbers[Key(node: node)] = number
        return number
    }
}

extension ProgramBuilder {
    /// The whole program, once every expression of every watch has its node.
    mutating func finish(_ watches: [CompiledWatch], patterns: [PatternText]) -> Program {
        for name in sets.keys.sorted() { program.sets[name] = node(.set(name), in: .standard) }
        program.patterns = patterns
        program.groupCount = groups.count
        program.dictionary = TermDictionary(terms)
        layOutGroups()
        program.watches = watches
        for at in watches.indices { program.watches[at].groups = groups(of: watches[at]) }
        layOutTriggers()
        program.groupsWithPlaces = groupsWithPlaces(watches)
        return program
    }

    private mutating func layOutGroups() {
        var members: [[Int32]] = Array(repeating: [], count: terms.count)
        for (number, group) in groups.enumerated() {
            for term in group { members[Int(term)].append(Int32(number)) }
        }
        (program.firstGroup, program.termGroups) = flat(members)
    }

    private mutating func layOutTriggers() {
        var triggers = Triggers(
            program: program, groupCosts: groups.map { $0.reduce(0) { $0 + cost(of: terms[Int($1)]) * uses[Int($1)] } })
        var watchesOfGroup: [[Int32]] = Array(repeating: [], count: groups.count)
        for (number, watch) in program.watches.enumerated() {
            if let found = triggers.triggers(of: watch) {
                for group in found { watchesOfGroup[Int(group)].append(Int32(number)) }
            } else {
                program.always.append(Int32(number))
            }
        }
        (program.firstWatch, program.groupWatches) = flat(watchesOfGroup)
    }

    /// How often a term is likely to occur, in a unit of its own: long words and phrases are rare. (What many watches name
    /// is what their feeds are about, so it counts by its uses, too.)
    private func cost(of term: Term) -> Double {
        guard term.words.count == 1, let word = term.words.first else { return 0.3 }
        switch word {
        case .exact(let text): return text.utf8.count <= 3 ? 3 : text.utf8.count <= 5 ? 1.5 : 1
        case .acronym: return 1
        case .prefix, .stem: return 2
        }
    }

    /// What stands in a weighted line, near something, beside something or counted is asked for its places.
    private func groupsWithPlaces(_ watches: [CompiledWatch]) -> Set<Int32> {
        var open = watches.flatMap { $0.lines.map(\.node) }
        for node in program.nodes {
            switch node.operation {
            case .near, .then, .sentence, .paragraph, .pair: open += [node.a, node.b]
            case .count: open.append(node.a)
            default: break
            }
        }
        return groups(under: open)
    }

    private func groups(of watch: CompiledWatch) -> [Int32] {
        groups(under: watch.musts.map(\.node) + watch.lines.map(\.node)).sorted()
    }

    /// The groups that nodes are made of.
    private func groups(under nodes: [Int32]) -> Set<Int32> {
        var found: Set<Int32> = []
        var seen: Set<Int32> = []
        var open = nodes
        while let number = open.popLast() {
            guard seen.insert(number).inserted else { continue }
            let node = program.nodes[Int(number)]
            if node.operation == .group { found.insert(node.a) } else { open += program.parts(of: node) }
        }
        return found
    }
}

extension Program {
    /// The nodes that a node is made of.
    func parts(of node: Node) -> [Int32] {
        switch node.operation {
        case .and, .or, .atLeast: Array(children[Int(node.a)..<Int(node.a + node.b)])
        case .not, .count: [node.a]
        case .near, .then, .sentence, .paragraph, .pair: [node.a, node.b]
        case .group, .pattern, .comparison: []
        }
    }
}

/// Lists of numbers one behind the other, and where each begins (one more at the end).
private func flat(_ lists: [[Int32]]) -> (first: [Int32], all: [Int32]) {
    var first: [Int32] = [0]
    var all: [Int32] = []
    first.reserveCapacity(lists.count + 1)
    for list in lists {
        all += list
        first.append(Int32(all.count))
    }
    return (first, all)
}
