import Digests
import FeedModel
import FoundationEssentials

/// When a reader may be told of something urgent at once: not in quiet hours, not in quick succession, not many times a day.
/// What may not be told now waits, and goes into the day's digest if that comes first.
struct AlertPolicy: Sendable {
    var zone: Zone
    var quiet: Configuration.QuietHours?
    /// From one alert to the next.
    var leastPause: Duration = .seconds(15 * 60)
    /// In any 24 hours: whatever goes wrong with a watch, it must not flood a mailbox (M-13).
    var mostADay = 8

    /// The first moment from `now` on at which an alert may go out.
    ///
    /// - Parameter alerts: when the alerts of the last 24 hours were made, newest first.
    func nextAllowed(now: Date, alerts: [Date]) -> Date {
        var moment = now
        if let last = alerts.first { moment = max(moment, last.addingTimeInterval(leastPause.inSeconds)) }
        if alerts.count >= mostADay {
            moment = max(moment, alerts[mostADay - 1].addingTimeInterval(24 * 60 * 60))
        }
        return afterQuiet(moment)
    }

    private func afterQuiet(_ moment: Date) -> Date {
        guard let quiet else { return moment }
        let local = zone.time(at: moment)
        let clock = Configuration.TimeOfDay(hour: local.hour, minute: local.minute)
        guard quiet.contains(clock) else { return moment }
        // Hours that begin in the evening end on the next date.
        let date = clock < quiet.to ? local.date : local.date.adding(days: 1)
        return max(moment, zone.instant(of: date, hour: quiet.to.hour, minute: quiet.to.minute))
    }

    /// Whether an entry is told at once: urgent for one of the topics the profile wants, and news. What a new feed brings with
    /// its first check, or a publisher dates back by days, is not.
    static func isNews(_ matched: MatchedEntry, for profile: Configuration.Profile, now: Date) -> Bool {
        guard !matched.isFirstFill else { return false }
        if let dated = matched.entry.published, now.timeIntervalSince(dated) > 2 * 24 * 60 * 60 { return false }
        return matched.verdict.matches.contains { match in
            match.isUrgent && (profile.topics.isEmpty || profile.topics.contains(match.watch.topic))
                && match.normalisedScore >= profile.threshold
        }
    }
}
