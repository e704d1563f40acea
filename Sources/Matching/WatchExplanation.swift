public import FeedModel

/// What one watch makes of an entry, whether it accepts it or not.
public struct WatchExplanation: Sendable, Hashable {
    /// Why a watch did not accept an entry. Lines are those of the watchlist file, counted from 1.
    public enum Refusal: Sendable, Hashable, CustomStringConvertible {
        /// A gate did not hold.
        case mustFailed(line: Int)
        /// A veto held; `words` is what the entry says there.
        case vetoed(line: Int, words: String)
        case tooLow(score: Double, threshold: Double)
        /// The watch does not look at entries of this feed, or it is not known whether it should.
        case outOfScope(line: Int)
        /// The watch does not look at entries in this language, or the language is not known.
        case wrongLanguage(line: Int)
        /// The watch accepts nothing yet.
        case muted(line: Int)

        public var description: String {
            switch self {
            case .mustFailed(let line): "the must of line \(line) does not hold"
            case .vetoed(let line, ""): "vetoed by the never of line \(line)"
            case .vetoed(let line, let words): "vetoed by the never of line \(line): \"\(words)\""
            case .tooLow(let score, let threshold): "the score \(score) is under the threshold \(threshold)"
            case .outOfScope(let line): "the entry is outside the scope of line \(line)"
            case .wrongLanguage(let line): "the entry is not known to be in a language of line \(line)"
            case .muted(let line): "the watch is muted by line \(line)"
            }
        }
    }

    public var watch: Watch
    /// What the weighted lines add up to, also where a gate did not hold.
    public var score: Double
    /// Nil if the watch accepts the entry.
    public var refusal: Refusal?
    /// Every hit of every line, also of lines that a refusal makes moot.
    public var hits: [Hit]

    public var passed: Bool { refusal == nil }

    public init(watch: Watch, score: Double, refusal: Refusal?, hits: [Hit]) {
        self.watch = watch
        self.score = score
        self.refusal = refusal
        self.hits = hits
    }
}
