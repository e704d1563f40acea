import FeedModel
import FoundationEssentials
import Storage

/// What the store remembers of feeds and hosts; nothing where there is none yet.
struct Remembered: Sendable {
    var states: [String: FeedState] = [:]
    /// Until when hosts and rate groups asked to be left alone.
    var pauses = Pauses()

    func state(of feed: Feed) -> FeedState { states[feed.url] ?? FeedState() }
}

extension Commands {
    /// What the configuration's store remembers. A store that cannot be read is told of and does without.
    func remembered(_ configuration: Configuration, now: Date) async -> Remembered {
        let state = configuration.state
        guard !state.folder.isEmpty, exists(state.storePath) else { return Remembered() }
        do throws(StoreError) {
            let store = try Store(readingOnly: state.storePath)
            return Remembered(
                states: Dictionary(try await store.feeds().map { ($0.feed.url, $0.state) }) { first, _ in first },
                pauses: Pauses(try await store.pauses(now: now)))
        } catch {
            output.note("what is remembered of the feeds is left out: \(error)")
            return Remembered()
        }
    }

    /// The one of `feeds` whose URL is `words`, or whose URL or title contains them; nil after saying why there is none.
    func onlyFeed(_ words: String, among feeds: [Feed], for command: String) -> Feed? {
        if let exact = feeds.first(where: { $0.url == words }) { return exact }
        let wanted = words.lowercased()
        let found = feeds.filter { $0.url.lowercased().contains(wanted) || $0.title.lowercased().contains(wanted) }
        if found.count == 1 { return found[0] }
        let hint =
            found.isEmpty
            ? "no such feed; see durbeen feeds list"
            : "\(found.count) feeds fit, such as \(found.prefix(3).map(\.url).joined(separator: ", ")); write more of one"
        output.error("\(command): \(words): \(hint)")
        return nil
    }
}
