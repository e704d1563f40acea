import Digests
import FeedModel
import FoundationEssentials
import Matching
import Storage
import Transfers

/// START HERE: the daemon's loop. One task owns everything that changes; every source of change is a child of its task
/// group and hands in one `Event` when it ends. What to do next is decided by values (`Schedule`, `DigestCalendar`); the
/// loop starts what they answer.
struct Watch {
    var wiring: Wiring
    let store: Store
    private let reading = Reading()
    let time: TimeSource
    let log: Log
    let service: ServiceManager
    /// Reads the configuration again, for SIGHUP; all or nothing.
    let reload: @Sendable () async throws(WiringErrors) -> Wiring

    var desk: CheckDesk
    private var underWay = ChecksUnderWay()
    /// Fetches and looks under way by the wiring they began with; a fetcher is stopped when its last one ended.
    var running: [Int: Int] = [:]
    var retired: [Int: Fetcher] = [:]
    var digestRoundIsRunning = false
    var nextDigestRound: Date
    /// Something was matched that a reader may want to be told of at once.
    var hasUrgentMatches = false
    var nextUpkeep: Date
    var isUpkeepRunning = false
    var uncheckedCertificates = UncheckedCertificates()
    private var lastSweepLook: Date?
    private var isIndexing = false
    /// Whether entries may wait to be indexed; those of an earlier run do.
    private var hasUnindexed = true
    /// The earliest wake-up under way; a later one that is left over does no harm.
    private var alarm: Date?
    private var lastSignOfLife: Date?
    var storeTrouble = StoreTrouble()
    /// When the feeds of a configuration are to be taken over that the store took nothing of.
    var adoptionDue: Date?
    var isStopping = false
    var exitCode = ExitCode.success

    init(
        wiring: Wiring, store: Store, time: TimeSource, log: Log, service: ServiceManager,
        reload: @escaping @Sendable () async throws(WiringErrors) -> Wiring
    ) {
        self.wiring = wiring
        self.store = store
        self.time = time
        self.log = log
        self.service = service
        self.reload = reload
        desk = CheckDesk(concurrency: wiring.configuration.fetch.concurrency, settings: wiring.deskSettings)
        nextDigestRound = time.now()
        nextUpkeep = time.now().addingTimeInterval(Self.firstUpkeep.inSeconds)
    }

    /// What a child of the loop hands in when it ends.
    enum Event: Sendable {
        case woke
        case answered([FetchAnswer])
        case read(Conclusion, generation: Int)
        case looked(PageCheck.Report, generation: Int)
        case indexed(StoreError?)
        case digestRound(DigestRound.Report, generation: Int)
        case upkeep(StoreError?)
        case signal(Signals.Signal?)
        case reloaded(Wiring)
        case kept([String])
        case fetcherStopped
    }

    /// The longest the loop sleeps: a clock that was set is noticed this soon (R14).
    private static let longestSleep: Duration = .seconds(30)
    private static let firstUpkeep: Duration = .seconds(5 * 60)
    static let upkeepInterval: Duration = .seconds(6 * 60 * 60)

    /// Runs until a signal ends it or the store can no longer be trusted.
    mutating func run(signals: Signals) async -> ExitCode {
        do { try await adoptFeeds() } catch { return giveUp(over: error) }
        service.ready(status: status)
        log(.notice, "ready", ["feeds": "\(desk.feedCount)", "watches": "\(wiring.matcher.watches.count)"])
        await withTaskGroup(of: Event.self) { group in
            group.addTask { .signal(await signals.next()) }
            listen(in: &group)
            await advance(&group)
            while let event = await group.next() {
                let isNews = await handle(event, signals: signals, in: &group)
                if isNews && !isStopping { await advance(&group) }
            }
        }
        await saveTheRest()
        for fetcher in [wiring.fetcher] + retired.values { await fetcher.stop() }
        await store.close()
        log(.notice, "stopped", ["exit": "\(exitCode.rawValue)"])
        return exitCode
    }
}

extension Watch {
    /// - Returns: whether there may be something to start now.
    private mutating func handle(_ event: Event, signals: Signals, in group: inout TaskGroup<Event>) async -> Bool {
        switch event {
        case .woke:
            break
        case .answered(let answers):
            guard !answers.isEmpty else { return false }
            listen(in: &group)
            take(underWay.take(answers, by: feedCheck()), in: &group)
        case .read(let conclusion, let generation):
            let check = feedCheck()
            go(on: conclusion.gaps.map { gap in { Conclusion(reports: [await check.close(gap)]) } }, in: &group)
            release(generation, in: &group)
            for report in conclusion.reports { finish(report, in: &group) }
        case .looked(let report, let generation):
            release(generation, in: &group)
            desk.ended(report, now: time.now())
            log.look(report)
            if let error = report.storeError { trouble(error, in: &group) }
        case .indexed(let error):
            isIndexing = false
            if let error { trouble(error, in: &group) }
        case .digestRound(let report, let generation):
            release(generation, in: &group)
            digestRoundIsRunning = false
            nextDigestRound = hasUrgentMatches ? time.now() : report.next
            if let error = report.storeError { trouble(error, in: &group) }
        case .upkeep(let error):
            isUpkeepRunning = false
            nextUpkeep = time.now().addingTimeInterval(Self.upkeepInterval.inSeconds)
            if let error { trouble(error, in: &group) }
        case .signal(.terminate):
            stop(in: &group)
        case .signal(.hangup):
            if !isStopping { beginReload(in: &group) }
            group.addTask { .signal(await signals.next()) }
        case .signal(nil), .fetcherStopped:
            break
        case .reloaded(let fresh):
            await adopt(fresh, in: &group)
        case .kept(let errors):
            for line in errors {
                log(.error, "configuration not reloaded; the old one stays in force", ["error": line])
            }
            service.ready(status: status)
        }
        return true
    }

    mutating func stop(in group: inout TaskGroup<Event>) {
        guard !isStopping else { return }
        isStopping = true
        service.stopping(status: "stopping")
        // Every child answers to this at once: waits end, rounds stop after the step they are in.
        group.cancelAll()
        // What was begun without a task is told apart.
        for fetcher in [wiring.fetcher] + retired.values { fetcher.breakOff() }
    }

    /// Starts whatever the plans say is due, and sleeps until the next is.
    private mutating func advance(_ group: inout TaskGroup<Event>) async {
        let now = time.now()
        signOfLife(now: now)
        await catchUp(now: now, in: &group)
        await startChecks(now: now, in: &group)
        startDigestRound(now: now, in: &group)
        startUpkeep(now: now, in: &group)
        setAlarm(now: now, in: &group)
    }

    private mutating func setAlarm(now: Date, in group: inout TaskGroup<Event>) {
        var wake = now.addingTimeInterval(Self.longestSleep.inSeconds)
        if let interval = service.watchdogInterval { wake = min(wake, now.addingTimeInterval(interval.inSeconds / 3)) }
        if let next = desk.nextWake() { wake = min(wake, next) }
        if !digestRoundIsRunning { wake = min(wake, nextDigestRound) }
        if !isUpkeepRunning { wake = min(wake, nextUpkeep) }
        if let adoptionDue { wake = min(wake, adoptionDue) }
        // One already set for as early, and still to come, will do.
        if let alarm, alarm > now, alarm <= wake { return }
        alarm = wake
        let pause: Duration = .seconds(max(0.001, wake.timeIntervalSince(now)))
        group.addTask { [time] in
            // Cut short only by the end of the loop.
            try? await time.sleep(pause)
            return .woke
        }
    }

    private mutating func signOfLife(now: Date) {
        guard let interval = service.watchdogInterval else { return }
        if let lastSignOfLife, abs(now.timeIntervalSince(lastSignOfLife)) < interval.inSeconds / 4 { return }
        lastSignOfLife = now
        service.alive()
    }

    var status: String {
        "watching \(counted(desk.feedCount, "feed", "feeds")) with "
            + "\(counted(wiring.matcher.watches.count, "watch", "watches")) for "
            + counted(wiring.configuration.profiles.count, "reader", "readers")
    }
}

// MARK: Checks

extension Watch {
    /// Brings the store's list of feeds in line with the configuration and plans every feed.
    mutating func adoptFeeds() async throws(StoreError) {
        let now = time.now()
        try await store.followClock(now)
        let known = try await store.setFeeds(wiring.feeds, now: now)
        desk.adopt(known, pauses: try await store.pauses(now: now), now: now)
        desk.adopt(try await store.waitingPages(), now: now)
    }

    /// Writes what ended and what is about to begin, and only then begins it (P-24).
    private mutating func startChecks(now: Date, in group: inout TaskGroup<Event>) async {
        sweepBeforeDigests(now: now)
        let round = desk.nextRound(now: now, uptime: time.uptime?())
        do { if !round.batch.isEmpty { try await store.write(round.batch) } } catch {
            desk.notWritten(round, now: now)
            return trouble(error, in: &group)
        }
        desk.written(round)
        log.checks(of: round)
        startIndexing(after: round, in: &group)
        hastenDigests(after: round, now: now)
        guard !round.starting.isEmpty || !round.looking.isEmpty else { return }
        let check = feedCheck()
        let generation = wiring.generation
        running[generation, default: 0] += round.starting.count + round.looking.count
        take(
            underWay.begin(
                round.starting, numbers: round.numbers, detours: round.detours, generation: generation, by: check),
            in: &group)
        for look in round.looking {
            let page = PageCheck(check)
            group.addTask { .looked(await page.run(look), generation: generation) }
        }
    }

    /// Waits for answers, all that come together.
    private func listen(in group: inout TaskGroup<Event>) {
        group.addTask { [answers = underWay.answers] in .answered(await answers.next()) }
    }

    private mutating func take(_ taken: ChecksUnderWay.Taken, in group: inout TaskGroup<Event>) {
        let now = time.now()
        for quiet in taken.quiet { tellingNetwork { $0.ended(quiet, now: now) } }
        for report in taken.settled { finish(report, in: &group) }
        for led in taken.led { tellingNetwork { $0.led(led, now: now) } }
        go(on: taken.parts(by: feedCheck()), in: &group)
        for (generation, count) in taken.generations { release(generation, count, in: &group) }
    }

    /// Does what takes its time, each part in a task of its own.
    private mutating func go(
        on parts: [@Sendable () async -> Conclusion], in group: inout TaskGroup<Event>
    ) {
        let generation = wiring.generation
        running[generation, default: 0] += parts.count
        for part in parts { group.addTask { .read(await part(), generation: generation) } }
    }

    private func feedCheck() -> FeedCheck {
        FeedCheck(
            store: store, fetcher: wiring.fetcher, reading: reading, matcher: wiring.matcher, timing: wiring.timing,
            pace: desk.pace, time: time, minutes: desk.minutes,
            spacing: { [wiring] in wiring.hostRules(hostKey(of: $0)).spacing },
            pauses: desk.pauses, sharedTargets: desk.sharedTargets(now: time.now()),
            secondLook: wiring.deskSettings.secondLook)
    }

    private mutating func finish(_ report: CheckReport, in group: inout TaskGroup<Event>) {
        let now = time.now()
        tellingNetwork { $0.ended(report, now: now) }
        if let error = report.storeError { trouble(error, in: &group) }
    }

    /// Tells when what ended shows that the network went, or is back.
    private mutating func tellingNetwork(_ end: (inout CheckDesk) -> Void) {
        let wasOffline = desk.isOffline
        end(&desk)
        if desk.isOffline != wasOffline {
            log(.notice, desk.isOffline ? "no network: waiting for it" : "the network is back", [:])
        }
    }

    private mutating func release(_ generation: Int, _ count: Int = 1, in group: inout TaskGroup<Event>) {
        running[generation, default: 0] -= count
        if running[generation] == 0, let fetcher = retired.removeValue(forKey: generation) {
            group.addTask {
                await fetcher.stop()
                return .fetcherStopped
            }
        }
    }

    /// The last results, once nothing more can come.
    private mutating func saveTheRest() async {
        let round = desk.lastRound(now: time.now())
        do {
            try await store.write(round.batch)
            log.checks(of: round)
        } catch {
            // What is lost is asked for again: the validators of these checks were not written either.
            log(.error, "writing the last checks", ["error": "\(error)"])
        }
    }

    private mutating func sweepBeforeDigests(now: Date) {
        // Once a minute is enough; a clock that was set back must not put it off.
        if let lastSweepLook, now >= lastSweepLook, now.timeIntervalSince(lastSweepLook) < 60 { return }
        lastSweepLook = now
        for profile in wiring.configuration.profiles {
            if let calendar = DigestCalendar(profile) { desk.sweep(before: calendar.next(after: now), now: now) }
        }
    }

    /// What was stored may be urgent for somebody: the digests' round decides.
    private mutating func hastenDigests(after round: CheckDesk.Round, now: Date) {
        guard wiring.configuration.profiles.contains(where: \.urgent),
            round.batch.results.contains(where: {
                $0.entries.contains { $0.verdict.matches.contains(where: \.isUrgent) }
            })
        else { return }
        hasUrgentMatches = true
        nextDigestRound = min(nextDigestRound, now)
    }

    /// What was stored becomes findable by its words a moment later.
    private mutating func startIndexing(after round: CheckDesk.Round, in group: inout TaskGroup<Event>) {
        hasUnindexed = hasUnindexed || round.batch.results.contains { !$0.entries.isEmpty }
        guard hasUnindexed, !isIndexing else { return }
        isIndexing = true
        hasUnindexed = false
        group.addTask { [store, time] in
            do throws(StoreError) {
                // Entries come in crowds. Cut short by the end of the program; the next start goes on.
                try? await time.sleep(.seconds(2))
                while !Task.isCancelled, try await store.indexPortion() { await Task.yield() }
                return .indexed(nil)
            } catch {
                return .indexed(error)
            }
        }
    }
}
