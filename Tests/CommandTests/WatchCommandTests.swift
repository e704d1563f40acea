import FeedModel
import FoundationEssentials
import Storage
import TestSupport
import Testing
import Watching

@Suite struct WatchCommandTests {
    private let place: Place
    private let config: [String]
    private let feed = Feed(url: "https://one.example/feed?a=1&b=2")

    private static let watchlist = """
        [watch "Trade"]
        topic = trade-investment
        threshold = 4
        must -(never-this NEAR/3 that)
        +5 tariff as "Tariffs"
        +2 quota
        never cricket
        """

    init() throws {
        place = try Place()
        config = ["--config", place.configuration]
        try place.write("trade.watch", Self.watchlist)
    }

    /// A store with entries that were judged when they came by a watch that only knew "quota".
    private func fill() async throws {
        let store = try Store(path: place.path("state/durbeen.sqlite"))
        try await store.setFeeds([feed], now: Date())
        let watch = Watch(name: "Trade", topic: "trade-investment", area: .economy, threshold: 4)
        let titles = ["Tariff cut", "Quota and tariff", "Tariff on cricket bats", "Quota"]
        let entries = titles.enumerated().map { number, title in
            let entry = Entry(
                id: EntryID("e\(number)"), feedURL: feed.url, title: title, url: "https://one.example/\(number)",
                identity: EntryIdentity(keys: ["k\(number)"]))
            let matches = title.contains("Quota") ? [Match(watch: watch, score: 6, hits: [])] : []
            return MatchedEntry(
                entry: entry, verdict: Verdict(matches: matches, relevance: 0.5), firstSeen: Date(), isFirstFill: false)
        }
        try await store.commit(
            CheckResult(
                feedURL: feed.url, at: Date(), state: FeedState(), outcome: .updated(new: 4, matched: 2),
                entries: entries))
        await store.close()
    }

    @Test func `watch test judges a text or a file and says by which line`() async throws {
        let yes = await durbeen(["watch", "test", "A tariff"] + config)
        #expect(yes.code == .success, "\(yes.errors)")
        #expect(yes.output.contains("Trade (trade-investment): 15 of 4, yes"))
        #expect(yes.output.contains("line 5: +15 \"tariff\" in title at 2"))
        let no = await durbeen(["watch", "test", "A tariff on cricket"] + config)
        #expect(no.code == .wrong && no.output.contains("no: vetoed by the never of line 7: \"cricket\""))
        try place.write("text", "Of trade\nA tariff here.")
        let file = await durbeen(["watch", "test", place.path("text"), "--json"] + config)
        let hit = try JSON(reading: Array(file.output.utf8))["watches"]?.array?.first?["hits"]?.array?.first
        #expect(hit?["field"]?.string == "body" && hit?["label"]?.string == "Tariffs")
    }

    @Test func `a mistake in a watchlist is shown with a caret`() async throws {
        try place.write("trade.watch", "[watch \"T\"]\ntopic = x\nmust @tarif\n[set tariff]\ntariff\n")
        let run = await durbeen(["watch", "test", "x"] + config)
        #expect(run.code == .configuration)
        #expect(
            run.errors.hasSuffix(
                "trade.watch:3:6: there is no set @tarif; did you mean @tariff?\n  must @tarif\n       ^\n"))
    }

    @Test func `watch explain holds today's watchlists against the verdict of the day`() async throws {
        try await fill()
        let run = await durbeen(["watch", "explain", "e0"] + config)
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.output.contains("15 of 4, yes"))
        #expect(run.output.contains("when it came: no watch accepted it; durbeen rescan"))
        #expect(await durbeen(["watch", "explain", "nothing"] + config).code == .wrong)
    }

    @Test func `watch diff tells what a changed file gains, loses and moves, and changes nothing`() async throws {
        try await fill()
        try FileManager.default.createDirectory(atPath: place.path("new"), withIntermediateDirectories: true)
        try place.write(
            "new/trade.watch",
            Self.watchlist.replacing("never cricket", with: "").replacing("+2 quota", with: "-9 quota"))
        let run = await durbeen(["watch", "diff", place.path("new/trade.watch")] + config)
        #expect(run.code == .success, "\(run.errors)")
        #expect(
            run.output.hasPrefix(
                "1 gained, 2 lost, 0 moved, of 4 entries of the last 30 days\n+ Tariff on cricket bats\n"))
        try place.write("new/more.watch", "[watch \"Bats\"]\ntopic = sport\nthreshold = 1\npriority = 2\n+2 tariff\n")
        let moved = await durbeen(["watch", "diff", place.path("new/more.watch"), "--json"] + config)
        let json = try JSON(reading: Array(moved.output.utf8))
        #expect(json["moved"]?.array?.first?["to"]?.array?.map(\.string) == ["sport", "trade-investment"])
        #expect(json["gained"]?.array?.count == 1)
    }

    @Test func `watch stats counts what each line does and names those that never speak`() async throws {
        try await fill()
        let voting = try Store(amendingBeside: place.path("state/durbeen.sqlite"))
        try await voting.cast(Vote(entry: EntryID("e0"), isFor: true, at: Date(), labels: []))
        let run = await durbeen(["watch", "stats"] + config)
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.output.contains("Trade (trade-investment): accepted 3 of 4 with a word of it"))
        #expect(run.output.contains("line 5  +5  fired in 3 entries, 45 points, votes +1 -0, last "))
        #expect(run.output.contains("line 7  never  refused 1 entry, 15 points") == false)
        #expect(run.output.contains("line 7  never  refused 1 entry, last "))
        let json = await durbeen(["watch", "stats", "--json", "--days", "1"] + config)
        let lines = try JSON(reading: Array(json.output.utf8))["watches"]?.array?.first?["lines"]?.array
        #expect(lines?.map { $0["rule"]?.string } == ["must", "+5", "+2", "never"])
    }

    @Test func `X3: rescan writes what changed, holds back what it finds, and delivers only when told to`() async throws
    {
        try await fill()
        let trial = await durbeen(["rescan", "--dry-run"] + config)
        #expect(trial.output == "4 of 4 entries are judged differently: 1 found later, 0 lost\nnothing was written\n")
        let run = await durbeen(["rescan", "--since", "7d"] + config)
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.output.contains("kept out of digests"))
        let later = await durbeen(["why-not", "https://one.example/0"] + config)
        #expect(later.output.contains("found later, by a rescan"))
        func waiting() async throws -> [String] {
            let store = try Store(readingOnly: place.path("state/durbeen.sqlite"))
            return try await store.unallocated(for: "daily", before: Date().addingTimeInterval(60), firstFill: .all)
                .map(\.entry.id.text)
        }
        #expect(try await waiting() == ["e1", "e3"])
        #expect(await durbeen(["rescan"] + config).output.hasPrefix("0 of 4 entries are judged differently"))
        let delivering = await durbeen(["rescan", "--deliver", "--json"] + config)
        #expect(try JSON(reading: Array(delivering.output.utf8))["found_later"] == .integer(1))
        #expect(try await waiting() == ["e0", "e1", "e3"])
        #expect(await durbeen(["rescan", "--since", "soon"] + config).code == .usage)
    }

    @Test func `X3: rescan works beside the process that has the store, and says what that one goes by`() async throws {
        try await fill()
        let path = place.path("state/durbeen.sqlite")
        let service = try Store(path: path)
        let trial = await durbeen(["rescan", "--dry-run"] + config)
        #expect(trial.output.hasSuffix("nothing was written\n") && trial.errors.isEmpty)
        let run = await durbeen(["rescan", "--deliver", "--json"] + config)
        #expect(run.code == .success, "\(run.errors)")
        #expect(try JSON(reading: Array(run.output.utf8))["found_later"] == .integer(1))
        #expect(run.errors.contains("durbeen reload has it read these"))
        // What the other process has open sees it, and still writes.
        let waiting = try await service.unallocated(
            for: "daily", before: Date().addingTimeInterval(60), firstFill: .all)
        #expect(waiting.map(\.entry.id.text) == ["e0", "e1", "e3"])
        _ = try await service.setFeeds([feed], now: Date())
        await service.close()
    }

    @Test func `stored entries are judged by their kind, and as of the day they came`() async throws {
        try await fill()
        try place.write(
            "trade.watch",
            "[watch \"Trade\"]\ntopic = trade-investment\nthreshold = 1\nmust -type:job\n+1 quota | vacancy\n")
        let store = try Store(path: place.path("state/durbeen.sqlite"))
        let entry = Entry(
            id: EntryID("job"), feedURL: feed.url, title: "Vacancy: quota officer, apply now",
            url: "https://one.example/jobs/1",
            identity: EntryIdentity(keys: ["job"]))
        let job = MatchedEntry(
            entry: entry, verdict: Verdict(matches: [], relevance: 0), firstSeen: Date(), isFirstFill: false)
        try await store.commit(
            CheckResult(
                feedURL: feed.url, at: Date(), state: FeedState(), outcome: .updated(new: 1, matched: 0), entries: [job]
            ))
        await store.close()
        #expect(EntryKind(of: entry, from: feed) == .job)
        let why = await durbeen(["why-not", "job"] + config)
        #expect(why.output.contains("the must of line 4 does not hold"), "\(why.output)")
        #expect(await durbeen(["rescan", "--dry-run"] + config).output.contains(": 0 found later"))
    }

    @Test func `why-not tells how far a page came`() async throws {
        try await fill()
        let unknown = await durbeen(["why-not", "https://www.one.example/never"] + config)
        #expect(unknown.code == .wrong)
        #expect(unknown.output.contains("no entry with this link was ever read\n  \(feed.url): not read yet"))
        let stranger = await durbeen(["why-not", "https://two.test/x"] + config)
        #expect(stranger.output.contains("no feed of this site is subscribed"))
        let vetoed = await durbeen(["why-not", "https://one.example/2/"] + config)
        #expect(
            vetoed.output.contains("not matched by Trade (\(place.path("trade.watch"))): vetoed by the never of line 7")
        )
        #expect(await durbeen(["why-not", "e1"] + config).output.contains("profile daily: waits for the next digest"))
        #expect(await durbeen(["once", "--digest", "now"] + config).code != .configuration)
        let told = await durbeen(["why-not", "e1", "--json"] + config)
        let answer = try JSON(reading: Array(told.output.utf8)).array?.first
        #expect(answer?["state"]?.string == "delivered", "\(told.output)")
        #expect(answer?["digests"]?.array?.first?["story"]?.string != nil)
    }
}
