import FeedModel
import FoundationEssentials
import Testing

@testable import Matching

/// The watchlists that are shipped, as they stand in `config/watchlists`.
@Suite struct ShippedWatchlistTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
    }

    /// Loading runs every `expect` and `reject` line.
    private static let matcher = Result {
        try Matcher(
            FileManager.default.contentsOfDirectory(atPath: root.appending(path: "config/watchlists").path).sorted()
                .filter { $0.hasSuffix(".watch") }.map { name in
                    let path = "config/watchlists/\(name)"
                    return WatchlistSource(path: path, text: try text(path))
                })
    }

    @Test func `ship the ten topics, each under its area`() throws {
        let watches = try Self.matcher.get().watches
        let areas: [Area: [String]] = [
            .security: ["counterterrorism", "defence", "nuclear-sanctions"],
            .economy: ["critical-minerals", "energy-climate", "technology", "trade-investment"],
            .people: ["aid-humanitarian", "education-people"],
            .diplomacy: ["diplomacy-regional"],
        ]
        #expect(Dictionary(grouping: watches, by: \.area).mapValues { $0.map(\.topic).sorted() } == areas)
    }

    @Test func `ask in all ten by the same gate whether the entry is about both sides`() throws {
        let lines = try Self.text("config/watchlists/pakistan-us.watch").split(separator: "\n")
        let gates = lines.indices.filter { lines[$0].hasPrefix("must   title:@pakistan title:@us") }.map {
            lines[$0..<($0 + 7)].joined(separator: "\n")
        }
        #expect(gates.count == 10)
        #expect(Set(gates).count == 1)
    }

    @Test func `fall into none of the traps and know the metonyms`() throws {
        let matcher = try Self.matcher.get()
        for line in try Self.text("Tests/Fixtures/traps.jsonl").split(separator: "\n") {
            let trap = try JSON(reading: Array(line.utf8))
            let entry = Entry(
                id: EntryID(trap["id"]?.string ?? ""), feedURL: "", title: trap["title"]?.string ?? "",
                summary: trap["text"]?.string ?? "")
            let topics = Set(matcher.verdict(on: entry, of: nil).matches.map(\.watch.topic))
            let note = trap["note"]?.string ?? ""
            #expect(topics.isEmpty == (trap["relevant"] == .bool(false)), "\(note): \(entry.title) \(topics)")
            for topic in trap["topics"]?.array ?? [] {
                #expect(topics.contains(topic.string ?? ""), "\(note): \(entry.title)")
            }
        }
    }
}
