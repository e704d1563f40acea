import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// The checks of the daemon or of one round by hand: what may start, what ended, and what is to be written together. A value
/// that is told the time and the news; whoever holds it does what it answers.
struct CheckDesk: Sendable {
    var schedule: Schedule
    /// What is known of the feeds of the list, by the numbers that the schedule keeps for them; nil for other numbers.
    var known: [FeedRecord?] = []
    var feedCount = 0
    var pace = Pace.initial
    /// Where the jitter of checks comes from.
    let minutes = QuietMinutes()
    var settings: Settings
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
    /// Of the pages that wait, those that the store does not know of yet.
    var newLooks: [CheckBatch.Look] = []
    /// The rate groups of hosts whose feeds are in one.
    var groups: [String: String] = [:]
    var nextFit: Date?
    var sweptFor: Date?
    /// When it was last told the time.
    var latest: (date: Date, uptime: Duration?)?

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
        schedule = Schedule(concurrency: Self.mostUnderWay(concurrency), rules: settings.rules)
    }

    /// So many checks more than transfers are under way: a fetch that waits in line costs nothing, and keeps the line busy while
    /// answers are settled and the next attempts are written.
    private static let inLine = 192

    /// Checks under way for so many transfers, at most four times as many: what stands in line when the program ends is put off to
    /// its next time.
    static func mostUnderWay(_ concurrency: Int) -> Int { max(1, concurrency) + min(inLine, 3 * max(1, concurrency)) }

    private static let storeRest: TimeInterval = 10
    static let fitEvery: TimeInterval = 15 * 60

    /// What is to be done now: write `batch`, then start `starting`.
    struct Round: Sendable {
        var batch = CheckBatch()
        var starting: [FeedRecord] = []
        /// Their numbers in the schedule, in the same order.
        var numbers: [Int32] = []
        /// Of those, by URL: where redirects led some.
        var detours: [String: Detour] = [:]
        var looking: [PageLook] = []
        fileprivate(set) var reports: [CheckReport] = []
        fileprivate(set) var quiet: [QuietCheck] = []
        fileprivate var at: Date
    }
}

// MARK: Round by round

extension CheckDesk {
    /// - Parameter uptime: time that nobody can set, if there is such a clock.
    mutating func nextRound(now: Date, uptime: Duration? = nil) -> Round {
        followClock(now, uptime: uptime)
        fitPace(now)
        var round = Round(at: now)
        if let until = storeRestsUntil, until <= now { storeRestsUntil = nil }
        let storeRests = storeRestsUntil != nil
        if !storeRests {
            let most = offline.allowance(now: now)
            let started = schedule.start(now: now, most: most)
            round.starting.reserveCapacity(started.count)
            for number in started {
                if let record = record(at: number) {
                    round.starting.append(record)
                    round.numbers.append(number)
                    if !detours.isEmpty { round.detours[record.url] = detours[record.url] }
                } else if let look = looks[schedule.key(of: number)] {
                    round.looking.append(look)
                }
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
        round.batch.attempts.reserveCapacity(round.starting.count)
        // One that goes on elsewhere is on record already.
        for record in round.starting where round.detours.isEmpty || round.detours[record.url] == nil {
            round.batch.attempts.append(
                CheckBatch.Attempt(
                    url: record.url, number: record.number, at: now,
                    nextCheck: settings.timing.provisional(record, now: now)))
        }
        if !storeRests, unsaved.isDue(now: now) || schedule.inFlightCount == 0 {
            takeUnsaved(into: &round)
        }
        if !storeRests {
            round.batch.pauses = newPauses
            newPauses = []
            round.batch.looks = newLooks
            newLooks = []
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
        round.batch.looks = newLooks
        newLooks = []
        return round
    }

    private mutating func takeUnsaved(into round: inout Round) {
        (round.reports, round.quiet) = unsaved.takeAll()
        round.batch.unchanged = round.quiet.map(\.unchanged)
        // Planned now, so that they are written with their entries.
        for report in round.reports where report.result != nil && record(of: report.record.url) != nil {
            for look in report.looks { plan(look, now: round.at) }
        }
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
            guard let number = check.number, let record = record(at: number), record.isOfSameFeed(as: check.record)
            else {
                continue
            }
            var state = record.state
            state.times = check.times
            known[Int(number)] = FeedRecord(record, state: state)
        }
        for report in round.reports where report.result != nil {
            guard let number = schedule.number(of: report.record.url), let record = record(at: number) else { continue }
            // The reader may have changed the feed's settings meanwhile.
            known[Int(number)] = FeedRecord(record, state: report.state)
        }
    }

    /// The store took nothing of the round: what was about to start is put off, and what is to be written waits.
    mutating func notWritten(_ round: Round, now: Date) {
        let later = now.addingTimeInterval(60)
        for number in round.numbers { schedule.finished(number, next: later, now: now) }
        for look in round.looking { schedule.finished(look.url, next: later, rank: .page, now: now) }
        unsaved.putBack(round.reports, round.quiet, now: now)
        newPauses = round.batch.pauses + newPauses
        newLooks = round.batch.looks + newLooks
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
