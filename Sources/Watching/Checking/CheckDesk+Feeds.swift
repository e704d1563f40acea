import FeedModel
import FoundationEssentials
import Storage
import Transfers

// What is watched: which feeds there are, what is known of each, and by what its requests count.

extension CheckDesk {
    /// Takes over a list of feeds. What is in flight or not yet written of a feed that stays is kept.
    ///
    /// - Parameter ask: which feeds are planned, and when; nil leaves that to what is known of them.
    mutating func adopt(
        _ fresh: [FeedRecord], pauses known: [CheckBatch.Pause], now: Date, due: ((FeedRecord) -> Date?)? = nil
    ) {
        let longer = known.filter { $0.until > pauses.end(of: [$0.host], now: now) ?? now }
        pauses.add(known)
        groups = [:]
        for record in fresh where record.feed.rateGroup != nil {
            groups[hostKey(of: record.url)] = rateKey(of: record.feed, record.state, at: now)
        }
        if feedCount > 0 { forget(allBut: Set(fresh.map(\.url))) }
        self.known.reserveCapacity(fresh.count)
        schedule.reserveCapacity(fresh.count)
        for record in fresh { portals.note(record) }
        for record in fresh {
            if due == nil, let known = self.record(of: record.url), !record.isNews(to: known) { continue }
            // What it says of the feed is older than this, and yet to be written.
            unsaved.change(reportOn: record.url) { $0.catchUp(with: record, now: now) }
            if !detours.isEmpty, !schedule.isInFlight(record.url) { detours[record.url] = nil }
            // A page that was to be looked at is a feed now.
            if !looks.isEmpty { looks[record.url] = nil }
            let isStopped = record.state.hasParticulars && record.state.memory.stop != nil
            if let next = isStopped ? nil : due.map({ $0(record) }) ?? dueTime(of: record, now: now) {
                keep(record, as: plan(record, at: next, now: now))
            } else {
                if isStopped { schedule.forget(record.url) }
                let host = rateKey(of: record, at: now)
                keep(record, as: schedule.number(of: record.url) ?? schedule.add(record.url, host: host))
            }
        }
        if repeats { for pause in longer { putOff(pause.host, until: pause.until, now: now) } }
        nextFit = nil
    }

    private mutating func forget(allBut wanted: Set<String>) {
        for (number, record) in known.enumerated() {
            guard let url = record?.url, !wanted.contains(url) else { continue }
            known[number] = nil
            feedCount -= 1
            answeredBy[url] = nil
            detours[url] = nil
            schedule.letGo(Int32(number))
        }
    }

    private mutating func keep(_ record: FeedRecord, as number: Int32) {
        schedule.keep(number)
        while known.count <= Int(number) { known.append(nil) }
        if known[Int(number)] == nil { feedCount += 1 }
        known[Int(number)] = record
    }

    /// What is known of the feeds of the list.
    var records: [FeedRecord] { known.compactMap { $0 } }

    /// What is known of a feed of the list; nil for what is none.
    func record(of url: String) -> FeedRecord? { schedule.number(of: url).flatMap { record(at: $0) } }

    /// The same of a feed by its number in the schedule.
    func record(at number: Int32) -> FeedRecord? { known.indices.contains(Int(number)) ? known[Int(number)] : nil }

    /// When a feed is due by what is known of it.
    func dueTime(of record: FeedRecord, now: Date) -> Date {
        guard let next = record.state.nextCheck else { return now }
        return settings.timing.clamped(
            next, lastAttempt: record.state.lastAttempt, interval: record.state.interval, now: now)
    }

    /// - Returns: the feed's number in the schedule.
    @discardableResult
    mutating func plan(_ record: FeedRecord, at next: Date, now: Date) -> Int32 {
        let until = pause(of: record, now: now) ?? next
        if next > now { minutes.note(next) }
        let start = next > now || until > now ? settings.timing.allowed(max(next, until), of: record) : next
        return schedule.plan(
            record.url, at: start, rank: record.state.failures > 0 ? .late : .usual,
            host: rateKey(of: record, at: start))
    }

    /// What a request counts by that is not for a feed's own address, such as one for a page or behind a redirect: its host, or
    /// the group that the reader put the host's feeds in (P-48).
    func place(of url: String) -> String {
        let host = hostKey(of: url)
        return groups[host] ?? host
    }

    /// What a feed's check counts by: its group, or the host that it is asked at then.
    func rateKey(of feed: Feed, _ state: FeedState, at date: Date) -> String {
        feed.rateGroup.map { "group " + $0 } ?? hostKey(of: Moves.address(of: feed, state, at: date).url)
    }

    /// The same of a feed as it is known; most never moved, and are in no group.
    func rateKey(of record: FeedRecord, at date: Date) -> String {
        if !record.state.hasParticulars, record.feed.rateGroup == nil { return hostKey(of: record.url) }
        return rateKey(of: record.feed, record.state, at: date)
    }

    /// All hosts and groups that a check of the feed may have to do with, each of which may have asked to be left alone.
    func places(of feed: Feed, _ state: FeedState, now: Date) -> [String] {
        var places = [rateKey(of: feed, state, at: now), hostKey(of: feed.url)]
        if let host = answeredBy[feed.url] { places.append(host) }
        if let detour = detours[feed.url] { places += [place(of: detour.url), hostKey(of: detour.url)] }
        return places
    }

    /// Whether all that was planned has ended and been written: what `durbeen once` waits for.
    var isFinished: Bool { schedule.isFinished && unsaved.isEmpty }

    mutating func configure(concurrency: Int, settings: Settings) {
        self.settings = settings
        schedule.concurrency = Self.mostUnderWay(concurrency)
        schedule.rules = settings.rules
        nextFit = nil
    }

    /// Until when the feed, its host or its group asked to be left alone; nil if none does now (P-32).
    func pause(of record: FeedRecord, now: Date) -> Date? {
        if pauses.isEmpty { return Pauses.inForce(record.state.pausedUntil, now: now) }
        return pause(of: record.feed, record.state, now: now)
    }

    func pause(of feed: Feed, _ state: FeedState, now: Date) -> Date? {
        let own = Pauses.inForce(state.pausedUntil, now: now)
        guard !pauses.isEmpty else { return own }
        return [own, pauses.end(of: places(of: feed, state, now: now), now: now)].compactMap { $0 }.max()
    }

    /// Takes over what is known of hosts that asked to be left alone, in place of what was.
    mutating func setPauses(_ known: [CheckBatch.Pause]) {
        pauses = Pauses(known)
    }
}

extension FeedRecord {
    /// Whether it says of a feed what is not known of it: its reader has changed its settings, or a command that ran beside the
    /// daemon has revived it, was asked to leave it alone, or judged its entries anew.
    fileprivate func isNews(to known: FeedRecord) -> Bool {
        if known.feed != feed || isRecount(of: known.state.rate) { return true }
        guard known.state.hasParticulars || state.hasParticulars else { return false }
        let isRevived = known.state.memory.stop != nil && state.memory.stop == nil
        let isPaused = state.pausedUntil.map { $0 > known.state.pausedUntil ?? .distantPast } ?? false
        return isRevived || isPaused
    }

    /// Whether only the relevant of the entries that `rate` counts are more or fewer.
    private func isRecount(of rate: PublishingRate) -> Bool {
        let fresh = state.rate
        guard let at = rate.at, let counted = fresh.at, fresh.matched != rate.matched else { return false }
        // Times are stored in whole milliseconds.
        return abs(counted.timeIntervalSince(at)) < 0.001 && fresh.items == rate.items
    }
}
