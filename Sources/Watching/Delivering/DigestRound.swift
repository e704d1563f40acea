import Digests
import FeedModel
import FoundationEssentials
import Storage

/// One look at the digests: makes those that are due, tells at once what is urgent, then tries what waits in the outbox.
struct DigestRound: Sendable {
    let store: Store
    let wiring: Wiring
    let time: TimeSource
    let log: Log

    struct Report: Sendable {
        /// When to look again.
        var next: Date
        var storeError: StoreError?
    }

    func run() async -> Report {
        do {
            var next = time.now().addingTimeInterval(60 * 60)
            for profile in wiring.configuration.profiles {
                guard let calendar = DigestCalendar(profile) else { continue }
                next = min(next, try await makeDue(for: profile, calendar))
                if profile.urgent, let later = try await makeAlert(for: profile, calendar) { next = min(next, later) }
            }
            _ = try await deliveryRun.deliverDue()
            if let delivery = try await store.nextDeliveryTime() { next = min(next, delivery) }
            return Report(next: max(next, time.now().addingTimeInterval(1)))
        } catch {
            return Report(next: time.now().addingTimeInterval(60), storeError: error)
        }
    }

    private var deliveryRun: DeliveryRun {
        DeliveryRun(
            store: store, configuration: wiring.configuration, fetcher: wiring.fetcher, time: time, log: log)
    }

    private var digestRun: DigestRun {
        DigestRun(
            store: store, configuration: wiring.configuration, feeds: wiring.feeds, installation: store.installationID)
    }

    /// - Returns: when the profile's next digest is due.
    private func makeDue(
        for profile: Configuration.Profile, _ calendar: DigestCalendar
    ) async throws(StoreError) -> Date {
        let now = time.now()
        let knownSince = try await store.knownSince(profile: profile.name, now: now)
        let last = try await store.lastDigest(for: profile.name, now: now)?.to ?? knownSince
        for period in calendar.due(after: last, now: now) {
            // Nothing is made for a muted date; what it would have told is in the first digest after.
            if let muted = profile.mutedUntil, period.date < muted { continue }
            if let skipped = period.skipped {
                // Written down as a digest that nobody gets: what it holds is then in none that follows (M-10).
                var request = DigestRun.Request(profile: profile, date: skipped.date, cutoff: skipped.cutoff)
                request.occasion = .skipped
                try await make(request, now: now)
            }
            var request = DigestRun.Request(profile: profile, date: period.date, cutoff: period.cutoff)
            if let muted = profile.mutedUntil, period.dates > 1, calendar.zone.date(at: last) < muted {
                request.notes.append("This digest stands for \(period.dates) days: it was muted until \(muted).")
            } else if period.dates > 1 {
                request.notes.append("This digest stands for \(period.dates) days: the service was not running.")
            }
            try await make(request, now: now)
        }
        return calendar.next(after: now)
    }

    private func make(_ request: DigestRun.Request, now: Date) async throws(StoreError) {
        switch try await digestRun.make(request, now: now) {
        case .made(let digest, let record):
            log(
                .notice, digest.key.isAlert ? "alert" : "digest",
                ["key": "\(digest.key)", "stories": "\(record.stories)", "entries": "\(record.entries)"])
        case .nothingNew(let key):
            if !key.isAlert { log(.notice, "digest", ["key": "\(key)", "stories": "0"]) }
        case .exists:
            break
        }
    }

    /// - Returns: when to look again at what may not be told yet; nil if nothing waits.
    private func makeAlert(
        for profile: Configuration.Profile, _ calendar: DigestCalendar
    ) async throws(StoreError) -> Date? {
        let now = time.now()
        if let muted = profile.mutedUntil, calendar.zone.date(at: now) < muted { return nil }
        // Everything stored by now belongs to it, also what was stored in this very moment.
        let cutoff = now.addingTimeInterval(0.001)
        let waiting = try await store.unallocated(
            for: profile.name, before: cutoff, firstFill: profile.firstFill.forStore)
        guard waiting.contains(where: { AlertPolicy.isNews($0, for: profile, now: now) }) else { return nil }
        let alerts = try await store.alertTimes(for: profile.name, since: now.addingTimeInterval(-24 * 60 * 60))
        let policy = AlertPolicy(zone: calendar.zone, quiet: profile.quiet)
        let allowed = policy.nextAllowed(now: now, alerts: alerts)
        guard allowed <= now else { return allowed }
        var request = DigestRun.Request(profile: profile, date: calendar.zone.date(at: now), cutoff: cutoff)
        request.occasion = .alert
        try await make(request, now: now)
        return nil
    }
}

extension DigestCalendar {
    /// The calendar of a profile; nil if its zone does not exist, which the configuration's check rules out.
    init?(_ profile: Configuration.Profile) {
        guard let zone = Zone(profile.zone) else { return nil }
        self.init(
            zone: zone, hour: profile.time.hour, minute: profile.time.minute, weekdays: profile.weekdays,
            catchUp: profile.catchUp.forCalendar)
    }
}
