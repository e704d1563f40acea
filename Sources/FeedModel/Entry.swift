public import struct FoundationEssentials.Date

/// The name of an entry for all time: 26 characters of base 32, five over its feed's address and the others over a hash of its feed
/// and its identity there. The same on every machine; safe in a file name, a URL and a mail header.
public struct EntryID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }

    public static func < (left: EntryID, right: EntryID) -> Bool { left.text < right.text }
}

/// One publication as it is matched, stored and shown: plain text, capped, with no control characters.
public struct Entry: Sendable, Hashable {
    public var id: EntryID
    /// The feed it was found in (`Feed.url`).
    public var feedURL: String
    /// May be empty: an entry without a title is still an entry.
    public var title: String
    /// The page, http or https, if the entry has one.
    public var url: String?
    /// What the page at `url` gives as its own address (RFC 6596), where it was looked at: the same for every feed that links
    /// to it by another.
    public var canonicalURL: String?
    public var summary: String
    public var body: String
    public var authors: [String]
    public var tags: [String]
    /// BCP 47, if known.
    public var language: String?
    /// As the publisher says; nil if it says nothing readable. Never the time of reading.
    public var published: Date?
    public var updated: Date?
    /// What sort of publication it is, if that was recognised.
    public var kind: EntryKind?
    /// By what the entry is known again, strongest first; see `EntryIdentity`.
    public var identity: EntryIdentity

    public init(
        id: EntryID, feedURL: String, title: String, url: String? = nil, summary: String = "", body: String = "",
        authors: [String] = [], tags: [String] = [], language: String? = nil, published: Date? = nil,
        updated: Date? = nil, kind: EntryKind? = nil, identity: EntryIdentity = EntryIdentity()
    ) {
        self.id = id
        self.feedURL = feedURL
        self.title = title
        self.url = url
        self.summary = summary
        self.body = body
        self.authors = authors
        self.tags = tags
        self.language = language
        self.published = published
        self.updated = updated
        self.kind = kind
        self.identity = identity
    }
}

/// By what an entry of a feed is recognised when the feed is read again.
public struct EntryIdentity: Sendable, Hashable {
    /// An entry is known if any of these was seen in its feed before: the guid where it is unique in its document, link with
    /// title and lead, and so on, as far as the entry has them.
    public var keys: [IdentityKey]
    /// The weaker keys (link alone, title alone) that count only when most of a known feed turns new at once, which is what
    /// a change of every guid looks like.
    public var looseKeys: [IdentityKey]
    /// 64 bits over title and texts as the publisher wrote them: another number means another source, if perhaps the same
    /// text. nil says nothing.
    public var fingerprint: UInt64?

    public init(keys: [IdentityKey] = [], looseKeys: [IdentityKey] = [], fingerprint: UInt64? = nil) {
        self.keys = keys
        self.looseKeys = looseKeys
        self.fingerprint = fingerprint
    }
}
