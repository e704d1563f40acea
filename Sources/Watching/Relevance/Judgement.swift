import FeedModel
import FoundationEssentials
import Matching

/// What a matcher says of labelled entries.
struct Judgement: Sendable {
    /// What the digest would do with one entry.
    struct Answer: Sendable {
        var isRelevant: Bool
        var relevance: Double
        var topics: Set<String>
    }

    /// In the order of the entries.
    var answers: [Answer]

    init(of entries: [LabelledEntry], by matcher: Matcher) {
        answers = entries.map { Self.answer(to: $0, by: matcher) }
    }

    /// Each group judged by a model trained on the others (and on `alsoTrained`). An entry without a group is in one with all
    /// the others that have none.
    init(
        crossValidating entries: [LabelledEntry], holding: [[Int]], matcher: Matcher, model: RelevanceModel,
        alsoTrained: [RelevanceExample] = []
    ) {
        var answers: [Answer?] = Array(repeating: nil, count: entries.count)
        for group in Set(entries.map(\.group)).sorted(by: { $0 ?? "" < $1 ?? "" }) {
            let others = zip(entries, holding).filter { $0.0.group != group }.compactMap { $0.example(holding: $1) }
            let fold = matcher.weighing(model.fitted(to: alsoTrained + others))
            for (number, entry) in entries.enumerated() where entry.group == group {
                answers[number] = Self.answer(to: entry, by: fold)
            }
        }
        self.answers = answers.compactMap { $0 }
    }

    private static func answer(to labelled: LabelledEntry, by matcher: Matcher) -> Answer {
        let verdict = matcher.verdict(on: labelled.entry, of: labelled.feed, withHits: false)
        return Answer(
            isRelevant: verdict.isRelevant, relevance: verdict.relevance,
            topics: Set(verdict.matches.map(\.watch.topic)))
    }
}

/// The figures of a judgement, as issue and literature define them.
struct Figures: Sendable {
    var precision: Estimate
    var recall: Estimate
    var f1: Estimate
    var averagePrecision: Estimate
    /// With the marginal entries counted as relevant.
    var lenientF1: Double
    /// The mean F1 of the topics with at least ten substantive entries; nil if there is none.
    var macroTopicF1: Estimate?
    var topics: [(topic: String, positives: Int, confusion: Confusion)]
    var strata: [(name: String, count: Int, confusion: Confusion)]
    /// How many entries the strict figures count.
    var count: Int

    /// A topic with fewer substantive entries than this says too little to be averaged.
    static let leastPositives = 10

    init(_ entries: [LabelledEntry], _ judgement: Judgement) {
        let answers = judgement.answers
        let strict = entries.indices.filter { entries[$0].isStrict }
        let draws = Bootstrap(count: strict.count)
        func confusion(_ times: [Int]) -> Confusion {
            var confusion = Confusion()
            for (number, times) in zip(strict, times) {
                confusion.count(
                    said: answers[number].isRelevant, isSo: entries[number].relevance == .substantive, times: times)
            }
            return confusion
        }
        count = strict.count
        precision = draws.estimate { confusion($0).precision }
        recall = draws.estimate { confusion($0).recall }
        f1 = draws.estimate { confusion($0).f1 }
        averagePrecision = draws.estimate { times in
            Watching.averagePrecision(
                zip(strict, times).map { (answers[$0].relevance, entries[$0].relevance == .substantive, $1) })
        }
        var lenient = Confusion()
        for (entry, answer) in zip(entries, answers) where !entry.isUnsure {
            lenient.count(said: answer.isRelevant, isSo: entry.relevance != .none)
        }
        lenientF1 = lenient.f1
        (topics, macroTopicF1) = Self.topics(entries, answers)
        strata = Self.strata(entries, answers)
    }

    private static func topics(
        _ entries: [LabelledEntry], _ answers: [Judgement.Answer]
    ) -> ([(topic: String, positives: Int, confusion: Confusion)], Estimate?) {
        let substantive = entries.indices.filter { entries[$0].relevance == .substantive }
        let names = Set(substantive.flatMap { entries[$0].topics }).sorted()
        func confusion(_ topic: String, _ times: [Int]) -> Confusion {
            var confusion = Confusion()
            for (number, times) in zip(substantive, times) {
                confusion.count(
                    said: answers[number].topics.contains(topic), isSo: entries[number].topics.contains(topic),
                    times: times)
            }
            return confusion
        }
        let once = Array(repeating: 1, count: substantive.count)
        let found = names.map { topic in
            (topic, substantive.filter { entries[$0].topics.contains(topic) }.count, confusion(topic, once))
        }
        let counted = found.filter { $0.1 >= leastPositives }.map(\.0)
        guard !counted.isEmpty else { return (found, nil) }
        let macro = Bootstrap(count: substantive.count).estimate { times in
            counted.reduce(0) { $0 + confusion($1, times).f1 } / Double(counted.count)
        }
        return (found, macro)
    }

    /// The strict confusion by language, year, group and difficulty, where more than one occurs.
    private static func strata(
        _ entries: [LabelledEntry], _ answers: [Judgement.Answer]
    ) -> [(name: String, count: Int, confusion: Confusion)] {
        let kinds: [(String, (LabelledEntry) -> String?)] = [
            ("language", { $0.entry.language }),
            (
                "year",
                {
                    $0.entry.published.map {
                        String(LocalDate(daysSince1970: Int(($0.timeIntervalSince1970 / 86400).rounded(.down))).year)
                    }
                }
            ),
            ("group", { $0.group }), ("difficulty", { $0.difficulty }),
        ]
        return kinds.flatMap { kind, value in
            var strata: [String: (count: Int, confusion: Confusion)] = [:]
            for (entry, answer) in zip(entries, answers) where entry.isStrict {
                guard let name = value(entry) else { continue }
                strata[name, default: (0, Confusion())].count += 1
                strata[name]?.confusion.count(said: answer.isRelevant, isSo: entry.relevance == .substantive)
            }
            // A handful of entries says nothing of its kind.
            let told = strata.filter { $0.value.count >= leastPositives }
            return strata.count < 2
                ? [] : told.sorted { $0.key < $1.key }.map { ("\(kind) \($0.key)", $0.value.count, $0.value.confusion) }
        }
    }
}
