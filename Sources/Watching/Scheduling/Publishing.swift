public import FeedModel
public import struct FoundationEssentials.Date
import Glibc

// What a feed's past says of when it will publish next (P-59, P-61, P-62).

extension PublishingRate {
    /// Days after which a count weighs half.
    static let halfLife = 30.0
    /// What is assumed of a feed that has shown nothing yet: one entry in so many days.
    static let priorDays = 7.0
    /// Entries from which on the hours of the week are believed.
    static let leastForHours = 60
    private static let secondsADay = 86_400.0
    /// Older than this, a date in a first document says nothing of today's rate.
    private static let longestPast = 90.0

    /// Entries a day to expect at `now`: the mean of a Gamma distribution with shape 1 and one entry a week before
    /// anything was seen. Of a feed without dates only that is known which polls found it changed; then it is the estimate of Cho
    /// and Garcia-Molina ("Estimating frequency of change"), which does not take several changes between two polls for one.
    public func itemsPerDay(at now: Date) -> Double {
        let today = forgotten(by: now)
        guard today.polls > 0, today.days > 0 else { return (1 + today.items) / (Self.priorDays + today.days) }
        let unchanged = max(0, today.polls - today.changes)
        let estimate = -log((unchanged + 0.5) / (today.polls + 0.5)) * today.polls / today.days
        // No silence says never.
        return max(estimate, 1 / (Self.priorDays + today.days))
    }

    /// The share of the feed's entries that watches accept, drawn towards `mean` while few are known; never zero (P-61).
    func matchedShare(mean: Double) -> Double {
        let strength = 5.0
        return max(0.01, (matched + strength * mean) / (items + strength))
    }

    /// The numbers as they are at `now`, what is older weighing less.
    func forgotten(by now: Date) -> PublishingRate {
        guard let at else { return self }
        let elapsed = max(0, now.timeIntervalSince(at)) / Self.secondsADay
        let kept = exp2(-elapsed / Self.halfLife)
        var rate = self
        rate.items *= kept
        rate.matched *= kept
        // Asked as often as before, until more is known.
        if polls > 0, days > 0 { rate.polls = polls * kept + Self.span(elapsed) * polls / days }
        rate.changes *= kept
        rate.days = rate.days * kept + Self.span(elapsed)
        rate.at = now
        return rate
    }

    /// The days of a stretch that ends now, each weighing less the longer ago it is.
    private static func span(_ days: Double) -> Double { halfLife / log(2.0) * (1 - exp2(-days / halfLife)) }

    /// Counts the entries of a document that were new.
    ///
    /// - Parameters:
    ///   - dates: what their publisher says of each; nil where it says nothing.
    ///   - matched: how many of them a watch accepted.
    ///   - since: when the feed was last asked; nil for the first time.
    ///   - hasDates: whether any entry of the document, new or not, has one.
    ///   - hasChanged: whether the document says anything that the last one did not.
    public mutating func count(
        _ dates: [Date?], matched newlyMatched: Int, since: Date?, now: Date, hasDates: Bool = true,
        hasChanged: Bool = false
    ) {
        let before = self
        self = forgotten(by: now)
        at = now
        if hasDates { (polls, changes) = (0, 0) } else { countPoll(hasChanged, before: before, since: since, now: now) }
        guard !dates.isEmpty else { return }
        var counted = 0.0
        if since != nil {
            counted = countLater(dates, now: now)
        } else {
            counted = countPast(dates, now: now)
        }
        matched += counted * Double(newlyMatched) / Double(dates.count)
        for date in dates { countHour(date, since: since, now: now) }
    }

    /// Nobody is told of polls to which the server said "not modified": there were as many since the last document as fit in, at
    /// the distance of the last two.
    private mutating func countPoll(_ hasChanged: Bool, before: PublishingRate, since: Date?, now: Date) {
        // Where entries were counted before, that tells more.
        guard before.polls > 0 || before.days == 0, let since, let last = before.at, now > since, now > last else {
            return
        }
        let elapsed = now.timeIntervalSince(last) / Self.secondsADay
        let spacing = now.timeIntervalSince(since) / Self.secondsADay
        polls = before.polls * exp2(-elapsed / Self.halfLife) + max(1, Self.span(elapsed) / spacing)
        if hasChanged { changes = min(changes + 1, polls) }
    }

    /// What a later document brings counts as of its publication date: entries of long ago that turn up now, as all those of a
    /// site that moved, say nothing of today. Undated ones count as of today, and those from before the feed was watched not at
    /// all, for no days were counted then.
    private mutating func countLater(_ dates: [Date?], now: Date) -> Double {
        // The span whose days, what is older weighing less, add up to `days`.
        let share = min(days * log(2.0) / Self.halfLife, 1)
        let watched = share < 1 ? -Self.halfLife * log2(1 - share) : .infinity
        let counted = dates.reduce(0.0) { sum, date in
            guard let date else { return sum + 1 }
            let age = max(0, now.timeIntervalSince(date) / Self.secondsADay)
            return age <= max(watched, Self.recently) ? sum + exp2(-age / Self.halfLife) : sum
        }
        items += counted
        return counted
    }

    /// In days: an entry that is a little late is of today, however short its feed has been watched.
    private static let recently = 2.0

    /// A first document shows how often its feed published so far: all entries but the oldest, in the days since that one.
    private mutating func countPast(_ dates: [Date?], now: Date) -> Double {
        let ages = dates.compactMap { $0.map { now.timeIntervalSince($0) / Self.secondsADay } }
            .filter { $0 >= 0 && $0 <= Self.longestPast }.sorted()
        guard let oldest = ages.last, oldest > 0, ages.count > 1 else { return 0 }
        let counted = ages.dropLast().reduce(0) { $0 + exp2(-$1 / Self.halfLife) }
        items += counted
        days += Self.span(oldest)
        return counted
    }

    /// The publisher's date tells the hour where it lies in the time since the last look; else the entry was found now.
    private mutating func countHour(_ date: Date?, since: Date?, now: Date) {
        let begin = since ?? now.addingTimeInterval(-Self.longestPast * Self.secondsADay)
        guard let date, date >= begin, date <= now else {
            if since != nil { addHour(Self.hourOfWeek(now)) }
            return
        }
        addHour(Self.hourOfWeek(date))
    }

    private mutating func addHour(_ hour: Int) {
        if hours.isEmpty { hours = [UInt8](repeating: 0, count: 168) }
        // A full count halves them all: what is old weighs less.
        if hours[hour] == .max { hours = hours.map { $0 / 2 } }
        hours[hour] += 1
    }

    /// 0 for Monday 00:00 to 01:00 UTC, up to 167. The first of January 1970 was a Thursday.
    public static func hourOfWeek(_ date: Date) -> Int {
        let hours = (date.timeIntervalSince1970 / 3600).rounded(.down)
        guard abs(hours) < 1e12 else { return 0 }
        return ((Int(hours) + 72) % 168 + 168) % 168
    }

    /// How much likelier than at an average hour an entry is in each hour of the week; nil while too few are known.
    var profile: [Double]? {
        guard hours.count == 168 else { return nil }
        let total = hours.reduce(0) { $0 + Int($1) }
        guard total >= Self.leastForHours else { return nil }
        let count = Double(total)
        var byHourOfDay = [Double](repeating: 0, count: 24)
        for (hour, found) in hours.enumerated() { byHourOfDay[hour % 24] += Double(found) / 7 }
        // The fewer are known, the more a single hour is taken for its hour of the day, and that for any hour.
        let trustInHour = count / (count + 500)
        let trustInDay = (1 - trustInHour) * count / (count + 60)
        return hours.indices.map { hour in
            let near = Double(hours[(hour + 167) % 168]) + 2 * Double(hours[hour]) + Double(hours[(hour + 1) % 168])
            let alone = near / 4 * 168 / count
            let daily = byHourOfDay[hour % 24] * 168 / count
            return trustInHour * alone + trustInDay * daily + (1 - trustInHour - trustInDay)
        }
    }
}
