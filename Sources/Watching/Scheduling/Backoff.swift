/// How much longer to leave a feed alone after checks that failed (P-34).
struct Backoff: Sendable {
    /// The longest wait in the first week of failures.
    var longest: Duration = .seconds(24 * 60 * 60)
    /// The longest wait after that; a feed is never given up.
    var longestAfterAWeek: Duration = .seconds(7 * 24 * 60 * 60)

    /// The interval doubled per failure, up to a day, and after a week of failures up to a week.
    func delay(interval: Duration, afterFailures failures: Int, failingFor: Duration) -> Duration {
        precondition(failures > 0, "a feed that has not failed does not back off")
        let doublings = min(failures, 16)
        let cap = failingFor < .seconds(7 * 24 * 60 * 60) ? longest : longestAfterAWeek
        return max(interval, min(interval * (1 << doublings), cap))
    }
}
