import FeedModel
import struct FoundationEssentials.Date

/// What a weighted line or a gate adds to an explanation.
struct FoundPlace {
    var line: Int
    /// Nil where a line holds without a place: for want of something, or by a comparison.
    var occurrence: Occurrence?
    var points: Double
    var label: String?
}

extension EntryReading {
    /// Of a long body only the best stretch of this many words counts.
    private static let window = 300
    /// What a repeated hit adds is halved each time; from here on it is nothing that counts.
    private static let leastPoints = 0.005

    /// What the weighted lines of a watch add up to, rounded to hundredths.
    ///
    /// - Parameter found: gets every place that added something.
    func score(of watch: CompiledWatch, found: ((FoundPlace) -> Void)? = nil) -> Double {
        guard !watch.lines.isEmpty else { return 0 }
        let stretch = bestStretch(of: watch)
        var score = 0.0
        for line in watch.lines where holds(line.node) { score += points(line, stretch, found) }
        score = (score * 100).rounded() / 100
        return watch.cap.map { min(score, $0) } ?? score
    }

    /// A line's weight times the field's for its best place, for repeated hits a half, a quarter and so on, up to `max`.
    private func points(
        _ line: CompiledWatch.WeightedLine, _ stretch: Range<Int>, _ found: ((FoundPlace) -> Void)?
    ) -> Double {
        let weight = abs(line.weight)
        let sign = line.weight < 0 ? -1.0 : 1.0
        let places = occurrences(of: line.node)
        guard !places.isEmpty else {
            let points = sign * min(weight, line.ceiling ?? weight)
            found?(FoundPlace(line: line.line, occurrence: nil, points: points, label: line.label))
            return points
        }
        var total = 0.0
        var share = 1.0
        var ceiling = line.ceiling
        // The fields that say most come first.
        for multiplier in Self.multipliers {
            for place in places where Self.multiplier(token(place).field) == multiplier {
                let isCounted = Int(token(place).field) != EntryField.body.place || stretch.contains(Int(place.token))
                guard isCounted else { continue }
                let most = ceiling ?? 2 * weight * multiplier
                ceiling = most
                let added = min(weight * multiplier * share, most - total)
                guard added > Self.leastPoints else { return sign * total }
                total += added
                share /= 2
                found?(FoundPlace(line: line.line, occurrence: place, points: sign * added, label: line.label))
            }
        }
        return sign * total
    }

    private static let multipliers: [Double] = [3, 2, 1.5, 1]
    private static let byPlace = EntryField.reading.map(\.multiplier)
    private static func multiplier(_ field: UInt8) -> Double { byPlace[Int(field)] }

    /// The stretch of the body in which the lines weigh most; all of it, if it is short.
    private func bestStretch(of watch: CompiledWatch) -> Range<Int> {
        let body = tokens(of: .body)
        guard body.count > Self.window else { return body }
        var weights: [(at: Int, weight: Double)] = []
        for line in watch.lines where holds(line.node) {
            for place in occurrences(of: line.node) where body.contains(Int(place.token)) {
                weights.append((Int(place.token), line.weight))
            }
        }
        weights.sort { $0.at < $1.at }
        guard let last = weights.last, last.at >= body.lowerBound + Self.window else { return body }
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

    /// Why a watch does not accept this entry; nil if it does.
    ///
    /// - Parameters:
    ///   - score: what its lines add up to, if that is known already.
    ///   - asksSource: whether scope, language and muting are asked; a text by itself has no source.
    func refusal(of watch: CompiledWatch, score known: Double? = nil, asksSource: Bool = true) -> Refusal? {
        if let refusal = gateRefusal(of: watch, asksSource: asksSource) { return refusal }
        let score = known ?? score(of: watch)
        return score >= watch.watch.threshold ? nil : .score(score)
    }

    /// Why the gates of a watch keep this entry out, whatever its score is.
    func gateRefusal(of watch: CompiledWatch, asksSource: Bool = true) -> Refusal? {
        if asksSource, let refusal = refusalOfSource(of: watch) { return refusal }
        for gate in watch.musts where !holds(gate.node) { return .must(line: gate.line) }
        for gate in watch.nevers where holds(gate.node) { return .never(line: gate.line, node: gate.node) }
        return nil
    }

    private func refusalOfSource(of watch: CompiledWatch) -> Refusal? {
        for gate in watch.scopes where !holds(gate.node) { return .scope(line: gate.line) }
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
