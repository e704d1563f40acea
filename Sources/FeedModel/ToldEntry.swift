public import struct FoundationEssentials.Date

/// An entry that a digest of a profile told some days ago; what is new is held against it.
public struct ToldEntry: Sendable, Hashable {
    public var entry: Entry
    /// When it was first read.
    public var firstSeen: Date
    /// The story it was part of (`Story.id`).
    public var story: String
    /// The date of the digest that told it.
    public var date: LocalDate
    /// The date of the first digest that told anything of its story.
    public var storySince: LocalDate

    public init(entry: Entry, firstSeen: Date, story: String, date: LocalDate, storySince: LocalDate) {
        self.entry = entry
        self.firstSeen = firstSeen
        self.story = story
        self.date = date
        self.storySince = storySince
    }
}
