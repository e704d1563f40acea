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
/// the entry's, and the watchlists judge once more. A page that could not be had, for now, is tried three times within a day.
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
        /// All that were sent, those to other hosts included.
        var requests = 0
        /// The hosts that redirects of robots.txt led to, one for each request.
        var elsewhere: [String] = []
        var wireBytes = 0
        var began: Date
        var ended: Date
        /// Where the page is said to be instead: a look of its own, for its host has rules and a pace of its own.
        var redirect: String?
        /// When it is to be asked for again.
        var retryAt: Date?
        /// It is not the page's own fault that it could not be had: a network or a server in trouble.
        fileprivate var isPassing = false
        /// Until when a server asked to be left alone, and the address that it said so at.
        var pausedUntil: Date?
        var pausedAt: String?
        var storeError: StoreError?

        init(look: PageLook, began: Date, ended: Date) {
            self.look = look
            self.began = began
            self.ended = ended
        }
    }

    private static let mostRedirects = 5
    private static let robotsLifetime: TimeInterval = 86_400
    /// A site that could not be asked what it permits is asked again after so long (RFC 9309, 2.3.1.4).
    private static let unreachableLifetime: TimeInterval = 3600
    /// Of a robots.txt more is not fetched; what is read of it is a little less.
    private static let mostOfRobots = 512 << 10
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
        guard try await !store.pageWasAsked(look.url, now: report.began), let origin = origin(of: look.url) else {
            return
        }
        let robots = try await robots(of: origin, into: &report)
        // Whoever was interrupted has not been answered, and asks another time.
        guard !Task.isCancelled else { return }
        try await store.recordPage(look.url, of: look.entry, at: time.now())
        guard let robots else {
            report.retryAt = try await store.postponePage(look.url, now: time.now())
            return
        }
        guard robots.allows(String(look.url.dropFirst(origin.count))) else {
            report.outcome = .forbidden
            return try await store.settlePage(look.url, of: look.entry, outcome: .forbidden, text: nil, verdict: nil)
        }
        // Cut short only by the end of the program; then the fetch is, too.
        if report.requests > 0 { try? await time.sleep(spacing(look.url)) }
        var request = FetchRequest(url: look.url)
        request.accept = .pages
        request.followsRedirects = false
        guard let page = await fetch(request, into: &report) else {
            if report.isPassing { report.retryAt = try await store.postponePage(look.url, now: time.now()) }
            return
        }
        guard let known = try await store.entry(look.entry) else { return }
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

    /// nil if nothing can be said now: then all is taken to be forbidden, and asked again (RFC 9309, 2.3.1.4).
    private func robots(of origin: String, into report: inout Report) async throws(StoreError) -> Robots? {
        let now = time.now()
        if let kept = try await store.robots(of: origin) {
            let isUnreachable = kept.text == Robots.unreachable
            let lifetime = isUnreachable ? Self.unreachableLifetime : Self.robotsLifetime
            if abs(now.timeIntervalSince(kept.at)) < lifetime { return isUnreachable ? nil : Robots(kept.text) }
        }
        var request = FetchRequest(url: origin + "/robots.txt")
        request.accept = .pages
        request.mostOfBody = Self.mostOfRobots
        var robots: Robots?
        do {
            if case .fresh(let document, _, _, let trace) = try await fetcher.fetch(request) {
                robots = Robots(bytes: document.bytes)
                count(trace, in: &report)
            }
        } catch {
            guard !Task.isCancelled else { return nil }
            note(error, in: &report)
            // No such file, nor an empty one, forbids anything (RFC 9309, 2.3.1.3).
            let status = error.failure.status ?? 0
            if (400..<500).contains(status) && status != 429 || status == 200 && error.failure.kind == .notAFeed {
                robots = Robots("")
            }
        }
        // What was redirected was this file, not the page; and who led it elsewhere answers by the rules of there.
        report.redirect = nil
        try await store.keepRobots(robots?.text ?? Robots.unreachable, of: origin, at: now)
        return robots
    }

    private func fetch(_ request: FetchRequest, into report: inout Report) async -> Document? {
        do {
            guard case .fresh(let document, _, _, let trace) = try await fetcher.fetch(request) else { return nil }
            count(trace, in: &report)
            return document
        } catch {
            note(error, in: &report)
            let status = error.failure.status ?? 0
            let hasNoAnswer = status == 0 && [.dns, .connect, .timeout].contains(error.failure.kind)
            report.isPassing = !Task.isCancelled && (hasNoAnswer || status >= 500 || status == 429)
            return nil
        }
    }

    private func count(_ trace: FetchTrace, in report: inout Report) {
        report.requests += trace.requests
        report.wireBytes += trace.wireBytes
        let own = hostKey(of: report.look.url)
        let followed = trace.redirects.prefix(max(0, trace.requests - 1)).map { hostKey(of: $0.to) }
        report.elsewhere += followed.filter { $0 != own }
    }

    private func note(_ error: FetchError, in report: inout Report) {
        count(error.trace, in: &report)
        if report.look.via.count < Self.mostRedirects { report.redirect = error.trace.redirects.last?.to }
        let asked = error.freshness.retryDelay(now: time.now()).map { min($0, CheckTiming.longestRetryAfter) }
        // As for feeds: who says 429 without a time means an hour at least (P-28, P-29).
        guard let pause = error.failure.status == 429 ? max(asked ?? .zero, CheckTiming.hour) : asked else { return }
        report.pausedUntil = time.now().addingTimeInterval(pause.inSeconds)
        report.pausedAt = error.trace.finalURL
    }

    private func origin(of url: String) -> String? {
        guard let scheme = url.firstIndex(of: ":"), url.lowercased().hasPrefix("http") else { return nil }
        return "\(url[..<scheme])://\(authority(of: url))"
    }
}
