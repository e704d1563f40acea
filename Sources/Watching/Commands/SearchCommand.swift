import FeedModel
import Storage

extension Commands {
    /// `search WORDS`.
    public func search(_ query: String, limit: Int, json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            for found in try await store.search(query, limit: limit) {
                let entry = found.entry
                if json {
                    let line = JSON.object([
                        "id": .string(entry.id.text), "title": .string(entry.title), "url": entry.url.map(JSON.string),
                        "feed": .string(entry.feedURL), "published": entry.published.map { .string(timestamp($0)) },
                        "topics": .strings(found.verdict.matches.map(\.watch.topic)),
                    ])
                    output.raw(line.text() + "\n")
                } else {
                    output.line("\(entry.title)\n  \(entry.url ?? entry.feedURL)")
                }
            }
            return .success
        }
    }
}
