import FeedModel
import FoundationEssentials

// The seats of feeds and pages, and the hosts that they count by.

extension Schedule {
    /// What is planned of one feed, or page, and whether it is under way.
    struct Seat: Sendable {
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
    struct Due: Comparable, Sendable {
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

    struct Host: Sendable {
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
}

extension Schedule {
    func waiting(_ condition: (Seat) -> Bool) -> [Int32] {
        seats.indices.filter { seats[$0].isPlanned && seats[$0].flight == nil && condition(seats[$0]) }.map {
            Int32($0)
        }
    }

    mutating func add(_ seat: Seat) -> Int32 {
        hosts[Int(seat.host)].seats += 1
        let number = freeSeats.popLast() ?? Int32(seats.count)
        if Int(number) < seats.count { seats[Int(number)] = seat } else { seats.append(seat) }
        numbers[seat.key] = number
        return number
    }

    mutating func put(_ number: Int32, at next: Date, rank: Rank) {
        if !seats[Int(number)].isPlanned { plannedCount += 1 }
        seats[Int(number)].isPlanned = true
        seats[Int(number)].isWaitingForHost = false
        seats[Int(number)].next = next
        seats[Int(number)].rank = rank
        if seats[Int(number)].flight == nil { enqueue(number) }
    }

    mutating func enqueue(_ number: Int32) {
        let index = Int(number)
        due.insert(Due(at: seats[index].next, order: seats[index].order, number: number, rank: seats[index].rank))
    }

    /// The seat is free once nothing of it is under way, and whoever comes next may have its number.
    mutating func unplan(_ number: Int32) {
        if seats[Int(number)].isPlanned { plannedCount -= 1 }
        seats[Int(number)].isPlanned = false
        seats[Int(number)].isWaitingForHost = false
        let seat = seats[Int(number)]
        // Whoever has the seat already freed it no second time.
        guard seat.flight == nil, !seat.isKept, numbers[seat.key] == number else { return }
        numbers[seat.key] = nil
        seats[Int(number)].key = ""
        hosts[Int(seat.host)].seats -= 1
        freeSeats.append(number)
    }

    mutating func move(_ number: Int32, to host: String) {
        let old = seats[Int(number)].host
        guard hosts[Int(old)].name != host else { return }
        let new = numberOfHost(host)
        hosts[Int(old)].seats -= 1
        hosts[Int(new)].seats += 1
        seats[Int(number)].host = new
    }

    /// Moves the feeds that are due into the queues of their hosts.
    mutating func releaseDue(now: Date) {
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

    mutating func takeFeed(from host: Int32, now: Date) -> Int32? {
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

    mutating func numberOfHost(_ name: String) -> Int32 {
        if let number = hostNumbers[name] { return number }
        let number = freeHosts.popLast() ?? Int32(hosts.count)
        let host = Host(name: name)
        if Int(number) < hosts.count { hosts[Int(number)] = host } else { hosts.append(host) }
        hostNumbers[name] = number
        return number
    }

    mutating func preparePacing(_ host: Int32) {
        if hosts[Int(host)].pacing == nil { hosts[Int(host)].pacing = HostPacing(rules(hosts[Int(host)].name)) }
    }

    mutating func makeRoom(for host: String, now: Date) {
        if hostNumbers[host] == nil, hostNumbers.count >= Self.mostHosts { forgetIdleHosts(now: now) }
    }

    mutating func forgetIdleHosts(now: Date) {
        for (name, number) in hostNumbers {
            let host = hosts[Int(number)]
            guard host.seats == 0, host.listedAt == nil, host.pacing?.isForgettable(now: now) ?? true else { continue }
            hostNumbers[name] = nil
            hosts[Int(number)] = Host(name: "")
            freeHosts.append(number)
        }
    }

    /// Puts the host where it belongs in `openHosts`, if it has feeds waiting and may be asked.
    mutating func list(_ number: Int32, now: Date) {
        let index = Int(number)
        guard let first = hosts[index].waiting.first ?? hosts[index].pages.first,
            let at = hosts[index].pacing?.earliestStart(now: now)
        else { return }
        if let listed = hosts[index].listedAt, listed <= at { return }
        hosts[index].listedAt = at
        openHosts.insert(Due(at: at, order: first.order, number: number, rank: first.rank))
    }
}
