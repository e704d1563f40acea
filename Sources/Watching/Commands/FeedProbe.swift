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

    /// What there is at an address that a reader gave.
    enum Finding: Sendable {
        case feed(Sighting)
        /// A page, and its feed: the only one of its own that it names, or one that stands where feeds usually do. With all
        /// that it names.
        case feedOfPage(Sighting, named: [NamedFeed])
        /// A page that names several; none was asked.
        case choice([NamedFeed])
        /// A page without a feed.
        case noFeed
        case failed(CheckFailure)
    }

    /// Looks for a feed at an address, or behind the page there: at most four more requests.
    ///
    /// - Parameter asking: told of each address before it is asked.
    func find(at feed: Feed, asking: (String) -> Void) async -> Finding {
        asking(feed.url)
        switch await ask(feed.url, of: feed, accept: .pages) {
        case .failure(let failure): return .failed(failure)
        case .success(let answer):
            do { return .feed(try read(answer.document, feed.url, answer.trace)) } catch {
                guard FeedDiscovery.isPage(answer.document), !error.isChallenge else { return .failed(error.failure) }
                return await find(behind: answer.document, for: feed, asking: asking)
            }
        }
    }

    private func find(behind page: Document, for feed: Feed, asking: (String) -> Void) async -> Finding {
        let named = FeedDiscovery.named(in: page)
        let own = named.filter { !$0.isForComments }
        guard own.count <= 1 else { return .choice(named) }
        if let only = own.first {
            switch await sighting(at: only.url, for: feed, asking: asking) {
            case .success(let seen): return .feedOfPage(seen, named: named)
            case .failure(var failure):
                failure.message = "this is a web page, and the feed it names fails: \(failure.message)"
                return .failed(failure)
            }
        }
        for place in FeedDiscovery.usualPlaces(of: page) {
            if case .success(let seen) = await sighting(at: place, for: feed, asking: asking) {
                return .feedOfPage(seen, named: named)
            }
        }
        return named.isEmpty ? .noFeed : .choice(named)
    }

    /// The feed at `url`, asked after the usual pause.
    private func sighting(
        at url: String, for feed: Feed, asking: (String) -> Void
    ) async -> Result<Sighting, CheckFailure> {
        asking(url)
        // Throws only when the command is told to end; then the fetch fails at once.
        try? await Task.sleep(for: pause)
        switch await ask(url, of: feed) {
        case .failure(let failure): return .failure(failure)
        case .success(let answer):
            do { return .success(try read(answer.document, url, answer.trace)) } catch {
                return .failure(error.failure)
            }
        }
    }

    /// How each of the feeds of one host is, asked one after another.
    func reports(on indices: [Int], of feeds: [Feed], known: Remembered) async -> [(Int, FeedReport)] {
        var reports: [(Int, FeedReport)] = []
        var hasAsked = false
        for index in indices {
            if hasAsked { try? await Task.sleep(for: pause) }  // As above.
            let report = await report(on: feeds[index], known: known)
            if case .paused = report.result {} else { hasAsked = true }
            reports.append((index, report))
        }
        return reports
    }

    private func report(on feed: Feed, known: Remembered) async -> FeedReport {
        let state = known.state(of: feed)
        if let until = known.pause(of: feed, now: Date()) {
            return FeedReport(feed: feed, state: state, result: .paused(until: until))
        }
        switch await ask(feed.url, of: feed) {
        case .failure(let failure):
            return FeedReport(
                feed: feed, state: state, result: .failed(failure, named: state.memory.suggestion.map { [$0] } ?? []))
        case .success(let answer):
            do {
                let sighting = try read(answer.document, feed.url, answer.trace)
                let validators = await tryValidators(of: answer, feed: feed)
                return FeedReport(
                    feed: feed, state: state,
                    result: .seen(sighting, redirects: answer.trace.redirects, validators: validators))
            } catch {
                guard FeedDiscovery.isPage(answer.document), !error.isChallenge else {
                    return FeedReport(feed: feed, state: state, result: .failed(error.failure, named: []))
                }
                let named = FeedDiscovery.named(in: answer.document).map(\.url).filter { $0 != feed.url }
                let failure = CheckFailure(
                    .notAFeed, status: answer.trace.status,
                    named.isEmpty
                        ? "a web page came that names no feed; look for a link called RSS, Atom or Feed on the site"
                        : "a web page came instead of a feed")
                return FeedReport(feed: feed, state: state, result: .failed(failure, named: named))
            }
        }
    }

    /// Asks again with the validators of the first answer, after the usual pause.
    private func tryValidators(of answer: Answer, feed: Feed) async -> FeedReport.ValidatorUse {
        guard !answer.validators.isEmpty else { return .none }
        try? await Task.sleep(for: pause)  // As above.
        do {
            var request = try FetchRequest(feed.url, of: feed)
            request.validators = answer.validators
            request.validatorsURL = answer.document.url
            if case .notModified = try await fetcher.fetch(request) { return .work }
            return .idle
        } catch { return .unknown }
    }

    private func read(_ document: Document, _ url: String, _ trace: FetchTrace) throws(ParseError) -> Sighting {
        Sighting(
            url: url, document: try FeedParser.ofFetched.parse(document), status: trace.status, finalURL: trace.finalURL
        )
    }

    private struct Answer: Sendable {
        var document: Document
        var validators: Validators
        var trace: FetchTrace
    }

    private func ask(
        _ url: String, of feed: Feed, accept: FetchRequest.Accept = .feeds
    ) async -> Result<Answer, CheckFailure> {
        do {
            var request = try FetchRequest(url, of: feed)
            request.accept = accept
            switch try await fetcher.fetch(request) {
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
}

extension ParseError {
    /// A page that wants proof of a browser names no feed.
    fileprivate var isChallenge: Bool {
        if case .challenge = self { return true }
        return false
    }
}
