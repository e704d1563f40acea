import FeedModel
import FoundationEssentials

/// When a feed may next be checked: `next = max(floor, adaptive interval, freshness left, feed hints, back-off,
/// Retry-After)`, then late jitter (P-17). No term can make it earlier than another allows.
struct CheckTiming: Sendable {
    /// The settings that the rules depend on, for feeds on the public Internet.
    var floor: Duration = .seconds(60 * 60)
    var leastFloor: Duration = .seconds(15 * 60)
    var ceiling: Duration = .seconds(24 * 60 * 60)
    var backoff = Backoff()
    /// Whether feeds that are asked late spread over their interval again. Not in rounds by hand, which ask all that is due at
    /// the moments that somebody else chose.
    var spreadsLate = true
    /// Whether lower limits than the defaults are in force for a host (P-69). Such feeds have no adaptive interval either.
    var isRelaxed: @Sendable (String) -> Bool = { _ in false }

    /// The longest that `Retry-After` is obeyed (P-28).
    static let longestRetryAfter: Duration = .seconds(7 * 24 * 60 * 60)
    /// The furthest a stored due time may lie ahead; beyond it the clock was moved (P-26).
    static let longestDelay: Duration = .seconds(8 * 24 * 60 * 60)
    static let hour: Duration = .seconds(60 * 60)
    static let day: Duration = .seconds(24 * 60 * 60)

    struct Decision: Sendable, Equatable {
        /// The largest term: the wait before jitter.
        var interval: Duration
        var next: Date
        /// As `next`, with the adaptive interval and the jitter left out: when a sweep may ask (P-63).
        var permittedFrom: Date
        /// What the server asked for by `Retry-After`, if anything.
        var pausedUntil: Date?
        var terms: [WaitTerm]
    }

    /// The decision after a check that ended at `now`.
    ///
    /// - Parameters:
    ///   - state: the feed's state with this check counted in (failures, validators, the publisher's own interval), but when it
    ///     was due for it.
    ///   - answeredAt: the address that answered in the end; nil or empty for the feed's own. Lower limits hold only where it, too, is
    ///     inside allowed addresses (P-69).
    ///   - isFirst: whether this was the feed's first check; the second is spread over the interval by `phase` (P-23), and so is
    ///     one after a check that came much later than it was due.
    ///   - chance: 0 up to 1, for the jitter: how much of the seconds that may be added to the first moment are.
    func decide(
        feed: Feed, state: FeedState, hint: FreshnessHint, answeredAt: String? = nil, isFirst: Bool, now: Date,
        chance: (_ earliest: Date, _ window: TimeInterval) -> Double, pace: Pace = .initial
    ) -> Decision {
        let relaxed = isRelaxed(feed, at: answeredAt)
        var terms = [floorTerm(feed: feed, state: state, hint: hint, relaxed: relaxed, now: now)]
        let adaptive =
            relaxed ? nil : adaptiveTerm(feed: feed, state: state, floor: terms[0].wait, pace: pace, now: now)
        if let adaptive { terms.append(adaptive) }
        addHintTerms(state: state, hint: hint, to: &terms)
        let usual = max(terms[0].wait, adaptive?.wait ?? .zero)
        if let term = failureTerm(state: state, interval: usual, now: now) { terms.append(term) }
        var pausedUntil: Date?
        if let asked = hint.retryDelay(now: now) {
            let wait = min(asked, Self.longestRetryAfter)
            terms.append(WaitTerm(.retryAfter, wait, "Retry-After in the last answer"))
            pausedUntil = now.addingTimeInterval(wait.inSeconds)
        }
        let permitted = terms.reduce(.zero) { $1.name == .adaptive ? $0 : max($0, $1.wait) }
        let interval = max(permitted, adaptive?.wait ?? .zero)
        let window = min(interval.inSeconds * 0.1, 30 * 60)
        var earliest = now.addingTimeInterval(interval.inSeconds)
        let mayCrowd = !isFirst && spreadsLate && state.failures == 0
        let late = mayCrowd ? state.nextCheck.map { now.timeIntervalSince($0) } ?? 0 : 0
        // Those that an outage held up are asked together, and would be together at each interval's end. What is less late than
        // chance may make it does not crowd; what fails has waits of its own.
        if isFirst || late > max(window, 60) {
            let phase = interval.inSeconds * phase(of: feed.url)
            earliest.addTimeInterval(phase)
            terms.append(phaseTerm(interval + .seconds(phase), late: isFirst ? nil : late))
        }
        let jitter = window * min(max(chance(earliest, window), 0), 1)
        func allowed(_ date: Date) -> Date { self.allowed(date, url: feed.url, state) }
        return Decision(
            interval: interval,
            next: allowed(earliest.addingTimeInterval(jitter)),
            permittedFrom: allowed(now.addingTimeInterval(permitted.inSeconds)), pausedUntil: pausedUntil,
            terms: terms)
    }

    /// When the next check is due if this one never reports back: written down before the request leaves (P-24).
    func provisional(_ record: FeedRecord, now: Date) -> Date {
        if let interval = record.state.interval { return now.addingTimeInterval(interval.inSeconds) }
        let (feed, state) = (record.feed, record.state)
        let floor = floorTerm(
            feed: feed, state: state, hint: FreshnessHint(), relaxed: isRelaxed(feed, at: state.validatorsURL), now: now
        )
        return now.addingTimeInterval(floor.wait.inSeconds)
    }

    /// Whether a feed that is not due may be asked all the same, by hand: every rule but the adaptive interval permits it, or at
    /// least its floor has passed since it was last asked (R11).
    func permits(feed: Feed, state: FeedState, now: Date) -> Bool {
        // A clock that was set back says nothing of how long ago that was; it holds nobody.
        guard let last = state.lastAttempt, last <= now.addingTimeInterval(60) else { return true }
        if let permitted = state.permittedFrom, permitted <= now { return true }
        let floor = floorTerm(
            feed: feed, state: state, hint: FreshnessHint(), relaxed: isRelaxed(feed, at: state.validatorsURL), now: now
        )
        return now.timeIntervalSince(last) >= floor.wait.inSeconds
    }

    private func isRelaxed(_ feed: Feed, at answering: String?) -> Bool {
        guard isRelaxed(feed.url) else { return false }
        guard let answering, !answering.isEmpty, answering != feed.url else { return true }
        return isRelaxed(answering)
    }

    /// A stored due time, pulled in if the clock was moved since it was written (P-26): it is as far from now as it was from
    /// the check that set it, and never further than any wait can be: twice the feed's interval after its first check.
    func clamped(_ next: Date, lastAttempt: Date? = nil, interval: Duration? = nil, now: Date) -> Date {
        var next = next
        if let lastAttempt, lastAttempt > now.addingTimeInterval(60) {
            next = now.addingTimeInterval(max(0, next.timeIntervalSince(lastAttempt)))
        }
        guard next > now.addingTimeInterval(Self.longestDelay.inSeconds) else { return next }
        let longest = max(Self.longestDelay, (interval ?? .zero) * 2 + Self.day)
        return next > now.addingTimeInterval(longest.inSeconds) ? now : next
    }

    /// `date`, or a moment after the hours in which the feed's publisher asks not to be polled (P-19): not the first, for many
    /// feeds skip the same hours (P-65).
    func allowed(_ date: Date, of record: FeedRecord) -> Date { allowed(date, url: record.feed.url, record.state) }

    private func allowed(_ date: Date, url: String, _ state: FeedState) -> Date {
        guard let memory = state.particularMemory, let skipped = SkippedHours(memory) else { return date }
        let first = skipped.firstAllowed(from: date)
        return first == date ? date : first.addingTimeInterval(phase(of: url) * 50 * 60)
    }

    /// Where in the interval this feed's checks lie: 0 up to 1, the same on every run.
    func phase(of url: String) -> Double {
        Double(stableHash(url) >> 11) / Double(1 << 53)
    }
}

// MARK: The terms

extension CheckTiming {
    /// The shortest wait the rules allow (P-20, P-21, P-30).
    private func floorTerm(
        feed: Feed, state: FeedState, hint: FreshnessHint, relaxed: Bool, now: Date
    ) -> WaitTerm {
        let least = relaxed ? leastFloor : max(leastFloor, .seconds(15 * 60))
        let general = relaxed ? floor : max(floor, Self.hour)
        var term = WaitTerm(.floor, max(general, least), "fetch.floor")
        if let interval = feed.interval { term = WaitTerm(.floor, max(interval, least), "the feed's own interval") }
        // Until the first document was read nothing is known of validators: a feed that fails is not one without them.
        let lacksValidators = state.validators.isEmpty && state.lastSuccess != nil && !relaxed
        if lacksValidators {
            let bare = floorWithoutValidators(state: state, hint: hint, now: now)
            if bare.wait > term.wait { term = bare }
        }
        if let memory = state.particularMemory, let caution = caution(memory, now: now), caution > 1.001 {
            term.wait = max(term.wait, min(term.wait * caution, Self.day))
            term.source += ", more for it answered 429 before"
        }
        return term
    }

    private func floorWithoutValidators(state: FeedState, hint: FreshnessHint, now: Date) -> WaitTerm {
        if let permitted = [hint.maxAge, state.publisherInterval].compactMap({ $0 }).filter({ $0 > .zero }).max() {
            return WaitTerm(
                .floor, min(max(permitted, Self.hour), Self.day), "no validators; the publisher permits this")
        }
        if let gap = state.particularMemory?.gapAt, now.timeIntervalSince(gap) < 7 * 86_400, now >= gap {
            return WaitTerm(.floor, Self.hour * 6, "no validators; entries may have been missed")
        }
        return WaitTerm(.floor, Self.day, "no validators")
    }

    /// By how much a feed that answered 429 is spared; back to 1 after thirty days without another.
    private func caution(_ memory: FeedMemory, now: Date) -> Double? {
        guard let factor = memory.caution, let at = memory.cautionAt else { return nil }
        let left = max(0, 1 - max(0, now.timeIntervalSince(at)) / (30 * 86_400))
        return 1 + (factor - 1) * left
    }

    private func adaptiveTerm(
        feed: Feed, state: FeedState, floor: Duration, pace: Pace, now: Date
    ) -> WaitTerm? {
        guard feed.interval == nil, state.rate.at != nil else { return nil }
        var wait = pace.wait(Pace.Source(feed, state.rate), now: now, floor: floor, ceiling: max(floor, ceiling))
        var source = "\(rounded(state.rate.itemsPerDay(at: now))) entries a day, "
        source += "\(rounded(state.rate.matchedShare(mean: pace.share(of: feed.group)) * 100)) % of them relevant"
        if let priority = feed.priority { source += ", of priority \(rounded(priority))" }
        if let gap = state.particularMemory?.gapAt, now >= gap, now.timeIntervalSince(gap) < 7 * 86_400 {
            wait = max(floor, wait / 2)
            source += "; halved, for entries may have been missed"
        }
        return WaitTerm(.adaptive, wait, source)
    }

    private func phaseTerm(_ wait: Duration, late: TimeInterval?) -> WaitTerm {
        let reason =
            late.map { "asked \(words(.seconds($0))) late, and spread over the interval again" }
            ?? "a new feed, spread over the interval"
        return WaitTerm(.phase, wait, reason)
    }

    private func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

    private func addHintTerms(state: FeedState, hint: FreshnessHint, to terms: inout [WaitTerm]) {
        if let freshness = hint.freshness {
            let source = hint.maxAge != nil ? "Cache-Control in the last answer" : "Expires in the last answer"
            terms.append(WaitTerm(.freshness, min(freshness, Self.day), source))
        }
        if let publisher = state.publisherInterval {
            terms.append(WaitTerm(.feedHint, min(publisher, Self.day), "ttl or sy:updatePeriod in the feed"))
        }
    }

    /// What a failure adds (P-29, P-34, P-36).
    private func failureTerm(state: FeedState, interval: Duration, now: Date) -> WaitTerm? {
        guard state.failures > 0 else { return nil }
        func term(_ wait: Duration, _ source: String) -> WaitTerm { WaitTerm(.backoff, wait, source) }
        // A timeout before it is no step towards three days of silence.
        let inARow = max(1, state.memory.alike ?? 1)
        switch state.lastFailure?.status {
        case 401: return term(Self.day, "401: asked once a day until the credentials change")
        case 403: return term(Self.hour * [6, 24, 72][min(inARow, 3) - 1], "403")
        case 404: return term(Self.day, "404")
        case 410: return term(Self.day, "410")
        case 429:
            let doubled = max(interval * (1 << min(inARow, 8)), Self.hour)
            return term(max(interval, min(doubled, Self.day)), "429")
        default:
            let failingFor: Duration = .seconds(max(0, now.timeIntervalSince(state.failingSince ?? now)))
            return term(
                backoff.delay(interval: interval, afterFailures: state.failures, failingFor: failingFor),
                "failed \(state.failures) times in a row")
        }
    }
}
