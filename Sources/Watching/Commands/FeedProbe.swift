import FeedModel
import FoundationEssentials
import Parsing
import Transfers

/// Asks addresses whether there is a feed, outside the schedule and without validators.
struct FeedProbe: Sendable {
    private let fetcher: Fetcher
    private let pause: Duration

    init(_ fetch: Configuration.Fetch) {
        fetcher = Fetcher(Wiring.fetchSettings(fetch))
        // A shorter pause is for allowed addresses only (P-69).
        pause = fetch.allowAddresses.isEmpty ? max(fetch.hostSpacing, .seconds(5)) : fetch.hostSpacing
    }

    func stop() async { await fetcher.stop() }

    /// A feed that was seen.
    struct Sighting: Sendable {
        /// Where it is; not where its address led to, which may be for today only.
        var url: String
        var document: ParsedFeed
        var status: Int
        var finalURL: String
    }

    /// The feed at an address, or the one that the page there names: at most four more requests.
    func feed(at feed: Feed) async -> Result<Sighting, CheckFailure> {
        let page: Document
        let trouble: CheckFailure
        switch await fetch(feed, accept: .pages) {
        case .failure(let failure): return .failure(failure)
        case .success(let (document, trace)):
            do { return .success(try read(document, feed.url, trace)) } catch {
                trouble = error.failure
                page = document
            }
        }
        for candidate in FeedDiscovery.candidates(in: page).prefix(4) {
            // Throws only when the command is told to end; then the fetch fails at once.
            try? await Task.sleep(for: pause)
            var guess = feed
            guess.url = candidate
            guard case .success(let (document, trace)) = await fetch(guess, accept: .feeds) else { continue }
            if let sighting = try? read(document, candidate, trace) { return .success(sighting) }
        }
        return .failure(trouble)
    }

    /// How each of the feeds of one host is, asked one after another.
    func reports(on indices: [Int], of feeds: [Feed], known: [String: FeedState]) async -> [(Int, FeedReport)] {
        var reports: [(Int, FeedReport)] = []
        var hasAsked = false
        for index in indices {
            let state = known[feeds[index].url] ?? FeedState()
            if hasAsked { try? await Task.sleep(for: pause) }  // As above.
            let report = await report(on: feeds[index], state: state)
            if case .paused = report.result {} else { hasAsked = true }
            reports.append((index, report))
        }
        return reports
    }

    private func report(on feed: Feed, state: FeedState) async -> FeedReport {
        if let until = state.pausedUntil, until > Date() {
            return FeedReport(feed: feed, state: state, result: .paused(until: until))
        }
        switch await ask(feed) {
        case .failure(let failure):
            return FeedReport(feed: feed, state: state, result: .failed(failure, suggestion: state.memory.suggestion))
        case .success(let answer):
            do {
                let sighting = try read(answer.document, feed.url, answer.trace)
                let validators = await tryValidators(of: answer, feed: feed)
                return FeedReport(
                    feed: feed, state: state,
                    result: .seen(sighting, redirects: answer.trace.redirects, validators: validators))
            } catch {
                let named = FeedDiscovery.named(in: answer.document).first { $0 != feed.url }
                return FeedReport(feed: feed, state: state, result: .failed(error.failure, suggestion: named))
            }
        }
    }

    /// Asks again with the validators of the first answer, after the usual pause.
    private func tryValidators(of answer: Answer, feed: Feed) async -> FeedReport.ValidatorUse {
        guard !answer.validators.isEmpty else { return .none }
        try? await Task.sleep(for: pause)  // As above.
        guard case .success(var request) = request(for: feed, accept: .feeds) else { return .unknown }
        request.validators = answer.validators
        request.validatorsURL = answer.document.url
        do {
            if case .notModified = try await fetcher.fetch(request) { return .work }
            return .idle
        } catch { return .unknown }
    }

    private func read(_ document: Document, _ url: String, _ trace: FetchTrace) throws(ParseError) -> Sighting {
        Sighting(
            url: url, document: try FeedParser().parse(document), status: trace.status, finalURL: trace.finalURL)
    }

    private struct Answer: Sendable {
        var document: Document
        var validators: Validators
        var trace: FetchTrace
    }

    private func request(
        for feed: Feed, accept: FetchRequest.Accept
    ) -> Result<FetchRequest, CheckFailure> {
        var request = FetchRequest(url: feed.url)
        request.accept = accept
        request.allowsInsecureTLS = feed.allowsInsecureTLS
        request.username = feed.username
        request.password = feed.password?.text
        if let file = feed.passwordFile {
            do { request.password = try Secret.read(file: file) } catch {
                return .failure(CheckFailure(.policy, "\(error)"))
            }
        }
        return .success(request)
    }

    private func ask(_ feed: Feed, accept: FetchRequest.Accept = .feeds) async -> Result<Answer, CheckFailure> {
        do {
            switch try await fetcher.fetch(request(for: feed, accept: accept).get()) {
            case .fresh(let document, let validators, _, let trace):
                return .success(Answer(document: document, validators: validators, trace: trace))
            case .notModified(_, _, let trace):
                return .failure(
                    CheckFailure(
                        .clientError, status: trace.status, "not modified, although nothing was asked to compare"))
            }
        } catch let failure as CheckFailure {
            return .failure(failure)
        } catch let error as FetchError {
            return .failure(error.failure)
        } catch {
            preconditionFailure("a fetch and its preparation fail in no other way")
        }
    }

    private func fetch(
        _ feed: Feed, accept: FetchRequest.Accept
    ) async -> Result<(Document, FetchTrace), CheckFailure> {
        await ask(feed, accept: accept).map { ($0.document, $0.trace) }
    }
}
