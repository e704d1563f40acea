/// How much was published about what, and what departs from the usual.
public struct Trends: Sendable, Equatable {
    /// The areas' shares, one row an area, in the order of `Area.allCases`.
    public var balance: [AreaShare]
    /// The same for each country of source with at least ten entries in the 90 days before, most entries first.
    public var byCountry: [CountryBalance]
    /// Topics far above what is usual for them, the most unusual first.
    public var surges: [Surge]
    /// How much there is on each topic with an entry in the last 30 days, the busiest week first.
    public var topics: [TopicVolume]
    /// Sources that used to publish often and have not for a while, the longest silence first.
    public var silent: [SilentSource]
    /// Entries per area and week, oldest week first; the last week ends with the day they were counted on.
    public var weeks: [WeekVolume]

    public init(
        balance: [AreaShare] = [], byCountry: [CountryBalance] = [], surges: [Surge] = [], silent: [SilentSource] = [],
        weeks: [WeekVolume] = [], topics: [TopicVolume] = []
    ) {
        self.topics = topics
        self.balance = balance
        self.byCountry = byCountry
        self.surges = surges
        self.silent = silent
        self.weeks = weeks
    }
}

/// An area's entries and its share of all entries, in the last 7 and 30 days and in the 90 days before those 30.
public struct AreaShare: Sendable, Hashable {
    public var area: Area
    public var last7: Int
    public var last30: Int
    public var before90: Int
    /// 0 to 1; 0 where nothing was published.
    public var share7: Double
    public var share30: Double
    public var shareBefore: Double

    public init(
        area: Area, last7: Int, last30: Int, before90: Int, share7: Double, share30: Double, shareBefore: Double
    ) {
        self.area = area
        self.last7 = last7
        self.last30 = last30
        self.before90 = before90
        self.share7 = share7
        self.share30 = share30
        self.shareBefore = shareBefore
    }
}

public struct CountryBalance: Sendable, Hashable {
    /// Of the sources, as the feeds state it.
    public var country: String
    public var balance: [AreaShare]

    public init(country: String, balance: [AreaShare]) {
        self.country = country
        self.balance = balance
    }
}

/// A topic's last 7 days against its last 30.
public struct TopicVolume: Sendable, Hashable {
    public var topic: String
    /// Entries in the last 7 days.
    public var last7: Int
    /// Entries in 7 days, as the mean of the last 30.
    public var mean30: Double

    public init(topic: String, last7: Int, mean30: Double) {
        self.topic = topic
        self.last7 = last7
        self.mean30 = mean30
    }
}

/// A topic with far more entries in the last 7 days than its 90 days before let expect.
public struct Surge: Sendable, Hashable {
    public var topic: String
    public var count: Int
    /// How many there would be at the usual rate.
    public var expected: Double

    public init(topic: String, count: Int, expected: Double) {
        self.topic = topic
        self.count = count
        self.expected = expected
    }
}

/// A source that has published nothing for far longer than it used to pause.
public struct SilentSource: Sendable, Hashable {
    public var title: String
    public var url: String
    /// Since its last entry.
    public var days: Int
    /// The usual days between two days with entries.
    public var usualDays: Double

    public init(title: String, url: String, days: Int, usualDays: Double) {
        self.title = title
        self.url = url
        self.days = days
        self.usualDays = usualDays
    }
}

/// Entries per area in one week.
public struct WeekVolume: Sendable, Hashable {
    public var firstDay: LocalDate
    /// In the order of `Area.allCases`.
    public var counts: [Int]

    public init(firstDay: LocalDate, counts: [Int]) {
        self.firstDay = firstDay
        self.counts = counts
    }
}
