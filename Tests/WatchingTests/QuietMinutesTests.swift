import FoundationEssentials
import Synchronization
import Testing

@testable import Watching

@Suite struct QuietMinutesTests {
    private let start = Date(timeIntervalSince1970: 1_795_600_020)

    /// Gives numbers, the same on every run.
    private final class Dice: Sendable {
        private let generator = Mutex(SplitMix(state: 7))
        private let turn = Mutex(0)
        private let faces: [Double]

        /// - Parameter faces: given in turn; none for chance.
        init(_ faces: Double...) { self.faces = faces }

        func roll() -> Double {
            guard !faces.isEmpty else { return generator.withLock { Double.random(in: 0..<1, using: &$0) } }
            return turn.withLock {
                $0 += 1
                return faces[($0 - 1) % faces.count]
            }
        }
    }

    @Test func `P-65: of the moments drawn, the one in the quietest minute is taken`() {
        let dice = Dice(0.15, 0.55, 0.95)
        let minutes = QuietMinutes { dice.roll() }
        // Of ten minutes the second, the sixth and the tenth are drawn each time.
        minutes.note(start.addingTimeInterval(90))
        #expect((0..<5).map { _ in minutes.draw(from: start, window: 600) } == [0.55, 0.95, 0.15, 0.55, 0.95])
    }

    @Test func `P-65: a choice of three takes most of the crowding away that one draw alone makes`() {
        let dice = Dice()
        let (alone, chosen) = (Dice(), QuietMinutes { dice.roll() })
        var busiest: [Int] = []
        for draw in [{ _ in alone.roll() }, { chosen.draw(from: $0, window: 720) }] {
            var perMinute: [Int: Int] = [:]
            for number in 0..<240 * 12 * 3 {
                // An interval of two hours, begun at any moment of three days.
                let earliest = start.addingTimeInterval(Double(number) * 30)
                perMinute[Int((earliest.timeIntervalSince(start) + 720 * draw(earliest)) / 60), default: 0] += 1
            }
            busiest.append(perMinute.values.max() ?? 0)
        }
        // Two a minute on average.
        #expect(busiest[0] >= 7 && busiest[1] <= 4, "\(busiest)")
    }

    @Test func `P-22: the draws stay within the window, and reach every part of it`() {
        let dice = Dice()
        let minutes = QuietMinutes { dice.roll() }
        let draws = (0..<20_000).map { minutes.draw(from: start.addingTimeInterval(Double($0) * 10), window: 1800) }
        #expect(draws.allSatisfy { (0..<1).contains($0) })
        let shares = (0..<4).map { part in draws.count { Int($0 * 4) == part } }
        #expect(shares.allSatisfy { $0 > 1000 }, "\(shares)")
    }

    @Test func `what has passed is forgotten`() {
        let dice = Dice(0.5)
        let minutes = QuietMinutes { dice.roll() }
        for day in 0..<400 {
            for minute in 0..<100 {
                _ = minutes.draw(from: start.addingTimeInterval(Double(day * 86_400 + minute * 60)), window: 1)
            }
        }
        #expect(minutes.count <= 12_000)
    }
}
