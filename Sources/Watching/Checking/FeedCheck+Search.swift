import FeedModel
import FoundationEssentials
import Parsing
import Transfers

extension FeedCheck {
    /// Whether the feed has been gone for so long that it is worth a look where it may be.
    func needsSearch(_ report: CheckReport) -> Bool {
        guard report.failure?.status == 404, let since = report.state.memory.missingSince,
            report.state.memory.soughtAt == nil
        else { return false }
        return report.ended.timeIntervalSince(since) >= 14 * 86_400
    }

    /// Looks once at the site's page for where a lost feed may be now; the reader decides (P-36). A site that could not be asked
    /// is asked after the feed's next check. Other reports stay as they are.
    func search(_ report: CheckReport) async -> CheckReport {
        guard needsSearch(report), report.result != nil else { return report }
        var report = report
        if let site = site(of: report.feed) {
            // Nothing is sent to who asked for a pause (P-32).
            guard pauses.end(of: [hostKey(of: site)], now: time.now()) == nil else { return report }
            // Cut short only by the end of the program; then the fetch is, too.
            try? await time.sleep(spacing(site))
            var request = FetchRequest(url: site)
            request.accept = .pages
            do {
                let answer = try await fetcher.fetch(request)
                report.note(answer, ofFurther: site, now: time.now())
                if case .fresh(let page, _, _, _) = answer {
                    report.state.memory.suggestion =
                        FeedDiscovery.named(in: page).first { $0.url != report.feed.url && !$0.isForComments }?.url
                }
            } catch {
                report.note(error, ofFurther: site, now: time.now())
                let status = error.failure.status ?? 0
                guard !Task.isCancelled, status > 0, status < 500, status != 429 else {
                    report.heedWishes()
                    return report
                }
            }
        }
        report.state.memory.soughtAt = report.ended
        report.heedWishes()
        return report
    }

    /// The page that may name a lost feed: of the site that it belongs to, on whatever host, or of its own host.
    func site(of feed: Feed) -> String? { feed.siteURL ?? rootAddress(of: feed.url) }

    private func rootAddress(of url: String) -> String? {
        guard let scheme = url.firstIndex(of: ":") else { return nil }
        return "\(url[..<scheme])://\(authority(of: url))/"
    }
}
