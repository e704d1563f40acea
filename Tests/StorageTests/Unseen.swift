import FeedModel
import Storage

extension Store {
    /// Which of a document's entries are new to the feed.
    func unseen(_ identities: [EntryIdentity], in feedURL: String) throws(StoreError) -> [Bool] {
        try standings(of: identities, in: feedURL).map { $0 == .new }
    }
}
