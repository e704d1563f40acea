public import struct FoundationEssentials.Date

/// The one clock of the program. Pure code takes `now`; only `Watching` holds this, and tests put their own in its place.
public struct TimeSource: Sendable {
    public var now: @Sendable () -> Date
    /// Waits; ends early with `CancellationError` when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// Time that nobody can set, since some moment, the machine's sleep included: by it a clock that is set is told from time that
    /// passed. Nil where there is none.
    public var uptime: (@Sendable () -> Duration)?

    public init(
        now: @escaping @Sendable () -> Date, sleep: @escaping @Sendable (Duration) async throws -> Void,
        uptime: (@Sendable () -> Duration)? = nil
    ) {
        self.now = now
        self.sleep = sleep
        self.uptime = uptime
    }

    /// Wall-clock time, and waits that go on counting while the machine is suspended.
    public static let system = TimeSource(
        now: { Date() }, sleep: { try await Task.sleep(for: $0, clock: .continuous) },
        uptime: { start.duration(to: .now) })

    private static let start = ContinuousClock.now
}
