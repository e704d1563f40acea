import FeedModel
import FoundationEssentials
import Glibc
import Parsing

/// Traces made from feed documents: the dates of their entries, moved so that they end with the replay.
enum RecordedTraces {
    /// - Parameter days: what is older in a document than so many days before its newest entry is left out.
    static func read(
        folder: String, days: Int, using generator: inout SplitMix
    ) throws(BenchmarkError) -> [Trace] {
        guard let directory = opendir(folder) else { throw .input("\(folder): no such folder") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".xml") || name.hasSuffix(".json") || name.hasSuffix(".rss") { names.append(name) }
        }
        var traces: [Trace] = []
        for name in names.sorted() {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name),
                let feed = try? FeedParser().parse(Document(bytes: [UInt8](data), url: "https://trace.example/" + name))
            else { continue }
            if let trace = trace(of: feed, days: days, shift: Double(generator.next() % 86_400)) {
                traces.append(trace)
            }
        }
        return traces
    }

    /// nil for a feed with too few dated entries.
    private static func trace(of feed: ParsedFeed, days: Int, shift: Double) -> Trace? {
        let dated = feed.entries.compactMap { entry in
            (entry.published ?? entry.updated).map { (at: $0.timeIntervalSince1970, entry: entry) }
        }.sorted { $0.at < $1.at }
        guard let newest = dated.last?.at else { return nil }
        let span = Double(days) * 86_400
        let items = dated.filter { $0.at > newest - span }.map { item in
            let words = (item.entry.title ?? "").lowercased()
            let isRelevant = ["pakistan", "united states", "u.s.", "america", "trump"].contains { words.contains($0) }
            return (at: item.at - newest + span - shift, isRelevant: isRelevant)
        }.filter { $0.at > 0 }
        guard items.count >= 5 else { return nil }
        return Trace(items: items, window: max(10, feed.entries.count))
    }
}
