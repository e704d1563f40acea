import Digests
import FeedModel
import FoundationEssentials
import Testing

@testable import Watching

@Suite struct AlertPolicyTests {
    private func time(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

    private func policy(_ zone: String, quiet: String? = nil) throws -> AlertPolicy {
        AlertPolicy(zone: try #require(Zone(zone)), quiet: quiet.flatMap { Configuration.QuietHours($0) })
    }

    @Test(arguments: [
        // Karachi is UTC+5: 22:00 to 07:00 there is 17:00Z to 02:00Z.
        ("2026-11-25T16:59:00Z", "2026-11-25T16:59:00Z"), ("2026-11-25T17:00:00Z", "2026-11-26T02:00:00Z"),
        ("2026-11-25T20:30:00Z", "2026-11-26T02:00:00Z"), ("2026-11-26T01:59:59Z", "2026-11-26T02:00:00Z"),
        ("2026-11-26T02:00:00Z", "2026-11-26T02:00:00Z"),
    ])
    func `quiet hours over midnight put an alert off to their end`(now: String, allowed: String) throws {
        let policy = try policy("Asia/Karachi", quiet: "22:00-07:00")
        #expect(policy.nextAllowed(now: try time(now), alerts: []) == (try time(allowed)))
    }

    @Test func `in the night of a clock change quiet hours end by the clock`() throws {
        // New York falls back on 2026-11-01: 07:00 is 12:00Z and no longer 11:00Z.
        let policy = try policy("America/New_York", quiet: "22:00-07:00")
        #expect(
            policy.nextAllowed(now: try time("2026-11-01T03:00:00Z"), alerts: []) == (try time("2026-11-01T12:00:00Z")))
    }

    @Test func `alerts keep a pause, and eight a day are enough`() throws {
        let policy = try policy("UTC")
        let now = try time("2026-11-25T12:00:00Z")
        #expect(policy.nextAllowed(now: now, alerts: [now - 60]) == now + 14 * 60)
        #expect(policy.nextAllowed(now: now, alerts: [now - 900]) == now)
        let eight = (1...8).map { now - Double($0) * 3600 }
        #expect(policy.nextAllowed(now: now, alerts: eight) == now + 16 * 3600)
    }
}
