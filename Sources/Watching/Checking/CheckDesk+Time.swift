import FeedModel
import FoundationEssentials

// The clock, the pace, and the sweep before digests.

extension CheckDesk {
    /// A clock that was set back takes the due times along, so that nobody waits longer for it (R14).
    mutating func followClock(_ now: Date) {
        if let latest, now < latest.addingTimeInterval(-60) {
            let step = now.timeIntervalSince(latest)
            schedule.shift(by: step)
            nextFit = nil
            storeRestsUntil = nil
            pauses.shift(by: step)
            offline.shift(by: step)
            unsaved.followClock(now)
        }
        latest = now
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
