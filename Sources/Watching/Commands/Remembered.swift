import FeedModel
import FoundationEssentials
import Storage

/// What the store remembers of feeds and hosts; nothing where there is none yet.
struct Remembered: Sendable {
    var states: [String: FeedState] = [:]
    /// Until when hosts and rate groups asked to be left alone.
    var pauses = Pauses()
    /// What hosts and rate groups were asked for within the last hour, the earliest first.
    var asked: [Asked] = []

    struct Asked: Sendable, Equatable {
        /// What it counts by (`HostTurns.key`).
        var place: String
        var at: Date
    }

    func state(of feed: Feed) -> FeedState { states[feed.url] ?? FeedState() }
}

extension Remembered {
    /// What the feeds' checks of the last hour asked for, and looks at pages, the earliest first. A host whose feeds are in a group
    /// counts with it, whatever it is asked for (P-48).
    static func asked(for records: [FeedRecord], pages: [(url: String, at: Date)], now: Date) -> [Asked] {
        var groups: [String: String] = [:]
        for record in records where record.feed.rateGroup != nil {
            groups[hostKey(of: record.url)] = HostTurns.key(of: record.url, for: record.feed)
        }
        let checks = records.flatMap { asked(for: $0, now: now) }
        let looks = pages.map { Asked(place: hostKey(of: $0.url), at: $0.at) }
        return (checks + looks).filter { $0.at <= now }.map { asked in
            Asked(place: groups[asked.place] ?? asked.place, at: asked.at)
        }.sorted { $0.at < $1.at }
    }

    /// What a feed's checks of the last hour asked for: the last one, whose time is known, those before it as often as the
    /// feed's interval lets them be, and where each was redirected.
    static func asked(for record: FeedRecord, now: Date) -> [Asked] {
        guard let last = record.state.lastAttempt else { return [] }
        let url = Moves.address(of: record.feed, record.state, at: last).url
        var places = [HostTurns.key(of: url, for: record.feed)]
        if let led = record.state.validatorsURL, led != url { places.append(HostTurns.key(of: led, for: record.feed)) }
        let interval = max(record.state.interval ?? CheckTiming.hour, .seconds(60)).inSeconds
        let times = stride(from: 0, to: 3600, by: interval).map { last.addingTimeInterval(-$0) }
        return times.filter { now.timeIntervalSince($0) < 3600 }.flatMap { at in
            places.map { Asked(place: $0, at: at) }
        }
    }
}

extension Commands {
    /// What the configuration's store remembers. A store that cannot be read is told of and does without.
    func remembered(_ configuration: Configuration, now: Date) async -> Remembered {
        let state = configuration.state
        guard !state.folder.isEmpty, exists(state.storePath) else { return Remembered() }
        do throws(StoreError) {
            let store = try Store(readingOnly: state.storePath)
            let records = try await store.feeds()
            let pages = try await store.pagesAsked(since: now.addingTimeInterval(-3600))
            var known = Remembered(
                states: Dictionary(records.map { ($0.feed.url, $0.state) }) { first, _ in first },
                pauses: Pauses(try await store.pauses(now: now)))
            known.asked = Remembered.asked(for: records, pages: pages, now: now)
            return known
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
