public import FeedModel

/// How an entry of a document stands to what its feed has shown before.
public enum Standing: Sendable, Equatable {
    case new
    /// Shown before, and with the same source as far as is known.
    case known
    /// Most of the document is new by its ids, and this entry's link or title was seen.
    case knownLoosely
    /// Shown before with another source; stored under this name.
    case changed(EntryID)
    /// Shown further up in the same document.
    case repeated

    /// Whether so much of a document is new at once that its publisher may have changed every id.
    public static func isChurn(_ standings: [Standing]) -> Bool {
        Recognition.isChurn(
            fresh: standings.count { $0 == .new || $0 == .knownLoosely }, of: standings.count { $0 != .repeated })
    }
}

/// Which of a document's entries are new to their feed: a decision over what the feed has shown before.
struct Recognition {
    /// What is remembered with a key.
    struct Memory {
        /// The row of the entry it belongs to, and the fingerprint of its source when it was last shown.
        var entry: Int64?
        var fingerprint: UInt64?
    }

    enum Finding {
        case new, repeated
        case knownLoosely
        case known(Memory)
    }

    /// Whether the feed ever showed anything.
    var hasHistory: Bool
    /// What is remembered with a key; nil if no entry with it was seen.
    var memory: (IdentityKey) throws(StoreError) -> Memory?
    /// How many entries were seen with each of these loose keys; a key that none was seen with is left out.
    var loosely: (Set<IdentityKey>) throws(StoreError) -> [IdentityKey: Int]

    /// Fewer identities than this say nothing about a change of ids.
    private static let leastForChurn = 5
    /// In percent: when more of a document than this is new at once, its publisher may have changed every id (D2).
    private static let churnShare = 60

    static func isChurn(fresh: Int, of distinct: Int) -> Bool {
        distinct >= leastForChurn && fresh * 100 > distinct * churnShare
    }

    /// What each entry of a document is. Of several that share a key only the first can be new.
    func findings(on identities: [EntryIdentity]) throws(StoreError) -> [Finding] {
        var findings: [Finding] = []
        var shown: Set<IdentityKey> = []
        var fresh: [Int] = []
        var distinct = 0
        for (index, identity) in identities.enumerated() {
            let isRepeat = identity.keys.contains { shown.contains($0) }
            shown.formUnion(identity.keys)
            guard !isRepeat else {
                findings.append(.repeated)
                continue
            }
            distinct += 1
            // A feed that never showed anything is not asked for each of its keys.
            if hasHistory, let memory = try first(of: identity.keys, memory) {
                findings.append(.known(memory))
            } else {
                findings.append(.new)
                fresh.append(index)
            }
        }
        guard hasHistory, Self.isChurn(fresh: fresh.count, of: distinct) else { return findings }
        // A title that many entries bear identifies none of them.
        let shared = Self.shared(among: fresh.map { identities[$0] })
        let asked = Set(fresh.flatMap { identities[$0].looseKeys }).subtracting(shared)
        let known = try loosely(asked).filter { $0.value == 1 }
        for index in fresh where identities[index].looseKeys.contains(where: { known[$0] != nil }) {
            findings[index] = .knownLoosely
        }
        return findings
    }

    /// The loose keys that more than one of `identities` has: they tell none of them apart.
    private static func shared(among identities: [EntryIdentity]) -> Set<IdentityKey> {
        var once: Set<IdentityKey> = []
        var more: Set<IdentityKey> = []
        for key in identities.flatMap({ Set($0.looseKeys) }) where !once.insert(key).inserted { more.insert(key) }
        return more
    }

    private func first(
        of keys: [IdentityKey], _ memory: (IdentityKey) throws(StoreError) -> Memory?
    ) throws(StoreError) -> Memory? {
        for key in keys {
            if let found = try memory(key) { return found }
        }
        return nil
    }
}
