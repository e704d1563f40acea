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
    ///   - places: what each of the check's requests counts by, redirects followed. The last one answered, the others only led
    ///     there.
    ///   - away: what each further request counts by that was not sent to the feed's own place.
    mutating func note(_ report: CheckReport, places: [String], away: [String] = [], rules: (String) -> HostRules) {
        guard let own = places.first, let answering = places.last else { return }
        let day = Int(clampingDays: report.ended)
        for host in places.dropLast() {
            self[host, day].requests += 1
            self[host, day].otherAddress += 1
        }
        // Older pages, and the site's.
        for host in away {
            self[host, day].requests += 1
            self[host, day].pages += 1
        }
        let further = report.further - (places.count - 1) - away.count
        if further > 0 {
            self[own, day].requests += further
            self[own, day].pages += further
        }
        for wish in report.wishes where wish.status == 429 || wish.status == 503 {
            let host = hostKey(of: wish.url)
            self[away.contains(host) ? host : own, day].toldToWait += 1
        }
        var line = self[answering, day]
        line.count(report)
        noteSpacing(
            // When a redirect led there is not known.
            answering == own ? report.began : report.ended, report.ended, host: answering, rules: rules(answering),
            in: &line)
        self[answering, day] = line
        for host in Set(places.dropLast()) where host != answering {
            var line = self[host, day]
            noteSpacing(
                host == own ? report.began : report.ended, report.ended, host: host, rules: rules(host), in: &line)
            self[host, day] = line
        }
    }

    /// Requests that were answered with redirects, the last of them to another host.
    mutating func noteLed(by host: String, requests: Int, began: Date, ended: Date, rules: HostRules) {
        var line = self[host, Int(clampingDays: ended)]
        line.requests += requests
        line.otherAddress += requests
        noteSpacing(began, ended, host: host, rules: rules, in: &line)
        self[host, Int(clampingDays: ended)] = line
    }

    private subscript(host: String, day: Int) -> LedgerLine {
        get { lines[Place(host: host, day: day)] ?? LedgerLine(host: host, day: day) }
        set { lines[Place(host: host, day: day)] = newValue }
    }

    /// A check with validators to which the server said "not modified".
    mutating func note(_ check: QuietCheck, host: String, rules: HostRules) {
        let place = Place(host: host, day: Int(clampingDays: check.ended))
        let pause = pauseBefore(check.began, check.ended, host: host)
        func note(_ line: inout LedgerLine) {
            line.requests += 1
            line.wireBytes += check.wireBytes
            line.conditional += 1
            line.notModified += 1
            line.note(pause: pause, rules)
        }
        note(&lines[place, default: LedgerLine(host: host, day: place.day)])
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
        line.note(pause: pauseBefore(began, ended, host: host), rules)
    }

    /// The time since the host's last request ended, which is from now on this one; nil if none is known.
    private mutating func pauseBefore(_ began: Date, _ ended: Date, host: String) -> Duration? {
        if lastEnd.count > Self.mostHosts { lastEnd = lastEnd.filter { ended.timeIntervalSince($0.value) < 3600 } }
        func note(_ last: inout Date?) -> Duration? {
            defer { last = max(last ?? ended, ended) }
            return last.map { .seconds(max(0, began.timeIntervalSince($0))) }
        }
        return note(&lastEnd[host])
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
    /// The request that was answered.
    fileprivate mutating func count(_ report: CheckReport) {
        let trace = report.reply.trace
        requests += 1
        wireBytes += trace.wireBytes
        if trace.conditional {
            conditional += 1
        } else if report.isInFull {
            inFull += 1
        } else if report.before.lastSuccess == nil {
            first += 1
        } else if report.before.validators.isEmpty {
            withoutValidators += 1
        } else {
            otherAddress += 1
        }
        if case .notModified = report.reply.answer { notModified += 1 }
        if trace.status == 429 || trace.status == 503 { toldToWait += 1 }
    }

    fileprivate mutating func note(pause: Duration?, _ rules: HostRules) {
        guard let pause else { return }
        closest = min(closest ?? pause, pause)
        // The clock that is read here is not the one that was waited by: a millisecond is no violation.
        if pause < rules.spacing - .milliseconds(1) && rules.connections == 1 { violations += 1 }
    }

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
