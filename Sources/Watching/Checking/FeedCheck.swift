import FeedModel
import FoundationEssentials
import Matching
import Parsing
import Storage
import Transfers

/// One check of one feed, from its URL to stored matches. The steps are those of the story in docs/architecture.md; a
/// crash between any two of them loses nothing and repeats nothing.
struct FeedCheck: Sendable {
    let store: Store
    let fetcher: Fetcher
    let reading: Reading
    let matcher: Matcher
    let timing: CheckTiming
    let time: TimeSource
    /// Draws the jitter: 0 up to 1.
    let chance: @Sendable () -> Double

    /// How a check ended, and what the loop has to know of it.
    struct Report: Sendable {
        var feed: Feed
        /// What is known of the feed now.
        var state: FeedState
        var outcome: CheckOutcome
        var next: Date
        var took: Duration
        var isConditional: Bool
        /// The store did not take the result: nothing is known of this check but the attempt.
        var storeError: StoreError?
    }

    /// Checks `record.feed`. The attempt was written down before (P-24). Never throws: a failure is data.
    func run(_ record: FeedRecord, unconditionally: Bool = false) async -> Report {
        let began = time.now()
        let reply = await ask(record, unconditionally: unconditionally)
        let now = time.now()
        // Cut short by the end of the program: that says nothing about the feed, and the attempt is written down.
        guard !Task.isCancelled else {
            return Report(
                feed: record.feed, state: record.state, outcome: .unchanged,
                next: timing.provisional(feed: record.feed, state: record.state, now: now), took: .zero,
                isConditional: reply.isConditional)
        }
        do {
            let (result, decision) = try await settle(record, reply: reply, now: now)
            try await keep(result)
            return Report(
                feed: record.feed, state: result.state, outcome: result.outcome, next: decision.next,
                took: .seconds(max(0, now.timeIntervalSince(began))), isConditional: reply.isConditional)
        } catch {
            let again = timing.provisional(feed: record.feed, state: record.state, now: now)
            return Report(
                feed: record.feed, state: record.state, outcome: .unchanged, next: again, took: .zero,
                isConditional: reply.isConditional, storeError: error)
        }
    }
}

extension FeedCheck {
    /// What the server's answer comes to before anything is read.
    private enum Reply: Sendable {
        case document(Document, Validators, FreshnessHint, conditional: Bool)
        case notModified(Validators, FreshnessHint)
        case failure(CheckFailure, FreshnessHint, conditional: Bool)

        var isConditional: Bool {
            switch self {
            case .document(_, _, _, let conditional), .failure(_, _, let conditional): conditional
            case .notModified: true
            }
        }

        var hint: FreshnessHint {
            switch self {
            case .document(_, _, let hint, _), .notModified(_, let hint), .failure(_, let hint, _): hint
            }
        }
    }

    private func ask(_ record: FeedRecord, unconditionally: Bool) async -> Reply {
        let feed = record.feed
        let validators = unconditionally ? Validators() : record.state.validators
        var request = FetchRequest(url: feed.url)
        request.validators = validators
        request.validatorsURL = record.state.validatorsURL
        request.username = feed.username
        request.allowsInsecureTLS = feed.allowsInsecureTLS
        if let file = feed.passwordFile {
            do { request.password = try Secret.read(file: file) } catch {
                return .failure(
                    CheckFailure(.policy, "reading the password: \(error)"), FreshnessHint(), conditional: false)
            }
        }
        do {
            switch try await fetcher.fetch(request) {
            case .fresh(let document, let validators, let hint, let trace):
                return .document(document, validators, hint, conditional: trace.conditional)
            case .notModified(let validators, let hint, let trace):
                guard trace.conditional else {
                    return .failure(
                        CheckFailure(
                            .clientError, status: 304,
                            "asking for the feed: the server answered 304 to a question that was not asked"),
                        hint, conditional: false)
                }
                return .notModified(validators, hint)
            }
        } catch {
            return .failure(error.failure, error.freshness, conditional: !validators.isEmpty)
        }
    }

    /// The answer read, matched and timed: everything that will be written, and when to come back.
    private func settle(
        _ record: FeedRecord, reply: Reply, now: Date
    ) async throws(StoreError) -> (CheckResult, CheckTiming.Decision) {
        var state = record.state
        state.lastAttempt = now
        var outcome = CheckOutcome.unchanged
        var entries: [MatchedEntry] = []
        var seenAgain: [EntryIdentity] = []
        switch reply {
        case .notModified(let validators, _):
            state.validators = state.validators.updated(byNotModified: validators)
            state.recover(at: now)
        case .failure(let failure, _, _):
            state.fail(failure, at: now)
            outcome = .failed(failure)
        case .document(let document, let validators, _, _):
            do {
                let contents = try await reading.contents(of: document, from: record.feed)
                let isNew = try await store.unseen(contents.identities, in: record.feed.url)
                entries = await reading.entries(
                    at: isNew.indices.filter { isNew[$0] }, of: contents, from: record.feed, matcher: matcher, now: now,
                    isFirstFill: record.state.lastSuccess == nil)
                seenAgain = isNew.indices.filter { !isNew[$0] }.map { contents.identities[$0] }
                state.documentTitle = contents.feed.title ?? state.documentTitle
                state.publisherInterval = contents.feed.publisherInterval
                if !entries.isEmpty { state.lastNew = now }
                if let cut = contents.feed.problems.first(where: { $0.code == "truncated" }) {
                    // What is complete may be used, but the next request must bring the rest: the old validators stay (R9).
                    let failure = CheckFailure(.parse, "reading the feed: \(cut.message)")
                    state.fail(failure, at: now)
                    outcome = .failed(failure)
                } else {
                    state.validators = validators
                    state.validatorsURL = document.url
                    state.recover(at: now)
                    outcome = .updated(new: entries.count, matched: entries.count { $0.verdict.isRelevant })
                }
            } catch let failure as CheckFailure {
                state.fail(failure, at: now)
                outcome = .failed(failure)
            } catch let error as StoreError {
                throw error
            } catch {
                preconditionFailure("reading and storing throw nothing else")
            }
        }
        let decision = timing.decide(
            feed: record.feed, state: state, hint: reply.hint, isFirst: record.state.lastAttempt == nil, now: now,
            chance: chance())
        state.interval = decision.interval
        state.nextCheck = decision.next
        state.pausedUntil = decision.pausedUntil
        let result = CheckResult(
            feedURL: record.feed.url, at: now, state: state, outcome: outcome, entries: entries, seenAgain: seenAgain)
        return (result, decision)
    }

    private func keep(_ result: CheckResult) async throws(StoreError) {
        if result.entries.isEmpty && result.seenAgain.isEmpty {
            try await store.commitUnchanged([result])
        } else {
            try await store.commit(result)
        }
    }
}

extension FeedState {
    fileprivate mutating func recover(at now: Date) {
        failures = 0
        failingSince = nil
        lastFailure = nil
        lastSuccess = now
    }

    fileprivate mutating func fail(_ failure: CheckFailure, at now: Date) {
        failures += 1
        failingSince = failingSince ?? now
        lastFailure = failure
    }
}

extension ParsedFeed {
    /// How long the publisher itself lets pass between two checks: the longer of RSS `ttl` and the syndication module's
    /// period over frequency (P-19).
    var publisherInterval: Duration? {
        let ttl: Duration? = ttlMinutes.flatMap { $0 > 0 ? .seconds(Int64(min($0, 60 * 24 * 365)) * 60) : nil }
        let periods: [String: Int64] = [
            "hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000,
        ]
        var module: Duration?
        if let period = updatePeriod.flatMap({ periods[$0.lowercased()] }) {
            module = .seconds(period / Int64(min(max(updateFrequency ?? 1, 1), 10_000)))
        }
        return [ttl, module].compactMap { $0 }.max()
    }
}
