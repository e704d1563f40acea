import Digests
import FeedModel
import FoundationEssentials

/// What a digest's foot says of how its feeds were asked: what may have been missed, what is no longer asked, and what was last
/// read some time before (P-38, P-63, P-66). One line each; at most so many feeds by name.
struct PollingRemarks {
    var zone: Zone
    /// The digest's period; without a beginning, all that is known.
    var from: Date?
    var to: Date
    /// The time before the cut-off in which every feed is asked once more.
    var sweep: Duration

    private static let mostNames = 8

    func lines(on records: [FeedRecord]) -> [String] {
        let start = from ?? Date(timeIntervalSince1970: 0)
        let gaps = records.filter { record in record.state.memory.gapAt.map { $0 >= start && $0 < to } ?? false }
        let gone = records.filter { record in
            record.state.memory.stop == .gone && (record.state.lastAttempt.map { $0 >= start && $0 < to } ?? false)
        }
        let lost = records.filter { record in
            record.isLost && (record.state.memory.soughtAt.map { $0 >= start && $0 < to } ?? false)
        }
        let moved = records.filter { record in
            record.state.memory.movedTo != nil
                && (record.state.memory.oldAddressAsked.map { $0 >= start && $0 < to } ?? false)
        }
        let sweepStart = to.addingTimeInterval(-sweep.inSeconds)
        let early = records.filter { record in
            guard record.state.failures == 0, record.state.memory.stop == nil, let read = record.state.lastSuccess
            else { return false }
            return sweep > .zero && read < sweepStart
        }
        return [
            line("Entries may have been missed between two checks of", gaps),
            line("Gone (410) and no longer asked:", gone),
            line("Not found (404) for two weeks:", lost) {
                $0.state.memory.suggestion.map { " (the site names \($0))" } ?? ""
            },
            line("Moved, and asked elsewhere:", moved) { " (at \($0.state.memory.movedTo ?? ""))" },
            line("Not asked again just before this digest, as their publishers wish:", early) {
                " (as of \(zone.clockText($0.state.lastSuccess ?? to)))"
            },
        ].compactMap { $0 }
    }

    private func line(
        _ start: String, _ records: [FeedRecord], _ detail: (FeedRecord) -> String = { _ in "" }
    ) -> String? {
        guard !records.isEmpty else { return nil }
        let names = records.prefix(Self.mostNames).map { title($0) + detail($0) }.joined(separator: ", ")
        let rest = records.count - Self.mostNames
        return "\(start) \(names)\(rest > 0 ? " and \(rest) more" : "")."
    }

    private func title(_ record: FeedRecord) -> String {
        record.feed.title.isEmpty ? record.state.documentTitle ?? record.feed.url : record.feed.title
    }
}
