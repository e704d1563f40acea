import FeedModel
import FoundationEssentials
import Matching
import Storage

extension Commands {
    /// What a reader says of an entry.
    public enum Rating: String, Sendable, CaseIterable {
        case plus = "+"
        case minus = "-"
        /// Takes an earlier word back.
        case withdrawn = "0"
    }

    /// Stores a reader's vote on a stored entry, and says how it moves the relevance model. The rules stay: a vote weighs the
    /// model's lines anew, none by more than a half.
    public func rate(entry id: String, as rating: Rating, json: Bool) async -> ExitCode {
        do throws(Ended) {
            let configuration = try loadConfiguration()
            guard let matcher = matcher([]) else { return .configuration }
            guard let model = matcher.model else { return refuseWithoutModel("rating") }
            do throws(StoreError) {
                let store = try Store(amendingBeside: configuration.state.storePath)
                guard let found = try await store.entry(EntryID(id)) else {
                    output.error("rating: \(id): not in the store; see durbeen search")
                    return .wrong
                }
                let feed = try await store.feed(found.entry.feedURL)?.feed
                let before = model.adjusted(by: try await store.votes().map { $0.example(for: model) })
                let holding = matcher.questionsHolding(found.entry, of: feed)
                if rating == .withdrawn {
                    guard try await store.withdrawVote(on: found.entry.id) else {
                        output.error("rating: \(id): there is no vote on it to take back")
                        return .wrong
                    }
                } else {
                    try await store.cast(
                        Vote(
                            entry: found.entry.id, isFor: rating == .plus, at: Date(),
                            labels: holding.map { model.terms[$0].label }))
                }
                let votes = try await store.votes()
                let after = model.adjusted(by: votes.map { $0.example(for: model) })
                tell(found.entry, votes.count, holding, before, after, json: json)
                return .success
            } catch { throw said(error) }
        } catch { return error.code }
    }

    private func tell(
        _ entry: Entry, _ votes: Int, _ holding: [Int], _ before: RelevanceModel, _ after: RelevanceModel, json: Bool
    ) {
        let (old, new) = (before.relevance(holding: holding), after.relevance(holding: holding))
        let moved = zip(before.terms, after.terms).filter { $0.weight != $1.weight }
            .sorted { abs($0.1.weight - $0.0.weight) > abs($1.1.weight - $1.0.weight) }
        if json {
            output.json(
                .object([
                    "id": .string(entry.id.text), "votes": .integer(Int64(votes)),
                    "relevance": .object(["before": .real(old), "after": .real(new)]),
                    "moved": .array(
                        moved.map { old, new in
                            .object([
                                "label": .string(new.label), "before": .real(old.weight), "after": .real(new.weight),
                            ])
                        }),
                ]))
            return
        }
        output.line("\(votes) votes; relevance of this entry \(EvalReport.text(old)), now \(EvalReport.text(new))")
        for (old, new) in moved.prefix(5) {
            output.line("  \(EvalReport.signed(old.weight)) became \(EvalReport.signed(new.weight))  \(new.label)")
        }
        output.note("the service takes votes into account when it is next started or reloaded")
    }
}
