import FeedModel
import Matching

/// What `durbeen eval` says, for people and for scripts.
struct EvalReport {
    /// The watchlists under one set of weights.
    struct Variant {
        var name: String
        var judgement: Judgement
    }

    private let entries: [LabelledEntry]
    private let variants: [(name: String, figures: Figures, judgement: Judgement)]
    private let matcher: Matcher

    /// Mistakes shown.
    private static let worst = 10

    init(entries: [LabelledEntry], variants: [Variant], matcher: Matcher) {
        self.entries = entries
        self.variants = variants.map { ($0.name, Figures(entries, $0.judgement), $0.judgement) }
        self.matcher = matcher
    }
}

// MARK: For people

extension EvalReport {
    var lines: [String] {
        var lines = [
            "\(entries.count) entries; the strict figures count \(variants.first?.figures.count ?? 0): substantive "
                + "against none, where the label is sure. In brackets: 95 of 100 samples."
        ]
        for variant in variants {
            let figures = variant.figures
            lines += [
                "", variant.name, "  precision          \(Self.text(figures.precision))",
                "  recall             \(Self.text(figures.recall))", "  F1                 \(Self.text(figures.f1))",
                "  average precision  \(Self.text(figures.averagePrecision))",
                "  F1, marginal ones counted as relevant  \(Self.text(figures.lenientF1))",
            ]
            if let macro = figures.macroTopicF1 {
                lines.append(
                    "  F1 of the topics   \(Self.text(macro)), mean of those with \(Figures.leastPositives) or more")
            }
            lines += figures.topics.map { Self.row($0.topic, $0.positives, $0.confusion) }
        }
        if let last = variants.last {
            if !last.figures.strata.isEmpty { lines += ["", "by stratum, \(last.name)"] }
            lines += last.figures.strata.map { Self.row($0.name, $0.count, $0.confusion) }
            lines += mistakes(of: last.judgement, last.name)
        }
        return lines
    }

    /// The figures on one line.
    static func line(_ figures: Figures) -> String {
        "precision \(text(figures.precision.value)), recall \(text(figures.recall.value)), F1 \(text(figures.f1.value)), "
            + "average precision \(text(figures.averagePrecision.value))"
    }

    private func mistakes(of judgement: Judgement, _ name: String) -> [String] {
        var lines: [String] = []
        for (number, isMissed) in worstMistakes(of: judgement) {
            let entry = entries[number]
            lines.append(
                "  \(isMissed ? "missed" : "false alarm"), relevance \(Self.text(judgement.answers[number].relevance)): "
                    + "\(entry.id) \(entry.entry.title.isEmpty ? entry.entry.summary.prefix(80)[...] : entry.entry.title[...])"
            )
            for (label, weight) in contributions(to: entry) { lines.append("      \(Self.signed(weight))  \(label)") }
        }
        return lines.isEmpty ? [] : ["", "the worst mistakes, \(name), and what weighed (as it is)"] + lines
    }

    /// The strict mistakes, those first of which the model was surest.
    private func worstMistakes(of judgement: Judgement) -> [(number: Int, isMissed: Bool)] {
        let wrong = entries.indices.filter {
            entries[$0].isStrict
                && judgement.answers[$0].isRelevant != (entries[$0].relevance == .substantive)
        }
        func error(_ number: Int) -> Double {
            abs(judgement.answers[number].relevance - (entries[number].relevance == .substantive ? 1 : 0))
        }
        return wrong.sorted { (error($0), $1) > (error($1), $0) }.prefix(Self.worst).map {
            ($0, entries[$0].relevance == .substantive)
        }
    }

    /// The terms that weigh most for or against an entry.
    private func contributions(to entry: LabelledEntry) -> [(label: String, weight: Double)] {
        guard let model = matcher.model else { return [] }
        return matcher.questionsHolding(entry.entry, of: entry.feed).map {
            (model.terms[$0].label, model.terms[$0].weight)
        }
        .sorted { abs($0.1) > abs($1.1) }.prefix(6).map { $0 }
    }

    private static func row(_ name: String, _ count: Int, _ confusion: Confusion) -> String {
        let padded = name.count < 34 ? name + String(repeating: " ", count: 34 - name.count) : name
        return "  \(padded) \(count): precision \(text(confusion.precision)), recall \(text(confusion.recall)), "
            + "F1 \(text(confusion.f1))"
    }

    private static func text(_ estimate: Estimate) -> String {
        "\(text(estimate.value)) [\(text(estimate.low)), \(text(estimate.high))]"
    }

    /// Three digits after the point.
    static func text(_ value: Double) -> String {
        let digits = String(Int((value * 1000).rounded()))
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return padded.dropLast(3) + "." + padded.suffix(3)
    }

    static func signed(_ value: Double) -> String { (value < 0 ? "-" : "+") + text(abs(value)) }
}

// MARK: For scripts

extension EvalReport {
    var json: JSON {
        .object([
            "entries": .integer(Int64(entries.count)),
            "variants": .array(
                variants.map { variant in
                    let figures = variant.figures
                    return .object([
                        "name": .string(variant.name), "strict_entries": .integer(Int64(figures.count)),
                        "precision": Self.json(figures.precision), "recall": Self.json(figures.recall),
                        "f1": Self.json(figures.f1), "average_precision": Self.json(figures.averagePrecision),
                        "lenient_f1": Self.json(figures.lenientF1),
                        "macro_topic_f1": figures.macroTopicF1.map { Self.json($0) },
                        "topics": .array(figures.topics.map { Self.json("id", $0.topic, $0.positives, $0.confusion) }),
                        "strata": .array(figures.strata.map { Self.json("name", $0.name, $0.count, $0.confusion) }),
                        "mistakes": .array(
                            worstMistakes(of: variant.judgement).map { self.json($0, variant.judgement) }),
                    ])
                }),
        ])
    }

    private func json(_ mistake: (number: Int, isMissed: Bool), _ judgement: Judgement) -> JSON {
        let entry = entries[mistake.number]
        return .object([
            "id": .string(entry.id), "title": .string(entry.entry.title),
            "kind": .string(mistake.isMissed ? "missed" : "false alarm"),
            "relevance": .real(judgement.answers[mistake.number].relevance),
            "terms": .array(
                contributions(to: entry).map { .object(["label": .string($0.label), "weight": .real($0.weight)]) }),
        ])
    }

    private static func json(_ key: String, _ name: String, _ count: Int, _ confusion: Confusion) -> JSON {
        .object([
            .init(key, .string(name)), .init("entries", .integer(Int64(count))),
            .init("precision", json(confusion.precision)), .init("recall", json(confusion.recall)),
            .init("f1", json(confusion.f1)),
        ])
    }

    private static func json(_ estimate: Estimate) -> JSON {
        .object(["value": json(estimate.value), "low": json(estimate.low), "high": json(estimate.high)])
    }

    private static func json(_ value: Double) -> JSON { .real((value * 1000).rounded() / 1000) }
}
