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
    /// Whether lower limits than the defaults are in force for a host (P-69).
    var isRelaxed: @Sendable (String) -> Bool = { _ in false }

    /// The longest that `Retry-After` is obeyed (P-28).
    static let longestRetryAfter: Duration = .seconds(7 * 24 * 60 * 60)
    /// The furthest a stored due time may lie ahead; beyond it the clock was moved (P-26).
    static let longestDelay: Duration = .seconds(8 * 24 * 60 * 60)
    private static let hour: Duration = .seconds(60 * 60)
    private static let day: Duration = .seconds(24 * 60 * 60)

    /// One term of the maximum, for whoever asks why.
    struct Term: Sendable, Equatable {
        var name: String
        var wait: Duration
    }

    struct Decision: Sendable, Equatable {
        /// The largest term: the wait before jitter.
        var interval: Duration
        var next: Date
        /// What the server asked for by `Retry-After`, if anything.
        var pausedUntil: Date?
        var terms: [Term]
    }

    /// The decision after a check that ended at `now`.
    ///
    /// - Parameters:
    ///   - state: the feed's state with this check counted in (failures, validators, the publisher's own interval).
    ///   - isFirst: whether this was the feed's first check; the second is spread over the interval by `phase` (P-23).
    ///   - chance: 0 up to 1, for the jitter.
    func decide(
        feed: Feed, state: FeedState, hint: FreshnessHint, isFirst: Bool, now: Date, chance: Double
    ) -> Decision {
        let base = floorFor(feed: feed, state: state, hint: hint)
        var terms = [Term(name: "floor", wait: base)]
        if let freshness = hint.freshness {
            terms.append(Term(name: "freshness", wait: min(freshness, Self.day)))
        }
        if let publisher = state.publisherInterval {
            terms.append(Term(name: "feed hints", wait: min(publisher, Self.day)))
        }
        if state.failures > 0 {
            let failingFor: Duration = .seconds(max(0, now.timeIntervalSince(state.failingSince ?? now)))
            terms.append(
                Term(
                    name: "back-off",
                    wait: backoff.delay(interval: base, afterFailures: state.failures, failingFor: failingFor)))
        }
        var pausedUntil: Date?
        if let asked = hint.retryDelay(now: now) {
            let wait = min(asked, Self.longestRetryAfter)
            terms.append(Term(name: "Retry-After", wait: wait))
            pausedUntil = now.addingTimeInterval(wait.inSeconds)
        } else if state.lastFailure?.status == 429 {
            // Asked to slow down without being told how long (P-29).
            let doubled = max(base * (1 << min(max(state.failures, 1), 8)), Self.hour)
            terms.append(Term(name: "429", wait: min(doubled, Self.day)))
        }
        let interval = terms.map(\.wait).max() ?? base
        let spread = isFirst ? phase(of: feed.url) : 0
        let jitter = min(interval.inSeconds * 0.1, 30 * 60) * min(max(chance, 0), 1)
        let next = now.addingTimeInterval(interval.inSeconds * (1 + spread) + jitter)
        return Decision(interval: interval, next: next, pausedUntil: pausedUntil, terms: terms)
    }

    /// When the next check is due if this one never reports back: written down before the request leaves (P-24).
    func provisional(feed: Feed, state: FeedState, now: Date) -> Date {
        let wait = state.interval ?? floorFor(feed: feed, state: state, hint: FreshnessHint())
        return now.addingTimeInterval(wait.inSeconds)
    }

    /// A stored due time, pulled in if the clock was moved since it was written (P-26).
    func clamped(_ next: Date, now: Date) -> Date {
        let furthest = now.addingTimeInterval(Self.longestDelay.inSeconds)
        return next > furthest ? now : next
    }

    /// The shortest wait the rules allow (P-20, P-21).
    private func floorFor(feed: Feed, state: FeedState, hint: FreshnessHint) -> Duration {
        let relaxed = isRelaxed(feed.url)
        let least = relaxed ? leastFloor : max(leastFloor, .seconds(15 * 60))
        let general = relaxed ? floor : max(floor, Self.hour)
        let asked = max(feed.interval ?? general, least)
        let needsNoValidators = relaxed || !state.validators.isEmpty
        // Until the first document was read nothing is known of validators: a feed that fails is not one without them.
        let wasRead = state.lastSuccess != nil
        guard !needsNoValidators && wasRead else { return asked }
        let permitted = [hint.maxAge, state.publisherInterval].compactMap { $0 }.filter { $0 > .zero }.max()
        return max(asked, permitted.map { min(max($0, Self.hour), Self.day) } ?? Self.day)
    }

    /// Where in the interval this feed's checks lie: 0 up to 1, the same on every run.
    func phase(of url: String) -> Double {
        Double(stableHash(url) >> 11) / Double(1 << 53)
    }
}
