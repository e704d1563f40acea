import FeedModel
import FoundationEssentials
import Parsing
import Transfers

/// Asks addresses whether there is a feed, outside the schedule and without validators.
struct FeedProbe: Sendable {
    private let fetcher: Fetcher
    private let turns: HostTurns

    init(_ fetch: Configuration.Fetch, known: Remembered) {
        self.init(fetcher: Fetcher(Wiring.fetchSettings(fetch)), turns: HostTurns(fetch, known: known))
    }

    init(fetcher: Fetcher, turns: HostTurns) {
        self.fetcher = fetcher
        self.turns = turns
    }

    /// Ends; answers with what is to be remembered of what was asked.
    func stop() async -> HostTurns.Notes {
        await fetcher.stop()
        return await turns.notes
    }

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
        /// The address, or the feed that the page there names, was left alone.
        case notAsked(String, HostTurns.Refusal)
    }

    /// Why there is nothing to see at an address.
    private enum Miss: Error {
        case failed(CheckFailure)
        case notAsked(HostTurns.Refusal)
    }

    /// Looks for a feed at an address, or behind the page there: at most four more requests.
    ///
    /// - Parameter asking: told of each address before it is asked.
    func find(at feed: Feed, asking: (String) -> Void) async -> Finding {
        asking(feed.url)
        switch await ask(feed.url, of: feed, accept: .pages) {
        case .failure(.failed(let failure)): return .failed(failure)
        case .failure(.notAsked(let refusal)): return .notAsked(feed.url, refusal)
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
            case .failure(.notAsked(let refusal)): return .notAsked(only.url, refusal)
            case .failure(.failed(var failure)):
                failure.message = "this is a web page, and the feed it names fails: \(failure.message)"
                return .failed(failure)
            }
        }
        for place in FeedDiscovery.usualPlaces(of: page) {
            switch await sighting(at: place, for: feed, asking: asking) {
            case .success(let seen): return .feedOfPage(seen, named: named)
            case .failure(.notAsked(let refusal)): return .notAsked(place, refusal)
            case .failure(.failed): continue
            }
        }
        return named.isEmpty ? .noFeed : .choice(named)
    }

    private func sighting(at url: String, for feed: Feed, asking: (String) -> Void) async -> Result<Sighting, Miss> {
        asking(url)
        switch await ask(url, of: feed) {
        case .failure(let miss): return .failure(miss)
        case .success(let answer):
            do { return .success(try read(answer.document, url, answer.trace)) } catch {
                return .failure(.failed(error.failure))
            }
        }
    }

    /// How each of the feeds of one host or rate group is, asked one after another.
    func reports(on indices: [Int], of feeds: [Feed], known: Remembered) async -> [(Int, FeedReport)] {
        var reports: [(Int, FeedReport)] = []
        for index in indices {
            reports.append((index, await report(on: feeds[index], state: known.state(of: feeds[index]))))
        }
        return reports
    }

    private func report(on feed: Feed, state: FeedState) async -> FeedReport {
        switch await ask(feed.url, of: feed) {
        case .failure(.notAsked(let refusal)): return FeedReport(feed: feed, state: state, result: .notAsked(refusal))
        case .failure(.failed(let failure)):
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

    /// Asks again with the validators of the first answer, unless that asked for a pause.
    private func tryValidators(of answer: Answer, feed: Feed) async -> FeedReport.ValidatorUse {
        guard !answer.validators.isEmpty else { return .none }
        guard var request = try? FetchRequest(feed.url, of: feed) else { return .unknown }
        request.validators = answer.validators
        request.validatorsURL = answer.document.url
        switch await fetch(request, for: feed) {
        case .success(.notModified): return .work
        case .success(.fresh): return .idle
        case .failure: return .unknown
        }
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
    ) async -> Result<Answer, Miss> {
        var request: FetchRequest
        do { request = try FetchRequest(url, of: feed) } catch { return .failure(.failed(error)) }
        request.accept = accept
        switch await fetch(request, for: feed) {
        case .success(.fresh(let document, let validators, _, let trace)):
            return .success(Answer(document: document, validators: validators, trace: trace))
        case .success(.notModified(_, _, let trace)):
            return .failure(
                .failed(
                    CheckFailure(
                        .clientError, status: trace.status, "not modified, although nothing was asked to compare")))
        case .failure(let miss): return .failure(miss)
        }
    }

    /// Asks when it is the host's turn.
    private func fetch(_ request: FetchRequest, for feed: Feed) async -> Result<FetchResult, Miss> {
        do { try await turns.take(request.url, for: feed) } catch { return .failure(.notAsked(error)) }
        do {
            let result = try await fetcher.fetch(request)
            await turns.ended(request.url, for: feed, HostTurns.Answer(result))
            return .success(result)
        } catch {
            await turns.ended(request.url, for: feed, HostTurns.Answer(trace: error.trace, hint: error.freshness))
            return .failure(.failed(error.failure))
        }
    }
}

extension HostTurns.Answer {
    fileprivate init(_ result: FetchResult) {
        switch result {
        case .fresh(_, _, let hint, let trace): self.init(trace: trace, hint: hint)
        case .notModified(_, let hint, let trace): self.init(trace: trace, hint: hint, isNotModified: true)
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
