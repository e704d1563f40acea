import FeedModel
import FoundationEssentials
import LoopbackServer
import Matching
import Storage
import Synchronization
import TestSupport
import Transfers

@testable import Watching

/// A scripted server, a store in memory and a clock that the test moves, with the daemon's own checks between them. The
/// addresses of loopback count as any others, so that the rules hold in full. Where hosts must have names, the server is their
/// proxy: it is asked for whole URLs, and scripted by them.
final class PollScene {
    let server: FeedServer
    let store: Store
    let clock: ManualClock
    let fetcher: Fetcher
    private(set) var desk: CheckDesk
    private let matcher: Matcher
    private let timing: CheckTiming
    private let secondLook: SecondLook?

    init(
        paths: [String] = ["/feed"], store: Store? = nil, clock: ManualClock = ManualClock(),
        server: FeedServer? = nil, rules: HostRules = HostRules(connections: 1, spacing: .zero, hourlyBudget: 0),
        secondLook: SecondLook? = nil, requestsPerFeed: Double = 12, timing: CheckTiming = CheckTiming(),
        retryScope: CheckDesk.RetryScope = .group, isProxy: Bool = false, change: (inout Feed) -> Void = { _ in }
    ) async throws {
        self.server = try server ?? FeedServer()
        self.store = try store ?? Store(path: ":memory:")
        self.clock = clock
        var settings = FetchSettings(userAgent: "Durbeen/test")
        settings.allowAddresses = ["127.0.0.0/8"].compactMap { AddressRange($0) }
        settings.hostConnections = 0
        settings.hostKey = hostKey(of:)
        if isProxy { settings.proxy = self.server.url }
        fetcher = Fetcher(settings)
        let watch = "[watch \"Accord\"]\ntopic = defence\narea = security\nthreshold = 1\n+1 accord\n"
        matcher = try Matcher([WatchlistSource(path: "a.watch", bytes: Array(watch.utf8))])
        self.timing = timing
        self.secondLook = secondLook
        var desk = CheckDesk.Settings(timing: timing, rules: { _ in rules })
        desk.secondLook = secondLook
        desk.requestsPerFeed = requestsPerFeed
        desk.retryScope = retryScope
        self.desk = CheckDesk(concurrency: 8, settings: desk)
        let feeds = paths.map { path in
            var feed = Feed(url: isProxy ? path : self.server.url(path))
            change(&feed)
            return feed
        }
        try await adopt(feeds)
    }

    func adopt(_ feeds: [Feed]) async throws {
        let known = try await store.setFeeds(feeds, now: clock.date)
        desk.adopt(known, pauses: try await store.pauses(now: clock.date), now: clock.date)
        desk.adopt(try await store.waitingPages(), now: clock.date)
    }

    /// Checks everything that is due now, and writes what came of it.
    @discardableResult
    func poll(inFull: Bool = false) async throws -> [CheckReport] {
        var reports: [CheckReport] = []
        while true {
            let round = desk.nextRound(now: clock.date, uptime: clock.now.offset)
            try await store.write(round.batch)
            desk.written(round)
            if round.starting.isEmpty && round.looking.isEmpty && (desk.nextWake() ?? .distantFuture) > clock.date {
                break
            }
            for record in round.starting {
                if let report = await ask(record, detours: round.detours, inFull: inFull) { reports.append(report) }
            }
            for look in round.looking { desk.ended(await PageCheck(check).run(look), now: clock.date) }
        }
        let rest = desk.lastRound(now: clock.date)
        try await store.write(rest.batch)
        desk.written(rest)
        return reports
    }

    /// One check, as the daemon makes it.
    ///
    /// - Returns: nil if it goes on at another host.
    private func ask(_ record: FeedRecord, detours: [String: Detour], inFull: Bool) async -> CheckReport? {
        var underWay = ChecksUnderWay()
        var taken = underWay.begin([record], detours: detours, inFull: inFull, by: check)
        while true {
            for quiet in taken.quiet {
                desk.ended(quiet, now: clock.date)
                return CheckReport(quiet)
            }
            for led in taken.led {
                desk.led(led, now: clock.date)
                return nil
            }
            var reports = taken.settled
            for part in taken.parts(by: check) {
                let conclusion = await part()
                reports += conclusion.reports
                for gap in conclusion.gaps { reports.append(await check.close(gap)) }
            }
            if let report = reports.first {
                desk.ended(report, now: clock.date)
                return report
            }
            taken = underWay.take(await underWay.answers.next(), by: check)
        }
    }

    /// Lets time pass and checks what is due then.
    @discardableResult
    func poll(after pause: Duration) async throws -> [CheckReport] {
        clock.advance(by: pause)
        return try await poll()
    }

    /// Polls until `condition` holds, an hour later each time; at most so many hours.
    func pollHourly(_ hours: Int, until condition: () async throws -> Bool = { false }) async throws {
        for _ in 0..<hours {
            if try await condition() { return }
            try await poll(after: .seconds(3600))
        }
    }

    var check: FeedCheck { check { [clock] in clock.advance(by: $0) } }

    /// A check that waits in this way.
    func check(sleep: @escaping @Sendable (Duration) async throws -> Void) -> FeedCheck {
        FeedCheck(
            store: store, fetcher: fetcher, reading: Reading(), matcher: matcher, timing: timing, pace: desk.pace,
            time: TimeSource(now: { [clock] in clock.date }, sleep: sleep),
            minutes: QuietMinutes { 0 }, spacing: { _ in .seconds(5) },
            pauses: desk.pauses, sharedTargets: desk.sharedTargets(now: clock.date),
            secondLook: secondLook)
    }

    /// Hands in how a check ended that was begun elsewhere, and writes it.
    func end(_ report: CheckReport, before writing: () async throws -> Void = {}) async throws {
        desk.ended(report, now: clock.date)
        try await writing()
        let rest = desk.lastRound(now: clock.date)
        try await store.write(rest.batch)
        desk.written(rest)
    }

    func sweep(before cutoff: Date) { desk.sweep(before: cutoff, now: clock.date) }

    func state(_ path: String = "/feed") async throws -> FeedState {
        try await store.feedState(path.hasPrefix("http") ? path : server.url(path)) ?? FeedState()
    }

    /// What the desk works with, as it is stored.
    func record(_ path: String = "/feed") async throws -> FeedRecord {
        FeedRecord(feed: Feed(url: server.url(path)), state: try await state(path))
    }

    /// How long from now until the feed is due.
    func wait(_ path: String = "/feed") -> TimeInterval? {
        desk.schedule.nextCheck(of: server.url(path)).map { $0.timeIntervalSince(clock.date) }
    }

    func end() async {
        await fetcher.stop()
        server.stop()
    }
}

extension QuietCheck {
    /// What is known of its feed after it.
    var state: FeedState {
        var state = record.state
        state.times = times
        return state
    }
}

extension CheckReport {
    /// What a check that changed nothing but times would be the long way.
    init(_ quiet: QuietCheck) {
        let ending = FetchAnswer.Ending.unchanged(FreshnessHint(), wireBytes: quiet.wireBytes)
        var question = FeedQuestion(quiet.record, inFull: false, now: quiet.began)
        question.began = quiet.began
        let reply = CheckReply(ending, url: question.url) ?? CheckReply(failure: CheckFailure(.policy, "led"))
        self.init(AnsweredFeed(question: question, reply: reply, ended: quiet.ended))
        state = quiet.state
        next = quiet.next
        result = CheckResult(feedURL: quiet.record.url, at: quiet.ended, state: quiet.state, outcome: .unchanged)
    }
}

/// An RSS document with these guids.
func rss(
    _ guids: [String], title: String = "Item", site: String? = "https://site.example/", extra: String = "",
    dates: [String: String] = [:]
) -> String {
    let link = site.map { "<link>\($0)</link>" } ?? ""
    let items = guids.map { guid in
        let date = dates[guid].map { "<pubDate>\($0)</pubDate>" } ?? ""
        return
            "<item><guid>\(guid)</guid><title>\(title) \(guid)</title><link>https://site.example/\(guid)</link>\(date)</item>"
    }
    return "<rss version=\"2.0\"><channel><title>T</title>\(link)\(extra)\(items.joined())"
        + "</channel></rss>"
}

extension LoopbackResponse {
    static func feed(
        _ guids: [String], etag: String? = "\"1\"", headers: [(String, String)] = [],
        site: String = "https://site.example/", extra: String = ""
    ) -> LoopbackResponse {
        LoopbackResponse(
            headers: [("Content-Type", "application/rss+xml")] + headers + (etag.map { [("ETag", $0)] } ?? []),
            text: rss(guids, site: site, extra: extra))
    }

    static func notModified(_ headers: [(String, String)] = []) -> LoopbackResponse {
        LoopbackResponse(status: 304, headers: headers)
    }

    static func error(_ status: Int, _ headers: [(String, String)] = []) -> LoopbackResponse {
        LoopbackResponse(status: status, headers: headers, text: "no")
    }
}

/// One value handed from a task to a thread.
final class Box<Value: Sendable>: Sendable {
    private let state = Mutex<(isFull: Bool, value: Value?)>((false, nil))

    func put(_ value: Value?) { state.withLock { $0 = (true, value) } }
    var isFull: Bool { state.withLock { $0.isFull } }
    var value: Value? { state.withLock { $0.value } }
}
