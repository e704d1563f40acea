import FoundationEssentials
import Storage

/// Until when hosts and rate groups asked to be left alone (P-31, P-32).
struct Pauses: Sendable {
    private var ends: [String: Date] = [:]

    init(_ known: [CheckBatch.Pause] = []) {
        ends = Dictionary(known.map { ($0.host, $0.until) }, uniquingKeysWith: max)
    }

    var isEmpty: Bool { ends.isEmpty }

    /// Until when none of `places` may be asked; nil if all may now.
    func end(of places: [String], now: Date) -> Date? {
        ends.isEmpty ? nil : places.compactMap { Self.inForce(ends[$0], now: now) }.max()
    }

    /// - Returns: false if the place is left alone for as long already.
    mutating func note(_ place: String, until: Date, now: Date) -> Bool {
        guard until > Self.inForce(ends[place], now: now) ?? now else { return false }
        ends[place] = until
        return true
    }

    /// Forgets what is over.
    mutating func prune(now: Date) {
        if !ends.isEmpty { ends = ends.filter { Self.inForce($0.value, now: now) != nil } }
    }

    mutating func add(_ known: [CheckBatch.Pause]) {
        for pause in known { ends[pause.host] = max(ends[pause.host] ?? pause.until, pause.until) }
    }

    /// Takes the ends along with a clock that was set back (R14).
    mutating func shift(by seconds: Double) { ends = ends.mapValues { $0.addingTimeInterval(seconds) } }

    /// `end`, if it is still to come and no further away than any server is obeyed: beyond that the clock was moved since it was
    /// written (P-26).
    static func inForce(_ end: Date?, now: Date) -> Date? {
        end.flatMap { $0 > now && $0 <= now.addingTimeInterval(CheckTiming.longestDelay.inSeconds) ? $0 : nil }
    }
}
