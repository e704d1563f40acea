import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// Counts what each host was asked for, for `durbeen politeness` (P-68).
struct Ledger: Sendable {
    private var lines: [Place: LedgerLine] = [:]
    private var lastEnd: [String: Date] = [:]
    private var lastTaken: Date?

    private struct Place: Hashable {
        var host: String
        var day: Int
    }

    /// Written this often: what a crash takes away is a minute of counting.
    private static let interval: TimeInterval = 60
    /// Of more hosts than this, when the last request ended is forgotten after an hour.
    private static let mostHosts = 50_000

    /// - Parameters:
    ///   - host: what the feed counts by.
    ///   - elsewhere: the hosts that redirects led to, one for each request.
    mutating func note(
        _ report: CheckReport, host: String, elsewhere: [String] = [], rules: (String) -> HostRules
    ) {
        let trace = report.reply.trace
        guard trace.requests > 0 else { return }
        let place = Place(host: host, day: Int(clampingDays: report.ended))
        var line = lines[place] ?? LedgerLine(host: host, day: place.day)
        line.requests += 1 + report.further - elsewhere.count
        line.wireBytes += trace.wireBytes
        if trace.conditional {
            line.conditional += 1
        } else if report.isInFull {
            line.inFull += 1
        } else if report.before.lastSuccess == nil {
            line.first += 1
        } else if report.before.validators.isEmpty {
            line.withoutValidators += 1
        } else {
            line.otherAddress += 1
        }
        if case .notModified = report.reply.answer { line.notModified += 1 }
        if trace.status == 429 || trace.status == 503 { line.toldToWait += 1 }
        noteSpacing(report.began, report.ended, host: host, rules: rules(host), in: &line)
        lines[place] = line
        for host in elsewhere {
            let place = Place(host: host, day: place.day)
            var line = lines[place] ?? LedgerLine(host: host, day: place.day)
            line.requests += 1
            noteSpacing(report.ended, report.ended, host: host, rules: rules(host), in: &line)
            lines[place] = line
        }
    }

    /// A look at a page: so many requests, robots.txt included.
    mutating func notePage(host: String, requests: Int, wireBytes: Int, began: Date, ended: Date, rules: HostRules) {
        guard requests > 0 else { return }
        let place = Place(host: host, day: Int(clampingDays: ended))
        var line = lines[place] ?? LedgerLine(host: host, day: place.day)
        line.requests += requests
        line.pages += requests
        line.wireBytes += wireBytes
        noteSpacing(began, ended, host: host, rules: rules, in: &line)
        lines[place] = line
    }

    private mutating func noteSpacing(
        _ began: Date, _ ended: Date, host: String, rules: HostRules, in line: inout LedgerLine
    ) {
        if let last = lastEnd[host] {
            let pause: Duration = .seconds(max(0, began.timeIntervalSince(last)))
            line.closest = min(line.closest ?? pause, pause)
            // The clock that is read here is not the one that was waited by: a millisecond is no violation.
            if pause < rules.spacing - .milliseconds(1) && rules.connections == 1 { line.violations += 1 }
        }
        if lastEnd.count > Self.mostHosts { lastEnd = lastEnd.filter { ended.timeIntervalSince($0.value) < 3600 } }
        lastEnd[host] = max(lastEnd[host] ?? ended, ended)
    }

    /// What is to be added to the stored ledger; nothing until it is time again.
    mutating func take(now: Date, all: Bool) -> [LedgerLine] {
        if !all, let lastTaken, abs(now.timeIntervalSince(lastTaken)) < Self.interval { return [] }
        defer { lastTaken = now }
        if lastTaken == nil && !all { return [] }
        defer { lines = [:] }
        return lines.values.sorted { ($0.host, $0.day) < ($1.host, $1.day) }
    }

    /// Takes lines back that could not be written.
    mutating func putBack(_ taken: [LedgerLine]) {
        for line in taken {
            let place = Place(host: line.host, day: line.day)
            lines[place] = lines[place].map { $0.adding(line) } ?? line
        }
    }
}

extension LedgerLine {
    fileprivate func adding(_ other: LedgerLine) -> LedgerLine {
        var sum = self
        sum.requests += other.requests
        sum.notModified += other.notModified
        sum.conditional += other.conditional
        sum.first += other.first
        sum.withoutValidators += other.withoutValidators
        sum.otherAddress += other.otherAddress
        sum.inFull += other.inFull
        sum.pages += other.pages
        sum.wireBytes += other.wireBytes
        sum.toldToWait += other.toldToWait
        sum.closest = [closest, other.closest].compactMap { $0 }.min()
        sum.violations += other.violations
        return sum
    }
}

extension Int {
    /// Days since 1970 in UTC.
    init(clampingDays date: Date) {
        let days = (date.timeIntervalSince1970 / 86_400).rounded(.down)
        self = abs(days) < 1e8 ? Int(days) : 0
    }
}
