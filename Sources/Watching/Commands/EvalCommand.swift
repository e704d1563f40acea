import FeedModel
import Matching
import Storage

extension Commands {
    /// Says how well the watchlists and the relevance model do on labelled entries: as they are; trained anew with each group
    /// judged by a model that has not seen it; trained on other files; and with the reader's votes.
    ///
    /// - Parameter training: files to train on before `file` is judged.
    public func eval(
        file: String, training: [String], watchlists: [String], model: String?, json: Bool
    ) async -> ExitCode {
        guard let matcher = matcher(watchlists, model: model) else { return .configuration }
        let entries: [LabelledEntry]
        var others: [LabelledEntry] = []
        do {
            entries = try LabelledEntry.read(file)
            for path in training { others += try LabelledEntry.read(path) }
        } catch {
            output.error("reading labelled entries: \(error)")
            return .noInput
        }
        var variants = [EvalReport.Variant(name: "as it is", judgement: Judgement(of: entries, by: matcher))]
        if let model = matcher.model {
            let holding = entries.map { matcher.questionsHolding($0.entry, of: $0.feed) }
            if !others.isEmpty {
                let examples = others.compactMap {
                    $0.example(holding: matcher.questionsHolding($0.entry, of: $0.feed))
                }
                let judgement = Judgement(of: entries, by: matcher.weighing(model.fitted(to: examples)))
                variants.append(EvalReport.Variant(name: "trained on the other files", judgement: judgement))
            } else if Set(entries.map(\.group)).count > 1 {
                let judgement = Judgement(crossValidating: entries, holding: holding, matcher: matcher, model: model)
                variants.append(EvalReport.Variant(name: "each group judged by the others", judgement: judgement))
            }
            if let votes = await knownVotes(watchlists), !votes.isEmpty {
                let adjusted = model.adjusted(by: votes.map { $0.example(for: model) })
                let judgement = Judgement(of: entries, by: matcher.weighing(adjusted))
                variants.append(EvalReport.Variant(name: "with \(votes.count) votes", judgement: judgement))
            }
        }
        let report = EvalReport(entries: entries, variants: variants, matcher: matcher)
        if json { output.json(report.json) } else { output.lines(report.lines) }
        return .success
    }
}
