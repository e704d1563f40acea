import FeedModel
import FoundationEssentials
import Testing

@testable import Watching

@Suite struct CheckTimingTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)
    private let feed = Feed(url: "https://example.org/feed")

    private func state(validators: Bool = true, failures: Int = 0, read: Bool = true) -> FeedState {
        var state = FeedState()
        if validators { state.validators = Validators(etag: Array("\"1\"".utf8)) }
        if read { state.lastSuccess = now }
        state.failures = failures
        if failures > 0 { state.failingSince = now }
        return state
    }

    private func minutes(
        _ timing: CheckTiming = CheckTiming(), feed: Feed? = nil, state: FeedState,
        hint: FreshnessHint = FreshnessHint()
    ) -> Double {
        timing.decide(
            feed: feed ?? self.feed, state: state, hint: hint, isFirst: false, now: now, chance: { _, _ in 0 }
        )
        .next.timeIntervalSince(now) / 60
    }

    @Test func `P-20: with validators a feed is left alone for an hour`() {
        #expect(minutes(state: state()) == 60)
    }

    @Test(arguments: [(10, 15), (15, 15), (20, 20), (180, 180)] as [(Double, Double)])
    func `P-20: a feed's own key goes below an hour, never below fifteen minutes`(asked: Double, given: Double) {
        var feed = self.feed
        feed.interval = .seconds(asked * 60)
        #expect(minutes(feed: feed, state: state()) == given)
    }

    @Test func `P-20: a general floor below an hour does not count`() {
        #expect(minutes(CheckTiming(floor: .seconds(60)), state: state()) == 60)
    }

    @Test func `P-21: without validators a feed is left alone for a day`() {
        #expect(minutes(state: state(validators: false)) == 24 * 60)
    }

    @Test(arguments: [(30, 60), (120, 120), (2 * 24 * 60, 24 * 60)] as [(Double, Double)])
    func `P-21: without validators the publisher's max-age permits sooner, but not under an hour`(
        maxAge: Double, given: Double
    ) {
        let hint = FreshnessHint(maxAge: .seconds(maxAge * 60))
        #expect(minutes(state: state(validators: false), hint: hint) == given)
    }

    @Test func `P-17: the largest term decides`() {
        var state = state(failures: 2)
        state.publisherInterval = .seconds(3 * 3600)
        let hint = FreshnessHint(maxAge: .seconds(2 * 3600), retryAfter: .delay(.seconds(5 * 3600)))
        #expect(minutes(state: state, hint: hint) == 5 * 60)
    }

    @Test func `P-18: freshness is cut at a day and Age is taken off`() {
        let year = FreshnessHint(maxAge: .seconds(365 * 24 * 3600))
        #expect(minutes(state: state(), hint: year) == 24 * 60)
        let aged = FreshnessHint(maxAge: .seconds(7200), age: .seconds(1800))
        #expect(minutes(state: state(), hint: aged) == 90)
    }

    @Test func `P-18: no-store does not poll faster`() {
        #expect(minutes(state: state(), hint: FreshnessHint(maxAge: .zero)) == 60)
    }

    @Test func `P-28: Retry-After is obeyed up to seven days`() {
        let hint = FreshnessHint(retryAfter: .delay(.seconds(30 * 24 * 3600)))
        #expect(minutes(state: state(failures: 1), hint: hint) == 7 * 24 * 60)
    }

    @Test func `P-27: a Retry-After in the past says nothing`() {
        let hint = FreshnessHint(retryAfter: .date(now.addingTimeInterval(-10)))
        #expect(minutes(state: state(), hint: hint) == 60)
    }

    @Test(arguments: [0.0, 0.5, 1.0])
    func `P-22: jitter only ever makes a check later, by a tenth and half an hour at most`(chance: Double) {
        for hours in [1.0, 24.0] {
            var feed = self.feed
            feed.interval = .seconds(hours * 3600)
            let wait = CheckTiming().decide(
                feed: feed, state: state(), hint: FreshnessHint(), isFirst: false, now: now, chance: { _, _ in chance }
            ).next.timeIntervalSince(now)
            #expect(wait >= hours * 3600)
            #expect(wait <= hours * 3600 + min(hours * 360, 1800))
        }
    }

    @Test func `P-23: the second checks of 500 feeds added at once spread over the interval`() {
        var perMinute: [Int: Int] = [:]
        for number in 0..<500 {
            let feed = Feed(url: "https://example.org/\(number)/feed.xml")
            let next = CheckTiming().decide(
                feed: feed, state: state(), hint: FreshnessHint(), isFirst: true, now: now, chance: { _, _ in 0.5 }
            ).next
            perMinute[Int(next.timeIntervalSince(now) / 60), default: 0] += 1
        }
        let mean = 500.0 / 60
        #expect(perMinute.values.max().map(Double.init) ?? 0 <= 3 * mean)
        #expect(perMinute.keys.min() ?? 0 >= 60)
    }

    @Test func `P-26: a due time further away than any wait is pulled in`() {
        let timing = CheckTiming()
        #expect(timing.clamped(now.addingTimeInterval(10 * 365 * 24 * 3600), now: now) == now)
        #expect(timing.clamped(now.addingTimeInterval(3600), now: now) == now.addingTimeInterval(3600))
    }

    @Test func `P-69: lower floors hold only where the address is allowed`() {
        let timing = CheckTiming(
            floor: .seconds(2), leastFloor: .seconds(1), isRelaxed: { $0.hasPrefix("http://127.0.0.1") })
        #expect(minutes(timing, state: state(validators: false)) == 24 * 60)
        #expect(minutes(timing, state: state()) == 60)
        #expect(
            minutes(timing, feed: Feed(url: "http://127.0.0.1:8080/a"), state: state(validators: false)) * 60 == 2)
    }

    @Test func `P-29: a 429 that names no wait at least doubles the interval`() {
        var state = state(failures: 1)
        state.lastFailure = CheckFailure(.clientError, status: 429, "too many requests")
        #expect(minutes(state: state) == 120)
        state.failures = 3
        state.memory.alike = 3
        #expect(minutes(state: state) == 8 * 60)
    }
}
