import FeedModel
import Testing

@testable import Matching

@Suite struct RelevanceTests {
    private static let sets = "[set a]\nPakistan*\n[set b]\nWashington\n[set sport]\ncricket\n"
    private static let file = """
        # kept as it is
        bias   -2.000 -2.0

        +1.000 +1.0 "both"  @a @b
        +2.000 +2.0 "both in the title"  title:@a title:@b
        -3.000 -3.0 "sport"  @sport
        """

    private func model(_ text: String = Self.file) throws -> RelevanceModel {
        try RelevanceModel(WatchlistSource(path: "r.model", text: text))
    }

    private func matcher(_ watches: String = "") throws -> Matcher {
        try Matcher([WatchlistSource(path: "w.watch", text: Self.sets + watches)], model: try model())
    }

    private func entry(_ title: String, _ summary: String = "") -> Entry {
        Entry(id: EntryID("e"), feedURL: "", title: title, summary: summary)
    }

    @Test(arguments: [
        ("Pakistan and Washington", 0.731), ("Pakistan", 0.119), ("cricket in Washington and Pakistan", 0.119),
        ("", 0.119),
    ])
    func `adds up the lines that hold and puts the sum between 0 and 1`(title: String, relevance: Double) throws {
        #expect(try matcher().verdict(on: entry(title), of: nil).relevance == relevance)
    }

    @Test func `a watch may ask for relevance, and an entry without any match has one`() throws {
        let matcher = try matcher("[watch \"W\"]\ntopic = x\nthreshold = 1\nmust relevance >= 0.5\n+1 @a\n")
        #expect(matcher.verdict(on: entry("Pakistan, Washington"), of: nil).isRelevant)
        let refused = matcher.verdict(on: entry("Pakistan", "Washington"), of: nil)
        #expect(!refused.isRelevant && refused.relevance == 0.269)
    }

    @Test func `what sort of publication an entry is can be asked for`() throws {
        let matcher = try Matcher([
            WatchlistSource(
                path: "w.watch", text: "[watch \"W\"]\ntopic = x\nthreshold = 1\nnever type:job\n+1 Pakistan\n")
        ])
        var entry = entry("Pakistan")
        #expect(matcher.verdict(on: entry, of: nil).isRelevant)
        entry.kind = .job
        #expect(!matcher.verdict(on: entry, of: nil).isRelevant)
    }

    @Test func `says which questions hold`() throws {
        #expect(try matcher().questionsHolding(entry("Pakistan", "Washington, cricket"), of: nil) == [0, 2])
    }

    @Test func `a file is written back as it was, but for the weights`() throws {
        var model = try model()
        #expect(model.text == Self.file)
        model.terms[2].weight = -3.1406
        model.bias = 0.25
        #expect(
            model.text
                == Self.file.replacing("-3.000 ", with: "-3.141 ").replacing("bias   -2.000", with: "bias   +0.250"))
    }

    @Test(arguments: [
        ("+1 +1 \"x\" a", "r.model:1:1: there is no bias; write bias -6.0 -6.0"),
        ("bias -1", "r.model:1:1: one line says bias WEIGHT PRIOR; write bias -6.0 -6.0"),
        ("strength 0", "r.model:1:1: strength needs a number above 0; write strength 50"),
        ("bias 0 0\nx", "r.model:2:1: this begins no line; write WEIGHT PRIOR \"label\" question, bias or strength"),
        (
            "bias 0 0\n  +1 -1 \"x\" a",
            "r.model:2:3: a weight has the sign of its prior, and a prior is not 0; write +1.0 +1.0"
        ),
        ("bias 0 0\n+1 +1 x", "r.model:2:7: a label is missing here; write \"what a reader is told\""),
        ("bias 0 0\n+1 +1 \"x\" a\n+1 +1 \"x\" b", "r.model:3:7: there are two lines \"x\"; give one another label"),
        (
            "bias 0 0\n+1 +1 \"x\" ",
            "r.model:2:11: a question is missing here; write words, \"phrases\" and @sets as in a watchlist"
        ),
    ])
    func `a mistake in a model is named with its place and a way out`(text: String, error: String) {
        let found = #expect(throws: WatchlistErrors.self) { try model(text) }
        #expect(found?.errors.first?.description == error)
    }

    @Test(arguments: [
        ("@pak", "r.model:2:11: there is no set @pak"), ("(a", "r.model:2:13: a ) is missing here"),
        (
            "relevance >= 0.5",
            "r.model:2:11: there is no relevance model to ask; name one in [watchlists] relevance_model"
        ),
    ])
    func `a question is read as a watchlist's, and does not ask for relevance`(question: String, error: String) throws {
        let model = try model("bias 0 0\n+1 +1 \"x\" \(question)")
        let found = #expect(throws: WatchlistErrors.self) {
            try Matcher([WatchlistSource(path: "w.watch", text: Self.sets)], model: model)
        }
        #expect(found?.errors.first?.description.hasPrefix(error) == true, "\(found.debugDescription)")
    }

    @Test func `S6: no bytes make the reader of a model trap`() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("bias strength +-.0123456789 \"label\" @a (title:) \n\t#".utf8) + [0xD9, 0x86, 0xFF, 0x00]
        for _ in 0..<300 {
            let bytes = (0..<120).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            _ = try? RelevanceModel(WatchlistSource(path: "f", bytes: Array("bias 0 0\n".utf8) + bytes))
        }
    }
}

@Suite struct RelevanceFitTests {
    private func model(strength: Double = 1) throws -> RelevanceModel {
        try RelevanceModel(
            WatchlistSource(
                path: "r.model",
                text: "strength \(strength)\nbias -1 -1\n+1 +1 \"sign\" a\n-1 -1 \"noise\" b\n+1 +1 \"never\" c\n"))
    }

    /// `sign` is right nine times of ten, `noise` tells nothing.
    private let examples: [RelevanceExample] = (0..<200).map { number in
        let isRelevant = number % 2 == 0
        let saysSo = isRelevant != (number % 20 < 2)
        return RelevanceExample(holding: (saysSo ? [0] : []) + (number % 3 == 0 ? [1] : []), isRelevant: isRelevant)
    }

    @Test func `what tells them apart gains weight, what does not loses it, what never held keeps it`() throws {
        let fitted = try model().fitted(to: examples)
        #expect(fitted.terms[0].weight > 2.5)
        #expect(fitted.terms[1].weight > -0.5)
        #expect(fitted.terms[2].weight == 1)
    }

    @Test func `the same examples give the same weights, in any order of training before`() throws {
        let model = try model()
        #expect(model.fitted(to: examples).text == model.fitted(to: examples).text)
        #expect(model.fitted(to: examples).fitted(to: examples).text == model.fitted(to: examples).text)
    }

    @Test func `the stronger the pull, the nearer the weights stay to what an expert gave them`() throws {
        let loose = try model(strength: 1).fitted(to: examples)
        let tight = try model(strength: 500).fitted(to: examples)
        #expect(abs(tight.terms[0].weight - 1) < abs(loose.terms[0].weight - 1) / 2)
    }

    @Test func `no weight changes its sign, whatever the examples say`() throws {
        let turned = examples.map { RelevanceExample(holding: $0.holding, isRelevant: !$0.isRelevant) }
        let fitted = try model().fitted(to: turned)
        #expect(fitted.terms[0].weight == 0)
        #expect(fitted.terms.allSatisfy { $0.weight * $0.prior >= 0 })
    }

    @Test func `the weights are where the loss has no slope`() throws {
        let model = try model()
        let fitted = model.fitted(to: examples)
        for term in [0, 1] {
            var slope = model.strength * (fitted.terms[term].weight - fitted.terms[term].prior)
            for example in examples where example.holding.contains(term) {
                slope += fitted.relevance(holding: example.holding) - (example.isRelevant ? 1 : 0)
            }
            // Relevance and weights are rounded to thousandths.
            #expect(abs(slope) < 0.2)
        }
    }

    @Test(arguments: [1, 5, 500])
    func `votes move weights, but none by more than a half`(count: Int) throws {
        let model = try model()
        let votes = Array(repeating: RelevanceExample(holding: [0], isRelevant: false), count: count)
        let adjusted = model.adjusted(by: votes)
        #expect(adjusted.relevance(holding: [0]) < model.relevance(holding: [0]))
        for (before, after) in zip(model.terms, adjusted.terms) { #expect(abs(before.weight - after.weight) <= 0.5) }
        #expect(abs(model.bias - adjusted.bias) <= 0.5)
        #expect(adjusted.terms[1].weight == -1 && adjusted.terms[2].weight == 1)
    }

    @Test func `without votes the model is as it was shipped`() throws {
        let model = try model()
        #expect(model.adjusted(by: []).text == model.text)
    }
}
