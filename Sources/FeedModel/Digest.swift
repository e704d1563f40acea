public import struct FoundationEssentials.Date

/// A calendar date in a profile's zone, written 2026-11-25.
public struct LocalDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var year: Int
    public var month: Int
    public var day: Int

    public init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads `YYYY-MM-DD`; nil for anything else. The day is not checked against its month.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (0...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    public var description: String { "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))" }

    public static func < (left: LocalDate, right: LocalDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    private func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// What makes a digest itself: one per profile and local date and edition (M-01).
public struct DigestKey: Sendable, Hashable, CustomStringConvertible {
    public var profile: String
    public var date: LocalDate
    /// 1 for the day's digest, 2 and more for what was asked for by hand later; alerts of a date are counted apart, from 1.
    public var edition: Int
    /// Whether it tells at once what is urgent, instead of a day's news.
    public var isAlert: Bool

    public init(profile: String, date: LocalDate, edition: Int = 1, isAlert: Bool = false) {
        self.profile = profile
        self.date = date
        self.edition = edition
        self.isAlert = isAlert
    }

    /// `analyst/2026-11-25`, with `.2` after it for a second edition and `.alert1` for an alert. Accepted back by `init(_:)`.
    public var description: String { "\(profile)/\(stem)" }

    /// What follows the profile: `2026-11-25`, `2026-11-25.2`, `2026-11-25.alert1`. Names files.
    public var stem: String { isAlert ? "\(date).alert\(edition)" : edition == 1 ? "\(date)" : "\(date).\(edition)" }

    public init?(_ text: String) {
        guard let slash = text.lastIndex(of: "/"), slash > text.startIndex else { return nil }
        self.init(profile: String(text[..<slash]), stem: text[text.index(after: slash)...])
    }

    /// Reads what `stem` wrote; nil for anything else.
    public init?(profile: String, stem: Substring) {
        let parts = stem.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, let date = LocalDate(String(first)), parts.count <= 2 else { return nil }
        let number = parts.count == 2 ? parts[1] : "1"
        let isAlert = number.hasPrefix("alert")
        guard let edition = Int(isAlert ? number.dropFirst(5) : number), edition >= 1 else { return nil }
        self.init(profile: profile, date: date, edition: edition, isAlert: isAlert)
        // One key has one spelling.
        guard self.stem == stem || self.stem + ".1" == stem else { return nil }
    }
}

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
    /// The watches passed besides the one of this section, by name.
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

/// What makes a quiet day credible: how much was looked at, and how well.
public struct Coverage: Sendable, Equatable {
    public var feeds: Int
    /// Feeds checked without failure in the period.
    public var feedsReached: Int
    public var newEntries: Int
    public var matchedEntries: Int
    /// Of the stories' dates against the cut-off; nil without stories.
    public var medianAge: Duration?
    /// Feeds that have failed for over 48 hours.
    public var failing: [FailingFeed]
    /// Remarks of the run itself, one line each ("covers three days: the service was down").
    public var notes: [String]

    public init(
        feeds: Int = 0, feedsReached: Int = 0, newEntries: Int = 0, matchedEntries: Int = 0, medianAge: Duration? = nil,
        failing: [FailingFeed] = [], notes: [String] = []
    ) {
        self.feeds = feeds
        self.feedsReached = feedsReached
        self.newEntries = newEntries
        self.matchedEntries = matchedEntries
        self.medianAge = medianAge
        self.failing = failing
        self.notes = notes
    }
}

public struct FailingFeed: Sendable, Hashable {
    public var title: String
    public var url: String
    public var since: Date
    public var reason: String

    public init(title: String, url: String, since: Date, reason: String) {
        self.title = title
        self.url = url
        self.since = since
        self.reason = reason
    }
}
