import Digests
import FeedModel
import FoundationEssentials
import Storage

/// One look at the digests: makes those that are due, then tries what waits in the outbox.
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
                next = min(next, try await makeDue(for: profile))
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

    /// - Returns: when the profile's next digest is due.
    private func makeDue(for profile: Configuration.Profile) async throws(StoreError) -> Date {
        let now = time.now()
        guard let calendar = DigestCalendar(profile) else { return now.addingTimeInterval(60 * 60) }
        let knownSince = try await store.knownSince(profile: profile.name, now: now)
        let last = try await store.lastDigest(for: profile.name, now: now)?.to ?? knownSince
        let run = DigestRun(
            store: store, configuration: wiring.configuration, feeds: wiring.feeds, installation: store.installationID)
        for period in calendar.due(after: last, now: now) {
            var request = DigestRun.Request(profile: profile, date: period.date, cutoff: period.cutoff)
            request.from = period.from
            if period.dates > 1 {
                request.notes.append("This digest stands for \(period.dates) days: the service was not running.")
            }
            switch try await run.make(request, now: now) {
            case .made(let digest, let record):
                log(
                    .notice, "digest",
                    ["key": "\(digest.key)", "stories": "\(record.stories)", "entries": "\(record.entries)"])
            case .nothingNew(let key):
                log(.notice, "digest", ["key": "\(key)", "stories": "0"])
            case .exists:
                break
            }
        }
        return calendar.next(after: now)
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
