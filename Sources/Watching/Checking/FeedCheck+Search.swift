import FeedModel
import FoundationEssentials
import Parsing
import Transfers

extension FeedCheck {
    /// Whether the feed has been gone for so long that it is worth a look where it may be.
    func needsSearch(_ report: CheckReport) -> Bool {
        guard let since = report.state.memory.missingSince, report.state.memory.soughtAt == nil else { return false }
        return report.ended.timeIntervalSince(since) >= 14 * 86_400
    }

    /// Looks once at the site's page for where a lost feed may be now; the reader decides (P-36). Other reports stay as they
    /// are.
    func search(_ report: CheckReport) async -> CheckReport {
        guard needsSearch(report), var result = report.result else { return report }
        var report = report
        report.state.memory.soughtAt = report.ended
        let site = report.feed.siteURL ?? rootAddress(of: report.feed.url)
        if let site, hostKey(of: site) == hostKey(of: report.feed.url) {
            // Cut short only by the end of the program; then the fetch is, too.
            try? await time.sleep(spacing(site))
            var request = FetchRequest(url: site)
            request.accept = .pages
            report.further += 1
            if case .fresh(let page, _, _, _)? = try? await fetcher.fetch(request) {
                report.state.memory.suggestion = FeedDiscovery.named(in: page).first { $0.url != report.feed.url }?.url
            }
        }
        result.state = report.state
        report.result = result
        return report
    }

    private func rootAddress(of url: String) -> String? {
        guard let scheme = url.firstIndex(of: ":") else { return nil }
        return "\(url[..<scheme])://\(authority(of: url))/"
    }
}
