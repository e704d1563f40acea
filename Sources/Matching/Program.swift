import FeedModel

/// A question about an entry, laid out flat: what it is made of are other nodes of the same array.
struct Node: Hashable, Sendable, BitwiseCopyable {
    enum Operation: UInt8, Sendable {
        /// Any of a group of terms (`a`) in some fields.
        case group
        /// `b` nodes from `children[a]`.
        case and, or, atLeast
        case not
        /// Two nodes, `a` and `b`.
        case near, then, sentence, paragraph, pair
        /// How often `a` occurs: `x` to `y` times.
        case count
        /// Regular expression `a` in some fields.
        case pattern
        /// Comparison `a`.
        case comparison
    }

    var operation: Operation
    var fields: FieldMask = []
    var a: Int32
    var b: Int32 = 0
    var x: Int32 = 0
    var y: Int32 = 0
}

/// A watch ready to be asked.
struct CompiledWatch: Sendable {
    struct Gate: Sendable {
        var line: Int
        var node: Int32
    }

    struct WeightedLine: Sendable {
        var line: Int
        var weight: Double
        var node: Int32
        var ceiling: Double?
        var label: String?
    }

    struct SelfTest: Sendable {
        var line: Int
        var column: Int
        var text: String
        var mustPass: Bool
    }

    var watch: Watch
    var musts: [Gate] = []
    var nevers: [Gate] = []
    var scopes: [Gate] = []
    /// Primary subtags; empty for every language.
    var languages: [String] = []
    var languageLine = 0
    var lines: [WeightedLine] = []
    var tests: [SelfTest] = []
    /// The most that its lines may add up to.
    var cap: Double?
    /// Seconds since 1970 before which it accepts nothing, and the line that says so.
    var mutedUntil: (seconds: Double, line: Int)?
    /// The groups of terms that its lines and gates name.
    var groups: [Int32] = []
}

/// All watches of all files as one program over one dictionary of terms. Equal questions of several watches are one node.
struct Program: Sendable {
    var watches: [CompiledWatch] = []
    var nodes: [Node] = []
    var children: [Int32] = []
    var comparisons: [Comparison] = []
    var patterns: [PatternText] = []
    var dictionary = TermDictionary([])
    /// The groups that each term belongs to: `termGroups[firstGroup[term]..<firstGroup[term + 1]]`.
    var firstGroup: [Int32] = [0]
    var termGroups: [Int32] = []
    var groupCount = 0
    /// The groups of which it matters where they occur, not only whether.
    var groupsWithPlaces: Set<Int32> = []
    /// The watches to ask when a group occurs, likewise.
    var firstWatch: [Int32] = [0]
    var groupWatches: [Int32] = []
    /// The watches that have to be asked of every entry.
    var always: [Int32] = []
    /// The node of each set, in the standard fields.
    var sets: [String: Int32] = [:]
    /// The fields that any node looks at.
    var fields: FieldMask = .standard
}
