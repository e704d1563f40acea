import FeedModel
import FoundationEssentials
import Glibc
import Synchronization
import Watching

/// A rule of when to poll next.
enum Rule: String {
    case fixed = "fixed interval"
    /// Miniflux: the interval follows the number of entries of the last week.
    case entryFrequency = "Miniflux entry frequency"
    /// CommaFeed: by the age of the newest entry and the mean interval between entries.
    case empirical = "CommaFeed empirical"
    case ours = "Durbeen"
    case oursWithoutHours = "Durbeen, hours of the week unheeded"

    var isOurs: Bool { self == .ours || self == .oursWithoutHours }
}

/// Chance that is the same on every run.
private final class Dice: Sendable {
    private let generator = Mutex(SplitMix(state: 42))
    func roll() -> Double { generator.withLock { Double($0.next() >> 11) / Double(1 << 53) } }
}

/// What a rule comes to over all traces. The first half of the days is for learning; the second is measured.
struct Replay {
    let traces: [Trace]
    let days: Int

    struct Outcome {
        /// In seconds, of relevant entries, from their publication to the poll that found them.
        var meanDelay: Double
        var requestsPerFeedAndDay: Double
        /// The busiest minute against the mean one.
        var peakOverMean: Double
        /// Relevant entries that had left the document before a poll came.
        var missed: Int
    }

    private static let floor = 900.0
    private static let ceiling = 86_400.0
    /// A Monday, 00:00 UTC.
    private static let epoch = 1_795_392_000.0

    /// - Parameter perDay: requests a feed and day. A rule's intervals are scaled until it spends so many.
    func run(_ rule: Rule, perDay: Double) -> Outcome {
        if rule == .fixed { return simulate(rule, scale: 86_400 / perDay) }
        // More requests the smaller the scale; met to half a per cent where floor and ceiling let it be.
        var (low, high) = (0.01, 100.0)
        var best = simulate(rule, scale: 1, perDay: perDay)
        for _ in 0..<14 {
            let middle = (low * high).squareRoot()
            let outcome = simulate(rule, scale: middle, perDay: perDay)
            if abs(outcome.requestsPerFeedAndDay - perDay) < abs(best.requestsPerFeedAndDay - perDay) { best = outcome }
            if abs(outcome.requestsPerFeedAndDay / perDay - 1) < 0.005 { break }
            if outcome.requestsPerFeedAndDay > perDay { low = middle } else { high = middle }
        }
        return best
    }

    /// One feed on its way through time.
    private struct Walker {
        var next: Double
        var seen = 0
        var last: Double?
        var rate = PublishingRate()
    }

    private func simulate(_ rule: Rule, scale: Double, perDay: Double = 0) -> Outcome {
        let dice = Dice()
        let quiet = QuietMinutes { dice.roll() }
        let end = Double(days) * 86_400
        let measured = end / 2
        var walkers = traces.indices.map { index in
            // The first poll finds half a day of the past, and feeds start spread out.
            Walker(next: 43_200 * (1 + Double(index) / Double(max(1, traces.count))))
        }
        var pace = Pace.initial
        var (delay, relevant, missed, requests) = (0.0, 0, 0, 0)
        var perMinute = [Int32](repeating: 0, count: Int((end - measured) / 60) + 1)
        // Day by day, so that the pace is fitted to all feeds as they are.
        var day = 0.0
        while day < end {
            if rule.isOurs {
                let known = walkers.map(\.rate).filter { $0.at != nil }.map { Pace.Source($0) }
                if !known.isEmpty {
                    pace = Pace.fitted(
                        to: known, requestsPerFeed: perDay / scale, floor: .seconds(Self.floor),
                        ceiling: .seconds(Self.ceiling), now: Self.date(day))
                }
            }
            for index in walkers.indices {
                while walkers[index].next < day + 86_400 && walkers[index].next < end {
                    let now = walkers[index].next
                    let trace = traces[index]
                    var found: [Date] = []
                    var matched = 0
                    let begin = walkers[index].seen
                    while walkers[index].seen < trace.items.count && trace.items[walkers[index].seen].at <= now {
                        walkers[index].seen += 1
                    }
                    let shown = max(begin, walkers[index].seen - trace.window)
                    for item in trace.items[begin..<walkers[index].seen].enumerated() {
                        let isShown = begin + item.offset >= shown
                        if isShown {
                            found.append(Self.date(item.element.at))
                            matched += item.element.isRelevant ? 1 : 0
                        }
                        guard item.element.isRelevant, item.element.at >= measured else { continue }
                        if isShown {
                            (delay, relevant) = (delay + now - item.element.at, relevant + 1)
                        } else {
                            missed += 1
                        }
                    }
                    if now >= measured {
                        requests += 1
                        perMinute[Int((now - measured) / 60)] += 1
                    }
                    walkers[index].rate.count(
                        found, matched: matched, since: walkers[index].last.map(Self.date), now: Self.date(now))
                    walkers[index].last = now
                    let wait = wait(rule, walkers[index], trace, now: now, scale: scale, pace: pace)
                    walkers[index].next = now + wait
                    if rule.isOurs {
                        let window = min(wait * 0.1, 1800)
                        walkers[index].next += window * quiet.draw(from: Self.date(now + wait), window: window)
                    }
                }
            }
            day += 86_400
        }
        let minutes = (end - measured) / 60
        return Outcome(
            meanDelay: relevant > 0 ? delay / Double(relevant) : 0,
            requestsPerFeedAndDay: Double(requests) / Double(traces.count) / (Double(days) / 2),
            peakOverMean: Double(perMinute.max() ?? 0) / max(1e-9, Double(requests) / minutes), missed: missed)
    }

    private func wait(
        _ rule: Rule, _ walker: Walker, _ trace: Trace, now: Double, scale: Double, pace: Pace
    ) -> Double {
        switch rule {
        case .fixed:
            return max(scale, Self.floor)
        case .entryFrequency:
            // A week over the number of its entries; the factor is the rule's own knob.
            let week = trace.items[..<walker.seen].reversed().prefix { $0.at > now - 7 * 86_400 }.count
            return clamp(week == 0 ? Self.ceiling : 7 * 86_400 / Double(week) * scale)
        case .empirical:
            guard let newest = trace.items[..<walker.seen].last?.at else { return Self.ceiling }
            let age = now - newest
            if age > 30 * 86_400 { return clamp(Self.ceiling * scale) }
            if age > 14 * 86_400 { return clamp(Self.ceiling / 2 * scale) }
            if age > 7 * 86_400 { return clamp(Self.ceiling / 4 * scale) }
            let shown = trace.items[..<walker.seen].suffix(trace.window)
            guard shown.count > 1, let oldest = shown.first?.at else { return clamp(Self.ceiling / 4 * scale) }
            let mean = (newest - oldest) / Double(shown.count - 1)
            return clamp(min(mean / 2, Self.ceiling / 4) * scale)
        case .ours, .oursWithoutHours:
            var rate = walker.rate
            if rule == .oursWithoutHours { rate.hours = [] }
            let wait = pace.wait(
                Pace.Source(rate), now: Self.date(now), floor: .seconds(Self.floor), ceiling: .seconds(Self.ceiling))
            return clamp(wait / .seconds(1))
        }
    }

    private func clamp(_ wait: Double) -> Double { min(max(wait, Self.floor), Self.ceiling) }

    private static func date(_ offset: Double) -> Date { Date(timeIntervalSince1970: epoch + offset) }
}
