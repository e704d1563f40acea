public import struct FoundationEssentials.Date

/// What an entry says, apart from everything that only says where it stands.
public struct EntryText: Sendable, Hashable {
    public var title: String
    public var summary: String
    public var body: String

    public init(title: String, summary: String = "", body: String = "") {
        self.title = title
        self.summary = summary
        self.body = body
    }
}

extension Entry {
    public var text: EntryText { EntryText(title: title, summary: summary, body: body) }
}

/// What a change of an entry's text comes to (decision 20).
public enum EditClass: String, Sendable, Hashable, CaseIterable {
    /// Another form of the same: spelling, a few words that carry little, a new template of the whole feed, another link,
    /// other authors or tags.
    case cosmetic
    /// It says something else than before: readers who were told are told.
    case material
    /// A text that the entry had before. Told to nobody: titles that are tried out on readers come and go.
    case returned
}

/// One of the texts that an entry had.
public struct EntryVersion: Sendable, Equatable {
    /// 0 for the text it came with.
    public var number: Int
    /// When it was first seen.
    public var at: Date
    /// nil for the text it came with.
    public var edit: EditClass?
    /// Why the edit was taken for what it is, a few words each.
    public var reasons: [String]
    /// nil where only the fact was kept, and where the next version has the same.
    public var text: EntryText?
    /// The link it had; nil also where an older Durbeen kept none.
    public var url: String?

    public init(
        number: Int, at: Date, edit: EditClass?, reasons: [String] = [], text: EntryText?, url: String? = nil
    ) {
        self.number = number
        self.at = at
        self.edit = edit
        self.reasons = reasons
        self.text = text
        self.url = url
    }
}

/// A stored entry whose source has changed, with all that decides what the change comes to.
public struct EntryHistory: Sendable, Equatable {
    public var matched: MatchedEntry
    /// Oldest first, the last one the text of `matched`; empty for an entry that never changed.
    public var versions: [EntryVersion]
    /// Whether the body is that of the entry's page (second look) and not the feed's.
    public var hasPageText: Bool
    /// Whether any digest that was handed to somebody carried it.
    public var isTold: Bool

    public init(
        matched: MatchedEntry, versions: [EntryVersion] = [], hasPageText: Bool = false, isTold: Bool = false
    ) {
        self.matched = matched
        self.versions = versions
        self.hasPageText = hasPageText
        self.isTold = isTold
    }
}

/// A change of an entry's text that is to be written.
public struct EntryEdit: Sendable, Equatable {
    /// With the new text, and with what the watchlists say of it.
    public var matched: MatchedEntry
    public var edit: EditClass
    public var reasons: [String]

    public init(matched: MatchedEntry, edit: EditClass, reasons: [String]) {
        self.matched = matched
        self.edit = edit
        self.reasons = reasons
    }
}

/// An entry that was shown with another source than before.
public struct ChangedEntry: Sendable, Equatable {
    public var id: EntryID
    public var identity: EntryIdentity
    /// nil where the text came out the same, or is no longer followed.
    public var edit: EntryEdit?

    public init(id: EntryID, identity: EntryIdentity, edit: EntryEdit? = nil) {
        self.id = id
        self.identity = identity
        self.edit = edit
    }
}
