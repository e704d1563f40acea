import Digests
import FeedModel
import FoundationEssentials
import Storage

/// One round by hand: what is due is checked, matched and, on request, made into digests, and then it ends. The rules of
/// politeness are the daemon's own.
struct OnceRound: Sendable {
    let wiring: Wiring
    let store: Store
    let time: TimeSource
    let log: Log

    struct Options: Sendable {
        /// Every feed, due or not.
        var all = false
        /// Also feeds that asked for a pause.
        var force = false
        /// Without validators.
        var full = false
        /// Make a digest for every profile from what is new, and deliver it and what else waits in the outbox.
        var digestNow = false
    }

    struct Summary: Sendable {
        var checked = 0
        var unchanged = 0
        var updated = 0
        var newEntries = 0
        var matched = 0
        /// Feeds that were left alone because they asked for it.
        var paused: [String] = []
        var failures: [(feed: Feed, failure: CheckFailure)] = []
        var digests: [MadeDigest] = []
        var delivery = DeliveryRun.Summary()

        struct MadeDigest: Sendable {
            var key: DigestKey
            var digest: Digest?
        }

        /// Something was asked and nothing answered.
        var reachedNone: Bool { checked > 0 && failures.count == checked }
    }

    /// - Parameter progress: called after each check with how many ended and how many there are.
    func run(
        _ options: Options, progress: @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws(StoreError) -> Summary {
        var summary = Summary()
        try await store.setFeeds(wiring.feeds, now: time.now())
        let chosen = choose(from: try await store.feeds(), options: options, summary: &summary)
        try await check(chosen, options: options, summary: &summary, progress: progress)
        if options.digestNow && !Task.isCancelled {
            for profile in wiring.configuration.profiles { try await makeDigest(for: profile, summary: &summary) }
            let run = DeliveryRun(
                store: store, configuration: wiring.configuration, fetcher: wiring.fetcher, time: time, log: log)
            summary.delivery = try await run.deliverWaiting()
        }
        return summary
    }
}

extension OnceRound {
    private func choose(from records: [FeedRecord], options: Options, summary: inout Summary) -> [FeedRecord] {
        let now = time.now()
        return records.filter { record in
            if let until = record.state.pausedUntil, until > now, !options.force {
                summary.paused.append(record.feed.url)
                return false
            }
            let next = record.state.nextCheck.map { wiring.timing.clamped($0, now: now) } ?? now
            return options.all || options.force || next <= now
        }
    }

    private func check(
        _ records: [FeedRecord], options: Options, summary: inout Summary,
        progress: @Sendable (Int, Int) -> Void
    ) async throws(StoreError) {
        let byURL = Dictionary(records.map { ($0.feed.url, $0) }, uniquingKeysWith: { first, _ in first })
        var schedule = Schedule(
            concurrency: wiring.configuration.fetch.concurrency, rules: { [wiring] in wiring.hostRules($0) })
        let began = time.now()
        for record in records { schedule.plan(record.feed.url, at: began, startsLate: record.state.failures > 0) }
        let check = FeedCheck(
            store: store, fetcher: wiring.fetcher, reading: Reading(), matcher: wiring.matcher, timing: wiring.timing,
            time: time, chance: { Double.random(in: 0..<1) })
        progress(0, records.count)
        var trouble: StoreError?
        var counted = summary
        await withTaskGroup(of: FeedCheck.Report?.self) { group in
            var sleeping = false
            while !schedule.isFinished && trouble == nil {
                let now = time.now()
                let due = schedule.start(now: now).compactMap { byURL[$0] }
                if !due.isEmpty {
                    do throws(StoreError) {
                        try await store.recordAttempts(
                            due.map {
                                (
                                    url: $0.feed.url, at: now,
                                    nextCheck: wiring.timing.provisional(feed: $0.feed, state: $0.state, now: now)
                                )
                            })
                    } catch {
                        trouble = error
                        break
                    }
                    for record in due { group.addTask { await check.run(record, unconditionally: options.full) } }
                }
                if !sleeping, let wake = schedule.nextWake() {
                    sleeping = true
                    let pause: Duration = .seconds(max(0.001, wake.timeIntervalSince(time.now())))
                    group.addTask { [time] in
                        // Cut short only when the round ends.
                        try? await time.sleep(pause)
                        return nil
                    }
                }
                guard !Task.isCancelled, let event = await group.next() else { break }
                guard let report = event else {
                    sleeping = false
                    continue
                }
                schedule.finished(report.feed.url, next: nil, startsLate: false, now: time.now())
                trouble = report.storeError
                counted.count(report)
                log.check(report)
                progress(counted.checked, records.count)
            }
            group.cancelAll()
        }
        summary = counted
        if let trouble { throw trouble }
    }

    private func makeDigest(for profile: Configuration.Profile, summary: inout Summary) async throws(StoreError) {
        guard let calendar = DigestCalendar(profile) else { return }
        let now = time.now()
        _ = try await store.knownSince(profile: profile.name, now: now)
        let run = DigestRun(
            store: store, configuration: wiring.configuration, feeds: wiring.feeds, installation: store.installationID)
        // Everything stored by now belongs to it, also what was stored in this very moment.
        var request = DigestRun.Request(
            profile: profile, date: calendar.zone.date(at: now), cutoff: now.addingTimeInterval(0.001))
        request.isByHand = true
        switch try await run.make(request, now: now) {
        case .made(let digest, _): summary.digests.append(.init(key: digest.key, digest: digest))
        case .nothingNew(let key), .exists(let key): summary.digests.append(.init(key: key, digest: nil))
        }
    }
}

extension OnceRound.Summary {
    fileprivate mutating func count(_ report: FeedCheck.Report) {
        checked += 1
        switch report.outcome {
        case .unchanged:
            unchanged += 1
        case .updated(let new, let matched):
            updated += 1
            newEntries += new
            self.matched += matched
        case .failed(let failure):
            failures.append((report.feed, failure))
        }
    }
}
