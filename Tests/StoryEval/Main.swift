import Digests
import FeedModel
import FoundationEssentials
import Glibc

/// Measures how digests sort entries into stories, against pairs labelled by reading.
///
///     story-eval PAIRS ENTRIES.jsonl...
///
/// ENTRIES has one JSON object a line: `id`, `title`, `text`, `date`, `feed`. All entries are one day's candidates of one digest;
/// a pair counts as joined if both are in one story. PAIRS has lines `ID ID same|different STRATUM`; lines with `#` are comments.
/// First with the weights that are shipped, then cross-validated over several seeds: each fold of the pairs by weights fitted to
/// the others, at the threshold that is shipped or at STORY_EVAL_THRESHOLD. STORY_EVAL_SHOW names the pairs that went wrong.
@main struct Main {
    struct Labelled: Hashable {
        var left: String
        var right: String
        var isSame: Bool
        var stratum: String
    }

    struct Tally {
        var joinedSame = 0
        var joinedDifferent = 0
        var same = 0
        var different = 0

        mutating func add(_ pair: Labelled, isJoined: Bool) {
            if pair.isSame { same += 1 } else { different += 1 }
            guard isJoined else { return }
            if pair.isSame { joinedSame += 1 } else { joinedDifferent += 1 }
        }

        var precision: Double { ratio(joinedSame, joinedSame + joinedDifferent) }
        var recall: Double { ratio(joinedSame, same) }
        var f1: Double { precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0 }
        var falseMerges: Double { ratio(joinedDifferent, different) }

        static func + (left: Tally, right: Tally) -> Tally {
            Tally(
                joinedSame: left.joinedSame + right.joinedSame,
                joinedDifferent: left.joinedDifferent + right.joinedDifferent, same: left.same + right.same,
                different: left.different + right.different)
        }

        private func ratio(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
    }

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let pairsPath = arguments.first, arguments.count >= 2 else {
            fail("write story-eval PAIRS ENTRIES.jsonl...")
        }
        let pairs = lines(of: pairsPath).compactMap(labelled)
        let entries = arguments.dropFirst().flatMap { lines(of: $0) }.compactMap(entry)
        let known = Set(entries.map(\.entry.id.text))
        let usable = pairs.filter { known.contains($0.left) && known.contains($0.right) }
        if usable.count < pairs.count { print("\(pairs.count - usable.count) pairs name entries that are not there") }

        let shipped = stories(of: entries, .fitted)
        print("\(entries.count) entries in \(Set(shipped.values).count) stories")
        let strata = evaluate(usable, shipped)
        for (name, tally) in strata.sorted(by: { $0.key < $1.key }) { report(name, tally) }
        report("all", strata.values.reduce(Tally(), +))
        let threshold = getenv("STORY_EVAL_THRESHOLD").flatMap { Double(String(cString: $0)) }
        crossValidate(usable, entries, shipped, threshold: threshold ?? EventWeights.fitted.threshold)
    }

    private static func crossValidate(
        _ pairs: [Labelled], _ entries: [MatchedEntry], _ shipped: [String: Int], threshold: Double
    ) {
        let validation = CrossValidation(pairs, entries, stories: shipped)
        print("fitted to all: \(validation.fit(pairs).map { Double(Int(($0 * 100).rounded())) / 100 })")
        var held: [[String: Tally]] = []
        for seed in 1...3 as ClosedRange<UInt64> {
            var strata: [String: Tally] = [:]
            let folds = validation.folds(seed: seed)
            for (number, fold) in folds.enumerated() {
                let others = folds.enumerated().filter { $0.offset != number }.flatMap { $0.element }
                var weights = validation.weights(fittedTo: others)
                weights.threshold = threshold
                strata.merge(evaluate(fold, stories(of: entries, weights)), uniquingKeysWith: +)
            }
            held.append(strata)
            for (name, tally) in strata.sorted(by: { $0.key < $1.key }) { report("held out \(seed), \(name)", tally) }
            report("held out \(seed), all", strata.values.reduce(Tally(), +))
        }
        let all = held.map { $0.values.reduce(Tally(), +) }
        for (name, figures) in [("F1", all.map(\.f1)), ("false merges", all.map(\.falseMerges))] {
            let mean = figures.reduce(0, +) / Double(figures.count)
            print(
                "held out: \(name) \(percent(mean)), from \(percent(figures.min() ?? 0)) to \(percent(figures.max() ?? 0))"
            )
        }
    }

    /// What became of the pairs, by stratum.
    private static func evaluate(_ pairs: [Labelled], _ storyOf: [String: Int]) -> [String: Tally] {
        var strata: [String: Tally] = [:]
        for pair in pairs {
            let isJoined = storyOf[pair.left] != nil && storyOf[pair.left] == storyOf[pair.right]
            strata[pair.stratum, default: Tally()].add(pair, isJoined: isJoined)
            if isJoined != pair.isSame, getenv("STORY_EVAL_SHOW") != nil {
                print("\(isJoined ? "wrongly joined" : "not joined"): \(pair.left) \(pair.right)")
            }
        }
        return strata
    }

    private static func report(_ name: String, _ tally: Tally) {
        print(
            "\(name): \(tally.same) same, \(tally.different) different; precision \(percent(tally.precision)), "
                + "recall \(percent(tally.recall)), F1 \(percent(tally.f1)), false merges \(percent(tally.falseMerges))"
        )
        // A run takes minutes; what it has is shown.
        fflush(nil)
    }

    private static func percent(_ share: Double) -> String { "\(Double(Int(share * 1000 + 0.5)) / 10) %" }

    /// The number of the story that each entry is in.
    private static func stories(of entries: [MatchedEntry], _ weights: EventWeights) -> [String: Int] {
        let end = entries.map(\.firstSeen).max() ?? Date(timeIntervalSince1970: 0)
        let digest = DigestBuilder(weights: weights).build(
            DigestRequest(
                key: DigestKey(profile: "eval", date: LocalDate(year: 2026, month: 11, day: 25)), zone: .utc, from: nil,
                to: end, installation: "eval", entries: entries, feeds: [:], perTopic: .max))
        return Dictionary(
            digest.allStories.enumerated().flatMap { number, story in story.entries.map { ($0.id.text, number) } },
            uniquingKeysWith: { first, _ in first })
    }

    private static func labelled(_ line: String) -> Labelled? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4, !line.hasPrefix("#") else { return nil }
        return Labelled(left: words[0], right: words[1], isSame: words[2] == "same", stratum: words[3])
    }

    private static func entry(_ line: String) -> MatchedEntry? {
        guard let json = try? JSON(reading: Array(line.utf8)), let id = json["id"]?.string,
            let date = json["date"]?.string.flatMap({ LocalDate($0) })
        else { return nil }
        let published = Date(timeIntervalSince1970: Double(date.daysSince1970) * 86_400 + 43_200)
        let entry = Entry(
            id: EntryID(id), feedURL: json["feed"]?.string ?? "", title: json["title"]?.string ?? "",
            summary: json["text"]?.string ?? "", published: published)
        let watch = Watch(name: "all", topic: "all", area: .diplomacy, threshold: 1)
        return MatchedEntry(
            entry: entry, verdict: Verdict(matches: [Match(watch: watch, score: 1, hits: [])], relevance: 1),
            firstSeen: published)
    }

    private static func lines(of path: String) -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else { fail("\(path): cannot be read") }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func fail(_ message: String) -> Never {
        print("story-eval: \(message)")
        exit(64)
    }
}
