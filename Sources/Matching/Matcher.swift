public import FeedModel

/// All watchlists, ready to judge entries. A value: the same entry gets the same verdict.
public struct Matcher: Sendable {
    private let compiled: [CompiledWatch]
    private let index: TermIndex
    /// For each watch, the terms without which it has nothing to say.
    private let needed: [Set<Int>]

    /// Reads the files together (a set of one may be used in another), and runs their `expect` and `reject` lines.
    ///
    /// - Throws: every mistake of every file.
    public init(_ sources: [WatchlistSource]) throws(WatchlistErrors) {
        var reader = WatchlistReader(sources)
        compiled = reader.read()
        index = reader.index
        needed = compiled.map(\.terms)
        var errors = reader.errors
        if errors.isEmpty { errors = failedSelfTests() }
        guard errors.isEmpty else {
            throw WatchlistErrors(
                errors: errors.sorted { ($0.path, $0.line, $0.column) < ($1.path, $1.line, $1.column) })
        }
    }

    /// In the order of the files.
    public var watches: [Watch] { compiled.map(\.watch) }

    public func verdict(on entry: Entry, of feed: Feed?) -> Verdict {
        let matches = explain(entry, of: feed).filter(\.passed).map {
            Match(watch: $0.watch, score: $0.score, hits: $0.hits)
        }.sorted {
            $0.normalisedScore != $1.normalisedScore
                ? $0.normalisedScore > $1.normalisedScore : $0.watch.name < $1.watch.name
        }
        return Verdict(matches: matches, relevance: relevance(of: matches))
    }

    /// Every watch that found any of its terms, accepted or not.
    public func explain(_ entry: Entry, of feed: Feed?) -> [WatchExplanation] {
        let text = EntryText(entry, feed: feed, index: index)
        guard !text.found.isEmpty else { return [] }
        let present = Set(text.found.keys)
        return zip(compiled, needed).compactMap { watch, needed in
            needed.isDisjoint(with: present) ? nil : watch.explain(text, language: entry.language ?? feed?.language)
        }
    }

    /// A bounded function of the scores: a half for one watch just passed, nearer to 1 for more. (Until there is a model.)
    private func relevance(of matches: [Match]) -> Double {
        var rest = 1.0
        for match in matches { rest *= 1 / (1 + min(max(match.normalisedScore, 0), 20)) }
        return matches.isEmpty ? 0 : ((1 - rest) * 1000).rounded() / 1000
    }

    private func failedSelfTests() -> [WatchlistError] {
        compiled.flatMap { watch in
            watch.tests.compactMap { test in
                let entry = Entry(id: EntryID("self-test"), feedURL: "", title: test.text)
                let text = EntryText(entry, feed: nil, index: index)
                let explanation = watch.explain(text, language: nil)
                guard explanation.passed != test.mustPass else { return nil }
                let why = explanation.refusal.map(\.description) ?? "the score is \(explanation.score)"
                return WatchlistError(
                    path: watch.watch.file, line: test.line, column: test.column,
                    message: "\(test.mustPass ? "expect" : "reject"): \"\(watch.watch.name)\" "
                        + "\(test.mustPass ? "refuses" : "accepts") this text (\(why)); mend the watch or the line")
            }
        }
    }
}
