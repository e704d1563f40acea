import FeedModel
import FoundationEssentials

/// Reports that wait to be written together: until so many or so large ones wait, or the first has waited long enough.
struct Unsaved: Sendable {
    private static let longest: TimeInterval = 0.05
    private static let most = 512
    private static let mostBytes = 2 << 20

    private(set) var reports: [CheckReport] = []
    private(set) var quiet: [QuietCheck] = []
    private var oldest: Date?
    private var bytes = 0

    var isEmpty: Bool { reports.isEmpty && quiet.isEmpty }

    mutating func add(_ report: CheckReport, now: Date) {
        reports.append(report)
        bytes += report.bytes
        oldest = oldest ?? now
    }

    mutating func add(_ check: QuietCheck, now: Date) {
        quiet.append(check)
        oldest = oldest ?? now
    }

    /// Brings what waits in line with what was learnt of a feed meanwhile.
    mutating func change(reportOn url: String, _ change: (inout CheckReport) -> Void) {
        for index in reports.indices where reports[index].record.url == url { change(&reports[index]) }
    }

    /// Takes back what could not be written.
    mutating func putBack(_ reports: [CheckReport], _ quiet: [QuietCheck], now: Date) {
        self.reports = reports + self.reports
        self.quiet = quiet + self.quiet
        bytes += reports.reduce(0) { $0 + $1.bytes }
        oldest = isEmpty ? nil : now
    }

    /// - Returns: what was removed.
    mutating func removeAll(of urls: Set<String>) -> [CheckReport] {
        let removed = reports.filter { urls.contains($0.feed.url) }
        reports.removeAll { urls.contains($0.feed.url) }
        quiet.removeAll { urls.contains($0.record.url) }
        bytes = reports.reduce(0) { $0 + $1.bytes }
        if isEmpty { oldest = nil }
        return removed
    }

    mutating func takeAll() -> (reports: [CheckReport], quiet: [QuietCheck]) {
        defer { self = Unsaved() }
        return (reports, quiet)
    }

    func isDue(now: Date) -> Bool {
        guard let oldest else { return false }
        return reports.count + quiet.count >= Self.most || bytes >= Self.mostBytes
            || abs(now.timeIntervalSince(oldest)) >= Self.longest
    }

    /// When what waits is due at the latest; nil if nothing does.
    var dueAt: Date? { oldest?.addingTimeInterval(Self.longest) }

    /// Waits anew, because the clock was set.
    mutating func followClock(_ now: Date) { oldest = oldest.map { _ in now } }
}

extension CheckReport {
    /// Roughly what its entries hold, new and edited ones, in bytes.
    fileprivate var bytes: Int {
        guard let result else { return 0 }
        func bytes(_ entry: Entry) -> Int { entry.body.utf8.count + entry.summary.utf8.count + 500 }
        let edited = result.changed.lazy.compactMap(\.edit)
        return result.entries.reduce(0) { $0 + bytes($1.entry) } + edited.reduce(0) { $0 + bytes($1.matched.entry) }
    }
}
