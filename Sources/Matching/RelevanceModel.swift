/// How surely an entry is about the relation of the two sides, as a file of weighted questions: a small logistic model
/// that a person can read and mend. Each line asks something of an entry in the language of the watchlists; what the lines
/// that hold add up to, with the bias, is put on a scale of 0 to 1.
///
///     strength 50
///     bias   -5.743 -6.0
///     +1.219 +1.2 "both in the title"  title:@side-a title:@side-b
///
/// The first number of a line is its weight, the second what an expert gave it before any entry was counted; training
/// moves the first and never the second. Comments and blank lines stay as they are.
public struct RelevanceModel: Sendable {
    /// One weighted question.
    public struct Term: Sendable, Equatable {
        public var weight: Double
        /// What the weight was before training, and what it is pulled to. Its sign is also the weight's.
        public var prior: Double
        /// What a reader is told if it holds.
        public var label: String
        /// In the language of the watchlists.
        public var question: String
        /// Where the question stands, in bytes of the file.
        var place: Range<Int>
    }

    public var bias: Double
    public var biasPrior: Double
    /// How strongly weights are held to their priors, in labelled entries: it takes about as many to move one.
    public var strength: Double
    public var terms: [Term]
    let source: WatchlistSource
    /// Where the file was read.
    public var path: String { source.path }
    private let lines: [Line]

    private enum Line {
        case verbatim(String)
        case bias
        case term(Int)
    }

    /// Reads a model file. What its questions ask is read with the watchlists, whose sets they name.
    ///
    /// - Throws: every mistake in it, with its place.
    public init(_ source: WatchlistSource) throws(WatchlistErrors) {
        let file = WatchlistFile(source)
        var reader = ModelReader()
        var lines: [Line] = []
        var errors: [WatchlistError] = []
        if let bad = String.firstInvalid(in: source.bytes) {
            errors.append(file.error(SyntaxError(at: bad, message: "not UTF-8; save the file as UTF-8")))
        } else {
            for range in file.lines {
                do throws(SyntaxError) {
                    switch try reader.read(file.text(range), at: range.lowerBound) {
                    case .other: lines.append(.verbatim(String(file.text(range))))
                    case .bias: lines.append(.bias)
                    case .term: lines.append(.term(reader.terms.count - 1))
                    }
                } catch { errors.append(file.error(error)) }
            }
            if errors.isEmpty, reader.bias == nil {
                errors.append(file.error(SyntaxError(at: 0, message: "there is no bias; write bias -6.0 -6.0")))
            }
        }
        guard errors.isEmpty, let bias = reader.bias else { throw WatchlistErrors(errors: errors) }
        (self.bias, biasPrior) = bias
        strength = reader.strength
        terms = reader.terms
        self.source = source
        self.lines = lines
    }

    /// The file with the weights as they are now; what it says besides stays.
    public var text: String {
        lines.map { line in
            switch line {
            case .verbatim(let text): text
            case .bias: "bias   \(fixed(bias, 3)) \(fixed(biasPrior, 1))"
            case .term(let at):
                "\(fixed(terms[at].weight, 3)) \(fixed(terms[at].prior, 1)) \"\(terms[at].label)\"  \(terms[at].question)"
            }
        }.joined(separator: "\n")
    }
}

/// Reads the lines of a model file one after the other.
private struct ModelReader {
    enum Kind { case other, bias, term }

    var bias: (weight: Double, prior: Double)?
    var strength = 50.0
    var terms: [RelevanceModel.Term] = []
    private var labels: Set<String> = []

    /// - Parameter start: where the line begins, in bytes of the file.
    mutating func read(_ line: Substring, at start: Int) throws(SyntaxError) -> Kind {
        var rest = line.drop(while: \.isBlank)
        guard let first = rest.first, first != "#" else { return .other }
        func place() -> Int { start + line.utf8.distance(from: line.startIndex, to: rest.startIndex) }
        let begin = place()
        switch rest.prefix(while: { !$0.isBlank }) {
        case "bias":
            rest = rest.dropFirst(4)
            guard bias == nil, let weight = number(&rest), let prior = number(&rest), rest.allSatisfy(\.isBlank) else {
                throw SyntaxError(at: begin, message: "one line says bias WEIGHT PRIOR; write bias -6.0 -6.0")
            }
            bias = (weight, prior)
            return .bias
        case "strength":
            rest = rest.dropFirst(8)
            guard let value = number(&rest), value > 0, rest.allSatisfy(\.isBlank) else {
                throw SyntaxError(at: begin, message: "strength needs a number above 0; write strength 50")
            }
            strength = value
            return .other
        default: break
        }
        guard let weight = number(&rest), let prior = number(&rest) else {
            throw SyntaxError(
                at: begin, message: "this begins no line; write WEIGHT PRIOR \"label\" question, bias or strength")
        }
        guard prior != 0, weight * prior >= 0 else {
            throw SyntaxError(
                at: begin, message: "a weight has the sign of its prior, and a prior is not 0; write +1.0 +1.0")
        }
        rest = rest.drop(while: \.isBlank)
        guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else {
            throw SyntaxError(at: place(), message: "a label is missing here; write \"what a reader is told\"")
        }
        let label = String(rest[rest.index(after: rest.startIndex)..<end])
        guard labels.insert(label).inserted else {
            throw SyntaxError(at: place(), message: "there are two lines \"\(label)\"; give one another label")
        }
        rest = rest[rest.index(after: end)...].drop(while: \.isBlank)
        guard !rest.isEmpty else {
            throw SyntaxError(
                at: place(), message: "a question is missing here; write words, \"phrases\" and @sets as in a watchlist"
            )
        }
        terms.append(
            RelevanceModel.Term(
                weight: weight, prior: prior, label: label, question: String(rest),
                place: place()..<(place() + rest.utf8.count)))
        return .term
    }

    /// The number that stands next, and behind it what is left.
    private func number(_ rest: inout Substring) -> Double? {
        rest = rest.drop(while: \.isBlank)
        let word = rest.prefix { !$0.isBlank }
        guard let number = Double(word), abs(number) <= 1000 else { return nil }
        rest = rest.dropFirst(word.count)
        return number
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}

/// A number with its sign and `places` digits after the point, the same on every machine.
private func fixed(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((abs(value) * scale).rounded())
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return (value < 0 && scaled != 0 ? "-" : "+") + padded.dropLast(places) + "." + padded.suffix(places)
}
