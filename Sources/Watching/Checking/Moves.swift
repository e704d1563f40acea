import FeedModel
import FoundationEssentials
import Glibc
import Transfers

/// When a permanent redirect becomes the address a feed is asked at (P-42 to P-46). The reader's own list is never
/// changed, and the feed's URL in it stays the name by which its entries are known.
enum Moves {
    private static let leastTimes = 5
    private static let leastAge: TimeInterval = 7 * 86_400
    private static let oldAddressEvery: TimeInterval = 30 * 86_400
    /// While the new address fails.
    private static let oldAddressInNeed: TimeInterval = 86_400

    enum Kinship {
        /// It is the feed's, by its own name or by an entry that is known from before.
        case same
        /// It holds entries, and nothing that is the feed's.
        case none
        /// There is nothing to compare.
        case open
    }

    /// A document that came, with the entries in it that were new.
    struct Arrival: Sendable {
        var kinship: Kinship
        /// When these were stored; nil if there were none.
        var stored: FeedMemory.Stretch?
        /// The first that ever came is the feed's, wherever it comes from.
        var isFirst: Bool

        init(_ kinship: Kinship, _ entries: [MatchedEntry] = [], isFirst: Bool = false) {
            self.kinship = kinship
            self.isFirst = isFirst
            let times = entries.map(\.firstSeen)
            if let from = times.min(), let to = times.max() { stored = .init(from: from, to: to) }
        }
    }

    /// Takes note of where a check that succeeded was led.
    ///
    /// - Parameters:
    ///   - document: what came; nil for "not modified".
    ///   - shared: addresses that several unrelated feeds were led to.
    static func note(
        _ trace: FetchTrace, feed: Feed, isAtOldAddress: Bool, document: Arrival?, shared: Set<String>,
        in memory: inout FeedMemory, now: Date
    ) {
        let kinship = document?.kinship ?? .same
        if isAtOldAddress {
            // The feed is back at its old address, or on its way to another.
            if kinship == .same, trace.redirects.last?.to != memory.movedTo { memory.movedTo = nil }
            if let document, kinship == .none {
                note(document, at: trace.redirects.last?.to ?? feed.url, in: &memory)
            }
            return
        }
        let landed = trace.redirects.last?.to
        if let document { note(document, at: landed, in: &memory) }
        let permanent = trace.redirects.prefix { $0.status == 301 || $0.status == 308 }
        guard let target = permanent.last?.to, kinship == .same, memory.stranger != landed,
            mayAdopt(target, from: memory.movedTo ?? feed.url, shared: shared)
        else {
            memory.move = nil
            return
        }
        var move = memory.move.flatMap { $0.target == target ? $0 : nil } ?? .init(target: target, since: now, times: 0)
        move.times += 1
        memory.move = move
        if move.times >= leastTimes, now.timeIntervalSince(move.since) >= leastAge {
            memory.movedTo = target
            memory.oldAddressAsked = now
            memory.move = nil
        }
    }

    /// Remembers what came from a stranger: its entries are known from the next check on, which proves nothing, whoever shows
    /// them then (P-43).
    private static func note(_ document: Arrival, at landed: String?, in memory: inout FeedMemory) {
        guard let landed, document.kinship == .none else {
            if document.kinship == .same { memory.stranger = nil }
            // What is empty proves nothing, and nor do the answers of "not modified" that follow it.
            if document.kinship == .open, !document.isFirst, let landed { memory.stranger = landed }
            return
        }
        let goesOn = memory.stranger != nil
        memory.stranger = landed
        guard let stored = document.stored else { return }
        var strange = memory.strange ?? []
        if goesOn, let last = strange.indices.last {
            strange[last].from = min(strange[last].from, stored.from)
            strange[last].to = max(strange[last].to, stored.to)
        } else {
            strange.append(stored)
        }
        if strange.count > mostStretches {
            strange[1].from = strange[0].from
            strange.removeFirst()
        }
        memory.strange = strange
    }

    /// More of them run together, what lies between included.
    private static let mostStretches = 8

    /// After a failure at a new address that looks like more than a bad hour, the old one is asked next; once a day, for it may
    /// long be dead. The new one stays until the feed is found at the old.
    static func doubt(_ memory: inout FeedMemory, after failure: CheckFailure, now: Date) {
        memory.move = nil
        guard memory.movedTo != nil else { return }
        if [404, 410].contains(failure.status) || failure.kind == .notAFeed || failure.kind == .dns,
            memory.oldAddressAsked.map({ now.timeIntervalSince($0) >= oldAddressInNeed }) ?? true
        {
            memory.oldAddressAsked = nil
        }
    }

    /// Where a feed is asked at a moment: where it has moved to, but now and then at the address in its reader's list.
    static func address(of feed: Feed, _ state: FeedState, at date: Date) -> (url: String, isOld: Bool) {
        guard let memory = state.particularMemory, let moved = memory.movedTo else { return (feed.url, false) }
        return shouldAskOldAddress(memory, now: date) ? (feed.url, true) : (moved, false)
    }

    static func shouldAskOldAddress(_ memory: FeedMemory, now: Date) -> Bool {
        memory.oldAddressAsked.map { now.timeIntervalSince($0) >= oldAddressEvery } ?? true
    }

    /// Never adopted (P-44): a step down from https, an address in numbers that is private, a site's root, and where many
    /// feeds are led alike.
    static func mayAdopt(_ target: String, from url: String, shared: Set<String>) -> Bool {
        let isStepDown = url.lowercased().hasPrefix("https:") && !target.lowercased().hasPrefix("https:")
        return !isStepDown && !isRoot(target) && !isPrivate(target) && !shared.contains(target)
    }

    /// Whether it is the address of a whole site.
    static func isRoot(_ url: String) -> Bool {
        let path = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).dropFirst(2)
        return path.first.map { $0.isEmpty || $0.hasPrefix("?") || $0.hasPrefix("#") } ?? true
    }

    private static func isPrivate(_ url: String) -> Bool {
        let host = hostName(ofKey: authority(of: url))
        return host == "localhost" || isReservedAddress(host)
    }
}

/// When a feed that has long been silent is asked once without validators, in case its server's 304 is stuck (P-14).
enum StuckFeed {
    static func deservesWholeAnswer(_ state: FeedState, now: Date) -> Bool {
        guard !state.validators.isEmpty, let lastNew = state.lastNew, state.failures == 0 else { return false }
        let silence = now.timeIntervalSince(lastNew) / 86_400
        guard silence >= 7 else { return false }
        let last = state.memory.askedInFull.map { now.timeIntervalSince($0) / 86_400 } ?? .infinity
        guard last >= 30 else { return false }
        // As the rate was when the feed fell silent: the probability of this silence by chance is e^-(rate x silence).
        let rate = state.rate.itemsPerDay(at: lastNew)
        return exp(-rate * silence) < 0.001
    }
}

/// What the operator is told of a feed that keeps failing (P-40): once after two days, again when it fails in another way,
/// and when it is well again.
enum Notices {
    static func due(for state: inout FeedState, now: Date) -> String? {
        guard let failure = state.lastFailure, let since = state.failingSince else {
            guard state.memory.reported != nil else { return nil }
            state.memory.reported = nil
            state.memory.reportedBefore = nil
            return "well again"
        }
        if state.memory.stop != nil {
            state.memory.reported = failure.kind
            return "gone for good; no longer asked (durbeen feeds revive)"
        }
        // A feed that fails now in one way and now in another is no news each time.
        let told = (state.memory.reportedBefore ?? []) + (state.memory.reported.map { [$0] } ?? [])
        guard now.timeIntervalSince(since) >= 48 * 3600, !told.contains(failure.kind) else { return nil }
        if let last = state.memory.reported {
            state.memory.reportedBefore = (state.memory.reportedBefore ?? []) + [last]
        }
        state.memory.reported = failure.kind
        return "failing for over two days"
    }
}
