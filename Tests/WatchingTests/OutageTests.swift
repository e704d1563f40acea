import FeedModel
import FoundationEssentials
import Matching
import Storage
import TestSupport
import Testing

@testable import Transfers
@testable import Watching

/// Rules P-23 and P-65 after a time in which nobody was asked.
@Suite struct OutageTests {
    private static let hour = 3600.0
    private let clock = ManualClock()
    private let timing = CheckTiming()
    private let feeds = (0..<500).map { Feed(url: "https://h\($0).example/feed", interval: .seconds(3600)) }

    private func check(_ desk: CheckDesk) throws -> FeedCheck {
        FeedCheck(
            store: try Store(path: ":memory:"), fetcher: Fetcher(FetchSettings(userAgent: "Durbeen/test")),
            reading: Reading(), matcher: try Matcher([]), timing: timing, pace: desk.pace,
            time: TimeSource(now: { [clock] in clock.date }, sleep: { _ in }), minutes: desk.minutes,
            spacing: { _ in .zero })
    }

    /// Feeds that have been asked for long: spread over the hour that ends now.
    private func desk() -> CheckDesk {
        var desk = CheckDesk(
            concurrency: 256, settings: CheckDesk.Settings(timing: timing, rules: { _ in HostRules() }))
        let records = feeds.enumerated().map { number, feed in
            var state = FeedState()
            state.validators = Validators(etag: [0x61])
            state.lastAttempt = clock.date.addingTimeInterval(Double(number) / 500 * Self.hour - Self.hour)
            state.lastSuccess = state.lastAttempt
            state.nextCheck = state.lastAttempt?.addingTimeInterval(Self.hour)
            return FeedRecord(feed: feed, state: state)
        }
        desk.adopt(records, pauses: [], now: clock.date)
        return desk
    }

    /// Lets the daemon's own desk check what is due, minute by minute; every server says "not modified".
    ///
    /// - Returns: how many were asked in each minute.
    private func run(_ desk: inout CheckDesk, minutes: Int) throws -> [Int] {
        let check = try check(desk)
        var asked: [Int] = []
        for _ in 0..<minutes {
            var count = 0
            while true {
                let round = desk.nextRound(now: clock.date)
                desk.written(round)
                if round.starting.isEmpty, (desk.nextWake() ?? .distantFuture) > clock.date { break }
                for (record, number) in zip(round.starting, round.numbers) {
                    let question = FeedQuestion(record, number: number, inFull: false, now: clock.date)
                    let answer = FetchAnswer(
                        number: 0, ending: .unchanged(FreshnessHint(), wireBytes: 100), took: .zero)
                    desk.ended(try #require(check.quiet(question, answer, now: clock.date)), now: clock.date)
                    count += 1
                }
            }
            asked.append(count)
            clock.advance(by: .seconds(60))
        }
        return asked
    }

    @Test(arguments: [60, 0.6]) func `P-23, P-65: after an outage feeds of one interval spread over it again`(
        hours: Double
    ) throws {
        var desk = desk()
        _ = try run(&desk, minutes: 120)
        clock.advance(by: .seconds(hours * Self.hour))
        let asked = try run(&desk, minutes: 24 * 60)
        let drain = asked.prefix(2).reduce(0, +)
        #expect(drain >= 250)
        let rest = asked.dropFirst(2)
        let mean = Double(rest.reduce(0, +)) / Double(rest.count)
        #expect(Double(rest.max() ?? 0) <= 3 * mean, "\(rest.max() ?? 0) against \(mean)")
        // Late by chance a feed is asked every 63 minutes in the mean; the outage costs it half an hour more, once.
        let expected = 500 * (24 - 0.5) / (63.0 / 60)
        #expect(Double(asked.reduce(0, +)) >= 0.97 * expected, "\(asked.reduce(0, +)) against \(expected)")
    }

    @Test func `P-22, P-23: what was late has its next time by its URL, never before the interval, and says so`() {
        let now = clock.date
        func decision(late: Double, failures: Int = 0, timing: CheckTiming = CheckTiming()) -> CheckTiming.Decision {
            var state = FeedState()
            state.validators = Validators(etag: [0x61])
            state.lastSuccess = now
            state.nextCheck = now.addingTimeInterval(-late)
            state.failures = failures
            return timing.decide(
                feed: feeds[0], state: state, hint: FreshnessHint(), isFirst: false, now: now, chance: { _, _ in 0 })
        }
        let late = decision(late: 60 * Self.hour)
        let phase = timing.phase(of: feeds[0].url) * Self.hour
        #expect(phase > 0 && late.next == now.addingTimeInterval(Self.hour + phase))
        #expect(late.interval == .seconds(3600) && late.permittedFrom == now.addingTimeInterval(Self.hour))
        #expect(
            late.terms.last?.name == .phase
                && late.terms.last?.source
                    == "asked 2 d 12 h late, and spread over the interval again"
        )
        // As late as chance may make it, and what fails, and a round by hand.
        var byHand = CheckTiming()
        byHand.spreadsLate = false
        for usual in [
            decision(late: 360), decision(late: 60 * Self.hour, failures: 1),
            decision(late: 60 * Self.hour, timing: byHand),
        ] { #expect(!usual.terms.contains { $0.name == .phase }) }
        #expect(decision(late: 361).terms.contains { $0.name == .phase })
    }
}
