import FeedModel
import FoundationEssentials
import Transfers

/// Addresses that unrelated feeds were led to by permanent redirects: what a captive portal looks like.
struct Portals: Sendable {
    private var led: [String: [String: Date]] = [:]
    /// When the last of three or more feeds was led there.
    private var shared: [String: Date] = [:]

    mutating func note(_ report: CheckReport) {
        guard let target = report.reply.trace.redirects.last?.to else { return }
        var feeds = (led[target] ?? [:]).filter { report.ended.timeIntervalSince($0.value) < 3600 }
        feeds[report.feed.url] = report.ended
        led[target] = feeds
        if feeds.count >= 3 { shared[target] = report.ended }
        if led.count > 10_000 { led = [:] }
        if shared.count > 1000 { shared = shared.filter { report.ended.timeIntervalSince($0.value) < 3600 } }
    }

    /// Addresses that three or more feeds were led to within an hour (P-44).
    func shared(now: Date) -> Set<String> {
        Set(shared.filter { now.timeIntervalSince($0.value) < 3600 }.keys)
    }
}
