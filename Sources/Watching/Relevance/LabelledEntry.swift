import FeedModel
import Matching

/// An entry that a person has judged: a line of a file for `durbeen train` and `durbeen eval`.
struct LabelledEntry: Sendable {
    /// How an entry bears on the matter that is watched.
    enum Relevance: Int { case none, marginal, substantive }

    var id: String
    var entry: Entry
    var feed: Feed
    var relevance: Relevance
    /// The judge was not sure; such an entry counts half in training and not at all in the strict figures.
    var isUnsure: Bool
    /// The ids of the topics that hold, as the watchlists name them.
    var topics: Set<String>
    /// Entries of one group (one source, as a rule) are never on both sides of a fold.
    var group: String?
    var difficulty: String?

    /// The codes that labels may use for the ten shipped topics, beside their ids.
    private static let codes = [
        "ct": "counterterrorism", "def": "defence", "nuc": "nuclear-sanctions", "min": "critical-minerals",
        "trd": "trade-investment", "it": "technology", "en": "energy-climate", "ppl": "education-people",
        "aid": "aid-humanitarian", "dip": "diplomacy-regional",
    ]

    /// Reads what `classify` reads, and the labels beside it: `rel` (0, 1, 2), `topics`, `unsure`, `group`, `difficulty`.
    init(_ json: JSON) throws(BadLine) {
        let line = try EntryLine(json)
        id = line.entry.id.text
        entry = line.entry
        feed = line.feed
        guard case .integer(let number)? = json["rel"], let relevance = Relevance(rawValue: Int(clamping: number))
        else {
            throw BadLine("\"rel\" should be 0, 1 or 2")
        }
        self.relevance = relevance
        topics = Set((json["topics"]?.array ?? []).compactMap(\.string).map { Self.codes[$0] ?? $0 })
        isUnsure = json["unsure"] == .bool(true)
        group = json["group"]?.string
        difficulty = json["difficulty"]?.string
    }

    /// Whether the strict figures count it: substantive against none, and only where the judge was sure.
    var isStrict: Bool { relevance != .marginal && !isUnsure }

    /// What training makes of it; nil for a marginal one, which is neither.
    func example(holding: [Int]) -> RelevanceExample? {
        guard relevance != .marginal else { return nil }
        return RelevanceExample(
            holding: holding, isRelevant: relevance == .substantive, weight: isUnsure ? 0.5 : 1)
    }

    /// Reads a file of labelled entries, one JSON object a line.
    ///
    /// - Throws: the first line that cannot be read.
    static func read(_ path: String) throws(FileError) -> [LabelledEntry] {
        let bytes = try readFile(path, limit: 256 << 20)
        var entries: [LabelledEntry] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy({ $0 <= 0x20 }) {
            do { entries.append(try LabelledEntry(try JSON(reading: Array(line)))) } catch {
                throw FileError(description: "line \(number + 1): \(error); give {\"id\",\"title\",\"text\",\"rel\"}")
            }
        }
        guard !entries.isEmpty else { throw FileError(description: "no entry in it") }
        return entries
    }
}
