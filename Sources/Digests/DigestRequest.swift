public import FeedModel
public import struct FoundationEssentials.Date

/// All that a digest is made from. The same request gives the same digest, byte for byte.
public struct DigestRequest: Sendable {
    public var key: DigestKey
    /// The zone that dates are shown in.
    public var zone: Zone
    /// The end of the profile's previous digest, if there was one.
    public var from: Date?
    /// The cut-off: the digest speaks as of this instant.
    public var to: Date
    /// The installation's id, from which names are made.
    public var installation: String
    /// What was matched and not yet allocated, what nearly was, and what was revised since it was told, in any order.
    public var entries: [MatchedEntry]
    /// What digests of the last weeks told this profile, in any order.
    public var earlier: [ToldEntry]
    /// For each of the entries that was told before what it says otherwise now.
    public var revisions: [EntryID: Revision]
    /// How much was published about what, up to the cut-off.
    public var trends: Trends?
    /// The feeds by URL. An entry whose feed is gone is shown under the feed's host.
    public var feeds: [String: Feed]
    /// The topics the profile wants, in the order to show them; empty means all.
    public var topics: [String]
    /// The languages the reader reads, as primary subtags (RFC 5646, 2.2.1: `en`, `ur`); empty means all.
    public var languages: Set<String> = []
    /// The score over threshold that a match must reach; nil takes every match.
    public var threshold: Double?
    /// How many stories of a topic are told in full.
    public var perTopic: Int
    /// How many entries that passed no watch but came near one may be listed among the possible matches, at most.
    public var mostNearMisses = 20
    public var coverage: Coverage
    /// What stands above the digest.
    public var title: String
    /// Names of topics by id, where they should differ from the built-in ones.
    public var topicTitles: [String: String]

    public init(
        key: DigestKey, zone: Zone, from: Date?, to: Date, installation: String, entries: [MatchedEntry],
        feeds: [String: Feed], topics: [String] = [], threshold: Double? = nil, perTopic: Int = 8,
        coverage: Coverage = Coverage(), title: String = "Pakistan-US relations", topicTitles: [String: String] = [:],
        earlier: [ToldEntry] = [], revisions: [EntryID: Revision] = [:], trends: Trends? = nil
    ) {
        self.key = key
        self.zone = zone
        self.from = from
        self.to = to
        self.installation = installation
        self.entries = entries
        self.feeds = feeds
        self.topics = topics
        self.threshold = threshold
        self.perTopic = perTopic
        self.coverage = coverage
        self.title = title
        self.topicTitles = topicTitles
        self.earlier = earlier
        self.revisions = revisions
        self.trends = trends
    }

    /// Whether the reader reads what is written in `language`. What is in no known language is shown.
    func reads(_ language: String?) -> Bool {
        guard !languages.isEmpty, let primary = primaryLanguage(language) else { return true }
        return languages.contains(primary)
    }
}

/// `en` for `en-GB` and `EN_us`; nil where no language is named.
public func primaryLanguage(_ tag: String?) -> String? {
    let primary = tag?.split(whereSeparator: { $0 == "-" || $0 == "_" }).first.map { $0.lowercased() }
    return primary == "und" ? nil : primary
}
