import FeedModel
import FoundationEssentials
import Matching
import Parsing
import Storage
import Transfers

/// An entry whose page deserves a look: its feed says too little to judge it by.
struct PageLook: Sendable {
    var url: String
    var entry: EntryID
    var feed: Feed
    /// The addresses that led here, one redirect after the other.
    var via: [String] = []
}

/// Which entries deserve a second look, and how many of one host.
struct SecondLook: Sendable, Equatable {
    /// Entries from the first to below the second relevance are neither here nor there.
    var from: Double
    var below: Double
    /// Where the text stands on the pages of some sites.
    var rules = PageRules()
    /// Pages of one host in an hour (P-50).
    static let mostPerHost = 3

    /// - Parameter hasHits: whether a watch found any of its terms.
    func deserves(_ matched: MatchedEntry, hasHits: Bool) -> Bool {
        guard let url = matched.entry.url, !url.lowercased().hasSuffix(".pdf") else { return false }
        let relevance = matched.verdict.relevance
        if relevance >= from && relevance < below && relevance > 0 { return true }
        return hasHits && !matched.verdict.isRelevant && Self.isBare(matched.entry)
    }

    /// Whether the feed gives no text to speak of.
    static func isBare(_ entry: Entry) -> Bool { entry.body.isEmpty && entry.summary.utf8.count < 40 }
}

/// One look at an entry's page: robots.txt is asked and obeyed, the page is fetched once and never again, its text becomes
/// the entry's, and the watchlists judge once more.
struct PageCheck: Sendable {
    let store: Store
    let fetcher: Fetcher
    let reading: Reading
    let matcher: Matcher
    let time: TimeSource
    let spacing: @Sendable (String) -> Duration
    let rules: PageRules

    /// With what a check of a feed uses.
    init(_ check: FeedCheck) {
        store = check.store
        fetcher = check.fetcher
        reading = check.reading
        matcher = check.matcher
        time = check.time
        spacing = check.spacing
        rules = check.secondLook?.rules ?? PageRules()
    }

    struct Report: Sendable {
        var look: PageLook
        var outcome = PageOutcome.failed
        /// Whether a watch accepts the entry now.
        var isRelevant = false
        var requests = 0
        var wireBytes = 0
        var began: Date
        var ended: Date
        /// Where the page is said to be instead: a look of its own, for its host has rules and a pace of its own.
        var redirect: String?
        /// Until when its server asked to be left alone.
        var pausedUntil: Date?
        var storeError: StoreError?
    }

    private static let mostRedirects = 5
    private static let robotsLifetime: TimeInterval = 86_400
    /// Less text than this is a menu.
    private static let leastText = 200

    func run(_ look: PageLook) async -> Report {
        let began = time.now()
        var report = Report(look: look, began: began, ended: began)
        do throws(StoreError) { try await take(look, into: &report) } catch { report.storeError = error }
        report.ended = time.now()
        return report
    }

    private func take(_ look: PageLook, into report: inout Report) async throws(StoreError) {
        guard try await !store.pageWasAsked(look.url), let origin = origin(of: look.url) else { return }
        let robots = try await robots(of: origin, into: &report)
        // Whoever was interrupted has not been answered, and asks another time.
        guard let robots, !Task.isCancelled else { return }
        try await store.recordPage(look.url, of: look.entry, at: time.now())
        guard robots.allows(String(look.url.dropFirst(origin.count))) else {
            report.outcome = .forbidden
            return try await store.settlePage(look.url, of: look.entry, outcome: .forbidden, text: nil, verdict: nil)
        }
        // Cut short only by the end of the program; then the fetch is, too.
        if report.requests > 0 { try? await time.sleep(spacing(look.url)) }
        var request = FetchRequest(url: look.url)
        request.accept = .pages
        request.followsRedirects = false
        guard let page = await fetch(request, into: &report), let known = try await store.entry(look.entry) else {
            return
        }
        let text = await reading.text(of: page, rules: rules)
        guard text.utf8.count >= Self.leastText else { return }
        var entry = known.entry
        entry.body = text
        let verdict = matcher.verdict(on: entry, of: look.feed, now: time.now())
        report.outcome = .read
        report.isRelevant = verdict.isRelevant
        try await store.settlePage(
            look.url, of: look.entry, outcome: .read, text: text, verdict: verdict,
            canonical: await reading.canonicalURL(of: page))
    }

    /// nil if nothing can be said now.
    private func robots(of origin: String, into report: inout Report) async throws(StoreError) -> Robots? {
        let now = time.now()
        if let kept = try await store.robots(of: origin), abs(now.timeIntervalSince(kept.at)) < Self.robotsLifetime {
            return Robots(kept.text)
        }
        var request = FetchRequest(url: origin + "/robots.txt")
        request.accept = .pages
        var text = Robots.allForbidden
        report.requests += 1
        do {
            if case .fresh(let document, _, _, let trace) = try await fetcher.fetch(request) {
                text = String(decoding: document.bytes, as: UTF8.self)
                report.wireBytes += trace.wireBytes
            }
        } catch {
            guard !Task.isCancelled else { return nil }
            // No such file, nor an empty one, forbids anything; a server in trouble does (RFC 9309, 2.3.1).
            note(error, in: &report)
            report.redirect = nil
            let status = error.failure.status ?? 0
            if (400..<500).contains(status) && status != 429 || status == 200 { text = "" }
        }
        try await store.keepRobots(text, of: origin, at: now)
        return Robots(text)
    }

    private func fetch(_ request: FetchRequest, into report: inout Report) async -> Document? {
        report.requests += 1
        do {
            guard case .fresh(let document, _, _, let trace) = try await fetcher.fetch(request) else { return nil }
            report.wireBytes += trace.wireBytes
            return document
        } catch {
            note(error, in: &report)
            return nil
        }
    }

    private func note(_ error: FetchError, in report: inout Report) {
        report.wireBytes += error.trace.wireBytes
        if report.look.via.count < Self.mostRedirects { report.redirect = error.trace.redirects.last?.to }
        let asked = error.freshness.retryDelay(now: time.now()).map { min($0, CheckTiming.longestRetryAfter) }
        // As for feeds: who says 429 without a time means an hour at least (P-28, P-29).
        guard let pause = error.failure.status == 429 ? max(asked ?? .zero, CheckTiming.hour) : asked else { return }
        report.pausedUntil = time.now().addingTimeInterval(pause.inSeconds)
    }

    private func origin(of url: String) -> String? {
        guard let scheme = url.firstIndex(of: ":"), url.lowercased().hasPrefix("http") else { return nil }
        return "\(url[..<scheme])://\(authority(of: url))"
    }
}
