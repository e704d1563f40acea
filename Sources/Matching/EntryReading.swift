import FeedModel
import struct FoundationEssentials.Date

/// Where something stands: a token and how many there are of it.
struct Occurrence {
    /// Counted through all fields.
    var token: Int32
    var length: Int32

    var end: Int32 { token + length }
}

/// One entry while it is judged: its tokens, what of the watchlists occurs in it, and what was asked of it so far.
///
/// A reading has room of its own, so that judging an entry allocates next to nothing, and is used for one entry after the
/// other. Its state of the last entry is told from that of this one by the `generation` beside each value.
final class EntryReading {
    let tables: ProgramTables
    let buffer: TokenBuffer

    // MARK: What occurs

    struct GroupState {
        var generation: UInt32
        /// The fields it occurs in.
        var fields: FieldMask
        /// Occurrences kept in the field last seen.
        var count: UInt16
        var last: Int32
        /// Whether any of them overlaps one before it.
        var overlaps = false
        /// Whether anything asks where it occurs.
        var keepsPlaces: Bool
        /// Whom to ask when it occurs, in `tables.groupWatches`.
        var watches: ProgramTables.Span
    }

    /// An occurrence of a group and the one before.
    struct Cell {
        var occurrence: Occurrence
        var previous: Int32
        /// Whether it overlaps one before it: no occurrence to be counted, but one that something may stand beside.
        var overlaps = false
    }

    /// How often a term was met in the field last seen, and the groups it belongs to, in `tables.termGroups`.
    struct TermState {
        var generation: UInt32
        var field: UInt8
        var count: UInt16
        var groups: ProgramTables.Span
    }

    let terms: UnsafeMutablePointer<TermState>
    /// Whether the places are kept that a bare verdict does not need: an explanation names them.
    private(set) var keepsAllPlaces = false

    /// An answer to a node: twice the generation, plus one if it holds.
    let answers: UnsafeMutablePointer<UInt32>
    /// Where the occurrences of a node stand in `places`.
    struct List {
        var generation: UInt32
        var start: Int32
        var count: Int32
    }

    let lists: UnsafeMutablePointer<List>
    let places: UnsafeMutablePointer<Occurrence>
    var placeCount = 0
    let groups: UnsafeMutablePointer<GroupState>
    let cells: UnsafeMutablePointer<Cell>
    var cellCount = 0
    private(set) var generation: UInt32 = 0
    /// The watches of which something occurs, each once.
    let candidates: UnsafeMutablePointer<Int32>
    var candidateCount = 0
    private let asked: UnsafeMutablePointer<UInt32>
    let stems: StemCache
    /// The regular expressions, compiled when first needed.
    var patterns: [Pattern?]
    /// What searches may still cost in this entry.
    var patternSteps = 0.0

    // MARK: The entry

    private(set) var entry = Entry(id: EntryID(""), feedURL: "", title: "")
    private(set) var feed: Feed?
    private(set) var now: Date?
    /// Where the tokens of each field begin; one more at the end.
    let fieldStarts: UnsafeMutablePointer<Int>
    /// The tokens at the start of the body that only repeat the summary.
    private(set) var repeated = 0..<0
    private(set) var titleIsAllCapitals = false

    /// Tokens past this many are not looked at: the cost of an entry is bounded (S20).
    static let mostTokens = 40_000
    static let mostCells = 1 << 18
    static let mostPlaces = 1 << 19
    private static let fieldCount = EntryField.reading.count

    /// The relevance model, if there is one.
    let scoring: (any RelevanceScoring)?

    private let fields: FieldMask
    let hasLongPrefixes: Bool
    let hasShortPrefixes: Bool
    let hasStems: Bool

    init(_ tables: ProgramTables, scoring: (any RelevanceScoring)? = nil) {
        self.tables = tables
        self.scoring = scoring
        let program = tables.program
        hasLongPrefixes = program.dictionary.hasLongPrefixes
        hasShortPrefixes = !program.dictionary.shortPrefixes.isEmpty
        hasStems = program.dictionary.hasStems
        buffer = TokenBuffer(capacity: Self.mostTokens)
        answers = .allocate(capacity: program.nodes.count + 1)
        answers.initialize(repeating: 0, count: program.nodes.count + 1)
        lists = .allocate(capacity: program.nodes.count + 1)
        lists.initialize(repeating: List(generation: 0, start: 0, count: 0), count: program.nodes.count + 1)
        places = .allocate(capacity: Self.mostPlaces)
        groups = .allocate(capacity: program.groupCount + 1)
        for number in 0..<program.groupCount {
            (groups + number).initialize(
                to: GroupState(
                    generation: 0, fields: [], count: 0, last: -1,
                    keepsPlaces: program.groupsWithPlaces.contains(Int32(number)),
                    watches: ProgramTables.Span(program.firstWatch, number)))
        }
        terms = .allocate(capacity: program.dictionary.termCount + 1)
        for number in 0..<program.dictionary.termCount {
            (terms + number).initialize(
                to: TermState(generation: 0, field: 0, count: 0, groups: ProgramTables.Span(program.firstGroup, number))
            )
        }
        fields = program.fields
        cells = .allocate(capacity: Self.mostCells)
        candidates = .allocate(capacity: program.watches.count + 1)
        asked = .allocate(capacity: program.watches.count + 1)
        asked.initialize(repeating: 0, count: program.watches.count + 1)
        fieldStarts = .allocate(capacity: Self.fieldCount + 1)
        fieldStarts.initialize(repeating: 0, count: Self.fieldCount + 1)
        stems = StemCache(tables)
        patterns = Array(repeating: nil, count: program.patterns.count)
    }

    deinit {
        answers.deallocate()
        lists.deallocate()
        places.deallocate()
        groups.deallocate()
        terms.deallocate()
        cells.deallocate()
        candidates.deallocate()
        asked.deallocate()
        fieldStarts.deallocate()
    }

    var program: Program { tables.program }

    /// Reads an entry; what was known of the one before is gone.
    ///
    /// - Parameter keepsAllPlaces: whether an explanation may be asked for.
    func read(_ entry: Entry, of feed: Feed?, now: Date?, keepsAllPlaces: Bool) {
        self.keepsAllPlaces = keepsAllPlaces
        self.entry = entry
        self.feed = feed
        self.now = now
        startGeneration()
        tokenise()
        if titleIsAllCapitals { scan(supportingOnly: true) }
        scan(supportingOnly: false)
    }

    private func startGeneration() {
        generation += 1
        if generation == 1 << 31 {
            // The numbers begin anew, so nothing old may look new.
            generation = 1
            answers.update(repeating: 0, count: program.nodes.count + 1)
            lists.update(repeating: List(generation: 0, start: 0, count: 0), count: program.nodes.count + 1)
            for number in 0..<program.groupCount { groups[number].generation = 0 }
            for number in 0..<program.dictionary.termCount { terms[number].generation = 0 }
            asked.update(repeating: 0, count: program.watches.count + 1)
            supported = []
        }
        placeCount = 0
        cellCount = 0
        candidateCount = 0
        patternSteps = 120
        relevanceAnswer = nil
    }

    private func tokenise() {
        buffer.clear()
        for (place, field) in EntryField.reading.enumerated() {
            fieldStarts[place] = buffer.count
            guard fields.contains(FieldMask(field)) else { continue }
            let isAllCapitals = text(of: field).map { buffer.read($0, field) }
            if field == .title { titleIsAllCapitals = isAllCapitals ?? false }
        }
        fieldStarts[Self.fieldCount] = buffer.count
        repeated = repeatedStart
    }

    /// The text of a field; nil if it has none.
    func text(of field: EntryField) -> String? {
        switch field {
        case .title: entry.title.isEmpty ? nil : entry.title
        case .summary: entry.summary.isEmpty ? nil : entry.summary
        case .body: entry.body.isEmpty ? nil : entry.body
        case .tag: entry.tags.isEmpty ? nil : entry.tags.joined(separator: "\n")
        case .author: entry.authors.isEmpty ? nil : entry.authors.joined(separator: "\n")
        case .url: entry.url
        case .host: entry.url.flatMap(host)
        case .feed: feed?.title
        case .group: feed?.group
        case .kind: feed?.kind?.rawValue
        case .country: feed?.country
        case .type: entry.kind?.rawValue
        case .lang: entry.language ?? feed?.language
        }
    }

    /// Feeds often repeat the summary at the start of the body; it counts once.
    private var repeatedStart: Range<Int> {
        let (summary, body, end) = (fieldStarts[1], fieldStarts[2], fieldStarts[3])
        let compared = min(body - summary, end - body, 20)
        guard compared > 0, compared >= min(8, body - summary) else { return body..<body }
        for at in 0..<compared where buffer.tokens[summary + at].hash != buffer.tokens[body + at].hash {
            return body..<body
        }
        return body..<(body + min(body - summary, end - body))
    }

    /// The terms with an occurrence that an all-capitals title cannot give them.
    var supported: Set<Int32> = []
    var relevanceAnswer: Double?

    /// Notes that a watch has something to say.
    @inline(__always)
    func ask(_ watch: Int32) {
        guard asked[Int(watch)] != generation else { return }
        asked[Int(watch)] = generation
        candidates[candidateCount] = watch
        candidateCount += 1
    }

    /// The tokens of a field.
    func tokens(of field: EntryField) -> Range<Int> { fieldStarts[field.place]..<fieldStarts[field.place + 1] }
}

private func host(of url: String) -> String? {
    let rest = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    return rest.count >= 3 && !rest[2].isEmpty ? String(rest[2]) : nil
}
