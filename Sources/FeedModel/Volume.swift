/// How many entries of one topic, published on one day by sources of one country, were matched.
public struct Volume: Sendable, Hashable {
    /// Days since 1970 in the zone asked for.
    public var day: Int
    public var area: Area
    public var topic: String
    /// As the feed states it.
    public var country: String?
    public var count: Int

    public init(day: Int, area: Area, topic: String, country: String?, count: Int) {
        self.day = day
        self.area = area
        self.topic = topic
        self.country = country
        self.count = count
    }
}

/// On how many days a source that works had something new, and when last.
public struct SourceActivity: Sendable, Hashable {
    public var title: String
    public var url: String
    /// Days with entries, and the first and last of them, as days since 1970.
    public var activeDays: Int
    public var firstDay: Int
    public var lastDay: Int

    public init(title: String, url: String, activeDays: Int, firstDay: Int, lastDay: Int) {
        self.title = title
        self.url = url
        self.activeDays = activeDays
        self.firstDay = firstDay
        self.lastDay = lastDay
    }
}
