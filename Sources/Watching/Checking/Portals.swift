import FeedModel
import FoundationEssentials
import Transfers

/// Addresses that unrelated feeds were led to by permanent redirects: what a captive portal looks like.
struct Portals: Sendable {
    private var led: [String: [String: Date]] = [:]
    private(set) var shared: Set<String> = []

    mutating func note(_ report: CheckReport) {
        guard let target = report.reply.trace.redirects.last?.to else { return }
        var feeds = (led[target] ?? [:]).filter { report.ended.timeIntervalSince($0.value) < 3600 }
        feeds[report.feed.url] = report.ended
        led[target] = feeds
        if feeds.count >= 3 { shared.insert(target) }
        if led.count > 10_000 { led = [:] }
    }
}
