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
    func reports(on indices: [Int], of feeds: [Feed]) async -> [(Int, FeedReport)] {
        var reports: [(Int, FeedReport)] = []
        for (number, index) in indices.enumerated() {
            if number > 0 { try? await Task.sleep(for: pause) }  // As above.
            reports.append((index, await report(on: feeds[index])))
        }
        return reports
    }

    private func report(on feed: Feed) async -> FeedReport {
        switch await fetch(feed, accept: .feeds) {
        case .failure(let failure): return FeedReport(feed: feed, result: .failure(failure))
        case .success(let (document, trace)):
            do { return FeedReport(feed: feed, result: .success(try read(document, feed.url, trace))) } catch {
                return FeedReport(feed: feed, result: .failure(error.failure))
            }
        }
    }

    private func read(_ document: Document, _ url: String, _ trace: FetchTrace) throws(ParseError) -> Sighting {
        Sighting(
            url: url, document: try FeedParser().parse(document), status: trace.status, finalURL: trace.finalURL)
    }

    private func fetch(
        _ feed: Feed, accept: FetchRequest.Accept
    ) async -> Result<(Document, FetchTrace), CheckFailure> {
        var request = FetchRequest(url: feed.url)
        request.accept = accept
        request.allowsInsecureTLS = feed.allowsInsecureTLS
        if let username = feed.username, let file = feed.passwordFile {
            request.username = username
            do { request.password = try Secret.read(file: file) } catch {
                return .failure(CheckFailure(.policy, "\(error)"))
            }
        }
        do {
            switch try await fetcher.fetch(request) {
            case .fresh(let document, _, _, let trace): return .success((document, trace))
            case .notModified(_, _, let trace):
                return .failure(
                    CheckFailure(
                        .clientError, status: trace.status, "not modified, although nothing was asked to compare"))
            }
        } catch { return .failure(error.failure) }
    }
}

/// How one feed is.
struct FeedReport: Sendable {
    var feed: Feed
    var result: Result<FeedProbe.Sighting, CheckFailure>

    var isWell: Bool {
        if case .success = result { return true }
        return false
    }

    private func newest(_ document: ParsedFeed) -> Date? {
        document.entries.compactMap { $0.published ?? $0.updated }.max()
    }

    func lines(now: Date) -> [String] {
        switch result {
        case .failure(let failure):
            return ["failed  \(feed.url)", "        \(failure.kind.rawValue): \(failure.message)"]
        case .success(let seen):
            let entries = counted(seen.document.entries.count, "entry", "entries")
            let age = newest(seen.document).map { ", newest \(ageText(now.timeIntervalSince($0)))" } ?? ", none dated"
            var lines = [
                "ok      \(feed.url)", "        \(seen.status), \(seen.document.format.rawValue), \(entries)\(age)",
            ]
            if seen.finalURL != feed.url { lines.append("        answered from \(seen.finalURL)") }
            lines += seen.document.problems.prefix(5).map { "        \($0.code): \($0.message)" }
            return lines
        }
    }

    private func ageText(_ seconds: TimeInterval) -> String {
        guard seconds.isFinite, abs(seconds) < 1e12 else { return "at no believable time" }
        if seconds < 0 { return "in the future" }
        return seconds < 172_800 ? "\(Int(seconds / 3600)) h old" : "\(Int(seconds / 86_400)) days old"
    }

    var json: JSON {
        switch result {
        case .failure(let failure):
            .object([
                "url": .string(feed.url), "ok": .bool(false), "class": .string(failure.kind.rawValue),
                "status": failure.status.map { .integer(Int64($0)) }, "error": .string(failure.message),
            ])
        case .success(let seen):
            .object([
                "url": .string(feed.url), "ok": .bool(true), "status": .integer(Int64(seen.status)),
                "final_url": .string(seen.finalURL), "format": .string(seen.document.format.rawValue),
                "title": seen.document.title.map(JSON.string), "entries": .integer(Int64(seen.document.entries.count)),
                "newest": newest(seen.document).map { .string($0.formatted(.iso8601)) },
                "problems": .array(
                    seen.document.problems.map { problem in
                        .object([
                            "code": .string(problem.code), "message": .string(problem.message),
                            "line": problem.line.map { .integer(Int64($0)) },
                        ])
                    }),
            ])
        }
    }
}
