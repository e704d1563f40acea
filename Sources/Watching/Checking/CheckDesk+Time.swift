import FeedModel
import FoundationEssentials

// The clock, the pace, and the sweep before digests.

extension CheckDesk {
    /// A clock that was set takes the due times along: set back, so that nobody waits longer for it; set forward, so that nobody is
    /// asked sooner, and all at once (R14, P-65).
    ///
    /// - Parameter uptime: time that nobody can set; nil if it is not known, and then a clock that jumps forward is time that passed.
    mutating func followClock(_ now: Date, uptime: Duration? = nil) {
        if let latest {
            var passed = max(0, now.timeIntervalSince(latest.date))
            if let uptime, let before = latest.uptime { passed = (uptime - before).inSeconds }
            let step = now.timeIntervalSince(latest.date) - passed
            if abs(step) > 60 { takeAlong(by: step, now: now) }
        }
        latest = (now, uptime)
    }

    private mutating func takeAlong(by step: TimeInterval, now: Date) {
        schedule.shift(by: step)
        nextFit = nil
        storeRestsUntil = nil
        pauses.shift(by: step)
        offline.shift(by: step)
        unsaved.followClock(now)
        // What is known to be ahead is clamped wherever it counts; what fell behind would pass for long overdue.
        if step > 0 { known = known.map { $0.map { FeedRecord($0, state: $0.state.moved(by: step)) } } }
    }

    mutating func fitPace(_ now: Date) {
        if let nextFit, now < nextFit { return }
        nextFit = now.addingTimeInterval(Self.fitEvery)
        pauses.prune(now: now)
        let timing = settings.timing
        let sources = known.compactMap { record in
            record.flatMap {
                $0.feed.interval == nil && $0.state.rate.at != nil ? Pace.Source($0.feed, $0.state.rate) : nil
            }
        }
        guard !sources.isEmpty else { return }
        pace = Pace.fitted(
            to: sources, requestsPerFeed: settings.requestsPerFeed, floor: max(timing.floor, CheckTiming.hour),
            ceiling: timing.ceiling, now: now)
    }

    /// In the hour before a digest's cut-off each feed whose rules permit is asked once more, spread evenly (P-63).
    mutating func sweep(before cutoff: Date, now: Date) {
        let begin = cutoff.addingTimeInterval(-settings.sweep.inSeconds)
        guard now >= begin, now < cutoff, sweptFor != cutoff else { return }
        sweptFor = cutoff
        // The last tenth is left for those that are slow.
        let room = max(0, cutoff.timeIntervalSince(now) * 0.9)
        for record in records where !schedule.isInFlight(record.url) {
            let url = record.url
            guard let due = schedule.nextCheck(of: url), due >= cutoff, let permitted = record.state.permittedFrom,
                record.state.lastAttempt ?? begin < begin || record.state.lastAttempt == nil,
                pause(of: record, now: now).map({ $0 < cutoff }) ?? true
            else { continue }
            let slot = now.addingTimeInterval(settings.timing.phase(of: url) * room)
            let target = max(slot, permitted, pause(of: record, now: now) ?? slot)
            if target < cutoff, settings.timing.allowed(target, of: record) == target { schedule.plan(url, at: target) }
        }
    }
}

extension FeedState {
    /// As if its checks had been as long ago by a clock that was set forward as they are.
    fileprivate func moved(by seconds: TimeInterval) -> FeedState {
        func moved(_ date: Date?) -> Date? { date?.addingTimeInterval(seconds) }
        var state = self
        state.times.lastAttempt = moved(times.lastAttempt)
        state.times.lastSuccess = moved(times.lastSuccess)
        state.times.nextCheck = moved(times.nextCheck)
        state.times.permittedFrom = moved(times.permittedFrom)
        state.pausedUntil = moved(pausedUntil)
        return state
    }
}
