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
        /// Every feed, due or not, whose floor permits.
        var all = false
        /// Every feed, also those that asked for a pause and those that were asked just now.
        var force = false
        /// Without validators.
        var full = false
        /// Also feeds that were asked without validators less than a day ago.
        var confirmsFull = false
        /// What was stored is not made findable by its words yet.
        var leavesIndexing = false
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
        /// Feeds that were asked so lately that their floor does not permit another question.
        var askedLately: [String] = []
        /// Feeds that were asked in full less than a day ago, and were not again.
        var askedInFull: [String] = []
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
        let now = time.now()
        try await store.followClock(now)
        let known = try await store.setFeeds(wiring.feeds, now: now)
        var desk = CheckDesk(
            concurrency: wiring.configuration.fetch.concurrency, settings: wiring.deskSettings, repeats: false)
        if !options.force { desk.setPauses(try await store.pauses(now: now)) }
        let chosen = choose(from: known, desk: desk, options: options, now: now, summary: &summary)
        desk.adopt(chosen, pauses: [], now: now) { _ in now }
        desk.adopt(try await store.waitingPages(), now: now)
        try await check(&desk, total: chosen.count, options: options, summary: &summary, progress: progress)
        if !options.leavesIndexing { while try await store.indexPortion() {} }
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
    private func choose(
        from records: [FeedRecord], desk: CheckDesk, options: Options, now: Date, summary: inout Summary
    ) -> [FeedRecord] {
        var chosen: [FeedRecord] = []
        for record in records where record.state.particularMemory?.stop == nil {
            if !options.force, desk.pause(of: record, now: now) != nil {
                summary.paused.append(record.feed.url)
                continue
            }
            let isDue = desk.dueTime(of: record, now: now) <= now
            guard options.all || options.force || isDue else { continue }
            // No address twice within its floor, however often cron says so (R11).
            if !options.force, !isDue, !wiring.timing.permits(feed: record.feed, state: record.state, now: now) {
                summary.askedLately.append(record.feed.url)
                continue
            }
            // Twice in full within a day is what webmasters complain of: it takes a confirmation of its own (P-15).
            if options.full, !options.confirmsFull, let last = record.state.memory.askedInFull,
                now.timeIntervalSince(last) < 86_400
            {
                summary.askedInFull.append(record.feed.url)
                continue
            }
            chosen.append(options.force ? record.unpaused : record)
        }
        return chosen
    }

    private func check(
        _ desk: inout CheckDesk, total: Int, options: Options, summary: inout Summary,
        progress: @Sendable (Int, Int) -> Void
    ) async throws(StoreError) {
        var timing = wiring.timing
        timing.spreadsLate = false
        let check = FeedCheck(
            store: store, fetcher: wiring.fetcher, reading: Reading(), matcher: wiring.matcher, timing: timing,
            pace: desk.pace, time: time, minutes: desk.minutes,
            spacing: { [wiring] in wiring.hostRules(hostKey(of: $0)).spacing },
            pauses: desk.pauses, sharedTargets: desk.sharedTargets(now: time.now()),
            secondLook: wiring.deskSettings.secondLook)
        progress(0, total)
        var counted = summary
        try await CheckRound(check: check, log: log, inFull: options.full).run(&desk) { ended in
            counted.count(ended)
            progress(counted.checked, total)
        }
        counted.paused += desk.heldBack
        summary = counted
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
        request.occasion = .byHand
        switch try await run.make(request, now: now) {
        case .made(let digest, _): summary.digests.append(.init(key: digest.key, digest: digest))
        case .nothingNew(let key), .exists(let key): summary.digests.append(.init(key: key, digest: nil))
        }
    }
}

extension OnceRound.Summary {
    fileprivate mutating func count(_ ended: CheckRound.Ended) {
        checked += 1
        guard case .with(let report) = ended else {
            unchanged += 1
            return
        }
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

extension FeedRecord {
    /// As if nobody had asked for a pause.
    fileprivate var unpaused: FeedRecord {
        guard state.pausedUntil != nil else { return self }
        var state = state
        state.pausedUntil = nil
        return FeedRecord(feed: feed, state: state)
    }
}
