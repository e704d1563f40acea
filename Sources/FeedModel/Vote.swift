public import struct FoundationEssentials.Date

/// A reader's word on an entry: it belongs into the digest, or it does not.
public struct Vote: Sendable, Hashable {
    public var entry: EntryID
    public var isFor: Bool
    public var at: Date
    /// The labels of the questions of the relevance model that held for the entry when the vote was cast; they outlive its text.
    public var labels: [String]

    public init(entry: EntryID, isFor: Bool, at: Date, labels: [String]) {
        self.entry = entry
        self.isFor = isFor
        self.at = at
        self.labels = labels
    }
}
