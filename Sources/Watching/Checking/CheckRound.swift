import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// Checks all that a desk has planned and returns when it has ended and is written: a round by hand.
struct CheckRound: Sendable {
    let check: FeedCheck
    let log: Log
    /// Without validators.
    var inFull = false

    private enum Event: Sendable {
        case answered([FetchAnswer])
        case read(Conclusion)
        case woke
        case looked(PageCheck.Report)
    }

    /// A check that ended.
    enum Ended {
        case quietly
        case with(CheckReport)
    }

    /// - Parameter each: called for each check as it ends.
    func run(_ desk: inout CheckDesk, each: (Ended) -> Void) async throws(StoreError) {
        var trouble: StoreError?
        // The group's closure cannot hold on to a parameter.
        var ours = desk
        await withTaskGroup(of: Event.self) { group in
            var underWay = ChecksUnderWay()
            var alarm: Date?
            group.addTask { [answers = underWay.answers] in .answered(await answers.next()) }
            func finish(_ reports: [CheckReport]) {
                for report in reports {
                    ours.ended(report, now: check.time.now())
                    trouble = trouble ?? report.storeError
                    each(.with(report))
                }
            }
            func finish(_ taken: ChecksUnderWay.Taken) {
                let now = check.time.now()
                for quiet in taken.quiet {
                    ours.ended(quiet, now: now)
                    each(.quietly)
                }
                for led in taken.led { ours.led(led, now: now) }
                finish(taken.settled)
                for part in taken.parts(by: check) { group.addTask { .read(await part()) } }
            }
            while trouble == nil && !Task.isCancelled {
                do throws(StoreError) { finish(try await start(&ours, &underWay, in: &group)) } catch {
                    trouble = error
                    break
                }
                guard !ours.isFinished else { break }
                setAlarm(&alarm, ours.nextWake(), in: &group)
                switch await group.next() {
                case .answered(let answers):
                    group.addTask { [answers = underWay.answers] in .answered(await answers.next()) }
                    finish(underWay.take(answers, by: check))
                case .read(let conclusion):
                    for gap in conclusion.gaps {
                        group.addTask { .read(Conclusion(reports: [await check.close(gap)])) }
                    }
                    finish(conclusion.reports)
                case .looked(let report):
                    ours.ended(report, now: check.time.now())
                    log.look(report)
                    trouble = report.storeError
                case .woke, nil: break
                }
            }
            group.cancelAll()
            if Task.isCancelled { check.fetcher.breakOff() }
        }
        desk = ours
        let last = desk.lastRound(now: check.time.now())
        try await check.store.write(last.batch)
        log.checks(of: last)
        if let trouble { throw trouble }
    }

    /// - Returns: checks that ended before they began.
    private func start(
        _ desk: inout CheckDesk, _ underWay: inout ChecksUnderWay, in group: inout TaskGroup<Event>
    ) async throws(StoreError) -> ChecksUnderWay.Taken {
        let round = desk.nextRound(now: check.time.now(), uptime: check.time.uptime?())
        if !round.batch.isEmpty { try await check.store.write(round.batch) }
        desk.written(round)
        log.checks(of: round)
        for look in round.looking { group.addTask { .looked(await PageCheck(check).run(look)) } }
        guard !round.starting.isEmpty else { return ChecksUnderWay.Taken() }
        return underWay.begin(
            round.starting, numbers: round.numbers, detours: round.detours, inFull: inFull, by: check)
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
