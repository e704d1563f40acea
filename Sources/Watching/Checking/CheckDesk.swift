import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// The checks of the daemon or of one round by hand: what may start, what ended, and what is to be written together. A value
/// that is told the time and the news; whoever holds it does what it answers.
struct CheckDesk: Sendable {
    var schedule: Schedule
    private(set) var records: [String: FeedRecord] = [:]
    var pace = Pace.initial
    /// Where the jitter of checks comes from.
    let minutes = QuietMinutes()
    private(set) var settings: Settings
    /// Whether a feed is planned again when its check ends; else it is done with.
    let repeats: Bool

    var unsaved = Unsaved()
    /// The store took nothing; what waits is not offered again before.
    var storeRestsUntil: Date?
    var offline = Offline()
    /// Network failures before the machine was known to be offline, to be taken back (P-35).
    var recentFailures: [CheckReport] = []
    var ledger = Ledger()
    var pauses = Pauses()
    var newPauses: [CheckBatch.Pause] = []
    /// Feeds of this round that were not asked, because their host asked for a pause meanwhile.
    var heldBack: [String] = []
    /// The feed of each host that answered 503 last, and when.
    var busyHosts: [String: (url: String, at: Date)] = [:]
    var portals = Portals()
    /// The hosts that redirects led feeds to in the end, where these are not the feeds' own.
    var answeredBy: [String: String] = [:]
    /// Where feeds are to be asked next, which redirects led to another host.
    var detours: [String: Detour] = [:]
    /// Pages that wait for their turn or are being looked at, and when those of a host were planned in the last hour.
    var looks: [String: PageLook] = [:]
    var lookedAt: [String: [Date]] = [:]
    /// The rate groups of hosts whose feeds are in one.
    private(set) var groups: [String: String] = [:]
    var nextFit: Date?
    var sweptFor: Date?
    var latest: Date?

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
    static let fitEvery: TimeInterval = 15 * 60

    /// What is to be done now: write `batch`, then start `starting`.
    struct Round: Sendable {
        var batch = CheckBatch()
        var starting: [FeedRecord] = []
        /// Of those, by URL: where redirects led some.
        var detours: [String: Detour] = [:]
        var looking: [PageLook] = []
        fileprivate(set) var reports: [CheckReport] = []
        fileprivate(set) var quiet: [QuietCheck] = []
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
        let longer = known.filter { $0.until > pauses.end(of: [$0.host], now: now) ?? now }
        pauses.add(known)
        groups = [:]
        for record in fresh where record.feed.rateGroup != nil {
            groups[hostKey(of: record.feed.url)] = rateKey(of: record.feed, record.state, at: now)
        }
        if !records.isEmpty { forget(allBut: Set(fresh.map(\.feed.url))) }
        records.reserveCapacity(fresh.count)
        schedule.reserveCapacity(fresh.count)
        for record in fresh { portals.note(record) }
        for record in fresh {
            if due == nil, let known = records[record.feed.url], !record.isNews(to: known) { continue }
            records[record.feed.url] = record
            if !detours.isEmpty, !schedule.isInFlight(record.feed.url) { detours[record.feed.url] = nil }
            // A page that was to be looked at is a feed now.
            if !looks.isEmpty { looks[record.feed.url] = nil }
            guard record.state.particularMemory?.stop == nil else {
                schedule.forget(record.feed.url)
                continue
            }
            if let due {
                if let next = due(record) { plan(record, at: next, now: now) }
            } else {
                plan(record, at: dueTime(of: record, now: now), now: now)
            }
        }
        if repeats { for pause in longer { putOff(pause.host, until: pause.until, now: now) } }
        nextFit = nil
    }

    private mutating func forget(allBut wanted: Set<String>) {
        for url in Array(records.keys) where !wanted.contains(url) {
            records[url] = nil
            answeredBy[url] = nil
            detours[url] = nil
            schedule.forget(url)
        }
    }

    /// When a feed is due by what is known of it.
    func dueTime(of record: FeedRecord, now: Date) -> Date {
        guard let next = record.state.nextCheck else { return now }
        return settings.timing.clamped(
            next, lastAttempt: record.state.lastAttempt, interval: record.state.interval, now: now)
    }

    mutating func plan(_ record: FeedRecord, at next: Date, now: Date) {
        let until = pause(of: record, now: now) ?? next
        if next > now { minutes.note(next) }
        let start = next > now || until > now ? settings.timing.allowed(max(next, until), of: record) : next
        schedule.plan(
            record.feed.url, at: start, rank: record.state.failures > 0 ? .late : .usual,
            host: rateKey(of: record.feed, record.state, at: start))
    }

    /// What a request counts by that is not for a feed's own address, such as one for a page or behind a redirect: its host, or
    /// the group that the reader put the host's feeds in (P-48).
    func place(of url: String) -> String {
        let host = hostKey(of: url)
        return groups[host] ?? host
    }

    /// What a feed's check counts by: its group, or the host that it is asked at then.
    func rateKey(of feed: Feed, _ state: FeedState, at date: Date) -> String {
        feed.rateGroup.map { "group " + $0 } ?? hostKey(of: Moves.address(of: feed, state, at: date).url)
    }

    /// All hosts and groups that a check of the feed may have to do with, each of which may have asked to be left alone.
    func places(of feed: Feed, _ state: FeedState, now: Date) -> [String] {
        var places = [rateKey(of: feed, state, at: now), hostKey(of: feed.url)]
        if let host = answeredBy[feed.url] { places.append(host) }
        if let detour = detours[feed.url] { places += [place(of: detour.url), hostKey(of: detour.url)] }
        return places
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

    func pause(of feed: Feed, _ state: FeedState, now: Date) -> Date? {
        let own = Pauses.inForce(state.pausedUntil, now: now)
        guard !pauses.isEmpty else { return own }
        return [own, pauses.end(of: places(of: feed, state, now: now), now: now)].compactMap { $0 }.max()
    }

    /// Takes over what is known of hosts that asked to be left alone, in place of what was.
    mutating func setPauses(_ known: [CheckBatch.Pause]) {
        pauses = Pauses(known)
    }
}

// MARK: Round by round

extension CheckDesk {
    mutating func nextRound(now: Date) -> Round {
        followClock(now)
        fitPace(now)
        var round = Round(at: now)
        if let until = storeRestsUntil, until <= now { storeRestsUntil = nil }
        let storeRests = storeRestsUntil != nil
        if !storeRests {
            let most = offline.allowance(now: now)
            let started = schedule.start(now: now, most: most)
            round.starting = started.compactMap { records[$0] }
            if !looks.isEmpty { round.looking = started.compactMap { looks[$0] } }
            if !detours.isEmpty {
                for url in started { round.detours[url] = detours[url] }
            }
            if most != nil {
                // Without a network a page tells nothing that a feed would not, and costs one of its tries (P-35, P-50).
                for look in round.looking {
                    let later = now.addingTimeInterval(Offline.canaryInterval.inSeconds)
                    schedule.finished(look.url, next: later, rank: .page, now: now)
                }
                round.looking = []
                if !round.starting.isEmpty { offline.canarySent(now: now) }
            }
        }
        // One that goes on elsewhere is on record already.
        let fresh = round.starting.lazy.filter { round.detours[$0.feed.url] == nil }
        round.batch.attempts = fresh.map { record in
            CheckBatch.Attempt(
                url: record.feed.url, at: now,
                nextCheck: settings.timing.provisional(feed: record.feed, state: record.state, now: now))
        }
        if !storeRests, unsaved.isDue(now: now) || schedule.inFlightCount == 0 {
            takeUnsaved(into: &round)
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
        takeUnsaved(into: &round)
        round.batch.ledger = ledger.take(now: now, all: true)
        round.batch.pauses = newPauses
        newPauses = []
        return round
    }

    private mutating func takeUnsaved(into round: inout Round) {
        (round.reports, round.quiet) = unsaved.takeAll()
        round.batch.unchanged = round.quiet.map(\.unchanged)
        for result in round.reports.lazy.compactMap(\.result) {
            if result.changesOnlyTimes {
                round.batch.unchanged.append(
                    CheckBatch.Unchanged(url: result.feedURL, times: result.state.times, terms: result.terms))
            } else {
                round.batch.results.append(result)
            }
        }
    }

    /// The round's batch is written.
    mutating func written(_ round: Round) {
        if !round.batch.isEmpty { storeRestsUntil = nil }
        for check in round.quiet {
            guard let index = records.index(forKey: check.feed.url) else { continue }
            records.values[index] = FeedRecord(records.values[index], state: check.state)
        }
        for report in round.reports where report.result != nil {
            guard let known = records[report.feed.url] else { continue }
            // The reader may have changed the feed's settings meanwhile.
            records[report.feed.url] = FeedRecord(known, state: report.state)
            for look in report.looks { plan(look, now: round.at) }
        }
    }

    /// The store took nothing of the round: what was about to start is put off, and what is to be written waits.
    mutating func notWritten(_ round: Round, now: Date) {
        let later = now.addingTimeInterval(60)
        for record in round.starting { schedule.finished(record.feed.url, next: later, now: now) }
        for look in round.looking { schedule.finished(look.url, next: later, rank: .page, now: now) }
        unsaved.putBack(round.reports, round.quiet, now: now)
        newPauses = round.batch.pauses + newPauses
        ledger.putBack(round.batch.ledger)
        storeRestsUntil = now.addingTimeInterval(Self.storeRest)
    }

    /// When `nextRound` should be asked again if nothing else happens before.
    func nextWake() -> Date? {
        // Until then nothing begins and nothing is written.
        if let storeRestsUntil { return storeRestsUntil }
        var start = schedule.nextWake()
        if let nextTry = offline.nextTry { start = start.map { max($0, nextTry) } }
        return [unsaved.dueAt, start].compactMap { $0 }.min()
    }
}

extension FeedRecord {
    /// Whether it says of a feed what is not known of it: its reader has changed its settings, or a command that ran beside the
    /// daemon has revived it, or was asked to leave it alone.
    fileprivate func isNews(to known: FeedRecord) -> Bool {
        if known.feed != feed { return true }
        guard known.state.hasParticulars || state.hasParticulars else { return false }
        let isRevived = known.state.memory.stop != nil && state.memory.stop == nil
        let isPaused = state.pausedUntil.map { $0 > known.state.pausedUntil ?? .distantPast } ?? false
        return isRevived || isPaused
    }
}
