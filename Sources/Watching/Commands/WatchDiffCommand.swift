import FeedModel
import FoundationEssentials
import Matching
import Storage

extension Commands {
    /// `watch diff NEW...`: what changed watchlist files would have made of the stored entries of the last days. A file takes
    /// the place of the configured one of the same name; one of another name is added.
    public func watchDiff(_ new: [String], days: Int, json: Bool, now: Date = Date()) async -> ExitCode {
        guard let configuration = configuration(), let matcher = await weighedMatcher([]) else { return .configuration }
        let names = Set(new.map(fileName))
        let kept = configuration.watchlists.files.flatMap(filesMatching).filter { !names.contains(fileName($0)) }
        guard var changed = self.matcher(kept + new, model: configuration.watchlists.relevanceModel) else {
            return .configuration
        }
        if changed.model != nil { changed = changed.weighing(await knownVotes([]) ?? []) }
        return await withReader { (store) throws(StoreError) in
            var difference = WatchlistDifference()
            let period = try await StoredPeriod(store, since: now.addingTimeInterval(-Double(days) * 86_400))
            let count = try await period.forEach { (found, feed) throws(StoreError) in
                difference.add(
                    found.entry, old: matcher.verdict(on: found.entry, of: feed, now: found.firstSeen, withHits: false),
                    new: changed.verdict(on: found.entry, of: feed, now: found.firstSeen, withHits: false))
            }
            if json {
                output.json(difference.json(entries: count, days: days))
            } else {
                output.lines(difference.lines(entries: count, days: days))
            }
            return .success
        }
    }

    private func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// What other watchlists change: which entries come, go, or stand under other topics.
struct WatchlistDifference {
    private struct Change {
        var entry: Entry
        var from: [String]
        var to: [String]
    }

    private var gained: [Change] = []
    private var lost: [Change] = []
    private var moved: [Change] = []

    mutating func add(_ entry: Entry, old: Verdict, new: Verdict) {
        let change = Change(entry: entry, from: Self.topics(old), to: Self.topics(new))
        if change.from == change.to { return }
        if change.from.isEmpty {
            gained.append(change)
        } else if change.to.isEmpty {
            lost.append(change)
        } else {
            moved.append(change)
        }
    }

    /// Of the watches passed, best first, each once.
    private static func topics(_ verdict: Verdict) -> [String] {
        var seen: Set<String> = []
        return verdict.matches.map(\.watch.topic).filter { seen.insert($0).inserted }
    }

    func lines(entries: Int, days: Int) -> [String] {
        var lines = [
            "\(gained.count) gained, \(lost.count) lost, \(moved.count) moved, "
                + "of \(counted(entries, "entry", "entries")) of the last \(counted(days, "day", "days"))"
        ]
        for (sign, changes) in [("+", gained), ("-", lost), ("~", moved)] {
            for change in changes {
                let topics = [change.from, change.to].filter { !$0.isEmpty }.map { $0.joined(separator: ", ") }
                lines.append("\(sign) \(change.entry.title.isEmpty ? "(no title)" : change.entry.title)")
                lines.append("    \(topics.joined(separator: " -> "))  \(change.entry.id)")
            }
        }
        return lines
    }

    func json(entries: Int, days: Int) -> JSON {
        func list(_ changes: [Change]) -> JSON {
            .array(
                changes.map { change in
                    .object([
                        "id": .string(change.entry.id.text), "title": .string(change.entry.title),
                        "url": change.entry.url.map(JSON.string), "from": .strings(change.from),
                        "to": .strings(change.to),
                    ])
                })
        }
        return .object([
            "entries": .integer(Int64(entries)), "days": .integer(Int64(days)), "gained": list(gained),
            "lost": list(lost),
            "moved": list(moved),
        ])
    }
}
