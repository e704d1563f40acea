public import FeedModel
public import struct FoundationEssentials.Date

/// How a budget of requests is shared among feeds so that relevant entries wait as little as they can (P-60).
///
/// With an interval `I`, an entry waits `I / 2` on average. The sum of weight x rate x I / 2 over all feeds, for a given sum
/// of 1 / I, is least when each interval is proportional to 1 / sqrt(weight x rate): the delay form that Sia and Cho study
/// for RSS.
public struct Pace: Sendable, Equatable {
    /// In days: the interval of a feed with one relevant entry a day.
    public var unit: Double
    /// The share of relevant entries over all feeds, towards which feeds with few entries are drawn (P-61).
    public var meanShare: Double

    /// Before anything is known: a feed with the rate and share that are assumed of all is asked every two hours.
    public static let initial = Pace(unit: (2.0 / 24) * (0.1 / PublishingRate.priorDays).squareRoot(), meanShare: 0.1)

    /// Relevant entries a day.
    func importance(_ rate: PublishingRate, at now: Date) -> Double {
        rate.itemsPerDay(at: now) * rate.matchedShare(mean: meanShare)
    }

    /// The wait after a check at `now` until the feed is worth another: where its hours of the week are known, sooner in
    /// those in which it publishes (P-62). At least `floor` and at most `ceiling`.
    public func wait(_ rate: PublishingRate, now: Date, floor: Duration, ceiling: Duration) -> Duration {
        let importance = importance(rate, at: now)
        let flat = min(max(unit / importance.squareRoot() * 86_400, floor.inSeconds), ceiling.inSeconds)
        guard let profile = rate.profile else { return .seconds(flat) }
        // The best density of checks at a moment goes with the root of the rate at that moment: time runs faster in busy
        // hours, and a check is due when as much of it has passed as in `flat` average seconds.
        let mean = profile.reduce(0) { $0 + $1.squareRoot() } / 168
        var left = flat
        var moment = now.timeIntervalSince1970
        let end = moment + ceiling.inSeconds
        while moment < end {
            let hour = PublishingRate.hourOfWeek(Date(timeIntervalSince1970: moment))
            let speed = max(0.05, profile[hour].squareRoot() / mean)
            let step = min(3600 - moment.truncatingRemainder(dividingBy: 3600), end - moment)
            if speed * step >= left {
                moment += left / speed
                break
            }
            left -= speed * step
            moment += max(step, 1)
        }
        return .seconds(max(moment - now.timeIntervalSince1970, floor.inSeconds))
    }

    /// The pace at which feeds of these importances are asked `perDay` times a day together.
    ///
    /// - Parameter perDay: what the floor and the ceiling do not allow is not reached.
    static func sharing(
        _ perDay: Double, among importances: [Double], meanShare: Double, floor: Duration, ceiling: Duration
    ) -> Pace {
        guard !importances.isEmpty, perDay > 0 else { return .initial }
        let roots = importances.map { max($0, 1e-9).squareRoot() }
        let (least, most) = (floor.inSeconds / 86_400, max(floor, ceiling).inSeconds / 86_400)
        func requests(_ unit: Double) -> Double {
            roots.reduce(0) { $0 + 1 / min(max(unit / $1, least), most) }
        }
        // Halved until the bounds agree to a thousandth; more requests the smaller the unit.
        var (low, high) = (1e-6, 1e3)
        for _ in 0..<60 {
            let middle = (low * high).squareRoot()
            if requests(middle) > perDay { low = middle } else { high = middle }
            if high / low < 1.001 { break }
        }
        return Pace(unit: (low * high).squareRoot(), meanShare: meanShare)
    }

    /// The pace for these feeds as they are at `now`.
    public static func fitted(
        to rates: some Collection<PublishingRate>, requestsPerFeed: Double, floor: Duration, ceiling: Duration,
        now: Date
    ) -> Pace {
        let items = rates.reduce(0) { $0 + $1.items }
        let matched = rates.reduce(0) { $0 + $1.matched }
        // As if fifty entries more had been seen, five of them relevant.
        let mean = (matched + 5) / (items + 50)
        let draft = Pace(unit: 1, meanShare: mean)
        return sharing(
            requestsPerFeed * Double(rates.count), among: rates.map { draft.importance($0, at: now) }, meanShare: mean,
            floor: floor, ceiling: ceiling)
    }
}
