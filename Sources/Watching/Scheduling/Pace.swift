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
    /// The same of the feeds of each group that is known.
    public var groupShares: [String: Double] = [:]

    /// What bears on how often a feed is asked.
    public struct Source: Sendable {
        public var rate: PublishingRate
        public var group: String?
        public var priority: Double

        public init(_ rate: PublishingRate, group: String? = nil, priority: Double = 1) {
            self.rate = rate
            self.group = group
            self.priority = priority
        }

        init(_ feed: Feed, _ rate: PublishingRate) { self.init(rate, group: feed.group, priority: feed.priority ?? 1) }
    }

    /// Before anything is known: a feed with the rate and share that are assumed of all is asked every two hours.
    public static let initial = Pace(unit: (2.0 / 24) * (0.1 / PublishingRate.priorDays).squareRoot(), meanShare: 0.1)

    /// Where a feed's share of relevant entries is drawn to: that of its group, or else of all feeds.
    func share(of group: String?) -> Double { group.flatMap { groupShares[$0] } ?? meanShare }

    /// Relevant entries a day, each as much as its feed's priority says.
    func importance(_ source: Source, at now: Date) -> Double {
        source.rate.itemsPerDay(at: now) * source.rate.matchedShare(mean: share(of: source.group)) * source.priority
    }

    /// The wait after a check at `now` until the feed is worth another: where its hours of the week are known, sooner in
    /// those in which it publishes (P-62). At least `floor` and at most `ceiling`.
    public func wait(_ source: Source, now: Date, floor: Duration, ceiling: Duration) -> Duration {
        let importance = importance(source, at: now)
        let flat = min(max(unit / importance.squareRoot() * 86_400, floor.inSeconds), ceiling.inSeconds)
        guard let profile = source.rate.profile else { return .seconds(flat) }
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
        to sources: some Collection<Source>, requestsPerFeed: Double, floor: Duration, ceiling: Duration, now: Date
    ) -> Pace {
        let items = sources.reduce(0) { $0 + $1.rate.items }
        let matched = sources.reduce(0) { $0 + $1.rate.matched }
        // As if fifty entries more had been seen, five of them relevant.
        let mean = (matched + 5) / (items + 50)
        var draft = Pace(unit: 1, meanShare: mean)
        var groups: [String: (items: Double, matched: Double)] = [:]
        for source in sources {
            guard let group = source.group else { continue }
            groups[group, default: (0, 0)].items += source.rate.items
            groups[group, default: (0, 0)].matched += source.rate.matched
        }
        // A group is drawn to all feeds as a feed is to its group.
        draft.groupShares = groups.mapValues { ($0.matched + 50 * mean) / ($0.items + 50) }
        var pace = sharing(
            requestsPerFeed * Double(sources.count), among: sources.map { draft.importance($0, at: now) },
            meanShare: mean, floor: floor, ceiling: ceiling)
        pace.groupShares = draft.groupShares
        return pace
    }
}
