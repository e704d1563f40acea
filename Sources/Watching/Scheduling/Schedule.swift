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
///
/// Feeds and hosts are known by numbers inside, so that a queue of ten thousand holds nothing that is counted or compared
/// letter by letter.
struct Schedule: Sendable {
    /// Checks under way at once over all hosts: those that transfer (P-49), and those in line for it.
    var concurrency: Int
    var rules: @Sendable (String) -> HostRules {
        didSet {
            for index in hosts.indices {
                let fresh = rules(hosts[index].name)
                hosts[index].pacing?.rules = fresh
            }
        }
    }

    var seats: [Seat] = []
    var freeSeats: [Int32] = []
    var numbers: [String: Int32] = [:]
    var hosts: [Host] = []
    var freeHosts: [Int32] = []
    var hostNumbers: [String: Int32] = [:]
    var due = Heap<Due>()
    /// Hosts that have feeds waiting and a free connection, by when they may be asked.
    var openHosts = Heap<Due>()
    private var lastStart: Date?
    var plannedCount = 0
    /// How many are under way.
    var inFlightCount = 0

    init(concurrency: Int, rules: @escaping @Sendable (String) -> HostRules) {
        self.concurrency = max(1, concurrency)
        self.rules = rules
    }

    /// Makes room for so many feeds at once.
    mutating func reserveCapacity(_ count: Int) {
        seats.reserveCapacity(count)
        numbers.reserveCapacity(count)
    }

    /// The rules in force for a host.
    func rules(of host: String) -> HostRules {
        hostNumbers[host].flatMap { hosts[Int($0)].pacing?.rules } ?? rules(host)
    }

    /// Adds a feed or moves it to another time. A feed in flight keeps its request and takes the time when it ends.
    ///
    /// - Parameters:
    ///   - rank: nil for what it was before.
    ///   - host: what its requests count by; nil for what they counted by before, or else the URL's host.
    /// - Returns: the feed's number.
    @discardableResult
    mutating func plan(_ url: String, at next: Date, rank: Rank? = nil, host: String? = nil) -> Int32 {
        if let number = numbers[url] {
            if let host { move(number, to: host) }
            put(number, at: next, rank: rank ?? seats[Int(number)].rank)
            return number
        }
        let host = numberOfHost(host ?? hostKey(of: url))
        let number = add(Seat(key: url, next: next, order: stableHash(url), host: host, rank: rank ?? .usual))
        plannedCount += 1
        enqueue(number)
        return number
    }

    /// Takes in a feed that is not planned yet, and is not here.
    ///
    /// - Parameter host: what its requests count by.
    /// - Returns: its number.
    mutating func add(_ url: String, host: String) -> Int32 {
        var seat = Seat(
            key: url, next: .distantFuture, order: stableHash(url), host: numberOfHost(host), rank: .usual)
        seat.isPlanned = false
        return add(seat)
    }

    /// The number stays that of its feed until it is let go, planned or not: whoever has much to ask of a feed asks by number,
    /// which compares nothing letter by letter.
    mutating func keep(_ number: Int32) { seats[Int(number)].isKept = true }

    /// Forgets a feed that was kept. A request in flight ends by itself.
    mutating func letGo(_ number: Int32) {
        seats[Int(number)].isKept = false
        unplan(number)
    }

    func number(of url: String) -> Int32? { numbers[url] }

    func key(of number: Int32) -> String { seats[Int(number)].key }

    /// Forgets a feed. A request in flight ends by itself.
    mutating func forget(_ url: String) {
        guard let number = numbers[url] else { return }
        unplan(number)
    }

    func nextCheck(of url: String) -> Date? {
        numbers[url].flatMap { seats[Int($0)].isPlanned ? seats[Int($0)].next : nil }
    }

    /// What a feed's request under way counts by; nil if none is.
    func hostInFlight(of url: String) -> String? { numbers[url].flatMap { hostInFlight(of: $0) } }

    func hostInFlight(of number: Int32) -> String? { seats[Int(number)].flight.map { hosts[Int($0)].name } }

    /// The rules in force for that.
    func rulesInFlight(of number: Int32) -> HostRules? {
        seats[Int(number)].flight.flatMap { hosts[Int($0)].pacing?.rules }
    }

    func isInFlight(_ url: String) -> Bool { numbers[url].map { seats[Int($0)].flight != nil } ?? false }

    var urls: [String] { seats.filter(\.isPlanned).map(\.key) }

    /// What may start now, by number. Each feed answered counts as in flight until `finished`.
    ///
    /// - Parameter most: no more than so many; nil for no limit but the concurrency.
    mutating func start(now: Date, most: Int? = nil) -> [Int32] {
        releaseDue(now: now)
        var started: [Int32] = []
        guard hasRoom(now: now) else { return [] }
        while inFlightCount < concurrency, started.count < most ?? .max, let candidate = openHosts.first,
            candidate.at <= now
        {
            _ = openHosts.removeFirst()
            let host = Int(candidate.number)
            guard hosts[host].listedAt == candidate.at else { continue }
            hosts[host].listedAt = nil
            // A request that ended since the host was listed may have pushed its next start further away.
            if let at = hosts[host].pacing?.earliestStart(now: now), at <= now,
                let number = takeFeed(from: candidate.number, now: now)
            {
                started.append(number)
            }
            list(candidate.number, now: now)
        }
        if !started.isEmpty { lastStart = now }
        return started
    }

    /// Slots are given out an eighth of them at a time, so that under load several attempts are written down together; but
    /// none that is free waits for longer than this: the others may be held up by servers that never answer.
    private static let longestHold = 0.005

    private var isCrowded: Bool { inFlightCount > concurrency - max(1, concurrency / 8) }

    private func hasRoom(now: Date) -> Bool {
        guard inFlightCount < concurrency else { return false }
        guard isCrowded, let lastStart else { return true }
        // A clock that was set back holds nobody.
        return now >= lastStart.addingTimeInterval(Self.longestHold) || now < lastStart
    }

    /// A check ended; the feed is next due at `next`, or is not planned again if that is nil.
    ///
    /// - Parameters:
    ///   - rank: nil for what it was before.
    ///   - host: what its requests count by from now on; nil for what they counted by before.
    ///   - further: requests to the host beyond the first.
    mutating func finished(
        _ url: String, next: Date?, rank: Rank? = nil, host: String? = nil, further: Int = 0, now: Date
    ) {
        if let host { makeRoom(for: host, now: now) }
        guard let number = numbers[url] else { return }
        finished(number, next: next, rank: rank, host: host, further: further, now: now)
    }

    /// As above, for a number that `start` answered and that has not `finished` since.
    mutating func finished(
        _ number: Int32, next: Date?, rank: Rank? = nil, host: String? = nil, further: Int = 0, now: Date
    ) {
        if let host = seats[Int(number)].flight {
            seats[Int(number)].flight = nil
            inFlightCount -= 1
            hosts[Int(host)].pacing?.ended(at: now, further: further)
            list(host, now: now)
        }
        guard let next, seats[Int(number)].isPlanned else { return unplan(number) }
        if let host { move(number, to: host) }
        put(number, at: next, rank: rank ?? seats[Int(number)].rank)
    }

    /// A request that was not planned here went to `host`, by a redirect; it ended by `now`.
    mutating func noteRequest(to host: String, now: Date) {
        makeRoom(for: host, now: now)
        let number = numberOfHost(host)
        preparePacing(number)
        hosts[Int(number)].pacing?.noted(at: now)
        list(number, now: now)
    }

    /// Moves every due time, and when hosts were asked, by as much as the clock was set back, so that nobody waits longer for it
    /// (P-26, R14).
    mutating func shift(by seconds: Double) {
        for index in hosts.indices { hosts[index].pacing?.shift(by: seconds) }
        lastStart = lastStart?.addingTimeInterval(seconds)
        for number in waiting({ _ in true }) {
            let seat = seats[Int(number)]
            put(number, at: seat.next.addingTimeInterval(seconds), rank: seat.rank)
        }
    }

    /// Puts off all that counts by `host` and is due before `until`.
    mutating func hold(_ host: String, until: Date) {
        guard let host = hostNumbers[host] else { return }
        for number in waiting({ $0.host == host && $0.next < until }) {
            put(number, at: until, rank: seats[Int(number)].rank)
        }
    }

    /// When `start` should be asked again if nothing else happens before; nil if nothing is planned or all slots are taken.
    func nextWake() -> Date? {
        guard inFlightCount < concurrency, let host = openHosts.first?.at else { return due.first?.at }
        let start = isCrowded ? max(host, lastStart?.addingTimeInterval(Self.longestHold) ?? host) : host
        return min(due.first?.at ?? start, start)
    }

    /// Nothing is planned and nothing is under way: what `durbeen once` waits for.
    var isFinished: Bool { plannedCount == 0 && inFlightCount == 0 }
}
