import FeedModel

/// Which of a document's entries are new to their feed: a decision over what the feed has shown before.
struct Recognition {
    /// Whether the feed ever showed anything.
    var hasHistory: Bool
    /// Whether an entry with this key was seen.
    var knows: (IdentityKey) throws(StoreError) -> Bool
    /// Whether exactly one entry with this loose key was seen. A title that many entries bear identifies none of them.
    var knowsLoosely: (IdentityKey) throws(StoreError) -> Bool

    /// Fewer identities than this say nothing about a change of ids.
    static let leastForChurn = 5
    /// In percent: when more of a document than this is new at once, its publisher may have changed every id (D2).
    static let churnShare = 60

    /// True for each entry that was never seen before. Of several in one document that share a key only the first is new.
    func unseen(_ identities: [EntryIdentity]) throws(StoreError) -> [Bool] {
        var isNew: [Bool] = []
        var shown: Set<IdentityKey> = []
        var distinct = 0
        for identity in identities {
            let isRepeat = identity.keys.contains { shown.contains($0) }
            shown.formUnion(identity.keys)
            distinct += isRepeat ? 0 : 1
            // A feed that never showed anything is not asked for each of its keys.
            let isKnown = hasHistory ? try any(of: identity.keys, knows) : false
            isNew.append(!isRepeat && !isKnown)
        }
        let fresh = isNew.count { $0 }
        guard hasHistory, distinct >= Self.leastForChurn, fresh * 100 > distinct * Self.churnShare else { return isNew }
        let shared = Self.shared(among: identities.indices.filter { isNew[$0] }.map { identities[$0] })
        for index in identities.indices where isNew[index] {
            let telling = identities[index].looseKeys.filter { !shared.contains($0) }
            isNew[index] = try !any(of: telling, knowsLoosely)
        }
        return isNew
    }

    /// The loose keys that more than one of `identities` has: they tell none of them apart.
    private static func shared(among identities: [EntryIdentity]) -> Set<IdentityKey> {
        var once: Set<IdentityKey> = []
        var more: Set<IdentityKey> = []
        for key in identities.flatMap({ Set($0.looseKeys) }) where !once.insert(key).inserted { more.insert(key) }
        return more
    }

    private func any(of keys: [IdentityKey], _ test: (IdentityKey) throws(StoreError) -> Bool) throws(StoreError)
        -> Bool
    {
        for key in keys {
            if try test(key) { return true }
        }
        return false
    }
}
