import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// The checks of the daemon or of one round by hand: what may start, what ended, and what is to be written together. A value
/// that is told the time and the news; whoever holds it does what it answers.
struct CheckDesk: Sendable {
    private(set) var schedule: Schedule
    private(set) var records: [String: FeedRecord] = [:]
    private(set) var pace = Pace.initial
    /// Where the jitter of checks comes from.
    let minutes = QuietMinutes()
    private(set) var settings: Settings
    /// Whether a feed is planned again when its check ends; else it is done with.
    private let repeats: Bool

    private var unsaved = Unsaved()
    /// The store took nothing; what waits is not offered again before.
    private var storeRestsUntil: Date?
    private var offline = Offline()
    /// Network failures before the machine was known to be offline, to be taken back (P-35).
    private var recentFailures: [CheckReport] = []
    private(set) var ledger = Ledger()
    private var pauses: [String: Date] = [:]
    private var newPauses: [CheckBatch.Pause] = []
    /// Feeds of this round that were not asked, because their host asked for a pause meanwhile.
    private(set) var heldBack: [String] = []
    /// The feed of each host that answered 503 last, and when.
    private var busyHosts: [String: (url: String, at: Date)] = [:]
    private var portals = Portals()
    /// Pages that wait for their turn or are being looked at, and when those of a host were planned in the last hour.
    private var looks: [String: PageLook] = [:]
    private var lookedAt: [String: [Date]] = [:]
    private var nextFit: Date?
    private var sweptFor: Date?
    private var latest: Date?

    /// What follows from the configuration.
    struct Settings: Sendable {
        var timing: CheckTiming
        var requestsPerFeed: Double = 12
        var retryScope = RetryScope.group
        var sweep: Duration = .seconds(60 * 60)
        /// Pages that are looked at besides; nil for none.
        var secondLook: SecondLook?
        /// The pauses that hosts are owed.
        var rules: @Sendable (String) -> HostRules
    }

    /// What a 429 holds back: the feed alone, or all that counts with it (P-31).
    enum RetryScope: String, Sendable, CaseIterable { case feed, host, group }

    init(concurrency: Int, settings: Settings, repeats: Bool = true) {
        self.settings = settings
        self.repeats = repeats
        schedule = Schedule(concurrency: concurrency + Self.inLine, rules: settings.rules)
    }

    /// So many checks more than transfers are under way: a fetch that waits in line costs nothing, and keeps the line busy while
    /// answers are settled and the next attempts are written.
    private static let inLine = 128
    private static let storeRest: TimeInterval = 10
    private static let fitEvery: TimeInterval = 15 * 60

    /// What is to be done now: write `batch`, then start `starting`.
    struct Round: Sendable {
        var batch = CheckBatch()
        var starting: [FeedRecord] = []
        var looking: [PageLook] = []
        fileprivate(set) var reports: [CheckReport] = []
        fileprivate var at: Date
    }
}

// MARK: What is watched

extension CheckDesk {
    /// Takes over a list of feeds. What is in flight or not yet written of a feed that stays is kept.
    ///
    /// - Parameter ask: which feeds are planned, and when; nil leaves that to what is known of them.
    mutating func adopt(
        _ fresh: [FeedRecord], pauses known: [CheckBatch.Pause], now: Date, due: ((FeedRecord) -> Date?)? = nil
    ) {
        for pause in known { pauses[pause.host] = max(pauses[pause.host] ?? pause.until, pause.until) }
        let wanted = Set(fresh.map(\.feed.url))
        for url in Array(records.keys) where !wanted.contains(url) {
            records[url] = nil
            schedule.forget(url)
        }
        for record in fresh where records[record.feed.url]?.feed != record.feed || due != nil {
            records[record.feed.url] = record
            guard record.state.memory.stop == nil else {
                schedule.forget(record.feed.url)
                continue
            }
            if let due {
                if let next = due(record) { plan(record, at: next, now: now) }
            } else {
                plan(record, at: dueTime(of: record, now: now), now: now)
            }
        }
        nextFit = nil
    }

    /// When a feed is due by what is known of it.
    func dueTime(of record: FeedRecord, now: Date) -> Date {
        guard let next = record.state.nextCheck else { return now }
        return settings.timing.clamped(next, lastAttempt: record.state.lastAttempt, now: now)
    }

    private mutating func plan(_ record: FeedRecord, at next: Date, now: Date) {
        let until = pause(of: record, now: now) ?? next
        if next > now { minutes.note(next) }
        schedule.plan(
            record.feed.url, at: max(next, until), rank: record.state.failures > 0 ? .late : .usual,
            host: rateKey(of: record.feed, record.state))
    }

    private func rateKey(of feed: Feed, _ state: FeedState) -> String {
        feed.rateGroup.map { "group " + $0 } ?? hostKey(of: state.memory.movedTo ?? feed.url)
    }

    /// Whether all that was planned has ended and been written: what `durbeen once` waits for.
    var isFinished: Bool { schedule.isFinished && unsaved.isEmpty }

    mutating func configure(concurrency: Int, settings: Settings) {
        self.settings = settings
        schedule.concurrency = max(1, concurrency) + Self.inLine
        schedule.rules = settings.rules
        nextFit = nil
    }

    /// Until when the feed, its host or its group asked to be left alone; nil if none does now (P-32).
    func pause(of record: FeedRecord, now: Date) -> Date? { pause(of: record.feed, record.state, now: now) }

    private func pause(of feed: Feed, _ state: FeedState, now: Date) -> Date? {
        if pauses.isEmpty { return state.pausedUntil.flatMap { $0 > now ? $0 : nil } }
        let places = [rateKey(of: feed, state), hostKey(of: feed.url)]
        let until = ([state.pausedUntil] + places.map { pauses[$0] }).compactMap { $0 }.max()
        return until.flatMap { $0 > now ? $0 : nil }
    }

    /// Takes over what is known of hosts that asked to be left alone, in place of what was.
    mutating func setPauses(_ known: [CheckBatch.Pause]) {
        pauses = Dictionary(known.map { ($0.host, $0.until) }, uniquingKeysWith: max)
    }
}

// MARK: Round by round

extension CheckDesk {
    mutating func nextRound(now: Date) -> Round {
        followClock(now)
        fitPace(now)
        var round = Round(at: now)
        let storeRests = storeRestsUntil.map { $0 > now } ?? false
        if !storeRests {
            let most = offline.allowance(now: now)
            let started = schedule.start(now: now, most: most)
            round.starting = started.compactMap { records[$0] }
            round.looking = started.compactMap { looks[$0] }
            if most != nil, !round.starting.isEmpty { offline.canarySent(now: now) }
        }
        round.batch.attempts = round.starting.map { record in
            CheckBatch.Attempt(
                url: record.feed.url, at: now,
                nextCheck: settings.timing.provisional(feed: record.feed, state: record.state, now: now))
        }
        if !storeRests, unsaved.isDue(now: now) || schedule.inFlight.isEmpty {
            round.reports = unsaved.takeAll()
            round.batch.results = round.reports.compactMap(\.result)
        }
        if !storeRests {
            round.batch.pauses = newPauses
            newPauses = []
            round.batch.ledger = ledger.take(now: now, all: false)
        }
        return round
    }

    /// The rest, whatever its age: before the end, or before a digest.
    mutating func lastRound(now: Date) -> Round {
        var round = Round(at: now)
        round.reports = unsaved.takeAll()
        round.batch = CheckBatch(
            results: round.reports.compactMap(\.result), ledger: ledger.take(now: now, all: true), pauses: newPauses)
        newPauses = []
        return round
    }

    /// The round's batch is written.
    mutating func written(_ round: Round) {
        storeRestsUntil = nil
        for report in round.reports where report.result != nil {
            guard let known = records[report.feed.url] else { continue }
            // The reader may have changed the feed's settings meanwhile.
            records[report.feed.url] = FeedRecord(feed: known.feed, state: report.state)
            for look in report.looks { plan(look, now: round.at) }
        }
    }

    private mutating func plan(_ look: PageLook, now: Date) {
        let host = hostKey(of: look.url)
        let recent = (lookedAt[host] ?? []).filter { abs(now.timeIntervalSince($0)) < 3600 }
        // A page that moved within its host is still the same page.
        let isCounted = look.via.allSatisfy { hostKey(of: $0) != host }
        guard settings.secondLook != nil, recent.count < SecondLook.mostPerHost || !isCounted, looks[look.url] == nil,
            records[look.url] == nil, pauses[host].map({ $0 <= now }) ?? true
        else { return }
        if lookedAt.count > 10_000 { lookedAt = [:] }
        if isCounted { lookedAt[host] = recent + [now] }
        looks[look.url] = look
        schedule.plan(look.url, at: now, rank: .page)
    }

    /// A look at a page ended. One that led elsewhere goes on there, by the rules of that place (P-50).
    mutating func ended(_ report: PageCheck.Report, now: Date) {
        let url = report.look.url
        let host = schedule.inFlight[url] ?? hostKey(of: url)
        ledger.notePage(
            host: host, requests: report.requests, wireBytes: report.wireBytes, began: report.began,
            ended: report.ended,
            rules: settings.rules(host))
        schedule.finished(url, next: nil, further: max(0, report.requests - 1), now: now)
        looks[url] = nil
        if let until = report.pausedUntil, settings.retryScope != .feed, !settings.timing.isRelaxed(url) {
            hold(host, until: until, now: now)
        }
        if let target = report.redirect {
            var look = report.look
            look.via.append(url)
            look.url = target
            plan(look, now: now)
        }
    }

    /// The store took nothing of the round: what was about to start is put off, and what is to be written waits.
    mutating func notWritten(_ round: Round, now: Date) {
        let later = now.addingTimeInterval(60)
        for record in round.starting { schedule.finished(record.feed.url, next: later, now: now) }
        for look in round.looking { schedule.finished(look.url, next: later, rank: .page, now: now) }
        unsaved.putBack(round.reports, now: now)
        newPauses = round.batch.pauses + newPauses
        ledger.putBack(round.batch.ledger)
        storeRestsUntil = now.addingTimeInterval(Self.storeRest)
    }

    /// When `nextRound` should be asked again if nothing else happens before.
    func nextWake() -> Date? {
        if let storeRestsUntil, !unsaved.isEmpty { return storeRestsUntil }
        let start = offline.nextTry ?? schedule.nextWake()
        return [unsaved.dueAt, start].compactMap { $0 }.min()
    }
}

// MARK: What ended

extension CheckDesk {
    /// A check ended: its slot is free, and its feed is planned again.
    mutating func ended(_ report: CheckReport, now: Date) {
        let url = report.feed.url
        let host = schedule.inFlight[url] ?? hostKey(of: url)
        let elsewhere = requestsElsewhere(report, than: host)
        ledger.note(report, host: host, elsewhere: elsewhere, rules: { schedule.rules(of: $0) })
        let wasOffline = offline.isOffline
        let isPublic = !settings.timing.isRelaxed(url)
        if report.result != nil {
            if isPublic { offline.note(host: host, failed: report.isNetworkFailure, now: now) }
        }
        let rank: Rank = report.failure != nil || report.took > 10 ? .late : .usual
        var next: Date? = report.state.memory.stop == nil ? report.next : nil
        var counts = report.result != nil
        if offline.isOffline && report.isNetworkFailure {
            // Nothing was learnt of the feed; it is asked again once the network is back.
            counts = false
            next = now.addingTimeInterval(Offline.canaryInterval.inSeconds)
            if !wasOffline { takeBack(now: now) }
            if !repeats { for url in schedule.urls { schedule.forget(url) } }
        }
        if let until = pause(of: report.feed, report.state, now: now) {
            next = next.map { max($0, until) }
        }
        schedule.finished(
            url, next: repeats ? next : nil, rank: rank, further: report.further - elsewhere.count, now: now)
        for host in elsewhere { schedule.noteRequest(to: host, now: now) }
        if counts { keep(report, now: now) }
        if wasOffline && !offline.isOffline { resume(now: now) }
        if counts && isPublic { holdBack(after: report, host: answeringHost(report, host: host), now: now) }
    }

    /// Who answered in the end, which is who is held back; not who led there.
    private func answeringHost(_ report: CheckReport, host: String) -> String {
        let trace = report.reply.trace
        return trace.redirects.isEmpty || report.feed.rateGroup != nil ? host : hostKey(of: trace.finalURL)
    }

    /// The other hosts that redirects led to, one for each request: these count there (P-47).
    private func requestsElsewhere(_ report: CheckReport, than host: String) -> [String] {
        guard !report.reply.trace.redirects.isEmpty, report.feed.rateGroup == nil else { return [] }
        let followed = report.reply.trace.redirects.prefix(max(0, report.reply.trace.requests - 1))
        return followed.map { hostKey(of: $0.to) }.filter { $0 != host }
    }

    private mutating func keep(_ report: CheckReport, now: Date) {
        portals.note(report)
        unsaved.add(report, now: now)
        if report.isNetworkFailure {
            recentFailures.append(report)
            if recentFailures.count > 20 { recentFailures.removeFirst() }
        } else if report.failure == nil, !recentFailures.isEmpty {
            recentFailures.removeAll { $0.feed.url == report.feed.url }
        }
    }

    /// What failed while it was not yet known that the machine is offline is no news of those feeds.
    private mutating func takeBack(now: Date) {
        let urls = Set(recentFailures.map(\.feed.url))
        unsaved.removeAll(of: urls)
        for var report in recentFailures {
            guard now.timeIntervalSince(report.ended) < 3600, records[report.feed.url] != nil else { continue }
            report.state = report.before
            report.state.lastAttempt = report.ended
            report.next = now.addingTimeInterval(Offline.canaryInterval.inSeconds)
            report.state.nextCheck = report.next
            var result = CheckResult(feedURL: report.feed.url, at: now, state: report.state, outcome: .unchanged)
            result.isCorrection = true
            report.result = result
            report.outcome = .unchanged
            report.notice = nil
            unsaved.add(report, now: now)
            if repeats, schedule.inFlight[report.feed.url] == nil {
                schedule.plan(report.feed.url, at: report.next)
            }
        }
        recentFailures = []
    }

    /// After a time without network all feeds are due; they are spread over ten minutes.
    private mutating func resume(now: Date) {
        for url in schedule.urls {
            guard schedule.inFlight[url] == nil, let next = schedule.nextCheck(of: url), next <= now else { continue }
            schedule.plan(url, at: now.addingTimeInterval(settings.timing.phase(of: url) * 600))
        }
    }

    /// 429 holds the whole host back, 503 after a second feed within ten minutes (P-31). Hosts inside allowed addresses are
    /// many servers in one, and never held back as a whole.
    private mutating func holdBack(after report: CheckReport, host: String, now: Date) {
        guard settings.retryScope != .feed, let status = report.failure?.status
        else { return }
        let until = report.state.pausedUntil ?? report.next
        if status == 429 {
            let isGroup = report.feed.rateGroup != nil
            hold(settings.retryScope == .host && isGroup ? hostKey(of: report.feed.url) : host, until: until, now: now)
        } else if status == 503 {
            if let last = busyHosts[host], last.url != report.feed.url, now.timeIntervalSince(last.at) < 600 {
                hold(host, until: until, now: now)
            }
            busyHosts[host] = (report.feed.url, now)
        }
    }

    private mutating func hold(_ host: String, until: Date, now: Date) {
        guard until > pauses[host] ?? now else { return }
        pauses[host] = until
        newPauses.append(CheckBatch.Pause(host: host, until: until))
        guard repeats else {
            let rest = records.values.filter {
                schedule.nextCheck(of: $0.feed.url) != nil && schedule.inFlight[$0.feed.url] == nil
                    && pause(of: $0, now: now) != nil
            }
            for record in rest { schedule.forget(record.feed.url) }
            heldBack += rest.map(\.feed.url).sorted()
            return
        }
        schedule.hold(host, until: until)
        // A host within a group.
        for (url, record) in records where schedule.inFlight[url] == nil && hostKey(of: record.feed.url) == host {
            if let next = schedule.nextCheck(of: url), next < until { schedule.plan(url, at: until) }
        }
    }

    /// Addresses that three or more feeds were led to within an hour (P-44).
    var sharedTargets: Set<String> { portals.shared }

    var isOffline: Bool { offline.isOffline }
}

// MARK: Time

extension CheckDesk {
    /// A clock that was set back takes the due times along, so that nobody waits longer for it (R14).
    private mutating func followClock(_ now: Date) {
        if let latest, now < latest.addingTimeInterval(-60) {
            let step = now.timeIntervalSince(latest)
            schedule.shift(by: step)
            nextFit = nil
            storeRestsUntil = nil
            unsaved.followClock(now)
        }
        latest = now
    }

    private mutating func fitPace(_ now: Date) {
        if let nextFit, now < nextFit { return }
        nextFit = now.addingTimeInterval(Self.fitEvery)
        let timing = settings.timing
        let rates = records.values.filter { $0.feed.interval == nil && $0.state.rate.at != nil }.map(\.state.rate)
        guard !rates.isEmpty else { return }
        pace = Pace.fitted(
            to: rates, requestsPerFeed: settings.requestsPerFeed, floor: max(timing.floor, CheckTiming.hour),
            ceiling: timing.ceiling, now: now)
    }

    /// In the hour before a digest's cut-off each feed whose rules permit is asked once more, spread evenly (P-63).
    mutating func sweep(before cutoff: Date, now: Date) {
        let begin = cutoff.addingTimeInterval(-settings.sweep.inSeconds)
        guard now >= begin, now < cutoff, sweptFor != cutoff else { return }
        sweptFor = cutoff
        // The last tenth is left for those that are slow.
        let room = max(0, cutoff.timeIntervalSince(now) * 0.9)
        for (url, record) in records where schedule.inFlight[url] == nil {
            guard let due = schedule.nextCheck(of: url), due >= cutoff, let permitted = record.state.permittedFrom,
                record.state.lastAttempt ?? begin < begin || record.state.lastAttempt == nil,
                pause(of: record, now: now).map({ $0 < cutoff }) ?? true
            else { continue }
            let slot = now.addingTimeInterval(settings.timing.phase(of: url) * room)
            let target = max(slot, permitted, pause(of: record, now: now) ?? slot)
            if target < cutoff { schedule.plan(url, at: target) }
        }
    }
}

/// Addresses that unrelated feeds were led to by permanent redirects: what a captive portal looks like.
private struct Portals: Sendable {
    private var led: [String: [String: Date]] = [:]
    private(set) var shared: Set<String> = []

    mutating func note(_ report: CheckReport) {
        guard let target = report.reply.trace.redirects.last?.to else { return }
        var feeds = (led[target] ?? [:]).filter { report.ended.timeIntervalSince($0.value) < 3600 }
        feeds[report.feed.url] = report.ended
        led[target] = feeds
        if feeds.count >= 3 { shared.insert(target) }
        if led.count > 10_000 { led = [:] }
    }
}
