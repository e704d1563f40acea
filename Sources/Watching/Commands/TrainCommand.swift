import FeedModel
import Matching

extension Commands {
    /// Fits the weights of the relevance model to labelled entries and writes the model file: from the same entries, the
    /// same bytes.
    ///
    /// - Parameter target: where to; `-` is standard output, nil the model's own file.
    public func train(files: [String], target: String?, watchlists: [String], model: String?) -> ExitCode {
        guard let matcher = matcher(watchlists, model: model) else { return .configuration }
        guard let known = matcher.model else { return refuseWithoutModel("training") }
        var entries: [LabelledEntry] = []
        for path in files {
            do { entries += try LabelledEntry.read(path) } catch {
                output.error("training: \(path): \(error)")
                return .noInput
            }
        }
        let holding = entries.map { matcher.questionsHolding($0.entry, of: $0.feed) }
        let examples = zip(entries, holding).compactMap { $0.example(holding: $1) }
        guard examples.contains(where: \.isRelevant), examples.contains(where: { !$0.isRelevant }) else {
            output.error("training: entries with \"rel\" 2 and with \"rel\" 0 are both needed; label some of each")
            return .noInput
        }
        let trained = known.fitted(to: examples)
        let path = target ?? known.path
        if path == "-" {
            output.document(trained.text)
        } else {
            do { try replaceFile(path, with: Array(trained.text.utf8)) } catch {
                output.error("training: \(path): \(error); name a file that can be written with --output")
                return .wrong
            }
        }
        report(known, trained, examples, entries, holding, matcher)
        return .success
    }

    private func report(
        _ known: RelevanceModel, _ trained: RelevanceModel, _ examples: [RelevanceExample], _ entries: [LabelledEntry],
        _ holding: [[Int]], _ matcher: Matcher
    ) {
        let relevant = examples.count(where: \.isRelevant)
        output.note("trained on \(examples.count) entries, \(relevant) of them relevant")
        if Set(entries.map(\.group)).count > 1 {
            let judgement = Judgement(crossValidating: entries, holding: holding, matcher: matcher, model: known)
            output.note("each group judged by the others: " + EvalReport.line(Figures(entries, judgement)))
        }
        let moved = zip(trained.terms, trained.terms.map(\.prior)).map { ($0.label, $0.weight, $1) }
            .sorted { abs($0.1 - $0.2) > abs($1.1 - $1.2) }.prefix(5)
        for (label, weight, prior) in moved {
            output.note("  \(EvalReport.signed(prior)) became \(EvalReport.signed(weight))  \(label)")
        }
    }

    func refuseWithoutModel(_ what: String) -> ExitCode {
        output.error("\(what): there is no relevance model; name one in [watchlists] relevance_model or with --model")
        return .configuration
    }
}
