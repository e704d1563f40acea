import FeedModel
import FoundationEssentials
import Matching
import Storage

extension Commands {
    public struct RescanOptions: Sendable {
        public var since: Date
        /// Whether what is found later goes into the next digest.
        public var delivers = false
        /// Only tells what would change.
        public var isTrial = false
        public var json = false

        public init(since: Date) { self.since = since }
    }

    /// A span before `now` (`30d`), or the beginning of a day (`2026-01-31`, UTC); nil for anything else.
    public static func moment(_ text: String, now: Date) -> Date? {
        if let day = LocalDate(text) { return Date(timeIntervalSince1970: Double(day.daysSince1970) * 86_400) }
        return duration(reading: text).map { now.addingTimeInterval(-$0.inSeconds) }
    }

    /// `rescan`: judges the stored entries of a period by today's watchlists and writes down what changes.
    public func rescan(_ options: RescanOptions) async -> ExitCode {
        guard let matcher = await weighedMatcher([]) else { return .configuration }
        do throws(Ended) {
            let configuration = try loadConfiguration()
            let writer = Store.holder(of: configuration.state.storePath)
            let store =
                try writer == nil || options.isTrial
                ? openStore(configuration, readingOnly: options.isTrial) : amendStore(configuration)
            do throws(StoreError) {
                let rescan = Rescan(matcher: matcher, options: options)
                tell(try await rescan.run(over: store, writes: false), options)
                if !options.isTrial {
                    _ = try await rescan.run(over: store, writes: true)
                    try await store.recountMatches(since: Date().addingTimeInterval(-90 * 86_400))
                }
            } catch { throw said(error) }
            await store.close()
            if let writer, !options.isTrial { tellOf(writer) }
            return .success
        } catch { return error.code }
    }

    func amendStore(_ configuration: Configuration) throws(Ended) -> Store {
        do { return try Store(amendingBeside: configuration.state.storePath) } catch { throw said(error) }
    }

    private func tellOf(_ writer: Int) {
        output.note(
            "process \(writer) goes on judging new entries by the watchlists that it has read; durbeen reload has it read "
                + "these")
    }

    private func tell(_ count: Rescan.Count, _ options: RescanOptions) {
        if options.json {
            output.json(
                .object([
                    "entries": .integer(Int64(count.entries)), "changed": .integer(Int64(count.changed)),
                    "found_later": .integer(Int64(count.found)), "lost": .integer(Int64(count.lost)),
                    "deliver": .bool(options.delivers), "written": .bool(!options.isTrial),
                ]))
            return
        }
        output.line(
            "\(count.changed) of \(counted(count.entries, "entry", "entries")) are judged differently: "
                + "\(count.found) found later, \(count.lost) lost")
        if options.isTrial {
            output.line("nothing was written")
        } else if count.found > 0 {
            output.line(
                options.delivers
                    ? "what was found later goes into the next digest"
                    : "what was found later is kept out of digests; rescan --deliver lets it in")
        }
    }
}

/// One way through the stored entries of a period.
private struct Rescan {
    struct Count {
        var entries = 0
        var changed = 0
        var found = 0
        var lost = 0
    }

    let matcher: Matcher
    let options: Commands.RescanOptions

    /// - Parameter writes: whether what changes is written, some entries at a time, so that no other user of the store waits
    ///   long.
    func run(over store: Store, writes: Bool) async throws(StoreError) -> Count {
        var count = Count()
        var changes: [(entry: Entry, verdict: Verdict)] = []
        let period = try await StoredPeriod(store, since: options.since)
        count.entries = try await period.forEach { (stored, feed) throws(StoreError) in
            // As of the day it came: its age is not held against an entry that was in time.
            let verdict = matcher.verdict(on: stored.entry, of: feed, now: stored.firstSeen)
            let isHeldBack =
                options.delivers && verdict.isRelevant ? try await store.isHeldBack(stored.entry.id) : false
            guard isHeldBack || differs(verdict, stored.verdict) else { return }
            count.changed += 1
            if verdict.isRelevant && (isHeldBack || !stored.verdict.isRelevant) { count.found += 1 }
            if !verdict.isRelevant && stored.verdict.isRelevant { count.lost += 1 }
            guard writes else { return }
            changes.append((stored.entry, verdict))
            if changes.count == 200 {
                try await store.rewrite(changes, delivers: options.delivers)
                changes = []
            }
        }
        try await store.rewrite(changes, delivers: options.delivers)
        return count
    }

    /// Whether other watches accept, or with another score. Where a watch stands in its file changes nothing.
    private func differs(_ one: Verdict, _ other: Verdict) -> Bool {
        one.relevance != other.relevance || one.matches.map(\.watch.name) != other.matches.map(\.watch.name)
            || one.matches.map(\.watch.topic) != other.matches.map(\.watch.topic)
            || one.matches.map(\.score) != other.matches.map(\.score)
    }
}
