import FeedModel
import Testing

@testable import Matching

/// What the language says, in the plainest way, to hold the engine against: every word looked at for every question.
private indirect enum Question {
    case word(String)
    case prefix(String)
    case phrase([String])
    case and([Question])
    case or([Question])
    case not(Question)
    case some(Int, [Question])
    case near(Question, Question, Int)
    case then(Question, Question, Int)
    case sentence(Question, Question)
    case count(Question, Int)

    /// As a watchlist has it.
    var text: String {
        switch self {
        case .word(let word): "=\(word)"
        case .prefix(let prefix): "\(prefix)*"
        case .phrase(let words): "\"\(words.joined(separator: " "))\""
        case .and(let parts): "(\(parts.map(\.text).joined(separator: " & ")))"
        case .or(let parts): "(\(parts.map(\.text).joined(separator: " | ")))"
        case .not(let part): "(-\(part.text))"
        case .some(let least, let parts): "(\(least) OF (\(parts.map(\.text).joined(separator: ", "))))"
        case .near(let a, let b, let reach): "(\(a.text) NEAR/\(reach) \(b.text))"
        case .then(let a, let b, let reach): "(\(a.text) THEN/\(reach) \(b.text))"
        case .sentence(let a, let b): "(\(a.text) SENTENCE \(b.text))"
        case .count(let part, let least): "\(part.text){\(least),}"
        }
    }

    /// Where a leaf stands.
    func places(_ words: [String]) -> [Range<Int>] {
        switch self {
        case .word(let word): words.indices.filter { words[$0] == word }.map { $0..<($0 + 1) }
        case .prefix(let prefix): words.indices.filter { words[$0].hasPrefix(prefix) }.map { $0..<($0 + 1) }
        case .phrase(let some):
            words.indices.filter { words[$0...].starts(with: some) }.map { $0..<($0 + some.count) }
        default: []
        }
    }

    func holds(_ words: [String], _ sentences: [Int]) -> Bool {
        switch self {
        case .word, .prefix, .phrase: !places(words).isEmpty
        case .and(let parts): parts.allSatisfy { $0.holds(words, sentences) }
        case .or(let parts): parts.contains { $0.holds(words, sentences) }
        case .not(let part): !part.holds(words, sentences)
        case .some(let least, let parts): parts.filter { $0.holds(words, sentences) }.count >= least
        case .near(let a, let b, let reach):
            together(a, b, words) { one, other in
                let gap =
                    one.lowerBound < other.lowerBound
                    ? other.lowerBound - one.upperBound : one.lowerBound - other.upperBound
                return gap < reach
            }
        case .then(let a, let b, let reach):
            together(a, b, words) { $0.lowerBound < $1.lowerBound && $1.lowerBound - $0.upperBound < reach }
        case .sentence(let a, let b):
            together(a, b, words) { sentences[$0.lowerBound] == sentences[$1.lowerBound] }
        case .count(let part, let least): apart(part.places(words)) >= least
        }
    }

    private func together(
        _ a: Question, _ b: Question, _ words: [String], _ fits: (Range<Int>, Range<Int>) -> Bool
    ) -> Bool {
        a.places(words).contains { one in
            b.places(words).contains { $0.lowerBound != one.lowerBound && fits(one, $0) }
        }
    }

    /// How many there are, those that overlap counted once.
    private func apart(_ places: [Range<Int>]) -> Int {
        var count = 0
        var end = 0
        for place in places where place.lowerBound >= end {
            count += 1
            end = place.upperBound
        }
        return count
    }
}

@Suite struct ReferenceTests {
    private static let vocabulary = ["ab", "abc", "abcde", "abcdf", "de", "def", "defgh", "xy", "xyz", "of", "the"]

    private func leaf(_ generator: inout SystemRandomNumberGenerator) -> Question {
        func word() -> String { Self.vocabulary.randomElement(using: &generator) ?? "ab" }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: return .prefix(String(word().prefix(Int.random(in: 1...5, using: &generator))))
        case 1, 2: return .phrase((0..<Int.random(in: 2...4, using: &generator)).map { _ in word() })
        default: return .word(word())
        }
    }

    private func question(_ depth: Int, _ generator: inout SystemRandomNumberGenerator) -> Question {
        guard depth > 0 else { return leaf(&generator) }
        func parts() -> [Question] {
            (0..<Int.random(in: 2...3, using: &generator)).map { _ in question(depth - 1, &generator) }
        }
        let reach = Int.random(in: 1...4, using: &generator)
        switch Int.random(in: 0..<9, using: &generator) {
        case 0, 1: return .and(parts())
        case 2: return .or(parts())
        case 3: return .not(question(depth - 1, &generator))
        case 4: return .some(2, parts())
        case 5: return .near(leaf(&generator), leaf(&generator), reach)
        case 6: return .then(leaf(&generator), leaf(&generator), reach)
        case 7: return .sentence(leaf(&generator), leaf(&generator))
        default: return .count(leaf(&generator), Int.random(in: 1...3, using: &generator))
        }
    }

    @Test func `accepts what the plainest reading of a question accepts, with hits and without`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<40 {
            let questions = (0..<20).map { _ in question(Int.random(in: 0...3, using: &generator), &generator) }
            let file = questions.enumerated().map { number, question in
                "[watch \"\(number)\"]\ntopic = technology\nthreshold = 0\nmust \(question.text)\n"
            }.joined()
            let matcher = try Matcher([WatchlistSource(path: "w", text: file)])
            for _ in 0..<20 {
                let words = (0..<Int.random(in: 0...14, using: &generator)).map { _ in
                    Self.vocabulary.randomElement(using: &generator) ?? "ab"
                }
                var sentences: [Int] = []
                var text = ""
                for word in words {
                    sentences.append((sentences.last ?? 0) + (text.hasSuffix("! ") ? 1 : 0))
                    text += word + (Int.random(in: 0..<5, using: &generator) == 0 ? "! " : " ")
                }
                let entry = Entry(id: EntryID("e"), feedURL: "", title: text)
                let expected = Set(questions.indices.filter { questions[$0].holds(words, sentences) }.map(String.init))
                for withHits in [false, true] {
                    let accepted = Set(
                        matcher.verdict(on: entry, of: nil, withHits: withHits).matches.map(\.watch.name))
                    for name in accepted.symmetricDifference(expected) {
                        Issue.record("\(questions[Int(name) ?? 0].text) on \"\(text)\": \(accepted.contains(name))")
                    }
                }
            }
        }
    }
}
