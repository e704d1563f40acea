import struct FoundationEssentials.Date

/// What a line of a watchlist asks.
indirect enum Expression: Sendable {
    case term(Term)
    /// A set by its name.
    case set(String)
    /// A regular expression, by its place among all of them.
    case pattern(Int)
    case comparison(Comparison)
    case and([Expression])
    case or([Expression])
    case not(Expression)
    case near(Expression, Expression, distance: Int, ordered: Bool)
    case sameSentence(Expression, Expression)
    case sameParagraph(Expression, Expression)
    case count(Expression, atLeast: Int, atMost: Int?)
    case atLeast(Int, [Expression])
    case pair(Expression, Expression)
    case fields(FieldMask, Expression)
}

/// A number or a date of the entry against one of the watchlist: `relevance >= 0.5`. What the entry does not say does not
/// hold.
struct Comparison: Hashable, Sendable {
    enum Quantity: Hashable, Sendable {
        /// What the relevance model says, 0 to 1.
        case relevance
        /// Seconds since the entry was published.
        case age
        /// Words in title, summary and body.
        case words
        /// When the entry was published, in seconds since 1970 UTC.
        case date
    }

    var quantity: Quantity
    /// `>=`, else `<=`.
    var isAtLeast: Bool
    var value: Double
}
