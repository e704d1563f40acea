import FoundationEssentials

/// What one host may be asked for.
struct HostRules: Sendable, Hashable {
    /// Open requests at once; 0 sets no limit.
    var connections: Int = 1
    /// Between the end of one request and the start of the next.
    var spacing: Duration = .seconds(5)
    /// Requests in any hour; 0 sets no limit.
    var hourlyBudget: Int = 60
}

/// When a host may next be asked for something: one open request, a pause after it, and an hourly budget (P-47).
struct HostPacing: Sendable {
    var rules: HostRules
    private var open = 0
    private var lastEnd: Date?
    /// Starts within the last hour, oldest first; kept only where there is a budget.
    private var starts: [Date] = []

    init(_ rules: HostRules) { self.rules = rules }

    /// When the next request may start; nil while all its connections are in use.
    func earliestStart(now: Date) -> Date? {
        if rules.connections > 0 && open >= rules.connections { return nil }
        var earliest = now
        if let lastEnd, rules.spacing > .zero {
            // A clock that was set back a little, which nobody is told of.
            earliest = max(earliest, min(lastEnd, now).addingTimeInterval(rules.spacing.inSeconds))
        }
        if rules.hourlyBudget > 0 && starts.count >= rules.hourlyBudget {
            let oldestInBudget = starts[starts.count - rules.hourlyBudget]
            earliest = max(earliest, min(oldestInBudget, now).addingTimeInterval(3600))
        }
        return earliest
    }

    /// Takes along what is known of the host's last requests when the clock is set back (R14).
    mutating func shift(by seconds: Double) {
        lastEnd = lastEnd?.addingTimeInterval(seconds)
        starts = starts.map { $0.addingTimeInterval(seconds) }
    }

    /// Whether nothing that is known of the host says more than that it may be asked.
    func isForgettable(now: Date) -> Bool {
        guard open == 0 else { return false }
        guard let lastEnd else { return true }
        return abs(now.timeIntervalSince(lastEnd)) > max(3600, rules.spacing.inSeconds)
    }

    mutating func started(at now: Date) {
        open += 1
        count(now)
    }

    private mutating func count(_ now: Date) {
        guard rules.hourlyBudget > 0 else { return }
        let anHourAgo = now.addingTimeInterval(-3600)
        starts.removeAll { $0 <= anHourAgo || $0 > now }
        starts.append(now)
    }

    /// - Parameter further: requests beyond the one that was announced, such as redirects within the host; they count
    ///   towards the budget.
    mutating func ended(at now: Date, further: Int = 0) {
        open = max(0, open - 1)
        lastEnd = now
        if rules.hourlyBudget > 0 && further > 0 { starts += [Date](repeating: now, count: min(further, 100)) }
    }

    /// A request ended that nobody announced.
    mutating func noted(at now: Date) {
        lastEnd = now
        count(now)
    }
}

extension Duration {
    /// As a number of seconds, with the fraction.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
