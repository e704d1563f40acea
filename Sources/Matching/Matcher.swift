public import FeedModel
public import struct FoundationEssentials.Date
import Synchronization

/// All watchlists, ready to judge entries: the same entry gets the same verdict. Any number of tasks may ask at once.
public struct Matcher: Sendable {
    private let program: Program
    private let readings: Readings
    private let scorer: RelevanceScorer?

    /// Reads the files together (a set of one may be used in another), and runs their `expect` and `reject` lines.
    ///
    /// - Parameter model: what `relevance` means in the files and in verdicts; its questions may name their sets.
    /// - Throws: every mistake of every file.
    public init(_ sources: [WatchlistSource], model: RelevanceModel? = nil) throws(WatchlistErrors) {
        var reader = WatchlistReader(sources, hasModel: model != nil)
        let questions: [Int32]
        (program, questions) = reader.read(model)
        scorer = model.map { RelevanceScorer(model: $0, nodes: questions) }
        readings = Readings(program, scorer)
        var errors = reader.errors
        if errors.isEmpty { errors = failedSelfTests(sources) }
        guard errors.isEmpty else {
            throw WatchlistErrors(
                errors: errors.sorted { ($0.path, $0.line, $0.column) < ($1.path, $1.line, $1.column) })
        }
    }

    private init(_ program: Program, _ scorer: RelevanceScorer) {
        self.program = program
        self.scorer = scorer
        readings = Readings(program, scorer)
    }

    /// The relevance model, if there is one.
    public var model: RelevanceModel? { scorer?.model }

    /// The same watchlists under the same questions with other weights.
    ///
    /// - Precondition: `model` has the questions of this matcher's model.
    public func weighing(_ model: RelevanceModel) -> Matcher {
        guard let scorer else { preconditionFailure("without a model there is nothing to weigh anew") }
        precondition(model.terms.map(\.question) == scorer.model.terms.map(\.question), "another model's questions")
        return Matcher(program, RelevanceScorer(model: model, nodes: scorer.nodes))
    }

    /// The numbers of the model's terms that hold for the entry, ascending; none without a model.
    public func questionsHolding(_ entry: Entry, of feed: Feed?) -> [Int] {
        guard let scorer else { return [] }
        return readings.use { reading in
            reading.read(entry, of: feed, now: nil, keepsAllPlaces: false)
            return scorer.holding(in: reading)
        }
    }

    /// In the order of the files.
    public var watches: [Watch] { program.watches.map(\.watch) }

    /// The gates and weighted lines of every watch, in the order of the files.
    public var rules: [WatchRule] {
        program.watches.enumerated().flatMap { number, watch in
            let rules =
                watch.musts.map { WatchRule(watch: number, line: $0.line, kind: .must) }
                + watch.nevers.map { WatchRule(watch: number, line: $0.line, kind: .never) }
                + watch.lines.map {
                    WatchRule(watch: number, line: $0.line, kind: .weight($0.weight), label: $0.label)
                }
            return rules.sorted { $0.line < $1.line }
        }
    }

    /// Which watches accept the entry.
    ///
    /// - Parameters:
    ///   - feed: where the entry was found; a watch with a scope accepts nothing of unknown origin.
    ///   - now: what `age` and `mute-until` are counted from; without it no `age` holds and nothing is muted.
    ///   - withHits: whether each match says what was found where. Scores alone cost a fraction of it.
    public func verdict(on entry: Entry, of feed: Feed?, now: Date? = nil, withHits: Bool = true) -> Verdict {
        readings.use { reading in
            reading.read(entry, of: feed, now: now, keepsAllPlaces: withHits)
            var accepted: [(watch: Int, score: Double)] = []
            var nearest: (watch: Int, score: Double)?
            for number in program.always { reading.ask(number) }
            for at in 0..<reading.candidateCount {
                let watch = Int(reading.candidates[at])
                guard let score = reading.notableScore(ofWatch: watch) else { continue }
                if score >= reading.tables.watches[watch].threshold {
                    accepted.append((watch, score))
                } else if nearest.map({ reading.tables.precedes((watch, score), $0) }) ?? true {
                    nearest = (watch, score)
                }
            }
            func match(_ found: (watch: Int, score: Double)) -> Match {
                Match(
                    watch: program.watches[found.watch].watch, score: found.score,
                    hits: withHits ? reading.explanation(ofWatch: found.watch).hits : [])
            }
            guard !accepted.isEmpty else {
                return Verdict(matches: [], relevance: reading.relevance ?? 0, nearMiss: nearest.map(match))
            }
            accepted.sort { reading.tables.precedes($0, $1) }
            let matches = accepted.map(match)
            return Verdict(matches: matches, relevance: reading.relevance ?? relevance(of: matches))
        }
    }

    /// What every watch makes of the entry that found any of its terms, accepted or not.
    public func explain(_ entry: Entry, of feed: Feed?, now: Date? = nil) -> [WatchExplanation] {
        readings.use { reading in
            reading.read(entry, of: feed, now: now, keepsAllPlaces: true)
            let always = Set(program.always)
            return program.watches.enumerated().compactMap { number, watch in
                let isConcerned =
                    always.contains(Int32(number))
                    || watch.groups.contains { reading.groups[Int($0)].generation == reading.generation }
                return isConcerned ? reading.explanation(ofWatch: number) : nil
            }
        }
    }
}

extension Matcher: CustomStringConvertible {
    public var description: String { "\(program.watches.count) watches" }
}

extension Matcher {
    /// A bounded function of the scores: a half for one watch just passed, nearer to 1 for more. (Without a model.)
    private func relevance(of matches: [Match]) -> Double {
        var rest = 1.0
        for match in matches { rest *= 1 / (1 + min(max(match.normalisedScore, 0), 20)) }
        return matches.isEmpty ? 0 : ((1 - rest) * 1000).rounded() / 1000
    }

    private func failedSelfTests(_ sources: [WatchlistSource]) -> [WatchlistError] {
        readings.use { reading in
            program.watches.enumerated().flatMap { number, watch in
                watch.tests.compactMap { test in
                    let entry = Entry(id: EntryID("self-test"), feedURL: "", title: test.text)
                    reading.read(entry, of: nil, now: nil, keepsAllPlaces: true)
                    guard (reading.refusal(ofWatch: number, asksSource: false) == nil) != test.mustPass else {
                        return nil
                    }
                    let explanation = reading.explanation(ofWatch: number, asksSource: false)
                    let why = explanation.refusal.map(\.description) ?? "the score is \(explanation.score)"
                    let line = sources.first { $0.path == watch.watch.file }.map { excerpt(of: $0, line: test.line) }
                    return WatchlistError(
                        path: watch.watch.file, line: test.line, column: test.column,
                        message: "\(test.mustPass ? "expect" : "reject"): \"\(watch.watch.name)\" "
                            + "\(test.mustPass ? "refuses" : "accepts") this text (\(why)); mend the watch or the line",
                        excerpt: line ?? "")
                }
            }
        }
    }

    private func excerpt(of source: WatchlistSource, line: Int) -> String {
        let lines = source.bytes.split(separator: 0x0A, maxSplits: line, omittingEmptySubsequences: false)
        return lines.count >= line ? String(decoding: lines[line - 1], as: UTF8.self) : ""
    }
}

extension ProgramTables {
    /// By priority, then by score over threshold, then by name.
    fileprivate func precedes(_ left: (watch: Int, score: Double), _ right: (watch: Int, score: Double)) -> Bool {
        let (one, other) = (watches[left.watch], watches[right.watch])
        if one.priority != other.priority { return one.priority > other.priority }
        let (share, otherShare) = (one.normalised(left.score), other.normalised(right.score))
        return share != otherShare ? share > otherShare : one.nameRank < other.nameRank
    }
}

extension ProgramTables.Watch {
    /// As `Match.normalisedScore`.
    fileprivate func normalised(_ score: Double) -> Double { threshold > 0 ? score / threshold : 1 + max(0, score) }
}

/// Readings that nobody uses just now. A reading is made when all are in use, so as many come to be as tasks ask at once.
private final class Readings: Sendable {
    private let tables: ProgramTables
    private let scoring: (any RelevanceScoring)?
    private let idle = Mutex<[Handle]>([])

    /// A reading on its way from one task to another: the lock hands it over, and only one holds it at a time.
    private struct Handle: @unchecked Sendable {
        let reading: EntryReading
    }

    init(_ program: Program, _ scoring: (any RelevanceScoring)?) {
        tables = ProgramTables(program)
        self.scoring = scoring
    }

    func use<Answer>(_ body: (EntryReading) -> Answer) -> Answer {
        let handle = idle.withLock { $0.popLast() } ?? Handle(reading: EntryReading(tables, scoring: scoring))
        defer { idle.withLock { $0.append(handle) } }
        return body(handle.reading)
    }
}
