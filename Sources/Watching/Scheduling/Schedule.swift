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

    private var seats: [Seat] = []
    private var freeSeats: [Int32] = []
    private var numbers: [String: Int32] = [:]
    private var hosts: [Host] = []
    private var freeHosts: [Int32] = []
    private var hostNumbers: [String: Int32] = [:]
    private var due = Heap<Due>()
    /// Hosts that have feeds waiting and a free connection, by when they may be asked.
    private var openHosts = Heap<Due>()
    private var lastStart: Date?
    private var plannedCount = 0
    /// How many are under way.
    private(set) var inFlightCount = 0

    init(concurrency: Int, rules: @escaping @Sendable (String) -> HostRules) {
        self.concurrency = max(1, concurrency)
        self.rules = rules
    }

    /// What is planned of one feed, or page, and whether it is under way.
    private struct Seat: Sendable {
        var key: String
        var next: Date
        var order: UInt64
        var host: Int32
        /// What its request under way counts by; nil if none is.
        var flight: Int32?
        var rank: Rank
        var isPlanned = true
        var isWaitingForHost = false
        /// Its number stays its own, planned or not.
        var isKept = false
    }

    /// A place in a queue. Entries are never searched for: one that no longer agrees with its seat is dropped when it
    /// comes up.
    private struct Due: Comparable, Sendable {
        var at: Date
        var order: UInt64
        var number: Int32
        var rank: Rank

        static func < (left: Due, right: Due) -> Bool {
            if left.at != right.at { return left.at < right.at }
            if left.rank != right.rank { return left.rank < right.rank }
            if left.order != right.order { return left.order < right.order }
            return left.number < right.number
        }
    }

    private struct Host: Sendable {
        var name: String
        /// How many seats count by it.
        var seats = 0
        /// nil until it is first asked.
        var pacing: HostPacing?
        var waiting = Heap<Due>()
        /// Pages, which start only when no feed waits.
        var pages = Heap<Due>()
        /// The entry of this host in `openHosts` that counts.
        var listedAt: Date?
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

// MARK: Seats

extension Schedule {
    private func waiting(_ condition: (Seat) -> Bool) -> [Int32] {
        seats.indices.filter { seats[$0].isPlanned && seats[$0].flight == nil && condition(seats[$0]) }.map {
            Int32($0)
        }
    }

    private mutating func add(_ seat: Seat) -> Int32 {
        hosts[Int(seat.host)].seats += 1
        let number = freeSeats.popLast() ?? Int32(seats.count)
        if Int(number) < seats.count { seats[Int(number)] = seat } else { seats.append(seat) }
        numbers[seat.key] = number
        return number
    }

    private mutating func put(_ number: Int32, at next: Date, rank: Rank) {
        if !seats[Int(number)].isPlanned { plannedCount += 1 }
        seats[Int(number)].isPlanned = true
        seats[Int(number)].isWaitingForHost = false
        seats[Int(number)].next = next
        seats[Int(number)].rank = rank
        if seats[Int(number)].flight == nil { enqueue(number) }
    }

    private mutating func enqueue(_ number: Int32) {
        let index = Int(number)
        due.insert(Due(at: seats[index].next, order: seats[index].order, number: number, rank: seats[index].rank))
    }

    /// The seat is free once nothing of it is under way, and whoever comes next may have its number.
    private mutating func unplan(_ number: Int32) {
        if seats[Int(number)].isPlanned { plannedCount -= 1 }
        seats[Int(number)].isPlanned = false
        seats[Int(number)].isWaitingForHost = false
        let seat = seats[Int(number)]
        guard seat.flight == nil, !seat.isKept else { return }
        numbers[seat.key] = nil
        seats[Int(number)].key = ""
        hosts[Int(seat.host)].seats -= 1
        freeSeats.append(number)
    }

    private mutating func move(_ number: Int32, to host: String) {
        let old = seats[Int(number)].host
        guard hosts[Int(old)].name != host else { return }
        let new = numberOfHost(host)
        hosts[Int(old)].seats -= 1
        hosts[Int(new)].seats += 1
        seats[Int(number)].host = new
    }

    /// Moves the feeds that are due into the queues of their hosts.
    private mutating func releaseDue(now: Date) {
        while let first = due.first, first.at <= now {
            _ = due.removeFirst()
            let index = Int(first.number)
            guard seats[index].isPlanned, seats[index].next == first.at, !seats[index].isWaitingForHost,
                seats[index].flight == nil
            else { continue }
            seats[index].isWaitingForHost = true
            let host = seats[index].host
            preparePacing(host)
            if seats[index].rank == .page {
                hosts[Int(host)].pages.insert(first)
            } else {
                hosts[Int(host)].waiting.insert(first)
            }
            list(host, now: now)
        }
    }

    private mutating func takeFeed(from host: Int32, now: Date) -> Int32? {
        while let next = hosts[Int(host)].waiting.removeFirst() ?? hosts[Int(host)].pages.removeFirst() {
            let index = Int(next.number)
            guard seats[index].isWaitingForHost, seats[index].host == host, seats[index].flight == nil else { continue }
            seats[index].isWaitingForHost = false
            seats[index].flight = host
            inFlightCount += 1
            hosts[Int(host)].pacing?.started(at: now)
            return next.number
        }
        return nil
    }
}

// MARK: Hosts

extension Schedule {
    /// Hosts come from redirects, too, and a server may lead to a new one each time.
    private static let mostHosts = 50_000

    private mutating func numberOfHost(_ name: String) -> Int32 {
        if let number = hostNumbers[name] { return number }
        let number = freeHosts.popLast() ?? Int32(hosts.count)
        let host = Host(name: name)
        if Int(number) < hosts.count { hosts[Int(number)] = host } else { hosts.append(host) }
        hostNumbers[name] = number
        return number
    }

    private mutating func preparePacing(_ host: Int32) {
        if hosts[Int(host)].pacing == nil { hosts[Int(host)].pacing = HostPacing(rules(hosts[Int(host)].name)) }
    }

    private mutating func makeRoom(for host: String, now: Date) {
        if hostNumbers[host] == nil, hostNumbers.count >= Self.mostHosts { forgetIdleHosts(now: now) }
    }

    private mutating func forgetIdleHosts(now: Date) {
        for (name, number) in hostNumbers {
            let host = hosts[Int(number)]
            guard host.seats == 0, host.listedAt == nil, host.pacing?.isForgettable(now: now) ?? true else { continue }
            hostNumbers[name] = nil
            hosts[Int(number)] = Host(name: "")
            freeHosts.append(number)
        }
    }

    /// Puts the host where it belongs in `openHosts`, if it has feeds waiting and may be asked.
    private mutating func list(_ number: Int32, now: Date) {
        let index = Int(number)
        guard let first = hosts[index].waiting.first ?? hosts[index].pages.first,
            let at = hosts[index].pacing?.earliestStart(now: now)
        else { return }
        if let listed = hosts[index].listedAt, listed <= at { return }
        hosts[index].listedAt = at
        openHosts.insert(Due(at: at, order: first.order, number: number, rank: first.rank))
    }
}
