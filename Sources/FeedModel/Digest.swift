public import struct FoundationEssentials.Date

/// The matches of one period for one reader, grouped and in order. Every renderer shows this and nothing else.
public struct Digest: Sendable, Equatable {
    /// 26 characters of base 32; the same again for the same key on the same installation.
    public var id: String
    public var key: DigestKey
    /// IANA name of the zone that dates are shown in.
    public var zone: String
    /// From the end of the profile's previous digest, if there was one, to the cut-off.
    public var from: Date?
    public var to: Date
    public var sections: [DigestSection]
    public var coverage: Coverage
    /// What stands above it, "Pakistan-US relations".
    public var title: String
    /// Stories that fall short of what the profile asks for, but not by much: shown by title, below everything else.
    public var possible: [Story]
    /// Jobs and notices of events, which are no news of the relation: by title, at the end.
    public var notices: [Story]
    /// The alerts that told the story of this one before, oldest first; empty for anything but an alert.
    public var follows: [DigestKey] = []
    /// How the fields of the relation share the attention; nil where it was not counted.
    public var trends: Trends?

    public init(
        id: String, key: DigestKey, zone: String, from: Date?, to: Date, sections: [DigestSection], coverage: Coverage,
        title: String = "Pakistan-US relations", possible: [Story] = [], notices: [Story] = [], trends: Trends? = nil
    ) {
        self.id = id
        self.key = key
        self.zone = zone
        self.from = from
        self.to = to
        self.sections = sections
        self.coverage = coverage
        self.title = title
        self.possible = possible
        self.notices = notices
        self.trends = trends
    }

    /// The stories told in full, in the order they are shown.
    public var stories: [Story] { sections.flatMap(\.stories) }

    /// Every story, also those that are carried by their titles only; without the possible ones and the notices.
    public var allStories: [Story] { sections.flatMap { $0.stories + $0.more + $0.continuing } }

    /// Whether it tells nothing. What only came near a watch is no news by itself.
    public var isEmpty: Bool {
        allStories.isEmpty && notices.isEmpty && possible.allSatisfy { $0.normalisedScore < 1 }
    }

    /// Every entry the digest carries, each once (M-15).
    public var entries: [StoryEntry] { (allStories + possible + notices).flatMap(\.entries) }

    /// The entries it tells for the first time: exactly these are allocated to it.
    public var entryIDs: [EntryID] { entries.filter { $0.revision == nil }.map(\.id) }
}

/// One topic of a digest.
public struct DigestSection: Sendable, Equatable {
    public var area: Area
    /// The topic's id, `critical-minerals`.
    public var topic: String
    /// The topic's name before a reader, "Critical minerals".
    public var title: String
    /// Told in full, in the order they are shown.
    public var stories: [Story]
    /// What went beyond the cap of the topic: shown by title and link, so that nothing is left out (M-15).
    public var more: [Story]
    /// Stories told in an earlier digest of which nothing material is new, but that an entry told then was revised: a line each.
    public var continuing: [Story]

    public init(
        area: Area, topic: String, title: String? = nil, stories: [Story], more: [Story] = [], continuing: [Story] = []
    ) {
        self.area = area
        self.topic = topic
        self.title = title ?? topic
        self.stories = stories
        self.more = more
        self.continuing = continuing
    }
}
