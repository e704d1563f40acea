import Digests
import FeedModel
import FoundationEssentials

/// When a reader's digests are due: once a local date, at the same time of day, through clock changes and downtime. The
/// only memory is up to when the last digest reached; everything else follows.
struct DigestCalendar: Sendable {
    var zone: Zone
    var hour: Int
    var minute: Int
    /// ISO weekdays on which a digest is made; empty means every day.
    var weekdays: Set<Int> = []
    var catchUp: CatchUp = .merge

    enum CatchUp: Sendable {
        /// One digest for all that was missed.
        case merge
        /// One digest for each missed date.
        case each
        /// Only the newest date; what was missed is left out of digests, though not out of the store.
        case skip
    }

    /// A digest that should exist by now.
    struct Period: Sendable {
        var date: LocalDate
        /// Entries seen before this moment belong to it.
        var cutoff: Date
        /// The newest of the dates that are left out for it, and up to when these reach; nil if none is.
        var skipped: (date: LocalDate, cutoff: Date)?
        /// How many dates it stands for; more than one after downtime.
        var dates: Int
    }

    /// How far back missed digests are made up for (M-10).
    static let horizonInDays = 7

    /// The periods that ended after `last` and by `now`, oldest first.
    ///
    /// - Parameter last: the cut-off of the profile's newest digest, or, before the first, when the profile was first known.
    func due(after last: Date, now: Date) -> [Period] {
        var missed: [(date: LocalDate, cutoff: Date)] = []
        // A day earlier than the horizon on both sides, because a date's instant depends on the zone.
        let today = zone.date(at: now)
        let firstDate = max(zone.date(at: last).adding(days: -1), today.adding(days: -Self.horizonInDays))
        var date = firstDate
        while date <= today.adding(days: 1) {
            if let cutoff = instant(on: date), cutoff > last, cutoff <= now { missed.append((date, cutoff)) }
            date = date.adding(days: 1)
        }
        guard let newest = missed.last else { return [] }
        switch catchUp {
        case .merge:
            return [Period(date: newest.date, cutoff: newest.cutoff, skipped: nil, dates: missed.count)]
        case .each:
            return missed.map { Period(date: $0.date, cutoff: $0.cutoff, skipped: nil, dates: 1) }
        case .skip:
            return [
                Period(date: newest.date, cutoff: newest.cutoff, skipped: missed.dropLast().last, dates: 1)
            ]
        }
    }

    /// When the next digest after `now` is due.
    func next(after now: Date) -> Date {
        let yesterday = zone.date(at: now).adding(days: -1)
        // Two weeks hold every weekday, whatever dates the zone leaves out.
        for days in 0...15 {
            let date = yesterday.adding(days: days)
            if let instant = instant(on: date), instant > now { return instant }
        }
        return now.addingTimeInterval(24 * 60 * 60)
    }

    /// The moment the digest of `date` is due; nil if none is made then. A zone that crosses the date line leaves a date
    /// out: its instant falls on another date.
    private func instant(on date: LocalDate) -> Date? {
        guard weekdays.isEmpty || weekdays.contains(date.weekday) else { return nil }
        let instant = zone.instant(of: date, hour: hour, minute: minute)
        return zone.date(at: instant) == date ? instant : nil
    }
}
