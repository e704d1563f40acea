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
/// First with the weights that are shipped, then cross-validated: each half of the pairs by weights fitted to the other, at the
/// threshold that is shipped or at STORY_EVAL_THRESHOLD.
@main struct Main {
    struct Labelled {
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

        let strata = evaluate(usable, entries, .fitted)
        for (name, tally) in strata.sorted(by: { $0.key < $1.key }) { report(name, tally) }
        report("all", strata.values.reduce(Tally(), +))
        let threshold = getenv("STORY_EVAL_THRESHOLD").flatMap { Double(String(cString: $0)) }
        let validation = CrossValidation(usable, entries)
        var held = [Tally(), Tally()]
        for (fold, half) in validation.halves.enumerated() {
            var weights = validation.weights(fittedTo: validation.halves[1 - fold])
            if let threshold { weights.threshold = threshold }
            held[fold] = evaluate(half, entries, weights).values.reduce(Tally(), +)
            report("held out \(fold + 1)", held[fold])
        }
        report("held out", held[0] + held[1])
    }

    /// What became of the pairs, by stratum.
    private static func evaluate(
        _ pairs: [Labelled], _ entries: [MatchedEntry], _ weights: EventWeights
    ) -> [String: Tally] {
        let stories = stories(of: entries, weights)
        var storyOf: [String: Int] = [:]
        for (number, story) in stories.enumerated() {
            for entry in story.entries { storyOf[entry.id.text] = number }
        }
        print("\(entries.count) entries in \(stories.count) stories")
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
        func percent(_ share: Double) -> String { "\(Double(Int(share * 1000 + 0.5)) / 10) %" }
        print(
            "\(name): \(tally.same) same, \(tally.different) different; precision \(percent(tally.precision)), "
                + "recall \(percent(tally.recall)), F1 \(percent(tally.f1)), false merges \(percent(tally.falseMerges))"
        )
    }

    private static func stories(of entries: [MatchedEntry], _ weights: EventWeights) -> [Story] {
        let end = entries.map(\.firstSeen).max() ?? Date(timeIntervalSince1970: 0)
        let digest = DigestBuilder(weights: weights).build(
            DigestRequest(
                key: DigestKey(profile: "eval", date: LocalDate(year: 2026, month: 11, day: 25)), zone: .utc, from: nil,
                to: end, installation: "eval", entries: entries, feeds: [:], perTopic: .max))
        return digest.allStories
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
