import FeedModel
import FoundationEssentials
import Glibc

/// Replays what feeds published and asks, for each rule of when to poll, how long relevant entries waited to be seen, at
/// equal numbers of requests (P-64), and how even the requests are over time (P-65).
///
/// Each peer is run with its own rule, its intervals scaled so that it spends `PERDAY` requests a feed and day; ours is given
/// as many as the peer then really spent. All share the floor of fifteen minutes and the ceiling of a day.
enum ScheduleBenchmark {
    static let usage = "[--feeds N] [--days N] [--per-day N] [--seed N] [--recorded FOLDER]"

    static func run(_ arguments: [String]) async throws(BenchmarkError) -> String {
        var values: [String: String] = [:]
        var rest = arguments[...]
        while let word = rest.popFirst() {
            guard ["--feeds", "--days", "--per-day", "--seed", "--recorded"].contains(word), let value = rest.popFirst()
            else { throw .usage }
            values[word] = value
        }
        func number(_ name: String, _ standard: Int) throws(BenchmarkError) -> Int {
            guard let text = values[name] else { return standard }
            guard let value = Int(text), value > 0, value < 1_000_000 else { throw .usage }
            return value
        }
        let days = try number("--days", 60)
        let perDay = Double(try number("--per-day", 12))
        var generator = SplitMix(state: UInt64(try number("--seed", 1)))
        let traces: [Trace]
        if let folder = values["--recorded"] {
            traces = try RecordedTraces.read(folder: folder, days: days, using: &generator)
        } else {
            let count = try number("--feeds", 1000)
            traces = (0..<count).map { _ in Trace.synthetic(days: days, using: &generator) }
        }
        guard !traces.isEmpty else { throw .input("no feed has enough dated entries") }
        let replay = Replay(traces: traces, days: days)
        var rows: [JSON] = []
        for peer in [Rule.fixed, .entryFrequency, .empirical] {
            let theirs = replay.run(peer, perDay: perDay)
            let ours = replay.run(.ours, perDay: theirs.requestsPerFeedAndDay)
            rows.append(
                .object([
                    "peer": .string(peer.rawValue), "peer_requests": .real(round3(theirs.requestsPerFeedAndDay)),
                    "our_requests": .real(round3(ours.requestsPerFeedAndDay)),
                    "peer_minutes": .real(round3(theirs.meanDelay / 60)),
                    "our_minutes": .real(round3(ours.meanDelay / 60)),
                    "lower_by_percent": .real(round3((1 - ours.meanDelay / theirs.meanDelay) * 100)),
                    "our_peak_over_mean": .real(round3(ours.peakOverMean)),
                    "peer_missed": .integer(Int64(theirs.missed)), "our_missed": .integer(Int64(ours.missed)),
                ]))
        }
        let flat = replay.run(.oursWithoutHours, perDay: perDay)
        let shaped = replay.run(.ours, perDay: flat.requestsPerFeedAndDay)
        return JSON.object([
            "feeds": .integer(Int64(traces.count)), "days": .integer(Int64(days)), "rules": .array(rows),
            "hours_of_week": .object([
                "flat_minutes": .real(round3(flat.meanDelay / 60)),
                "shaped_minutes": .real(round3(shaped.meanDelay / 60)),
                "lower_by_percent": .real(round3((1 - shaped.meanDelay / flat.meanDelay) * 100)),
                "flat_requests": .real(round3(flat.requestsPerFeedAndDay)),
                "shaped_requests": .real(round3(shaped.requestsPerFeedAndDay)),
            ]),
        ]).text()
    }

    private static func round3(_ value: Double) -> Double { value.isFinite ? (value * 1000).rounded() / 1000 : -1 }
}

/// What one feed published: seconds from the start, ascending, and whether each entry was relevant.
struct Trace: Sendable {
    var items: [(at: Double, isRelevant: Bool)]
    /// Entries that a document shows.
    var window: Int

    /// Rates from one entry in a month to fifty a day, by hour and weekday; some bursts, some silence; most entries of most
    /// feeds irrelevant.
    static func synthetic(days: Int, using generator: inout SplitMix) -> Trace {
        func uniform() -> Double { Double(generator.next() >> 11) / Double(1 << 53) }
        func normal() -> Double { (-2 * log(max(uniform(), 1e-12))).squareRoot() * cos(2 * .pi * uniform()) }
        let isSilent = uniform() < 0.15
        let perDay = isSilent ? 1.0 / 90 : min(max(exp(0.3 + 1.6 * normal()), 1.0 / 30), 50)
        let share = uniform() < 0.15 ? 0.2 + 0.6 * uniform() : 0.03 * uniform()
        let zone = (uniform() * 24).rounded(.down)
        let isBursty = uniform() < 0.25
        var items: [(at: Double, isRelevant: Bool)] = []
        var time = 0.0
        let end = Double(days) * 86_400
        // Thinning: the busiest hour has 2.5 times the mean.
        let most = perDay * 2.6 / 86_400
        while true {
            time += -log(max(uniform(), 1e-12)) / most
            guard time < end else { break }
            let hour = (time / 3600 + zone).truncatingRemainder(dividingBy: 24)
            let weekday = Int(time / 86_400) % 7
            let activity = (hour > 8 && hour < 19 ? 1.9 : 0.35) * (weekday < 5 ? 1.25 : 0.4)
            guard uniform() < activity / 2.6 else { continue }
            let burst = isBursty && uniform() < 0.15 ? 1 + Int(uniform() * 6) : 1
            for number in 0..<burst {
                let at = time + Double(number) * 600 * uniform()
                if at < end { items.append((at, uniform() < share)) }
            }
        }
        items.sort { $0.at < $1.at }
        return Trace(items: items, window: 20)
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
