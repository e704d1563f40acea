import FeedModel
import FoundationEssentials
import Glibc
import LoopbackServer
import Storage
import TestSupport
import Testing
import Transfers

@testable import Watching

/// Rules P-59 to P-66: the adaptive schedule.
@Suite struct AdaptiveRulesTests {
    /// A Monday, 00:00 UTC.
    private let now = Date(timeIntervalSince1970: 1_795_392_000)
    private static let day = 86_400.0

    private func at(_ days: Double) -> Date { now.addingTimeInterval(days * Self.day) }

    /// A feed with so many entries a day over so many days, read once a day.
    private func rate(_ perDay: Int, days: Int, matched: Int = 0, hour: Double = 12) -> PublishingRate {
        var rate = PublishingRate()
        rate.count([], matched: 0, since: nil, now: at(0))
        for day in 1...days {
            let dates = (0..<perDay).map { _ in at(Double(day) - 1 + hour / 24) as Date? }
            rate.count(dates, matched: matched, since: at(Double(day) - 1), now: at(Double(day)))
        }
        return rate
    }

    private func source(_ perDay: Int, days: Int, matched: Int = 0) -> Pace.Source {
        Pace.Source(rate(perDay, days: days, matched: matched))
    }

    @Test(
        arguments: [
            // Polls, changes found, days between two polls; changes a day by hand: -ln((n - X + 0.5) / (n + 0.5)) / I.
            (10, 5, 1, 0.6466), (10, 10, 1, 3.0445), (24, 6, 1.0 / 24, 6.7417), (4, 1, 0.5, 0.5026),
            // Nothing changed: no entry in those days, and one a week before.
            (10, 0, 1, 0.0588),
        ] as [(Double, Double, Double, Double)])
    func `P-59: of a feed without dates the rate is that of Cho and Garcia-Molina`(
        polls: Double, changes: Double, spacing: Double, perDay: Double
    ) {
        let rate = PublishingRate(items: 99, days: polls * spacing, at: now, polls: polls, changes: changes)
        #expect(abs(rate.itemsPerDay(at: now) - perDay) < 0.0001, "\(rate.itemsPerDay(at: now))")
        // Dates once given count for more.
        let counted = PublishingRate(items: 99, days: polls * spacing, at: now)
        #expect(counted.itemsPerDay(at: now) == 100 / (7 + polls * spacing))
    }

    @Test func `P-59: polls of a feed without dates are counted, those that brought no document as well`() {
        var rate = PublishingRate()
        rate.count([nil, nil], matched: 0, since: nil, now: at(0), hasDates: false, hasChanged: true)
        #expect(rate.polls == 0 && rate.changes == 0)
        // Every second poll, two hours after the one before, brings five entries.
        for poll in 1...12 {
            let now = at(Double(poll) / 6)
            rate.count(
                [Date?](repeating: nil, count: 5), matched: 0, since: now.addingTimeInterval(-7200), now: now,
                hasDates: false, hasChanged: true)
        }
        #expect(abs(rate.polls - 24) < 1 && abs(rate.changes - 12) < 0.5)
        // -ln(12.5 / 24.5) twelve times a day.
        #expect(abs(rate.itemsPerDay(at: at(2)) - 8.08) < 0.4, "\(rate.itemsPerDay(at: at(2)))")
        rate.count([at(2)], matched: 0, since: at(2), now: at(2.1))
        #expect(rate.polls == 0 && rate.itemsPerDay(at: at(2.1)) > 5)
    }

    @Test func `P-59: how often a feed without dates changed is known after a restart`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["1"]), .feed(["2", "1"]), .notModified(), .feed(["3", "2"]))
        for _ in 0..<4 { try await scene.poll(after: .seconds(2 * Self.day)) }
        let rate = try await scene.state().rate
        #expect(abs(rate.polls - 3) < 0.2 && abs(rate.changes - 2) < 0.1, "\(rate)")
        await scene.end()
    }

    @Test func `P-59: entries that are edited at each poll are no new ones`() async throws {
        let scene = try await PollScene()
        for views in 1...4 {
            scene.server.on(
                "/feed",
                LoopbackResponse(
                    text: "<rss><channel><item><guid>1</guid><title>An accord is read \(views) times</title></item>"
                        + "</channel></rss>"))
            try await scene.poll(after: .seconds(2 * Self.day))
        }
        let rate = try await scene.state().rate
        #expect(rate.polls > 2 && rate.changes == 0, "\(rate)")
        await scene.end()
    }

    @Test func `P-61: a new feed starts at the share of its group, and a feed's priority weighs its entries`() {
        func group(_ name: String, matched: Int) -> [Pace.Source] {
            (0..<5).map { _ in Pace.Source(rate(10, days: 60, matched: matched), group: name) }
        }
        let pace = Pace.fitted(
            to: group("near", matched: 5) + group("far", matched: 0), requestsPerFeed: 12, floor: .seconds(3600),
            ceiling: .seconds(86_400), now: at(60))
        #expect(pace.share(of: "near") > 0.4 && pace.share(of: "far") < 0.03 && pace.share(of: "far") > 0)
        #expect(abs(pace.share(of: "new") - 0.25) < 0.02 && pace.share(of: nil) == pace.share(of: "new"))
        func importance(_ group: String?, priority: Double = 1) -> Double {
            pace.importance(Pace.Source(PublishingRate(), group: group, priority: priority), at: at(60))
        }
        #expect(abs(importance("near") - pace.share(of: "near") / 7) < 1e-9)
        #expect(importance("far") > 0 && importance("near", priority: 4) == 4 * importance("near"))
        var feed = Feed(url: "https://a.example/", group: "near")
        var state = FeedState()
        state.validators = Validators(etag: [0x61])
        state.lastSuccess = now
        state.rate = rate(1, days: 30)
        func decision() -> CheckTiming.Decision {
            CheckTiming().decide(
                feed: feed, state: state, hint: FreshnessHint(), isFirst: false, now: at(30), chance: { _, _ in 0 })
        }
        let usual = decision()
        feed.priority = 4
        let dear = decision()
        #expect(abs(dear.interval / usual.interval - 0.5) < 0.01, "\(dear.interval) \(usual.interval)")
        #expect(dear.terms.last?.source.hasSuffix("of priority 4.0") == true)
    }

    @Test func `P-61: what a rescan beside the daemon found of a feed's entries counts once it is told to reload`()
        async throws
    {
        let scene = try await PollScene()
        scene.server.on(
            "/feed",
            LoopbackResponse(
                text: rss(
                    ["1", "2", "3"], title: "An accord",
                    dates: ["1": "Sun, 15 Nov 2026 00:00:00 GMT", "2": "Mon, 16 Nov 2026 00:00:00 GMT"])))
        try await scene.poll()
        let url = scene.server.url("/feed")
        let before = try #require(scene.desk.record(of: url)).state.rate
        #expect(before.items > 0 && before.matched > 0)
        let entries = try await scene.store.entries(since: .distantPast).entries
        try await scene.store.rewrite(entries.map { ($0.entry, .nothing) }, delivers: false)
        try await scene.store.recountMatches(since: .distantPast)
        try await scene.adopt([Feed(url: url)])
        let after = try #require(scene.desk.record(of: url)).state.rate
        #expect(after.matched == 0 && after.items == before.items)
        await scene.end()
    }

    @Test func `P-59: a feed nothing is known of is taken to publish once a week`() {
        #expect(abs(PublishingRate().itemsPerDay(at: now) - 1.0 / 7) < 1e-9)
    }

    @Test(arguments: [1, 4, 20])
    func `P-59: after two months the estimate is near what the feed does`(perDay: Int) {
        let estimate = rate(perDay, days: 60).itemsPerDay(at: at(60))
        #expect(abs(estimate / Double(perDay) - 1) < 0.2, "\(estimate)")
    }

    @Test func `P-59: half of the past is forgotten every thirty days`() {
        let busy = rate(10, days: 60)
        let then = busy.itemsPerDay(at: at(60))
        let later = busy.itemsPerDay(at: at(90))
        // Half the entries; and the days that stand against them grow by the quiet ones.
        #expect(abs(busy.forgotten(by: at(90)).items / busy.items - 0.5) < 1e-9)
        #expect(later < then * 0.6 && later > then * 0.3)
    }

    @Test func `P-59: the dates of a first document tell its rate, wrong and old ones nothing`() {
        var dated = PublishingRate()
        dated.count((0..<20).map { at(-Double($0) / 2) }, matched: 0, since: nil, now: now)
        #expect(abs(dated.itemsPerDay(at: now) / 2 - 1) < 0.45, "\(dated.itemsPerDay(at: now))")
        var odd = PublishingRate()
        odd.count([at(-4000), at(40), nil, nil, at(-3000)], matched: 0, since: nil, now: now)
        #expect(abs(odd.itemsPerDay(at: now) - 1.0 / 7) < 1e-9)
    }

    @Test func `P-59: entries of years that a site's move brings at once are no news of today`() {
        var moved = rate(1, days: 60)
        let before = moved.itemsPerDay(at: at(60))
        moved.count(
            (0..<300).map { at(-Double($0) * 7) } + [at(59.5)], matched: 301, since: at(59), now: at(60))
        // One of them lies in the days that were counted.
        #expect(moved.itemsPerDay(at: at(60)) < before * 1.3)
        // As many undated ones, or as many of today, are.
        var busy = rate(1, days: 60)
        busy.count([Date?](repeating: nil, count: 300), matched: 0, since: at(59), now: at(60))
        #expect(busy.itemsPerDay(at: at(60)) > before * 4)
    }

    @Test func `P-60: intervals go with one over the root of weight times rate, within floor and ceiling`() {
        let pace = Pace.sharing(
            40, among: [1, 4, 16, 0.0001], meanShare: 0.1, floor: .seconds(3600), ceiling: .seconds(86_400))
        func hours(_ importance: Double) -> Double {
            min(max(pace.unit / importance.squareRoot() * 24, 1), 24)
        }
        #expect(abs(hours(1) / hours(4) - 2) < 0.01)
        #expect(hours(0.0001) == 24)
        let spent = [1, 4, 16, 0.0001].reduce(0) { $0 + 24 / hours($1) }
        #expect(abs(spent - 40) < 0.5, "\(spent)")
    }

    @Test func `P-60: no budget takes a feed below its floor`() {
        let pace = Pace.sharing(1e6, among: [1, 100], meanShare: 0.1, floor: .seconds(3600), ceiling: .seconds(86_400))
        let wait = pace.wait(
            source(20, days: 30, matched: 20), now: at(30), floor: .seconds(3600), ceiling: .seconds(86_400))
        #expect(wait >= .seconds(3600))
    }

    @Test func `P-61: a feed's share of relevant entries is drawn to the mean while few are known, and never zero`() {
        #expect(PublishingRate().matchedShare(mean: 0.1) == 0.1)
        #expect(rate(10, days: 60, matched: 5).matchedShare(mean: 0.1) > 0.45)
        let barren = rate(10, days: 60).matchedShare(mean: 0.1)
        #expect(barren > 0 && barren < 0.02)
        let pace = Pace.initial
        let relevant = pace.wait(
            source(2, days: 30, matched: 2), now: at(30), floor: .seconds(3600), ceiling: .seconds(86_400))
        let other = pace.wait(source(2, days: 30), now: at(30), floor: .seconds(3600), ceiling: .seconds(86_400))
        #expect(relevant < other)
    }

    @Test func `P-62: once sixty entries are known, polls gather in the hours in which the feed publishes`() {
        #expect(rate(1, days: 50).profile == nil)
        let morning = rate(3, days: 40, hour: 9)
        let profile = morning.profile
        #expect((profile?[9] ?? 0) > 3 && (profile?[20] ?? 9) < 1)
        #expect(abs((profile ?? []).reduce(0, +) / 168 - 1) < 0.01)
        func wait(_ hour: Double) -> Duration {
            Pace.initial.wait(
                Pace.Source(morning), now: at(42 + hour / 24), floor: .seconds(900), ceiling: .seconds(86_400))
        }
        #expect(wait(9) < wait(14))
    }

    @Test func `P-17, P-60: the adaptive wait is one term of the maximum, and says where it comes from`() {
        var state = FeedState()
        state.validators = Validators(etag: [0x61])
        state.lastSuccess = now
        state.rate = rate(1, days: 30)
        let decision = CheckTiming().decide(
            feed: Feed(url: "https://a.example/"), state: state, hint: FreshnessHint(), isFirst: false, now: at(30),
            chance: { _, _ in 0 })
        let term = decision.terms.first { $0.name == .adaptive }
        #expect(term.map { $0.wait >= .seconds(3600) && $0.wait <= .seconds(86_400) } == true)
        #expect(term?.source.contains("entries a day") == true)
        #expect(decision.permittedFrom == at(30).addingTimeInterval(3600))
        var own = Feed(url: "https://a.example/")
        own.interval = .seconds(7200)
        let asked = CheckTiming().decide(
            feed: own, state: state, hint: FreshnessHint(), isFirst: false, now: at(30), chance: { _, _ in 0 })
        #expect(asked.interval == .seconds(7200) && !asked.terms.contains { $0.name == .adaptive })
    }

    @Test func `P-63: in the hour before a digest each feed whose rules permit is asked once more, spread out`()
        async throws
    {
        let paths = (0..<40).map { "/\($0)" }
        let scene = try await PollScene(paths: paths, requestsPerFeed: 1)
        for path in paths { scene.server.on(path, .feed([path])) }
        scene.server.on("/0", .feed(["0"], headers: [("Cache-Control", "max-age=86400")]))
        try await scene.poll()
        // At one request a feed and day, after some hours nothing is due for most of a day.
        try await scene.pollHourly(6)
        let before = scene.server.requests.count
        let cutoff = scene.clock.date.addingTimeInterval(3 * 3600)
        scene.clock.advance(by: .seconds(2 * 3600 - 60))
        scene.sweep(before: cutoff)
        try await scene.poll()
        #expect(scene.server.requests.count == before)
        var perTenMinutes: [Int] = []
        for _ in 0..<7 {
            scene.clock.advance(by: .seconds(600))
            scene.sweep(before: cutoff)
            perTenMinutes.append(try await scene.poll().count)
        }
        #expect(perTenMinutes.reduce(0, +) == 39, "\(perTenMinutes)")
        #expect((perTenMinutes.max() ?? 0) <= 20, "\(perTenMinutes)")
        #expect(scene.server.requests(for: "/0").count == 1)
        await scene.end()
    }

    @Test func `P-66: after a gap the feed's own older pages are read until something is known, with pauses between`()
        async throws
    {
        let scene = try await PollScene()
        let first = (1...5).map { "\($0)" }
        func page(_ guids: ClosedRange<Int>, next: String) -> LoopbackResponse {
            let link = "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='prev-archive' href='\(next)'/>"
            return .feed(guids.map { "\($0)" }, extra: link)
        }
        scene.server.on("/feed", .feed(first), page(21...25, next: "/archive/2"))
        scene.server.on("/archive/2", page(11...20, next: "/archive/1"))
        scene.server.on("/archive/1", page(3...10, next: "/archive/0"))
        try await scene.poll()
        let began = scene.clock.date.addingTimeInterval(2 * Self.day)
        let reports = try await scene.poll(after: .seconds(2 * Self.day))
        #expect(reports.map(\.outcome) == [.updated(new: 20, matched: 0)])
        #expect(scene.server.requests(for: "/archive/0").isEmpty)
        // Five seconds before each of the two pages.
        #expect(scene.clock.date.timeIntervalSince(began) == 10)
        #expect(try await scene.store.status().entries == 25)
        #expect(try await scene.state().memory.gapAt != nil)
        await scene.end()
    }

    @Test func `P-66: older pages are asked for as the feed is, with the password from its file`() async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("secret\n", to: "password")
        #expect(chmod(file, 0o600) == 0)
        let scene = try await PollScene { feed in
            feed.username = "ann"
            feed.passwordFile = file
        }
        scene.server.on(
            "/feed", .feed(["1", "2", "3", "4", "5"]), .feed(["6", "7", "8", "9", "10"], extra: Self.link("/p0")))
        scene.server.on("/p0", .feed(["5", "11"]))
        try await scene.poll()
        try await scene.poll(after: .seconds(2 * Self.day))
        let shown = scene.server.requests.map { $0.header("Authorization") }
        #expect(shown.count == 3 && Set(shown) == ["Basic YW5uOnNlY3JldA=="])
        #expect(try await scene.store.status().entries == 11)
        await scene.end()
    }

    @Test func `P-66: no more than five pages, and none of another host`() async throws {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", .feed(["1", "2", "3", "4", "5"]), .feed(["6", "7", "8", "9", "10"], extra: Self.link("/p0")))
        for page in 0..<9 { scene.server.on("/p\(page)", .feed(["x\(page)"], extra: Self.link("/p\(page + 1)"))) }
        try await scene.poll()
        try await scene.poll(after: .seconds(2 * Self.day))
        #expect(scene.server.requests.filter { $0.path.hasPrefix("/p") }.count == 5)
        await scene.end()
    }

    @Test func `P-66, R20: a stop on the way back through older pages leaves the feed to be read again`() async throws {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", .feed(["1", "2", "3", "4", "5"], etag: "\"1\""),
            .feed(["6", "7", "8", "9", "10"], etag: "\"2\"", extra: Self.link("/p0")))
        scene.server.on("/p0", .feed(["5", "11"]))
        try await scene.poll()
        let check = scene.check { _ in withUnsafeCurrentTask { $0?.cancel() } }
        let record = try await scene.record()
        let report = await Task { await check.run(record) }.value
        #expect(report.result == nil)
        let reports = try await scene.poll(after: .seconds(2 * Self.day))
        #expect(reports.map(\.outcome) == [.updated(new: 6, matched: 0)])
        await scene.end()
    }

    @Test func `P-66: the way back through one feed's older pages holds up no other feed`() async throws {
        let scene = try await PollScene(paths: ["/feed", "/other"])
        scene.server.on(
            "/feed", .feed(["1", "2", "3", "4", "5"]), .feed(["6", "7", "8", "9", "10"], extra: Self.link("/p0")))
        scene.server.on("/other", .feed(["a"]), .feed(["b", "a"]))
        try await scene.poll()
        var underWay = ChecksUnderWay()
        _ = underWay.begin([try await scene.record("/feed"), try await scene.record("/other")], by: scene.check)
        var conclusion = Conclusion()
        while conclusion.reports.isEmpty || conclusion.gaps.isEmpty {
            let answers = await underWay.answers.next()
            try #require(!answers.isEmpty)
            for part in underWay.take(answers, by: scene.check).parts(by: scene.check) {
                let brought = await part()
                conclusion.reports += brought.reports
                conclusion.gaps += brought.gaps
            }
        }
        #expect(conclusion.reports.map(\.outcome) == [.updated(new: 1, matched: 0)])
        #expect(conclusion.gaps.map(\.report.feed.url) == [scene.server.url("/feed")])
        #expect(scene.server.requests(for: "/p0").isEmpty)
        await scene.end()
    }

    @Test func `P-66: a few new entries, or all new in a feed that had none before, are no gap`() async throws {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed([]), .feed(["1", "2", "3", "4", "5"]), .feed(["6", "7", "8"]))
        for _ in 0..<3 { try await scene.poll(after: .seconds(2 * Self.day)) }
        #expect(try await scene.state().memory.gapAt == nil)
        await scene.end()
    }

    private static func link(_ href: String) -> String {
        "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='next' href='\(href)'/>"
    }
}

@Suite struct LedgerTests {
    @Test func `P-68: the ledger tells requests, 304s, the reason of each unconditional one, and the closest two`()
        async throws
    {
        let scene = try await PollScene(paths: ["/a", "/b"])
        scene.server.on("/a", .feed(["1"]), .notModified(), .feed(["2"]))
        scene.server.on("/b", .feed(["1"], etag: nil), .error(503))
        try await scene.poll()
        try await scene.poll(after: .seconds(2 * 86_400))
        scene.clock.advance(by: .seconds(2 * 86_400))
        try await scene.poll(inFull: true)
        let lines = try await scene.store.ledger(sinceDay: 0)
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.host == authority(of: scene.server.url))
        #expect(line.requests == scene.server.requests.count)
        #expect(line.notModified == 1 && line.conditional == 1 && line.first == 2)
        #expect(line.withoutValidators + line.inFull == line.requests - 3)
        #expect(line.toldToWait >= 1 && line.wireBytes > 0)
        #expect(line.closest == .zero && line.violations == 0)
        await scene.end()
    }

    @Test func `P-68: two checks closer than the rule are counted as a violation`() {
        var ledger = Ledger()
        let now = Date(timeIntervalSince1970: 1_795_392_000)
        for offset in [0.0, 2, 20] {
            ledger.notePage(
                host: "a.example", requests: 1, wireBytes: 10, began: now.addingTimeInterval(offset),
                ended: now.addingTimeInterval(offset + 1), rules: HostRules())
        }
        let line = ledger.take(now: now, all: true).first
        #expect(line?.violations == 1 && line?.closest == .seconds(1) && line?.pages == 3)
    }

    @Test func `P-25: a store that is in use is not opened a second time`() async throws {
        let folder = try TemporaryDirectory()
        let store = try Store(path: folder.path + "/s.sqlite")
        #expect(throws: StoreError.self) { try Store(path: folder.path + "/s.sqlite") }
        await store.close()
    }
}

/// Rules P-64 and P-65, without a network: what the shares of a budget come to. `durbeen-bench schedule` replays whole
/// publications under each rule.
@Suite struct BudgetTests {
    private static let floor = 900.0
    private static let ceiling = 86_400.0

    /// Feeds of many kinds: entries a day, and the share of them that is relevant.
    private var feeds: [(rate: Double, share: Double)] {
        var generator = SplitMix(state: 5)
        return (0..<500).map { _ in
            let rate = exp2(Double.random(in: -5...5, using: &generator))
            let isGood = Double.random(in: 0..<1, using: &generator) < 0.15
            return (rate, isGood ? Double.random(in: 0.2...0.8, using: &generator) : 0.02)
        }
    }

    /// Mean wait of relevant entries, and requests a day, with these intervals in seconds.
    private func outcome(_ interval: ((rate: Double, share: Double)) -> Double) -> (wait: Double, requests: Double) {
        var (wait, relevant, requests) = (0.0, 0.0, 0.0)
        for feed in feeds {
            let seconds = min(max(interval(feed), Self.floor), Self.ceiling)
            wait += feed.rate * feed.share * seconds / 2
            relevant += feed.rate * feed.share
            requests += 86_400 / seconds
        }
        return (wait / relevant, requests)
    }

    @Test func `P-64: at equal requests relevant entries wait at least 30 % less than by a fixed or a frequency rule`()
    {
        let week = 7 * 86_400.0
        for peer in [
            outcome { _ in 7200 }, outcome { week / max($0.rate * 7, 1) },
            outcome { min(86_400 / $0.rate / 2, 21_600) },
        ] {
            let pace = Pace.sharing(
                peer.requests, among: feeds.map { $0.rate * $0.share }, meanShare: 0.1, floor: .seconds(Self.floor),
                ceiling: .seconds(Self.ceiling))
            let ours = outcome { pace.unit * 86_400 / ($0.rate * $0.share).squareRoot() }
            #expect(abs(ours.requests / peer.requests - 1) < 0.01)
            #expect(ours.wait < 0.7 * peer.wait, "\(ours.wait) against \(peer.wait)")
        }
    }

    @Test func `P-65: the busiest minute of three days asks less than three times the mean`() {
        // Two thousand feeds added at once, checked by the daemon's own timing.
        let timing = CheckTiming()
        let start = Date(timeIntervalSince1970: 1_795_392_000)
        let minutes = QuietMinutes()
        var perMinute = [Int](repeating: 0, count: 3 * 1440)
        for number in 0..<2000 {
            let feed = Feed(url: "https://h\(number).example/feed")
            var state = FeedState()
            state.validators = Validators(etag: [0x61])
            state.lastSuccess = start
            state.rate = PublishingRate(
                items: exp2(Double(number % 9)), matched: Double(number % 3), days: 40, at: start)
            var now = start
            var isFirst = true
            while now.timeIntervalSince(start) < 5 * 86_400 {
                now =
                    timing.decide(
                        feed: feed, state: state, hint: FreshnessHint(), isFirst: isFirst, now: now,
                        chance: { minutes.draw(from: $0, window: $1) }
                    ).next
                isFirst = false
                // The first two days are the onrush.
                let minute = Int(now.timeIntervalSince(start) / 60) - 2 * 1440
                if perMinute.indices.contains(minute) { perMinute[minute] += 1 }
            }
        }
        let mean = Double(perMinute.reduce(0, +)) / Double(perMinute.count)
        #expect(Double(perMinute.max() ?? 0) < 3 * mean, "\(perMinute.max() ?? 0) against \(mean)")
    }
}
