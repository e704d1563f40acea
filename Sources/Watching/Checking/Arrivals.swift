import Synchronization

/// Where checks put their reports. The loop takes all there are at once, so that under load many are handled, and written,
/// together.
final class Arrivals: Sendable {
    private let reports = Mutex<[CheckReport]>([])

    func put(_ report: CheckReport) { reports.withLock { $0.append(report) } }

    func takeAll() -> [CheckReport] {
        reports.withLock { reports in
            defer { reports = [] }
            return reports
        }
    }
}
