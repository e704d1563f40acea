import FeedModel
import FoundationEssentials
import Storage

/// Checks all that a desk has planned and returns when it has ended and is written: a round by hand.
struct CheckRound: Sendable {
    let check: FeedCheck
    let log: Log
    /// Without validators.
    var inFull = false

    private enum Event: Sendable {
        case checked, woke
        case looked(PageCheck.Report)
    }

    /// - Parameter each: called with each report as it comes.
    func run(_ desk: inout CheckDesk, each: (CheckReport) -> Void) async throws(StoreError) {
        var trouble: StoreError?
        // The group's closure cannot hold on to a parameter.
        var ours = desk
        await withTaskGroup(of: Event.self) { group in
            let arrivals = Arrivals()
            var alarm: Date?
            while trouble == nil && !Task.isCancelled {
                do throws(StoreError) { try await start(&ours, arrivals: arrivals, in: &group) } catch {
                    trouble = error
                    break
                }
                guard !ours.isFinished else { break }
                setAlarm(&alarm, ours.nextWake(), in: &group)
                guard let event = await group.next() else { break }
                if case .looked(let report) = event {
                    ours.ended(report, now: check.time.now())
                    log.look(report)
                    trouble = report.storeError
                }
                for report in arrivals.takeAll() {
                    ours.ended(report, now: check.time.now())
                    trouble = trouble ?? report.storeError
                    each(report)
                }
            }
            group.cancelAll()
        }
        desk = ours
        let last = desk.lastRound(now: check.time.now())
        try await check.store.write(last.batch)
        for report in last.reports { log.check(report) }
        if let trouble { throw trouble }
    }

    private func start(
        _ desk: inout CheckDesk, arrivals: Arrivals, in group: inout TaskGroup<Event>
    ) async throws(StoreError) {
        let round = desk.nextRound(now: check.time.now())
        if !round.batch.isEmpty { try await check.store.write(round.batch) }
        desk.written(round)
        for report in round.reports { log.check(report) }
        for record in round.starting {
            group.addTask {
                arrivals.put(await check.run(record, inFull: inFull))
                return .checked
            }
        }
        for look in round.looking { group.addTask { .looked(await PageCheck(check).run(look)) } }
    }

    private func setAlarm(_ alarm: inout Date?, _ wake: Date?, in group: inout TaskGroup<Event>) {
        let now = check.time.now()
        guard let wake else { return }
        // One already set for as early, and still to come, will do.
        if let set = alarm, set > now, set <= wake { return }
        alarm = wake
        let pause: Duration = .seconds(max(0.001, wake.timeIntervalSince(now)))
        group.addTask {
            // Cut short only when the round ends.
            try? await check.time.sleep(pause)
            return .woke
        }
    }
}
