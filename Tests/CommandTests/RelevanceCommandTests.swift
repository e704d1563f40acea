import FeedModel
import FoundationEssentials
import Storage
import TestSupport
import Testing
import Watching

@Suite struct RelevanceCommandTests {
    private static let configuration = Place.plain.replacing(
        "files = [\"*.watch\"]", with: "files = [\"*.watch\"]\nrelevance_model = \"r.model\"")
    private static let watchlist = """
        [set a]
        Karachi
        [set b]
        Ohio
        [watch "Trade"]
        topic = trade-investment
        threshold = 1
        must relevance >= 0.5
        +1 @a
        """
    private static let model = """
        strength 1
        bias   -1.000 -1.0
        +2.000 +2.0 "both"  @a @b
        -1.000 -1.0 "cricket"  cricket
        """

    private func place() throws -> Place {
        let place = try Place(Self.configuration)
        try place.write("trade.watch", Self.watchlist)
        try place.write("r.model", Self.model)
        return place
    }

    private func labelled() -> String {
        (0..<40).map { number in
            let (title, rel) =
                [("Karachi buys from Ohio", 2), ("Ohio", 0), ("Cricket: Karachi in Ohio", 0), ("Karachi", 0)][
                    number % 4]
            let labels = "\"rel\":\(rel),\"topics\":[\"trd\"],\"group\":\"g\(number % 3)\""
            return "{\"id\":\(number),\"title\":\"\(title)\",\"text\":\"\",\"lang\":\"en\",\(labels)}"
        }.joined(separator: "\n")
    }

    @Test func `train writes the same model twice, and leaves all but the weights`() async throws {
        let place = try place()
        try place.write("labelled.jsonl", labelled())
        let words = ["train", place.path("labelled.jsonl"), "--config", place.configuration]
        let once = await durbeen(words + ["--output", "-"])
        #expect(once.code == .success, "\(once.errors)")
        #expect(once.output.contains("-1.0 \"cricket\"  cricket"))
        #expect(once.output != Self.model)
        #expect(once.errors.contains("each group judged by the others: precision 1.000"))
        #expect(await durbeen(words).code == .success)
        #expect(try place.read("r.model") == once.output)
    }

    @Test(arguments: [
        ("{\"id\":1,\"title\":\"x\"}", "line 1: \"rel\" should be 0, 1 or 2"), ("", "no entry in it"),
        ("{\"id\":1,\"title\":\"x\",\"rel\":2}", "with \"rel\" 2 and with \"rel\" 0 are both needed"), ("{", "line 1:"),
    ])
    func `train says what is wrong with labelled entries`(text: String, message: String) async throws {
        let place = try place()
        try place.write("labelled.jsonl", text)
        let answer = await durbeen(["train", place.path("labelled.jsonl"), "--config", place.configuration])
        #expect(answer.code == .noInput)
        #expect(answer.errors.contains(message), "\(answer.errors)")
        #expect(try place.read("r.model") == Self.model)
    }

    @Test func `eval measures what is shipped and what it would be for sources it never saw`() async throws {
        let place = try place()
        try place.write("labelled.jsonl", labelled())
        let words = ["eval", place.path("labelled.jsonl"), "--config", place.configuration]
        let answer = await durbeen(words + ["--json"])
        #expect(answer.code == .success, "\(answer.errors)")
        let variants = try JSON(reading: Array(answer.output.utf8))["variants"]?.array ?? []
        #expect(variants.map { $0["name"]?.string } == ["as it is", "each group judged by the others"])
        // As shipped, cricket is held to be trade: ten hits, ten false alarms.
        #expect(variants.first?["precision"]?["value"]?.number == 0.5)
        let text = await durbeen(words)
        #expect(text.output.contains("trade-investment                   10: precision 1.000, recall 1.000, F1 1.000"))
    }

    @Test func `rate stores a vote, moves the model within bounds and shows in eval; 0 takes it back`() async throws {
        let place = try place()
        try place.write("labelled.jsonl", labelled())
        let store = try Store(path: place.path("state/durbeen.sqlite"))
        let feed = Feed(url: "https://one.example/feed")
        try await store.setFeeds([feed], now: Date())
        let entry = Entry(
            id: EntryID("e1"), feedURL: feed.url, title: "Cricket: Karachi in Ohio",
            identity: EntryIdentity(keys: ["k"]))
        let matched = MatchedEntry(
            entry: entry, verdict: Verdict(matches: [], relevance: 0.5), firstSeen: Date(), isFirstFill: false)
        try await store.commit(
            CheckResult(
                feedURL: feed.url, at: Date(), state: FeedState(), outcome: .updated(new: 1, matched: 0),
                entries: [matched]))
        func rate(_ words: String...) async -> (code: ExitCode, output: String, errors: String) {
            await durbeen(["rate"] + words + ["--config", place.configuration])
        }
        #expect(await rate("nothing", "+").code == .wrong)
        let wrong = await rate("e1", "++")
        #expect(wrong.code == .usage && wrong.errors.contains("write + or -, or 0 to take it back"))
        // The daemon keeps the store open meanwhile.
        let answer = await rate("e1", "-", "--json")
        #expect(answer.code == .success, "\(answer.errors)")
        let told = try JSON(reading: Array(answer.output.utf8))
        let before = try #require(told["relevance"]?["before"]?.number)
        let after = try #require(told["relevance"]?["after"]?.number)
        #expect(before == 0.5 && after < before)
        #expect(Set((told["moved"]?.array ?? []).compactMap { $0["label"]?.string }) == ["both", "cricket"])
        let measured = await durbeen(["eval", place.path("labelled.jsonl"), "--config", place.configuration])
        #expect(measured.output.contains("with 1 votes"), "\(measured.output)\(measured.errors)")
        #expect(await rate("e1", "0").code == .success)
        #expect(await rate("e1", "0").code == .wrong)
        #expect(try await store.votes().isEmpty)
        #expect(try place.read("r.model") == Self.model)
    }
}
