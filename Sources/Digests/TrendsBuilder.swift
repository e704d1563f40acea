public import FeedModel
import Glibc

/// Counts what was published into shares, surges and silences. Pure.
public struct TrendsBuilder: Sendable {
    /// The last day that counts, as days since 1970.
    private let today: Int
    private let volumes: [Volume]
    private let sources: [SourceActivity]

    /// How many days must lie before the last seven for anything to be called unusual.
    private static let leastHistory = 28
    /// A surge has at least this many entries, twice what is expected, and a chance of less than one in a thousand.
    private static let leastSurge = 5
    private static let surgeChance = 0.001
    /// Who has been silent for longer is no news.
    private static let longestSilence = 60
    /// Days that are looked back: 90 before the last 30.
    public static let span = 120

    /// - Parameters:
    ///   - today: the last day that counts.
    ///   - volumes: of the `span` days up to it.
    ///   - sources: likewise.
    public init(today: LocalDate, volumes: [Volume], sources: [SourceActivity]) {
        self.today = today.daysSince1970
        self.volumes = volumes.filter { $0.day <= today.daysSince1970 }
        self.sources = sources
    }

    public func build() -> Trends {
        Trends(
            balance: balance(volumes), byCountry: countries, surges: surges, silent: silent, weeks: weeks,
            topics: topics)
    }

    /// Whether a day lies in the last `days`.
    private func isIn(_ day: Int, last days: Int) -> Bool { day > today - days && day <= today }
    private func isBefore30(_ day: Int) -> Bool { day > today - Self.span && day <= today - 30 }

    private func balance(_ volumes: [Volume]) -> [AreaShare] {
        func count(_ area: Area?, _ isIn: (Int) -> Bool) -> Int {
            volumes.reduce(0) { $0 + (isIn($1.day) && (area == nil || $1.area == area) ? $1.count : 0) }
        }
        func share(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
        let (all7, all30, allBefore) = (
            count(nil) { isIn($0, last: 7) }, count(nil) { isIn($0, last: 30) }, count(nil, isBefore30)
        )
        return Area.allCases.map { area in
            let (last7, last30, before) = (
                count(area) { isIn($0, last: 7) }, count(area) { isIn($0, last: 30) }, count(area, isBefore30)
            )
            return AreaShare(
                area: area, last7: last7, last30: last30, before90: before, share7: share(last7, all7),
                share30: share(last30, all30), shareBefore: share(before, allBefore))
        }
    }

    private var countries: [CountryBalance] {
        let byCountry = Dictionary(grouping: volumes.filter { $0.country != nil }) { $0.country ?? "" }
        let sizes = byCountry.mapValues { $0.reduce(0) { $0 + $1.count } }
        return byCountry.keys.filter { sizes[$0, default: 0] >= 10 }
            .sorted { (-sizes[$0, default: 0], $0) < (-sizes[$1, default: 0], $1) }
            .map { CountryBalance(country: $0, balance: balance(byCountry[$0] ?? [])) }
    }

    private var topics: [TopicVolume] {
        let byTopic = Dictionary(grouping: volumes.filter { isIn($0.day, last: 30) }, by: \.topic)
        return byTopic.map { topic, rows in
            TopicVolume(
                topic: topic, last7: rows.reduce(0) { $0 + (isIn($1.day, last: 7) ? $1.count : 0) },
                mean30: (Double(rows.reduce(0) { $0 + $1.count }) * 70 / 30).rounded() / 10)
        }.sorted { ($1.last7, $1.mean30, $0.topic) < ($0.last7, $0.mean30, $1.topic) }
    }

    private var surges: [Surge] {
        guard let first = volumes.map(\.day).min() else { return [] }
        let history = min(90, today - 6 - max(first, today - Self.span + 1))
        guard history >= Self.leastHistory else { return [] }
        var found: [(surge: Surge, chance: Double)] = []
        for (topic, rows) in Dictionary(grouping: volumes, by: \.topic) {
            let count = rows.reduce(0) { $0 + (isIn($1.day, last: 7) ? $1.count : 0) }
            let before = rows.reduce(0) { $0 + ($1.day <= today - 7 && $1.day > today - 7 - history ? $1.count : 0) }
            let expected = Double(before) / Double(history) * 7
            guard count >= Self.leastSurge, Double(count) >= 2 * expected else { continue }
            // A topic never seen before is unusual only in so far as one entry a history would be usual.
            let chance = Self.chance(of: count, expected: max(expected, 7 / Double(history)))
            if chance < Self.surgeChance {
                found.append((Surge(topic: topic, count: count, expected: expected), chance))
            }
        }
        return found.sorted { ($0.chance, $0.surge.topic) < ($1.chance, $1.surge.topic) }.map(\.surge)
    }

    /// The chance of at least `count` entries where `expected` are usual and each comes by itself (Poisson).
    static func chance(of count: Int, expected: Double) -> Double {
        // In logarithms, for e to the power of -746 is nothing.
        var term = -expected
        var below = 0.0
        for number in 0..<count {
            below += exp(term)
            term += log(expected / Double(number + 1))
        }
        return max(0, 1 - below)
    }

    private var silent: [SilentSource] {
        // Feeds of one site under one title are one source. "Press Releases" is the title of many.
        var told: Set<[String]> = []
        return sources.compactMap { source -> SilentSource? in
            guard source.activeDays >= 4 else { return nil }
            let usual = Double(source.lastDay - source.firstDay) / Double(source.activeDays - 1)
            let days = today - source.lastDay
            guard (8...Self.longestSilence).contains(days), Double(days) > 4 * usual else { return nil }
            return SilentSource(title: source.title, url: source.url, days: days, usualDays: usual)
        }.sorted { (-$0.days, $0.url) < (-$1.days, $1.url) }.filter {
            told.insert([$0.title, hostName(of: $0.url)]).inserted
        }
    }

    private var weeks: [WeekVolume] {
        let count = Self.span / 7
        return (0..<count).map { week in
            let first = today - 7 * (count - week) + 1
            let counts = Area.allCases.map { area in
                volumes.reduce(0) { $0 + ((first..<first + 7).contains($1.day) && $1.area == area ? $1.count : 0) }
            }
            return WeekVolume(firstDay: LocalDate(daysSince1970: first), counts: counts)
        }
    }
}
