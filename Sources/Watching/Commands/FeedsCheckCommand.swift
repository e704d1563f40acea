import FeedModel
import FoundationEssentials
import Parsing

extension Commands {
    /// Fetches feeds and says how each is. Those that are well are marked in the OPML file they stand in.
    ///
    /// - Parameter names: URLs, or words that only one feed's URL or title holds; none for all feeds.
    public func feedsCheck(_ names: [String], json: Bool, now: Date = Date()) async -> ExitCode {
        guard let configuration = configuration(), let all = feeds(of: configuration) else {
            return .configuration
        }
        let named = names.map { onlyFeed($0, among: all, for: "feeds check") }
        let wanted = Set(named.compactMap { $0?.url })
        let reports = await reports(on: names.isEmpty ? all : all.filter { wanted.contains($0.url) }, configuration)
        var isAllWell = !named.contains(nil)
        for report in reports {
            isAllWell = isAllWell && report.isWell
            if json {
                output.json(report.json(now: now), indented: false)
            } else {
                output.lines(report.lines(now: now))
            }
        }
        let well = reports.filter(\.isWell).map(\.feed.url)
        guard markVerified(well, in: configuration, on: dayText(now)) else { return .storeCannotBeOpened }
        return isAllWell ? .success : .wrong
    }

    /// Asks a few hosts at a time, and each host or rate group for one thing after another.
    private func reports(
        on feeds: [Feed], _ configuration: Configuration
    ) async -> [FeedReport] {
        let known = await remembered(configuration, now: Date())
        let probe = FeedProbe(configuration.fetch, known: known)
        var byHost: [[Int]] = []
        var places: [String: Int] = [:]
        for (index, feed) in feeds.enumerated() {
            let host = HostTurns.key(of: feed.url, for: feed)
            if let place = places[host] {
                byHost[place].append(index)
            } else {
                places[host] = byHost.count
                byHost.append([index])
            }
        }
        var reports = [FeedReport?](repeating: nil, count: feeds.count)
        await withTaskGroup(of: [(Int, FeedReport)].self) { group in
            var rest = byHost[...]
            for _ in 0..<16 {
                guard let host = rest.popFirst() else { break }
                group.addTask { await probe.reports(on: host, of: feeds, known: known) }
            }
            for await ended in group {
                for (index, report) in ended { reports[index] = report }
                output.progress("checking feeds: \(reports.count { $0 != nil }) of \(feeds.count)")
                if let host = rest.popFirst() {
                    group.addTask { await probe.reports(on: host, of: feeds, known: known) }
                }
            }
        }
        output.endProgress()
        await keep(await probe.stop(), configuration)
        return reports.compactMap { $0 }
    }

    private func markVerified(
        _ urls: [String], in configuration: Configuration, on day: String
    ) -> Bool {
        for path in configuration.feeds.opml {
            guard let opml = opml(path) else { return false }
            let marked = urls.reduce(opml) { $0.marking($1, verifiedOn: day) }.bytes()
            if marked != opml.bytes(), !write(marked, to: path) { return false }
        }
        return true
    }
}
