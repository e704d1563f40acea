/// What an entry says otherwise than when it was told.
public struct Revision: Sendable, Hashable {
    /// The version it has now (`EntryVersion.number`); the digest tells this one.
    public var version: Int
    /// The date of the digest that told it last.
    public var told: LocalDate
    /// The title under which it was told; nil where it still has that one.
    public var oldTitle: String?
    /// The stretch of the text in which most changed, as it was told and as it is now, with some words around it. Empty where
    /// there was, or is, nothing in its place.
    public var was: String
    public var now: String

    public init(version: Int, told: LocalDate, oldTitle: String? = nil, was: String = "", now: String = "") {
        self.version = version
        self.told = told
        self.oldTitle = oldTitle
        self.was = was
        self.now = now
    }
}
