import FeedModel
import FoundationEssentials

/// When something that could not be handed over is tried again: after 1, 5, 15 and 30 minutes, then hourly, for five days
/// (M-07, R22).
struct DeliveryRetry: Sendable {
    var giveUpAfter: Duration = .seconds(5 * 24 * 60 * 60)

    /// The next attempt after `attempts` that failed, the last one at `now`; nil when it is time to give up.
    func next(afterAttempts attempts: Int, firstAttempt: Date, now: Date) -> Date? {
        guard now.timeIntervalSince(firstAttempt) < giveUpAfter.inSeconds else { return nil }
        let minutes: [Double] = [1, 5, 15, 30]
        let wait = attempts >= 1 && attempts <= minutes.count ? minutes[attempts - 1] : 60
        return now.addingTimeInterval(wait * 60)
    }
}
