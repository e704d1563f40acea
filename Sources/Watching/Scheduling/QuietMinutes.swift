public import struct FoundationEssentials.Date
public import typealias FoundationEssentials.TimeInterval
import Synchronization

/// How many checks are planned for each minute ahead. A check may always come a little later (P-22); of three moments drawn
/// for it the one in the quietest minute is taken, and so the requests of all feeds together stay even (P-65). One draw alone
/// crowds some minute by chance; that a choice of two takes nearly all of that away is the result of Azar, Broder, Karlin and
/// Upfal, "Balanced allocations".
public final class QuietMinutes: Sendable {
    private let planned = Mutex<[Int: Int]>([:])
    private let uniform: @Sendable () -> Double
    private static let numbers = Mutex(RandomNumbers(state: .random(in: 0...UInt64.max)))

    private static let draws = 3
    /// More than the minutes of the longest wait (P-26).
    private static let mostMinutes = 12_000

    /// - Parameter uniform: draws a number from 0 up to 1; nil for one at random.
    public init(uniform: (@Sendable () -> Double)? = nil) {
        self.uniform = uniform ?? { Self.numbers.withLock { Double.random(in: 0..<1, using: &$0) } }
    }

    /// Draws where in the `window` seconds after `earliest` a check is planned, and counts it there.
    ///
    /// - Returns: 0 for the first moment, up to 1 for the last.
    public func draw(from earliest: Date, window: TimeInterval) -> Double {
        planned.withLock { planned in
            var quietest = (moment: 0.0, minute: 0, load: Int.max)
            for _ in 0..<Self.draws {
                let moment = uniform()
                let minute = Self.minute(earliest, moment * window)
                let load = planned[minute] ?? 0
                // The later minutes of a window are the emptier ones; of equal ones the sooner is taken.
                if (load, moment) < (quietest.load, quietest.moment) { quietest = (moment, minute, load) }
            }
            Self.count(quietest.minute, in: &planned)
            return quietest.moment
        }
    }

    /// Minutes for which checks are planned.
    var count: Int { planned.withLock { $0.count } }

    /// Counts a check that was planned before.
    public func note(_ date: Date) {
        planned.withLock { Self.count(Self.minute(date, 0), in: &$0) }
    }

    private static func count(_ minute: Int, in planned: inout [Int: Int]) {
        planned[minute, default: 0] += 1
        guard planned.count > mostMinutes else { return }
        // The earlier half has passed, or nearly.
        let middle = planned.keys.sorted()[planned.count / 2]
        planned = planned.filter { $0.key >= middle }
    }

    /// Numbers without an order for whoever does not seek one (Steele, Lea and Flood, "Fast splittable pseudorandom number
    /// generators"): a call to the system for each would cost more than the rest of a decision.
    private struct RandomNumbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private static func minute(_ date: Date, _ seconds: TimeInterval) -> Int {
        let minutes = ((date.timeIntervalSince1970 + seconds) / 60).rounded(.down)
        return abs(minutes) < 1e12 ? Int(minutes) : 0
    }
}
