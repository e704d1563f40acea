import FeedModel
import Parsing

/// What of an entry is neither title nor text: link, authors, tags. A change is recorded and taken over, so that digests link
/// to where the entry is now, and is told to nobody (decision 20).
enum Particulars {
    /// What changed, one reason a kind; empty where nothing did. What an entry no longer names is no change: feeds leave out
    /// at times what they told before.
    static func changes(from old: Entry, to new: Entry) -> [String] {
        var reasons: [String] = []
        if let url = new.url, hasMoved(from: old, to: new) {
            reasons.append("link: \(old.url.map(shown) ?? "none") became \(shown(url))")
        }
        for (name, before, after) in [("authors", old.authors, new.authors), ("tags", old.tags, new.tags)]
        where !after.isEmpty && Set(before) != Set(after) {
            let gone = before.filter { !after.contains($0) }
            let added = after.filter { !before.contains($0) }
            let parts = [
                gone.isEmpty ? nil : "\(listed(gone)) went", added.isEmpty ? nil : "\(listed(added)) came in",
            ]
            reasons.append("\(name): " + parts.compactMap { $0 }.joined(separator: ", "))
        }
        return reasons
    }

    /// Whether the entry has another link now, and not only no more.
    static func hasMoved(from old: Entry, to new: Entry) -> Bool {
        guard let url = new.url else { return false }
        return old.url.map { FeedParser.comparableLink($0) != FeedParser.comparableLink(url) } ?? true
    }

    private static func listed(_ names: [String]) -> String {
        let quoted = names.prefix(4).map { "\"\($0.prefix(40))\"" }.joined(separator: ", ")
        return names.count > 4 ? "\(quoted) and \(names.count - 4) more" : quoted
    }

    private static func shown(_ url: String) -> String { url.count > 200 ? "\(url.prefix(200))…" : url }
}
