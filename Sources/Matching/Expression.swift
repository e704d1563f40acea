import FeedModel

/// One word of a term, as a watchlist asks for it.
enum WordPattern: Hashable, Sendable {
    /// The folded word itself.
    case exact(String)
    /// A word in small letters: its inflections too.
    case stem(String)
    case prefix(String)
    /// In capitals: an acronym (3.3).
    case acronym(String)
}

/// One word or several in a row.
struct Term: Hashable, Sendable {
    var words: [WordPattern]
}

/// What a line of a watchlist asks.
indirect enum Expression: Sendable {
    case term(Int)
    /// Any of many terms, as a set has them: looked up among the few that the entry has.
    case anyTerm(Set<Int>)
    case and([Expression])
    case or([Expression])
    case not(Expression)
    case near(Expression, Expression, distance: Int, ordered: Bool)
    case sameSentence(Expression, Expression)
    case sameParagraph(Expression, Expression)
    case count(Expression, atLeast: Int, atMost: Int?)
    case atLeast(Int, [Expression])
    case pair(Expression, Expression)
    case fields(Set<EntryField>, Expression)
}

extension Expression {
    /// The terms it names.
    var terms: Set<Int> {
        switch self {
        case .term(let id): [id]
        case .anyTerm(let ids): ids
        case .and(let parts), .or(let parts), .atLeast(_, let parts): parts.reduce(into: []) { $0.formUnion($1.terms) }
        case .not(let part), .count(let part, _, _), .fields(_, let part): part.terms
        case .near(let a, let b, _, _), .sameSentence(let a, let b), .sameParagraph(let a, let b), .pair(let a, let b):
            a.terms.union(b.terms)
        }
    }
}

/// A term found: which, where.
struct Occurrence: Hashable {
    var term: Int
    var field: EntryField
    /// Index and number of its tokens in the field.
    var at: Int
    var length: Int
}
