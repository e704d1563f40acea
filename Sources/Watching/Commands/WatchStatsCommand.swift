import FeedModel
import FoundationEssentials
import Matching
import Storage

extension Commands {
    /// `watch stats`: how often each line of each watch had a say in the stored entries of the last days, what readers
    /// thought of those entries, and which lines never or always speak.
    public func watchStats(days: Int, json: Bool, now: Date = Date()) async -> ExitCode {
        guard let matcher = await weighedMatcher([]) else { return .configuration }
        return await withReader { (store) throws(StoreError) in
            let votes = Dictionary(try await store.votes().map { ($0.entry, $0.isFor) }, uniquingKeysWith: { $1 })
            var stats = WatchStatistics(matcher)
            let period = try await StoredPeriod(store, since: now.addingTimeInterval(-Double(days) * 86_400))
            let count = try await period.forEach { (found, feed) throws(StoreError) in
                stats.add(
                    matcher.explain(found.entry, of: feed, now: found.firstSeen), found, vote: votes[found.entry.id])
            }
            if json {
                output.json(stats.json(entries: count, days: days))
            } else {
                output.lines(stats.lines(entries: count, days: days))
            }
            return .success
        }
    }
}

/// What each line of each watch did over a period.
struct WatchStatistics {
    fileprivate struct Line {
        var rule: WatchRule
        /// Of a weighted line: entries in which it added or took something. Of a must: entries it kept out. Of a never:
        /// entries it refused.
        var entries = 0
        var points = 0.0
        var votesFor = 0
        var votesAgainst = 0
        var last: Date?
    }

    private struct Tally {
        var watch: FeedModel.Watch
        /// Entries in which any of its terms stood, and those it accepted.
        var looked = 0
        var accepted = 0
        var lines: [Line]
    }

    private var watches: [Tally]
    private let numbers: [String: Int]

    /// Fewer entries than this say nothing about "always".
    private static let enough = 10

    init(_ matcher: Matcher) {
        let rules = Dictionary(grouping: matcher.rules, by: \.watch)
        watches = matcher.watches.enumerated().map { number, watch in
            Tally(watch: watch, lines: (rules[number] ?? []).map { Line(rule: $0) })
        }
        numbers = Dictionary(
            matcher.watches.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func add(_ explanations: [WatchExplanation], _ found: MatchedEntry, vote: Bool?) {
        for explanation in explanations {
            guard let number = numbers[explanation.watch.name] else { continue }
            watches[number].looked += 1
            if explanation.passed { watches[number].accepted += 1 }
            let points = Dictionary(explanation.hits.map { ($0.line, $0.points) }, uniquingKeysWith: +)
            for at in watches[number].lines.indices {
                let line = watches[number].lines[at].rule
                let speaks: Bool =
                    switch line.kind {
                    case .weight: (points[line.line] ?? 0) != 0
                    case .must: explanation.refusal == .mustFailed(line: line.line)
                    case .never: explanation.refusal.map { $0.isVeto(line: line.line) } ?? false
                    }
                guard speaks else { continue }
                watches[number].lines[at].count(found, points: points[line.line] ?? 0, vote: vote)
            }
        }
    }

    func lines(entries: Int, days: Int) -> [String] {
        var out = ["\(counted(entries, "entry", "entries")) of the last \(counted(days, "day", "days"))"]
        for tally in watches {
            out.append("")
            out.append(
                "\(tally.watch.name) (\(tally.watch.topic)): accepted \(tally.accepted) of \(tally.looked) "
                    + "with a word of it")
            for line in tally.lines {
                var text = "  line \(line.rule.line)  \(line.rule.kind.word)  \(line.rule.kind.verb) "
                text += counted(line.entries, "entry", "entries")
                if line.points != 0 { text += ", \(Commands.plain((line.points * 100).rounded() / 100)) points" }
                if line.votesFor + line.votesAgainst > 0 { text += ", votes +\(line.votesFor) -\(line.votesAgainst)" }
                if let last = line.last { text += ", last \(timestamp(last))" }
                if let remark = remark(on: line, in: tally) { text += "  (\(remark))" }
                out.append(text)
            }
        }
        return out
    }

    /// What is odd about a line: it never speaks, or always does, and so decides nothing.
    private func remark(on line: Line, in tally: Tally) -> String? {
        switch line.rule.kind {
        case .weight:
            if line.entries == 0 { return "never fires" }
            return tally.looked >= Self.enough && line.entries == tally.looked ? "always fires" : nil
        case .must:
            guard tally.looked >= Self.enough else { return nil }
            if line.entries == 0 { return "always holds" }
            return line.entries == tally.looked ? "never holds" : nil
        case .never: return line.entries == 0 ? "never fires" : nil
        }
    }

    func json(entries: Int, days: Int) -> JSON {
        .object([
            "entries": .integer(Int64(entries)), "days": .integer(Int64(days)), "watches": .array(watches.map(json)),
        ])
    }

    private func json(_ tally: Tally) -> JSON {
        .object([
            "watch": .string(tally.watch.name), "topic": .string(tally.watch.topic), "file": .string(tally.watch.file),
            "looked": .integer(Int64(tally.looked)), "accepted": .integer(Int64(tally.accepted)),
            "lines": .array(tally.lines.map { json($0, remark(on: $0, in: tally)) }),
        ])
    }

    private func json(_ line: Line, _ remark: String?) -> JSON {
        .object([
            "line": .integer(Int64(line.rule.line)), "rule": .string(line.rule.kind.word),
            "label": line.rule.label.map(JSON.string), "entries": .integer(Int64(line.entries)),
            "points": .real(line.points), "votes_for": .integer(Int64(line.votesFor)),
            "votes_against": .integer(Int64(line.votesAgainst)), "last": line.last.map { .string(timestamp($0)) },
            "remark": remark.map(JSON.string),
        ])
    }
}

extension WatchStatistics.Line {
    fileprivate mutating func count(_ found: MatchedEntry, points: Double, vote: Bool?) {
        entries += 1
        self.points += points
        if let vote { if vote { votesFor += 1 } else { votesAgainst += 1 } }
        last = max(last ?? found.firstSeen, found.firstSeen)
    }
}

extension WatchRule.Kind {
    /// As its line begins.
    fileprivate var word: String {
        switch self {
        case .must: "must"
        case .never: "never"
        case .weight(let weight): (weight > 0 ? "+" : "") + Commands.plain(weight)
        }
    }

    fileprivate var verb: String {
        switch self {
        case .must: "kept out"
        case .never: "refused"
        case .weight: "fired in"
        }
    }
}

extension WatchExplanation.Refusal {
    fileprivate func isVeto(line: Int) -> Bool {
        if case .vetoed(line, _) = self { return true }
        return false
    }
}
