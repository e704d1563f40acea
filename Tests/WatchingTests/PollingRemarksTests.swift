import Digests
import FeedModel
import FoundationEssentials
import Testing

@testable import Watching

@Suite struct PollingRemarksTests {
    private let cutoff = Date(timeIntervalSince1970: 1_795_392_000)

    private func record(_ title: String, _ change: (inout FeedState) -> Void) -> FeedRecord {
        var state = FeedState()
        state.lastSuccess = cutoff.addingTimeInterval(-60)
        state.lastAttempt = state.lastSuccess
        change(&state)
        return FeedRecord(feed: Feed(url: "https://a.example/\(title)", title: title), state: state)
    }

    private func lines(_ records: [FeedRecord], sweep: Duration = .seconds(3600)) -> [String] {
        PollingRemarks(zone: .utc, from: cutoff.addingTimeInterval(-86_400), to: cutoff, sweep: sweep).lines(
            on: records)
    }

    @Test func `nothing is said of feeds that were read in time`() {
        #expect(lines([record("A") { _ in }]) == [])
    }

    @Test func `P-66, P-38: gaps and feeds that went for good are named in the digest of their day, and not again`() {
        let fresh = record("A") { $0.memory.gapAt = cutoff.addingTimeInterval(-3600) }
        let old = record("B") { $0.memory.gapAt = cutoff.addingTimeInterval(-2 * 86_400) }
        let gone = record("C") { state in
            state.memory.stop = .gone
            state.failures = 2
        }
        let moved = record("D") { state in
            state.memory.movedTo = "https://d.example/new"
            state.memory.oldAddressAsked = cutoff.addingTimeInterval(-3600)
        }
        let lost = record("E") { state in
            state.memory.missingSince = cutoff.addingTimeInterval(-14 * 86_400)
            state.memory.soughtAt = cutoff.addingTimeInterval(-3600)
        }
        let found = record("F") { state in
            state.memory = lost.state.memory
            state.memory.suggestion = "https://f.example/new"
        }
        #expect(
            lines([lost, found])
                == ["Not found (404) for two weeks: E, F (the site names https://f.example/new)."])
        #expect(lost.lostWords == "404 since 2026-11-09; its site names no other address")
        #expect(lines([moved]) == ["Moved, and asked elsewhere: D (at https://d.example/new)."])
        #expect(
            lines([fresh, old, gone]) == [
                "Entries may have been missed between two checks of A.", "Gone (410) and no longer asked: C.",
            ])
    }

    @Test func `P-63: feeds that could not be asked before the digest are listed with their time`() {
        let early = record("A") { $0.lastSuccess = cutoff.addingTimeInterval(-5 * 3600) }
        #expect(
            lines([early]) == ["Not asked again just before this digest, as their publishers wish: A (as of 19:00)."])
        #expect(lines([early], sweep: .zero) == [])
        let many = (0..<10).map { number in
            record("F\(number)") { $0.lastSuccess = cutoff.addingTimeInterval(-5 * 3600) }
        }
        #expect(lines(many).first?.hasSuffix("F7 (as of 19:00) and 2 more.") == true)
    }
}
