import FeedModel
import Storage

extension Commands {
    /// `search WORDS`: with `json` a list, empty where nothing is found.
    public func search(_ query: String, limit: Int, json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            let found = try await store.search(query, limit: limit)
            guard !json else {
                output.json(.array(found.map(Self.json)))
                return .success
            }
            for entry in found.map(\.entry) { output.line("\(entry.title)\n  \(entry.url ?? entry.feedURL)") }
            return .success
        }
    }

    private static func json(_ found: MatchedEntry) -> JSON {
        let entry = found.entry
        return .object([
            "id": .string(entry.id.text), "title": .string(entry.title), "url": entry.url.map(JSON.string),
            "feed": .string(entry.feedURL), "published": entry.published.map { .string(timestamp($0)) },
            "topics": .strings(found.verdict.matches.map(\.watch.topic)),
        ])
    }
}
