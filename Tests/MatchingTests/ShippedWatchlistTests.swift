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
                }, model: RelevanceModel(WatchlistSource(path: "relevance.model", text: text("config/relevance.model")))
        )
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

    @Test func `ask in all ten whether the entry is about the relation`() throws {
        let lines = try Self.text("config/watchlists/pakistan-us.watch").split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("[watch ") } == 10)
        #expect(lines.count { $0.hasPrefix("must   relevance >= 0.5") } == 10)
    }

    @Test func `name each side by several hundred names, each line with a reason`() throws {
        for side in ["pakistan", "us"] {
            var names = 0
            for file in ["places", "people", "bodies"] {
                let text = try Self.text("config/watchlists/\(side)-\(file).watch")
                names += text.count { $0 == "\"" } / 2
                for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix("[set") {
                    #expect(line.contains("#") || line.contains("\"") || line.contains("@"), "\(side)-\(file): \(line)")
                }
            }
            #expect(names > 500, "\(side): \(names)")
        }
    }

    @Test func `name no country in the model`() throws {
        let model = try Self.text("config/relevance.model").lowercased()
        for name in ["pakistan", "america", "united states", "islamabad", "washington", "india"] {
            #expect(!model.contains(name))
        }
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

    @Test func `another pair of countries is another set of files under the same model`() throws {
        let names = ["others", "us-bodies", "us-people", "us-places"].map { "config/watchlists/\($0).watch" }
        let example = ["india", "sides", "topics"].map { "Examples/india-us/\($0).watch" }
        // Loading runs the example's own expect and reject lines.
        let matcher = try Matcher(
            (names + example).map { WatchlistSource(path: $0, text: try Self.text($0)) },
            model: RelevanceModel(
                WatchlistSource(path: "relevance.model", text: Self.text("config/relevance.model"))))
        let pakistan = Entry(id: EntryID("e"), feedURL: "", title: "Foggy Bottom and Rawalpindi mend fences")
        #expect(!matcher.verdict(on: pakistan, of: nil).isRelevant)
        #expect(try Self.matcher.get().verdict(on: pakistan, of: nil).isRelevant)
    }
}
