import FeedModel
import FoundationEssentials
import Transfers

/// Addresses that unrelated feeds were led to by redirects: what a captive portal looks like (P-44).
struct Portals: Sendable {
    private var led: [String: [String: Date]] = [:]
    /// When three or more feeds were last led there.
    private var shared: [String: Date] = [:]

    private static let window: TimeInterval = 3600
    /// The feeds that were led there first are to forget it, too, when they are next asked: an adoption takes a week (P-43).
    private static let memory: TimeInterval = 30 * 86_400

    mutating func note(_ report: CheckReport) {
        guard let target = report.reply.trace.redirects.last?.to else { return }
        note(report.feed.url, ledTo: target, at: report.ended)
    }

    /// What an earlier process noted: so that rounds by hand, each a process of its own, see what is led alike.
    mutating func note(_ record: FeedRecord) {
        guard record.state.hasParticulars, let target = record.state.memory.move?.target,
            let at = record.state.lastSuccess
        else { return }
        note(record.feed.url, ledTo: target, at: at)
    }

    private mutating func note(_ url: String, ledTo target: String, at moment: Date) {
        var feeds = (led[target] ?? [:]).filter { abs(moment.timeIntervalSince($0.value)) < Self.window }
        feeds[url] = moment
        led[target] = feeds
        if feeds.count >= 3 { shared[target] = moment }
        if led.count > 10_000 { led = [:] }
        if shared.count > 1000 { shared = shared.filter { moment.timeIntervalSince($0.value) < Self.window } }
    }

    /// Addresses that three or more feeds were led to within an hour.
    func shared(now: Date) -> Set<String> {
        shared.isEmpty ? [] : Set(shared.filter { now.timeIntervalSince($0.value) < Self.memory }.keys)
    }
}
