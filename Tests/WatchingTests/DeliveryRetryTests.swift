import FoundationEssentials
import Testing

@testable import Watching

@Suite struct DeliveryRetryTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)

    @Test(arguments: [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (90, 60)])
    func `M-07: tries again after 1, 5, 15 and 30 minutes, then hourly`(attempts: Int, minutes: Int) {
        let next = DeliveryRetry().next(afterAttempts: attempts, firstAttempt: now, now: now)
        #expect(next == now.addingTimeInterval(Double(minutes) * 60))
    }

    @Test func `R22: gives up after five days`() {
        let fiveDaysOn = now.addingTimeInterval(5 * 24 * 3600)
        #expect(DeliveryRetry().next(afterAttempts: 100, firstAttempt: now, now: fiveDaysOn) == nil)
    }
}
