import FeedModel
import struct FoundationEssentials.Date

extension EntryReading {
    /// Whether a node holds for this entry. Each is worked out once an entry, and only if somebody asks.
    func holds(_ number: Int32) -> Bool {
        let node = tables.nodes[Int(number)]
        if node.operation == .group {
            let group = groups[Int(node.a)]
            return group.generation == generation && !group.fields.isDisjoint(with: node.fields)
        }
        let known = answers[Int(number)]
        if known >> 1 == generation { return known & 1 != 0 }
        let answer = workOut(node, number)
        answers[Int(number)] = generation << 1 | (answer ? 1 : 0)
        return answer
    }

    private func workOut(_ node: Node, _ number: Int32) -> Bool {
        switch node.operation {
        case .group: return holds(number)
        case .and:
            for at in Int(node.a)..<Int(node.a + node.b) where !holds(tables.children[at]) { return false }
            return true
        case .or:
            for at in Int(node.a)..<Int(node.a + node.b) where holds(tables.children[at]) { return true }
            return false
        case .atLeast:
            var left = node.x
            for at in Int(node.a)..<Int(node.a + node.b) where holds(tables.children[at]) {
                left -= 1
                if left <= 0 { return true }
            }
            return false
        case .not: return !holds(node.a)
        case .near, .then, .sentence, .paragraph, .pair:
            return holds(node.a) && holds(node.b) && occurrences(of: number).count > 0
        case .count:
            let count = holds(node.a) ? Int32(occurrences(of: node.a).count) : 0
            return count >= node.x && count <= node.y
        case .pattern: return occurrences(of: number).count > 0
        case .comparison: return holds(program.comparisons[Int(node.a)])
        }
    }

    private func holds(_ comparison: Comparison) -> Bool {
        let value: Double?
        switch comparison.quantity {
        case .relevance: value = relevance
        case .words: value = Double(fieldStarts[3])
        case .date: value = (entry.published ?? entry.updated)?.timeIntervalSince1970
        case .age:
            value = now.flatMap { now in (entry.published ?? entry.updated).map { now.timeIntervalSince($0) } }
        }
        guard let value else { return false }
        return comparison.isAtLeast ? value >= comparison.value : value <= comparison.value
    }

    /// The places that make a node hold, in the order of the text; none where it holds for want of something, or does not.
    func occurrences(of number: Int32) -> UnsafeBufferPointer<Occurrence> {
        let known = lists[Int(number)]
        if known.generation == generation {
            return UnsafeBufferPointer(start: places + Int(known.start), count: Int(known.count))
        }
        let found = find(tables.nodes[Int(number)])
        lists[Int(number)] = List(
            generation: generation, start: Int32(found.baseAddress.map { $0 - UnsafePointer(places) } ?? 0),
            count: Int32(found.count))
        return found
    }

    private func find(_ node: Node) -> UnsafeBufferPointer<Occurrence> {
        switch node.operation {
        case .group: return groupOccurrences(node)
        case .and, .or, .atLeast: return union(node)
        case .near:
            let reach = node.x
            return together(node) { left, right in right.token - left.end < reach }
        case .then:
            let reach = node.x
            return together(node, isOrdered: true) { left, right in right.token - left.end < reach }
        case .sentence: return together(node) { [self] in token($0).sentence == token($1).sentence }
        case .paragraph: return together(node) { [self] in token($0).paragraph == token($1).paragraph }
        case .pair: return pair(node)
        case .count: return occurrences(of: node.a)
        case .pattern: return search(node)
        case .not, .comparison: return UnsafeBufferPointer(start: places, count: 0)
        }
    }

    func token(_ occurrence: Occurrence) -> Token { buffer.tokens[Int(occurrence.token)] }

    /// Appends to `places`; what has no room any more is left out.
    private func keep(_ occurrence: Occurrence) {
        guard placeCount < Self.mostPlaces else { return }
        places[placeCount] = occurrence
        placeCount += 1
    }

    private func kept(from start: Int) -> UnsafeBufferPointer<Occurrence> {
        UnsafeBufferPointer(start: places + start, count: placeCount - start)
    }

    /// - Parameter overlapping: with those that overlap one before them.
    private func groupOccurrences(_ node: Node, overlapping: Bool = false) -> UnsafeBufferPointer<Occurrence> {
        let start = placeCount
        let group = groups[Int(node.a)]
        guard group.generation == generation else { return kept(from: start) }
        var next = group.last
        while next >= 0 {
            let cell = cells[Int(next)]
            if node.fields.rawValue >> UInt16(token(cell.occurrence).field) & 1 != 0, overlapping || !cell.overlaps {
                keep(cell.occurrence)
            }
            next = cell.previous
        }
        // They hang together backwards.
        var found = UnsafeMutableBufferPointer(start: places + start, count: placeCount - start)
        found.reverse()
        return kept(from: start)
    }

    /// What makes the parts hold that hold, each place once.
    private func union(_ node: Node) -> UnsafeBufferPointer<Occurrence> {
        var only = UnsafeBufferPointer<Occurrence>(start: places, count: 0)
        var found = 0
        let parts = Int(node.a)..<Int(node.a + node.b)
        for at in parts where holds(tables.children[at]) {
            let list = occurrences(of: tables.children[at])
            if list.count > 0 {
                only = list
                found += 1
            }
        }
        guard found > 1 else { return only }
        let start = placeCount
        for at in parts where holds(tables.children[at]) {
            for occurrence in occurrences(of: tables.children[at]) { keep(occurrence) }
        }
        return settle(from: start)
    }

    /// Puts what was kept since `start` in the order of the text, and of what overlaps keeps what begins first and is longest.
    private func settle(from start: Int) -> UnsafeBufferPointer<Occurrence> {
        var found = UnsafeMutableBufferPointer(start: places + start, count: placeCount - start)
        found.sort { (one: Occurrence, other: Occurrence) -> Bool in
            one.token != other.token ? one.token < other.token : one.length > other.length
        }
        var end = start
        for at in start..<placeCount where end == start || places[at].token >= places[end - 1].end {
            places[end] = places[at]
            end += 1
        }
        placeCount = end
        return kept(from: start)
    }

    /// All places of a node that something may stand beside.
    private func neighbours(_ number: Int32) -> UnsafeBufferPointer<Occurrence> {
        let node = tables.nodes[Int(number)]
        guard node.operation == .group, groups[Int(node.a)].overlaps else { return occurrences(of: number) }
        return groupOccurrences(node, overlapping: true)
    }

    /// The places of `a` and `b` that stand together. The neighbours of a place decide: if they are too far, all are.
    ///
    /// - Parameter fits: whether two places of one field, given in the order of the text, stand together.
    private func together(
        _ node: Node, isOrdered: Bool = false, fits: (_ left: Occurrence, _ right: Occurrence) -> Bool
    ) -> UnsafeBufferPointer<Occurrence> {
        let (first, second) = (neighbours(node.a), neighbours(node.b))
        let start = placeCount
        func meet(
            _ ones: UnsafeBufferPointer<Occurrence>, _ others: UnsafeBufferPointer<Occurrence>, left: Bool, right: Bool
        ) {
            var at = 0
            for one in ones {
                // `at` is the first of the others that begins after it; the one before may begin where it does.
                while at < others.count, others[at].token <= one.token { at += 1 }
                var before = at - 1
                while before >= 0, others[before].token == one.token { before -= 1 }
                let field = token(one).field
                if left, before >= 0, token(others[before]).field == field, fits(others[before], one) {
                    keep(one)
                } else if right, at < others.count, token(others[at]).field == field, fits(one, others[at]) {
                    keep(one)
                }
            }
        }
        meet(first, second, left: !isOrdered, right: true)
        meet(second, first, left: true, right: !isOrdered)
        return placeCount == start ? kept(from: start) : settle(from: start)
    }

    /// The places of two things that are both in title and summary, or both in one paragraph of the body.
    private func pair(_ node: Node) -> UnsafeBufferPointer<Occurrence> {
        let (first, second) = (occurrences(of: node.a), occurrences(of: node.b))
        let start = placeCount
        func meet(_ ones: UnsafeBufferPointer<Occurrence>, _ others: UnsafeBufferPointer<Occurrence>) {
            // All that is not the body is one zone.
            let anyOutside = others.contains { !isBody($0) }
            var at = 0
            for one in ones {
                guard isBody(one) else {
                    if anyOutside { keep(one) }
                    continue
                }
                let paragraph = token(one).paragraph
                while at < others.count, !isBody(others[at]) || token(others[at]).paragraph < paragraph {
                    guard others[at].token < Int32(fieldStarts[3]) else { break }
                    at += 1
                }
                if at < others.count, isBody(others[at]), token(others[at]).paragraph == paragraph { keep(one) }
            }
        }
        meet(first, second)
        meet(second, first)
        return placeCount == start ? kept(from: start) : settle(from: start)
    }

    private func isBody(_ occurrence: Occurrence) -> Bool {
        Int(occurrence.token) >= fieldStarts[2] && Int(occurrence.token) < fieldStarts[3]
    }
}
