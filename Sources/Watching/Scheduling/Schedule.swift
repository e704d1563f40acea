import FeedModel
import FoundationEssentials

/// In which order those go that could start at one moment (P-49, P-50).
enum Rank: UInt8, Sendable, Comparable {
    case usual
    /// Feeds that failed or were slow the last time start after those that were quick.
    case late
    /// Pages start only when no feed of their host waits.
    case page

    static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
}

/// Which feed is checked when: a value that is told what happened and answers with what to start. It reads no clock and
/// does nothing itself. The daemon's loop and `durbeen once` drive it alike.
struct Schedule: Sendable {
    /// Checks under way at once over all hosts: those that transfer (P-49), and those in line for it.
    var concurrency: Int
    var rules: @Sendable (String) -> HostRules {
        didSet { for key in hosts.keys { hosts[key]?.pacing.rules = rules(key) } }
    }

    private var plans: [String: Plan] = [:]
    private var due = Heap<Due>()
    private var hosts: [String: Host] = [:]
    /// Hosts that have feeds waiting and a free connection, by when they may be asked.
    private var openHosts = Heap<Due>()
    private var lastStart: Date?
    /// What is under way, and the host that each counts by.
    private(set) var inFlight: [String: String] = [:]

    init(concurrency: Int, rules: @escaping @Sendable (String) -> HostRules) {
        self.concurrency = max(1, concurrency)
        self.rules = rules
    }

    private struct Plan: Sendable {
        var next: Date
        var host: String
        var order: UInt64
        var rank: Rank
        var isWaitingForHost = false
    }

    /// A place in a queue. Entries are never searched for: one that no longer agrees with its plan is dropped when it
    /// comes up.
    private struct Due: Comparable, Sendable {
        var at: Date
        var rank: Rank
        var order: UInt64
        var key: String

        static func < (left: Due, right: Due) -> Bool {
            if left.at != right.at { return left.at < right.at }
            if left.rank != right.rank { return left.rank < right.rank }
            if left.order != right.order { return left.order < right.order }
            return left.key < right.key
        }
    }

    private struct Host: Sendable {
        var pacing: HostPacing
        var waiting = Heap<Due>()
        /// Pages, which start only when no feed waits.
        var pages = Heap<Due>()
        /// The entry of this host in `openHosts` that counts.
        var listedAt: Date?
    }

    /// The rules in force for a host.
    func rules(of host: String) -> HostRules { hosts[host]?.pacing.rules ?? rules(host) }

    /// Adds a feed or moves it to another time. A feed in flight keeps its request and takes the time when it ends.
    ///
    /// - Parameter host: what its requests count by; nil for what they counted by before, or else the URL's host.
    mutating func plan(_ url: String, at next: Date, rank: Rank = .usual, host: String? = nil) {
        let known = plans[url]
        let plan = Plan(
            next: next, host: host ?? known?.host ?? hostKey(of: url), order: known?.order ?? stableHash(url),
            rank: rank)
        plans[url] = plan
        if inFlight[url] == nil { due.insert(Due(at: next, rank: rank, order: plan.order, key: url)) }
    }

    /// Forgets a feed. A request in flight ends by itself.
    mutating func forget(_ url: String) {
        plans[url] = nil
    }

    func nextCheck(of url: String) -> Date? { plans[url]?.next }
    var urls: [String] { Array(plans.keys) }

    /// What may start now. Each feed answered counts as in flight until `finished`.
    ///
    /// - Parameter most: no more than so many; nil for no limit but the concurrency.
    mutating func start(now: Date, most: Int? = nil) -> [String] {
        releaseDue(now: now)
        var started: [String] = []
        guard hasRoom(now: now) else { return [] }
        while inFlight.count < concurrency, started.count < most ?? .max, let candidate = openHosts.first,
            candidate.at <= now
        {
            _ = openHosts.removeFirst()
            guard hosts[candidate.key]?.listedAt == candidate.at else { continue }
            hosts[candidate.key]?.listedAt = nil
            // A request that ended since the host was listed may have pushed its next start further away.
            if let at = hosts[candidate.key]?.pacing.earliestStart(now: now), at <= now,
                let url = takeFeed(from: candidate.key, now: now)
            {
                started.append(url)
            }
            list(candidate.key, now: now)
        }
        if !started.isEmpty { lastStart = now }
        return started
    }

    /// Slots are given out an eighth of them at a time, so that under load several attempts are written down together; but
    /// none that is free waits for longer than this: the others may be held up by servers that never answer.
    private static let longestHold = 0.005

    private var isCrowded: Bool { inFlight.count > concurrency - max(1, concurrency / 8) }

    private func hasRoom(now: Date) -> Bool {
        guard inFlight.count < concurrency else { return false }
        guard isCrowded, let lastStart else { return true }
        // A clock that was set back holds nobody.
        return now >= lastStart.addingTimeInterval(Self.longestHold) || now < lastStart
    }

    /// A check ended; the feed is next due at `next`, or is not planned again if that is nil.
    ///
    /// - Parameters:
    ///   - host: what its requests count by from now on; nil for what they counted by before.
    ///   - further: requests to the host beyond the first.
    mutating func finished(
        _ url: String, next: Date?, rank: Rank = .usual, host: String? = nil, further: Int = 0, now: Date
    ) {
        if let host = inFlight.removeValue(forKey: url) {
            hosts[host]?.pacing.ended(at: now, further: further)
            list(host, now: now)
        }
        guard plans[url] != nil else { return }
        if let next { plan(url, at: next, rank: rank, host: host) } else { plans[url] = nil }
    }

    /// A request that was not planned here went to `host`, by a redirect; it ended by `now`.
    mutating func noteRequest(to host: String, now: Date) {
        if hosts[host] == nil {
            if hosts.count >= Self.mostHosts { forgetIdleHosts(now: now) }
            hosts[host] = Host(pacing: HostPacing(rules(host)))
        }
        hosts[host]?.pacing.noted(at: now)
        list(host, now: now)
    }

    /// Hosts come from redirects, too, and a server may lead to a new one each time.
    private static let mostHosts = 50_000

    private mutating func forgetIdleHosts(now: Date) {
        hosts = hosts.filter { $0.value.listedAt != nil || !$0.value.pacing.isForgettable(now: now) }
    }

    /// Moves every due time by as much as the clock was set back, so that nobody waits longer for it (P-26, R14).
    mutating func shift(by seconds: Double) {
        let waiting = plans.filter { inFlight[$0.key] == nil }
        for (url, known) in waiting {
            plan(url, at: known.next.addingTimeInterval(seconds), rank: known.rank)
        }
    }

    /// Puts off all that counts by `host` and is due before `until`.
    mutating func hold(_ host: String, until: Date) {
        let early = plans.filter { $0.value.host == host && $0.value.next < until && inFlight[$0.key] == nil }
        for (url, known) in early { plan(url, at: until, rank: known.rank) }
    }

    /// When `start` should be asked again if nothing else happens before; nil if nothing is planned or all slots are taken.
    func nextWake() -> Date? {
        guard inFlight.count < concurrency, let host = openHosts.first?.at else { return due.first?.at }
        let start = isCrowded ? max(host, lastStart?.addingTimeInterval(Self.longestHold) ?? host) : host
        return min(due.first?.at ?? start, start)
    }

    /// Nothing is planned and nothing is under way: what `durbeen once` waits for.
    var isFinished: Bool { plans.isEmpty && inFlight.isEmpty }
}

extension Schedule {
    /// Moves the feeds that are due into the queues of their hosts.
    private mutating func releaseDue(now: Date) {
        while let first = due.first, first.at <= now {
            _ = due.removeFirst()
            guard var plan = plans[first.key], plan.next == first.at, !plan.isWaitingForHost,
                inFlight[first.key] == nil
            else { continue }
            plan.isWaitingForHost = true
            plans[first.key] = plan
            if hosts[plan.host] == nil { hosts[plan.host] = Host(pacing: HostPacing(rules(plan.host))) }
            if plan.rank == .page {
                hosts[plan.host]?.pages.insert(first)
            } else {
                hosts[plan.host]?.waiting.insert(first)
            }
            list(plan.host, now: now)
        }
    }

    private mutating func takeFeed(from key: String, now: Date) -> String? {
        while let next = hosts[key]?.waiting.removeFirst() ?? hosts[key]?.pages.removeFirst() {
            guard var plan = plans[next.key], plan.isWaitingForHost, inFlight[next.key] == nil else { continue }
            plan.isWaitingForHost = false
            plans[next.key] = plan
            inFlight[next.key] = key
            hosts[key]?.pacing.started(at: now)
            return next.key
        }
        return nil
    }

    /// Puts the host where it belongs in `openHosts`, if it has feeds waiting and may be asked.
    private mutating func list(_ key: String, now: Date) {
        guard let host = hosts[key], let first = host.waiting.first ?? host.pages.first,
            let at = host.pacing.earliestStart(now: now)
        else { return }
        if let listed = host.listedAt, listed <= at { return }
        hosts[key]?.listedAt = at
        openHosts.insert(Due(at: at, rank: first.rank, order: first.order, key: key))
    }
}
