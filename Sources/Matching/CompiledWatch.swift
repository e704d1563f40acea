import FeedModel

/// A watch ready to be asked.
struct CompiledWatch: Sendable {
    struct Gate: Sendable {
        var line: Int
        var expression: Expression
    }

    struct WeightedLine: Sendable {
        var line: Int
        var weight: Double
        var expression: Expression
        var ceiling: Double?
        var label: String?
    }

    struct SelfTest: Sendable {
        var line: Int
        var column: Int
        var text: String
        var mustPass: Bool
    }

    var watch: Watch
    var musts: [Gate] = []
    var nevers: [Gate] = []
    var scopes: [Gate] = []
    var languages: [String] = []
    var lines: [WeightedLine] = []
    var tests: [SelfTest] = []

    /// Every term that can raise the score: without one of them there is nothing to ask.
    var terms: Set<Int> {
        (lines.map(\.expression) + musts.map(\.expression)).reduce(into: []) { $0.formUnion($1.terms) }
    }
}

extension CompiledWatch {
    /// What a hit counts in each field (3.5).
    private static func multiplier(_ field: EntryField) -> Double {
        switch field {
        case .title: 3
        case .tag: 2
        case .summary: 1.5
        default: 1
        }
    }

    /// Of a long body only the best stretch of this many words counts.
    private static let window = 300

    func explain(_ text: EntryText, language: String?) -> WatchExplanation {
        let found = lines.map { text.occurrences($0.expression) }
        let stretch = bestWindow(found)
        var score = 0.0
        var hits: [Hit] = []
        for (line, occurrences) in zip(lines, found) {
            guard let occurrences else { continue }
            let counted = occurrences.filter { $0.field != .body || stretch.contains($0.at) }
            score += points(line, counted, text, into: &hits)
        }
        score = (score * 100).rounded() / 100
        for gate in musts {
            for occurrence in (text.occurrences(gate.expression) ?? []).prefix(8) {
                hits.append(hit(occurrence, line: gate.line, points: 0, label: nil, text))
            }
        }
        let refusal = refusal(text, language: language, score: score)
        return WatchExplanation(watch: watch, score: score, refusal: refusal, hits: hits)
    }

    private func refusal(_ text: EntryText, language: String?, score: Double) -> WatchExplanation.Refusal? {
        let everything = Set(EntryField.allCases)
        for gate in scopes where text.occurrences(gate.expression, in: everything) == nil {
            return .outOfScope(line: gate.line)
        }
        if !languages.isEmpty {
            let primary = language?.split(separator: "-").first.map { $0.lowercased() }
            if primary.map({ !languages.contains($0) }) ?? true { return .wrongLanguage(line: watch.line) }
        }
        for gate in musts where text.occurrences(gate.expression) == nil { return .mustFailed(line: gate.line) }
        for gate in nevers {
            if let veto = text.occurrences(gate.expression) {
                return .vetoed(line: gate.line, words: veto.first.map { text.span($0).text } ?? "")
            }
        }
        return score >= watch.threshold ? nil : .tooLow(score: score, threshold: watch.threshold)
    }

    /// What a line adds: its weight times the field's, for repeated hits a half, a quarter and so on, up to twice the first.
    private func points(
        _ line: WeightedLine, _ occurrences: [Occurrence], _ text: EntryText, into hits: inout [Hit]
    ) -> Double {
        let ordered = occurrences.sorted {
            let (left, right) = (Self.multiplier($0.field), Self.multiplier($1.field))
            return left != right ? left > right : $0.at < $1.at
        }
        guard let best = ordered.first else { return 0 }
        let ceiling = line.ceiling ?? 2 * abs(line.weight) * Self.multiplier(best.field)
        var total = 0.0
        var share = 1.0
        var seen: Set<Occurrence> = []
        for occurrence in ordered where seen.insert(occurrence).inserted {
            let added = min(abs(line.weight) * Self.multiplier(occurrence.field) * share, ceiling - total)
            guard added > 0.005 else { break }
            total += added
            share /= 2
            hits.append(
                hit(occurrence, line: line.line, points: line.weight < 0 ? -added : added, label: line.label, text))
        }
        return line.weight < 0 ? -total : total
    }

    private func hit(_ occurrence: Occurrence, line: Int, points: Double, label: String?, _ text: EntryText) -> Hit {
        let span = text.span(occurrence)
        return Hit(
            line: line, field: occurrence.field, start: span.start, end: span.end, text: span.text,
            points: (points * 100).rounded() / 100, label: label)
    }

    /// The stretch of the body in which the lines weigh most.
    private func bestWindow(_ found: [[Occurrence]?]) -> Range<Int> {
        var places: [(at: Int, weight: Double)] = []
        for (line, occurrences) in zip(lines, found) {
            for occurrence in occurrences ?? [] where occurrence.field == .body {
                places.append((occurrence.at, line.weight))
            }
        }
        places.sort { $0.at < $1.at }
        guard let last = places.last, last.at >= Self.window else { return 0..<Int.max }
        var best = (start: places[0].at, weight: -Double.infinity)
        var tail = 0
        var sum = 0.0
        for head in places.indices {
            sum += places[head].weight
            while places[head].at - places[tail].at >= Self.window {
                sum -= places[tail].weight
                tail += 1
            }
            if sum > best.weight { best = (places[tail].at, sum) }
        }
        return best.start..<(best.start + Self.window)
    }
}
