import Testing

@testable import Watching

@Suite struct BackoffTests {
    private static let hour: Duration = .seconds(3600)

    @Test(arguments: [(1, 2), (2, 4), (3, 8), (4, 16), (5, 24), (40, 24)])
    func `P-34: waits twice as long after each failure, up to a day in the first week`(failures: Int, hours: Int) {
        let delay = Backoff().delay(interval: Self.hour, afterFailures: failures, failingFor: .seconds(60))
        #expect(delay == .seconds(hours * 3600))
    }

    @Test func `P-34: after a week of failures the wait may grow to a week`() {
        let delay = Backoff().delay(
            interval: Self.hour, afterFailures: 20, failingFor: .seconds(7 * 24 * 3600))
        #expect(delay == .seconds(7 * 24 * 3600))
    }

    @Test func `an interval longer than the cap is kept`() {
        let delay = Backoff(longest: .seconds(60)).delay(
            interval: Self.hour, afterFailures: 1, failingFor: .zero)
        #expect(delay == Self.hour)
    }
}
