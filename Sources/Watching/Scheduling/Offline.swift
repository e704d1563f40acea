import FoundationEssentials

/// Tells "this machine has no network" from "that server is down" (P-35): at least three hosts, and four of five of the last
/// twenty requests, failed without an answer.
struct Offline: Sendable {
    private static let window = 20
    private static let leastHosts = 3
    private static let share = 0.8
    /// While offline, one feed is asked this often.
    static let canaryInterval: Duration = .seconds(5 * 60)

    /// The hosts that failed; nil for one that answered. A ring, once it is full.
    private var recent: [String?] = []
    /// Where in the ring the next one goes.
    private var place = 0
    private var failures = 0
    private(set) var isOffline = false
    private var nextCanary = Date(timeIntervalSince1970: 0)
    /// When somebody last answered.
    private var lastAnswer: Date?

    /// Takes note of a request that ended.
    ///
    /// - Parameters:
    ///   - failed: whether no server answered (dns, connect, timeout).
    ///   - began: when the request left. What fails by waiting ends after what was answered: if somebody else was answered
    ///     meanwhile, the network was there, and the failure is its server's.
    mutating func note(host: String, failed: Bool, began: Date, now: Date) {
        if !failed { lastAnswer = now }
        if failed, let lastAnswer, began < lastAnswer, lastAnswer <= now { return }
        if isOffline {
            // One answer is enough: somebody was reached.
            if !failed { (isOffline, recent, place, failures) = (false, [], 0, 0) }
            return
        }
        keep(failed ? host : nil)
        guard recent.count == Self.window, Double(failures) >= Self.share * Double(Self.window),
            Set(recent.compactMap { $0 }).count >= Self.leastHosts
        else { return }
        isOffline = true
        nextCanary = now.addingTimeInterval(Self.canaryInterval.inSeconds)
    }

    private mutating func keep(_ failed: String?) {
        if recent.count < Self.window {
            recent.append(failed)
        } else {
            if recent[place] != nil { failures -= 1 }
            recent[place] = failed
        }
        place = (place + 1) % Self.window
        if failed != nil { failures += 1 }
    }

    /// How many feeds may be asked now; nil for no limit.
    func allowance(now: Date) -> Int? { isOffline ? (now >= nextCanary ? 1 : 0) : nil }

    mutating func canarySent(now: Date) { nextCanary = now.addingTimeInterval(Self.canaryInterval.inSeconds) }

    /// Takes the next look along with a clock that was set back (R14).
    mutating func shift(by seconds: Double) {
        nextCanary = nextCanary.addingTimeInterval(seconds)
        lastAnswer = lastAnswer?.addingTimeInterval(seconds)
    }

    /// When to look again; nil while online.
    var nextTry: Date? { isOffline ? nextCanary : nil }
}
