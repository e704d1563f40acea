public import struct FoundationEssentials.Date

/// Entries about one event, told as one item.
public struct Story: Sendable, Equatable {
    public var title: String
    public var url: String?
    public var source: StorySource
    public var date: Date?
    /// How far `date` can be trusted.
    public var dateQuality: DateQuality
    /// The best one to three sentences, plain, with the spans of the hits in it.
    public var passage: Passage
    /// "Reko Diq in title +15; DFC +2".
    public var because: String
    public var isUrgent: Bool
    /// Score over threshold of the best match.
    public var normalisedScore: Double
    /// The other topics it belongs to, by title.
    public var alsoUnder: [String]
    public var language: String?
    /// Every entry the story stands for, the one shown first.
    public var entries: [StoryEntry]
    /// The story's name over all digests of a profile: the id of the entry it began with.
    public var id: String
    public var state: StoryState
    /// The date of the first digest that told it; nil for a new story.
    public var since: LocalDate?

    public init(
        title: String, url: String?, source: StorySource, date: Date?, dateQuality: DateQuality, passage: Passage,
        because: String, isUrgent: Bool, normalisedScore: Double, alsoUnder: [String], language: String?,
        entries: [StoryEntry], id: String? = nil, state: StoryState = .new, since: LocalDate? = nil
    ) {
        self.title = title
        self.url = url
        self.source = source
        self.date = date
        self.dateQuality = dateQuality
        self.passage = passage
        self.because = because
        self.isUrgent = isUrgent
        self.normalisedScore = normalisedScore
        self.alsoUnder = alsoUnder
        self.language = language
        self.entries = entries
        self.id = id ?? entries.first?.id.text ?? ""
        self.state = state
        self.since = since
    }

    /// Whether an entry of it says something else than when it was told.
    public var isRevised: Bool { entries.contains { $0.revision != nil } }

    /// How many sources tell it of themselves, those that carry another's text not counted.
    public var independentSources: Int { Set(entries.filter { !$0.isCopy }.map(\.source)).count }
}

/// How a story stands against the digests before.
public enum StoryState: String, Sendable, Hashable, Codable, CaseIterable {
    case new
    /// Told in one of the last days.
    case continuing
    /// Told before, and then silent for a while.
    case revived
}

public enum DateQuality: String, Sendable, Hashable, Codable {
    /// The publisher's date, believable.
    case published
    /// Before this period: late or back-dated (M-03).
    case datedEarlier = "dated-earlier"
    /// The publisher gave no readable date; the date is when the entry was first seen.
    case firstSeen = "first-seen"
    /// In the future by the publisher's account; shown, but ordered as if of now.
    case future
}

public struct StorySource: Sendable, Hashable {
    public var name: String
    public var kind: SourceKind?
    public var country: String?

    public init(name: String, kind: SourceKind? = nil, country: String? = nil) {
        self.name = name
        self.kind = kind
        self.country = country
    }
}

public struct StoryEntry: Sendable, Hashable {
    public var id: EntryID
    public var url: String?
    public var title: String
    public var source: String
    /// Whether it is the same text as another entry of the story.
    public var isCopy: Bool
    /// Which of its texts this is (`EntryVersion.number`).
    public var version: Int
    /// What changed since it was told; nil for what is told for the first time.
    public var revision: Revision?

    public init(
        id: EntryID, url: String?, title: String, source: String, isCopy: Bool = false, version: Int = 0,
        revision: Revision? = nil
    ) {
        self.id = id
        self.url = url
        self.title = title
        self.source = source
        self.isCopy = isCopy
        self.version = version
        self.revision = revision
    }
}

/// A stretch of plain text with the places to mark in it.
public struct Passage: Sendable, Hashable {
    public var text: String
    /// In Unicode code points of `text`, ascending, not overlapping.
    public var marks: [Range<Int>]

    public init(_ text: String = "", marks: [Range<Int>] = []) {
        self.text = text
        self.marks = marks
    }
}
