import FeedModel
import struct FoundationEssentials.Date

/// What a weighted line or a gate adds to an explanation.
struct FoundPlace {
    var line: Int
    /// Nil where a line holds without a place: for want of something, or by a comparison.
    var occurrence: Occurrence?
    var points: Double
    /// Its number among the weighted lines of the watch; nil for a gate.
    var weighted: Int?
}

extension EntryReading {
    /// Of a long body only the best stretch of this many words counts.
    private static let window = 300
    /// What a repeated hit adds is halved each time; from here on it is nothing that counts.
    private static let leastPoints = 0.005

    /// What the weighted lines of a watch add up to, rounded to hundredths.
    ///
    /// - Parameter found: gets every place that added something.
    func score(ofWatch number: Int, found: ((FoundPlace) -> Void)? = nil) -> Double {
        let watch = tables.watches[number]
        guard watch.lines.count > 0 else { return 0 }
        let stretch = bestStretch(of: watch)
        var score = 0.0
        for at in watch.lines.range where holds(tables.lines[at].node) {
            let numbered = found.map { found in
                { (occurrence: Occurrence?, points: Double) in
                    found(
                        FoundPlace(
                            line: Int(self.tables.lines[at].line), occurrence: occurrence, points: points,
                            weighted: at - Int(watch.lines.first)))
                }
            }
            score += points(tables.lines[at], stretch, numbered)
        }
        return min((score * 100).rounded() / 100, watch.cap)
    }

    /// A line's weight times the field's for its best place, for repeated hits a half, a quarter and so on, up to `max`.
    private func points(
        _ line: ProgramTables.WeightedLine, _ stretch: Range<Int>, _ found: ((Occurrence?, Double) -> Void)?
    ) -> Double {
        let weight = abs(line.weight)
        let sign = line.weight < 0 ? -1.0 : 1.0
        let places = occurrences(of: line.node)
        guard !places.isEmpty else {
            let points = sign * min(weight, line.ceiling)
            found?(nil, points)
            return points
        }
        var total = 0.0
        var share = 1.0
        var ceiling = line.ceiling
        // The fields that say most come first.
        for multiplier in [3, 2, 1.5, 1] as [Double] {
            for place in places where Self.multiplier(token(place).field) == multiplier {
                let isCounted = Int(token(place).field) != EntryField.body.place || stretch.contains(Int(place.token))
                guard isCounted else { continue }
                if ceiling == .infinity { ceiling = 2 * weight * multiplier }
                let added = min(weight * multiplier * share, ceiling - total)
                guard added > Self.leastPoints else { return sign * total }
                total += added
                share /= 2
                found?(place, sign * added)
            }
        }
        return sign * total
    }

    /// `EntryField.multiplier`, by place.
    private static func multiplier(_ field: UInt8) -> Double {
        switch field {
        case 0: 3
        case 1: 1.5
        case 3: 2
        default: 1
        }
    }

    /// The stretch of the body in which the lines weigh most; all of it, if it is short.
    private func bestStretch(of watch: ProgramTables.Watch) -> Range<Int> {
        let body = tokens(of: .body)
        guard body.count > Self.window else { return body }
        // Mostly all of it stands close together, and there is nothing to choose.
        var span: (first: Int32, last: Int32)?
        for at in watch.lines.range where holds(tables.lines[at].node) {
            for place in occurrences(of: tables.lines[at].node) where body.contains(Int(place.token)) {
                span = (min(span?.first ?? place.token, place.token), max(span?.last ?? place.token, place.token))
            }
        }
        guard let span, Int(span.last - span.first) >= Self.window else { return body }
        var weights: [(at: Int, weight: Double)] = []
        for at in watch.lines.range where holds(tables.lines[at].node) {
            let line = tables.lines[at]
            for place in occurrences(of: line.node) where body.contains(Int(place.token)) {
                weights.append((Int(place.token), line.weight))
            }
        }
        weights.sort { $0.at < $1.at }
        var best = (start: weights[0].at, weight: -Double.infinity)
        var tail = 0
        var sum = 0.0
        for head in weights.indices {
            sum += weights[head].weight
            while weights[head].at - weights[tail].at >= Self.window {
                sum -= weights[tail].weight
                tail += 1
            }
            if sum > best.weight { best = (weights[tail].at, sum) }
        }
        return best.start..<(best.start + Self.window)
    }

    // MARK: Verdict

    /// The score, if the watch accepts this entry or nearly does.
    func notableScore(ofWatch number: Int) -> Double? {
        guard gateRefusal(ofWatch: number) == nil else { return nil }
        let score = score(ofWatch: number)
        let threshold = tables.watches[number].threshold
        return score >= min(threshold, threshold * Verdict.nearly) ? score : nil
    }

    /// Why a watch does not accept this entry; nil if it does.
    ///
    /// - Parameters:
    ///   - score: what its lines add up to, if that is known already.
    ///   - asksSource: whether scope, language and muting are asked; a text by itself has no source.
    func refusal(ofWatch number: Int, score known: Double? = nil, asksSource: Bool = true) -> Refusal? {
        if let refusal = gateRefusal(ofWatch: number, asksSource: asksSource) { return refusal }
        let score = known ?? score(ofWatch: number)
        return score >= tables.watches[number].threshold ? nil : .score(score)
    }

    /// Why the gates of a watch keep this entry out, whatever its score is.
    private func gateRefusal(ofWatch number: Int, asksSource: Bool = true) -> Refusal? {
        let watch = tables.watches[number]
        if asksSource, watch.asksSource, let refusal = refusalOfSource(of: program.watches[number]) { return refusal }
        for at in watch.musts.range where !holds(tables.gates[at].node) {
            return .must(line: Int(tables.gates[at].line))
        }
        for at in watch.nevers.range where holds(tables.gates[at].node) {
            return .never(line: Int(tables.gates[at].line), node: tables.gates[at].node)
        }
        return nil
    }

    private func refusalOfSource(of watch: CompiledWatch) -> Refusal? {
        for gate in watch.scopes where isKnownToHold(gate.node) != true { return .scope(line: gate.line) }
        if !watch.languages.isEmpty {
            let language = entry.language ?? feed?.language
            let primary = language?.split(whereSeparator: { $0 == "-" || $0 == "_" }).first.map { $0.lowercased() }
            guard let primary, watch.languages.contains(primary) else { return .language(line: watch.languageLine) }
        }
        if let muted = watch.mutedUntil, let now, now.timeIntervalSince1970 < muted.seconds {
            return .muted(line: muted.line)
        }
        return nil
    }

    /// Whether a node of a scope holds; nil where it hangs on a field that the entry does not have. What is not known is
    /// neither in a scope nor outside `-kind:press`.
    private func isKnownToHold(_ number: Int32) -> Bool? {
        let node = tables.nodes[Int(number)]
        switch node.operation {
        case .group, .pattern:
            let isKnown = EntryField.reading.contains { node.fields.contains(FieldMask($0)) && !tokens(of: $0).isEmpty }
            return isKnown ? holds(number) : nil
        case .not: return isKnownToHold(node.a).map { !$0 }
        case .and, .or:
            let parts = program.parts(of: node).map { isKnownToHold($0) }
            let decisive = node.operation == .or
            return parts.contains(decisive) ? decisive : parts.contains(nil) ? nil : !decisive
        default: return holds(number)
        }
    }

    /// Why a watch refuses, without the words; cheap to make.
    enum Refusal {
        case scope(line: Int)
        case language(line: Int)
        case muted(line: Int)
        case must(line: Int)
        case never(line: Int, node: Int32)
        case score(Double)
    }
}
