import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import TestSupport
import Testing

@testable import Transfers
@testable import Watching

/// Checks in which nothing changed take a way of their own; it must lead where the long one does.
@Suite struct QuietCheckTests {
    /// A scene with a feed that was read once, and is due.
    private func scene() async throws -> PollScene {
        let scene = try await PollScene()
        scene.server.on("/feed", .feed(["a", "b"]))
        try await scene.poll()
        scene.clock.advance(by: .seconds(2 * 86_400))
        return scene
    }

    private func answer(_ hint: FreshnessHint = FreshnessHint()) -> FetchAnswer {
        FetchAnswer(number: 0, ending: .unchanged(hint, wireBytes: 10), took: .seconds(1))
    }

    private func report(_ question: FeedQuestion, _ answer: FetchAnswer, _ scene: PollScene) throws -> CheckReport {
        let reply = try #require(CheckReply(answer.ending, url: question.url))
        return scene.check.settle(AnsweredFeed(question: question, reply: reply, ended: scene.clock.date))
    }

    @Test(arguments: [
        FreshnessHint(), FreshnessHint(maxAge: .seconds(7200)), FreshnessHint(maxAge: .zero),
        FreshnessHint(maxAge: .seconds(86_400 * 365), age: .seconds(60)),
    ])
    func `a check in which nothing changed comes to what a full report of it would`(hint: FreshnessHint) async throws {
        let scene = try await scene()
        let question = FeedQuestion(try await scene.record(), inFull: false, now: scene.clock.date)
        let quiet = try #require(scene.check.quiet(question, answer(hint), now: scene.clock.date))
        let report = try report(question, answer(hint), scene)
        let result = try #require(report.result)
        #expect(result.changesOnlyTimes)
        #expect(quiet.state == report.state && quiet.terms == result.terms && quiet.next == report.next)
        #expect(quiet.unchanged.times == report.state.times && quiet.unchanged.url == result.feedURL)
        await scene.end()
    }

    @Test(arguments: [(0, 4), (1, 4), (32, 128), (64, 256), (256, 448)])
    func `of the checks under way for so many transfers at most three in four wait in line, and never more than 192`(
        transfers: Int, checks: Int
    ) {
        #expect(CheckDesk.mostUnderWay(transfers) == checks)
    }

    @Test func `the desk plans, counts and writes after a quiet check as after a full report of it`() async throws {
        let scene = try await scene()
        var desk = scene.desk
        let record = try #require(desk.nextRound(now: scene.clock.date).starting.first)
        var other = desk
        let question = FeedQuestion(record, inFull: false, now: scene.clock.date)
        scene.clock.advance(by: .seconds(1))
        let now = scene.clock.date
        desk.ended(try #require(scene.check.quiet(question, answer(), now: now)), now: now)
        other.ended(try report(question, answer(), scene), now: now)
        #expect(desk.schedule.nextCheck(of: record.feed.url) == other.schedule.nextCheck(of: record.feed.url))
        #expect(!desk.schedule.isInFlight(record.feed.url) && !other.schedule.isInFlight(record.feed.url))
        let (last, otherLast) = (desk.lastRound(now: now), other.lastRound(now: now))
        #expect(last.batch.unchanged.count == 1 && last.batch.results.isEmpty)
        #expect(last.batch.unchanged.map(\.times) == otherLast.batch.unchanged.map(\.times))
        #expect(last.batch.ledger == otherLast.batch.ledger && last.batch.ledger.first?.notModified == 1)
        try await scene.store.write(last.batch)
        let stored = try await scene.state()
        #expect(stored.lastSuccess == now && stored.validators == record.state.validators)
        // Times are stored in whole milliseconds.
        let next = try #require(last.quiet.first?.next)
        #expect(abs(try #require(stored.nextCheck).timeIntervalSince(next)) < 0.001)
        #expect(try await scene.store.checks(of: record.feed.url).map(\.times) == [1, 1])
        await scene.end()
    }

    @Test
    func `P-11, P-32: a quiet check brings back neither old credentials' validators nor a pause that was not there`()
        async throws
    {
        let scene = try await scene()
        var desk = scene.desk
        let now = scene.clock.date
        let record = try #require(desk.nextRound(now: now).starting.first)
        let quiet = try #require(
            scene.check.quiet(FeedQuestion(record, inFull: false, now: now), answer(), now: now))
        var paused = desk
        var state = record.state
        state.pausedUntil = now.addingTimeInterval(86_400)
        paused.adopt([FeedRecord(record, state: state)], pauses: [], now: now)
        paused.ended(quiet, now: now)
        #expect(try #require(paused.schedule.nextCheck(of: record.feed.url)) >= now.addingTimeInterval(86_400))
        paused.written(paused.lastRound(now: now))
        #expect(paused.record(of: record.feed.url)?.state.pausedUntil == state.pausedUntil)
        var feed = record.feed
        feed.username = "bob"
        state = record.state
        state.validators = Validators()
        desk.adopt([FeedRecord(feed: feed, state: state)], pauses: [], now: now)
        desk.ended(quiet, now: now)
        let last = desk.lastRound(now: now)
        #expect(last.batch.unchanged.isEmpty)
        desk.written(last)
        #expect(desk.record(of: feed.url)?.state.validators == Validators())
        #expect(desk.schedule.nextCheck(of: feed.url) == now)
        await scene.end()
    }

    /// Feeds of a list that ended together, before any of it is written.
    private func endedTogether(in scene: PollScene) async throws -> (desk: CheckDesk, quiet: QuietCheck) {
        var desk = scene.desk
        let now = scene.clock.date
        let round = desk.nextRound(now: now)
        let record = try #require(round.starting.first)
        let question = FeedQuestion(record, number: round.numbers.first, inFull: false, now: now)
        return (desk, try #require(scene.check.quiet(question, answer(), now: now)))
    }

    @Test func `a feed that gets the number of one that left the list keeps what is known of it`() async throws {
        let scene = try await scene()
        var (desk, quiet) = try await endedTogether(in: scene)
        let now = scene.clock.date
        let other = FeedRecord(feed: Feed(url: "https://other.example/"))
        // It leaves while it is asked, and its number is free before its check is written.
        desk.adopt([], pauses: [], now: now)
        #expect(desk.feedCount == 0 && desk.schedule.isInFlight(quiet.record.url))
        desk.ended(quiet, now: now)
        desk.adopt([other], pauses: [], now: now)
        #expect(desk.schedule.number(of: other.url) == quiet.number)
        desk.written(desk.lastRound(now: now))
        #expect(desk.record(of: other.url)?.state == other.state)
        #expect(desk.records.count == 1 && desk.feedCount == 1)
        await scene.end()
    }

    @Test func `a feed that left the list and came back while it was asked is one feed, asked once`() async throws {
        let scene = try await scene()
        var (desk, quiet) = try await endedTogether(in: scene)
        let now = scene.clock.date
        desk.adopt([], pauses: [], now: now)
        desk.adopt([quiet.record], pauses: [], now: now)
        #expect(desk.schedule.number(of: quiet.record.url) == quiet.number)
        #expect(desk.nextRound(now: now).starting.isEmpty)
        desk.ended(quiet, now: now)
        #expect(desk.schedule.nextCheck(of: quiet.record.url) == quiet.next)
        desk.written(desk.lastRound(now: now))
        #expect(desk.record(of: quiet.record.url)?.state.times == quiet.times)
        #expect(desk.records.count == 1 && desk.feedCount == 1)
        await scene.end()
    }

    @Test func `what has more to it than times is reported in full`() async throws {
        let scene = try await scene()
        let record = try await scene.record()
        let now = scene.clock.date
        let whole = FeedQuestion(record, inFull: true, now: now)
        #expect(scene.check.quiet(whole, answer(), now: now) == nil)
        var state = record.state
        state.failures = 1
        let failed = FeedQuestion(FeedRecord(record, state: state), inFull: false, now: now)
        #expect(scene.check.quiet(failed, answer(), now: now) == nil)
        let question = FeedQuestion(record, inFull: false, now: now)
        let patient = answer(FreshnessHint(retryAfter: .delay(.seconds(60))))
        #expect(scene.check.quiet(question, patient, now: now) == nil)
        #expect(try report(question, patient, scene).state.pausedUntil == now.addingTimeInterval(60))
        await scene.end()
    }
}
