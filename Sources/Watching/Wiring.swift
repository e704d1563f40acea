import FeedModel
import FoundationEssentials
import Matching
import Parsing
import Storage
import Transfers

/// Everything that follows from one configuration: the rooms, set up and joined. A reload makes a new one and swaps it in
/// whole, or leaves the old one in force (R21).
struct Wiring: Sendable {
    let configuration: Configuration
    let feeds: [Feed]
    var matcher: Matcher
    let fetcher: Fetcher
    let timing: CheckTiming
    var pageRules = PageRules()
    /// Counts reloads, so that a transfer outlives the wiring it began under.
    var generation = 0

    /// Reads the files the configuration names and sets up the rooms.
    ///
    /// - Throws: every error of every file, in the order of the files.
    static func load(_ configuration: Configuration) throws(WiringErrors) -> Wiring {
        var errors: [String] = []
        var feeds: [Feed] = []
        do { feeds = try subscribedFeeds(configuration) } catch { errors += error.lines }
        var matcher: Matcher?
        do { matcher = try loadMatcher(configuration) } catch { errors += error.lines }
        var rules = PageRules()
        do { rules = try loadPageRules(configuration) } catch { errors += error.errors.map(\.description) }
        guard errors.isEmpty, let matcher else { throw WiringErrors(lines: errors) }
        return Wiring(
            configuration: configuration, feeds: feeds, matcher: matcher,
            fetcher: Fetcher(fetchSettings(configuration.fetch)), timing: checkTiming(configuration.fetch),
            pageRules: rules)
    }

    /// The same wiring over other transfers; the daemon keeps its fetcher over a reload that does not concern it.
    func keeping(_ fetcher: Fetcher, generation: Int) -> Wiring {
        var kept = Wiring(
            configuration: configuration, feeds: feeds, matcher: matcher, fetcher: fetcher, timing: timing,
            pageRules: pageRules)
        kept.generation = generation
        return kept
    }

    /// What decides which check starts when.
    var deskSettings: CheckDesk.Settings {
        var settings = CheckDesk.Settings(timing: timing, rules: { self.hostRules($0) })
        settings.requestsPerFeed = configuration.fetch.dailyRequests
        settings.retryScope = configuration.fetch.retryScope
        settings.sweep = configuration.fetch.sweep
        settings.secondLook = configuration.watchlists.secondLook
        settings.secondLook?.rules = pageRules
        return settings
    }

    /// The same wiring with the relevance model moved by the readers' votes, if there is a model.
    func weighing(_ votes: [Vote]) -> Wiring {
        var weighed = self
        weighed.matcher = matcher.weighing(votes)
        return weighed
    }

    /// What each host may be asked for; lower limits than the defaults hold only for allowed addresses (P-69).
    func hostRules(_ hostKey: String) -> HostRules { Self.hostRules(configuration.fetch, hostKey: hostKey) }
}

/// What kept a configuration from coming into force: one line an error, `FILE:LINE:COLUMN: what; what to do`.
public struct WiringErrors: Error, Sendable {
    public var lines: [String]
}

extension Wiring {
    /// The feeds of the configuration itself, then those of its OPML files; a URL counts once, where it stands first.
    static func subscribedFeeds(_ configuration: Configuration) throws(WiringErrors) -> [Feed] {
        var errors: [String] = []
        var feeds = configuration.feeds.inline
        for path in configuration.feeds.opml {
            do {
                let listed = try readOPML(path).feeds.map { $0.separatingCredentials() }
                if let problem = exposedPassword(in: listed, of: path) { errors.append("\(path):1:1: \(problem)") }
                feeds += listed
            } catch { errors += error.lines }
        }
        guard errors.isEmpty else { throw WiringErrors(lines: errors) }
        var seen: Set<String> = []
        return feeds.filter { seen.insert($0.url).inserted }
    }

    static func readOPML(_ path: String) throws(WiringErrors) -> OPML {
        let bytes: [UInt8]
        do { bytes = try readFile(path, limit: 16 << 20) } catch {
            throw WiringErrors(lines: ["\(path): \(error); name an OPML file under [feeds] opml"])
        }
        do { return try OPML.read(bytes) } catch {
            throw WiringErrors(lines: ["\(path):\(error.line):\(error.column): \(error.message)"])
        }
    }

    static func loadMatcher(_ configuration: Configuration) throws(WiringErrors) -> Matcher {
        let sources = try watchlistSources(configuration)
        let model: RelevanceModel?
        do {
            model = try configuration.watchlists.relevanceModel.map { (path) throws(ConfigurationErrors) in
                try readModel(path)
            }
        } catch { throw WiringErrors(lines: error.errors.map(\.description)) }
        do { return try Matcher(sources, model: model) } catch {
            throw WiringErrors(lines: error.errors.map(\.description))
        }
    }

    /// The rules that the configuration names; none if it names no file.
    static func loadPageRules(_ configuration: Configuration) throws(ConfigurationErrors) -> PageRules {
        guard let path = configuration.watchlists.pageRules else { return PageRules() }
        let bytes: [UInt8]
        do { bytes = try readFile(path, limit: 1 << 20) } catch {
            throw ConfigurationErrors(whole: path, "\(error); name a file of page rules that can be read")
        }
        do { return try PageRules(String(decoding: bytes, as: UTF8.self)) } catch {
            let place = ConfigurationError(
                file: path, line: error.line, column: 1, message: "\(error.message); write, say: example.org //article")
            throw ConfigurationErrors(errors: [place])
        }
    }

    static func watchlistSources(_ configuration: Configuration) throws(WiringErrors) -> [WatchlistSource] {
        var sources: [WatchlistSource] = []
        var errors: [String] = []
        for pattern in configuration.watchlists.files {
            let paths = filesMatching(pattern)
            if paths.isEmpty {
                errors.append(
                    "\(configuration.path): [watchlists] files: nothing matches \"\(pattern)\"; name a .watch file")
            }
            for path in paths where !sources.contains(where: { $0.path == path }) {
                do { sources.append(WatchlistSource(path: path, bytes: try readFile(path, limit: 16 << 20))) } catch {
                    errors.append("\(path): \(error); make it readable or take it out of [watchlists] files")
                }
            }
        }
        guard errors.isEmpty else { throw WiringErrors(lines: errors) }
        return sources
    }

    static func fetchSettings(_ fetch: Configuration.Fetch) -> FetchSettings {
        var settings = FetchSettings(userAgent: userAgent(contact: fetch.contact))
        settings.concurrency = fetch.concurrency
        // The schedule keeps to one request a host; this bounds the connections that libcurl may open where redirects meet. More
        // are for allowed addresses only (P-69).
        settings.hostConnections = HostRules().connections
        settings.allowedHostConnections = fetch.hostConnections
        settings.connectTimeout = fetch.connectTimeout
        settings.timeout = fetch.timeout
        settings.maxBody = fetch.maxBody
        settings.maxRedirects = fetch.maxRedirects
        settings.caFile = fetch.caFile
        settings.proxy = fetch.proxy
        settings.allowAddresses = fetch.allowAddresses.compactMap { AddressRange($0) }
        settings.hostKey = hostKey(of:)
        return settings
    }

    /// One constant name for every request, with a way to reach the operator (P-01).
    static func userAgent(contact: String?) -> String {
        let about = contact.map { "; +\($0)" } ?? ""
        return "Durbeen/\(durbeenVersion) (feed reader\(about))"
    }

    static func checkTiming(_ fetch: Configuration.Fetch) -> CheckTiming {
        let allowed = fetch.allowAddresses.compactMap { AddressRange($0) }
        return CheckTiming(
            floor: fetch.floor, leastFloor: fetch.minFloor, ceiling: fetch.ceiling,
            backoff: Backoff(longest: fetch.maxBackoff),
            isRelaxed: { !allowed.isEmpty && allowed.contains(host: hostName(ofKey: hostKey(of: $0))) })
    }

    static func hostRules(_ fetch: Configuration.Fetch, hostKey: String) -> HostRules {
        let standard = HostRules()
        let allowed = fetch.allowAddresses.compactMap { AddressRange($0) }
        if allowed.contains(host: hostName(ofKey: hostKey)) {
            return HostRules(
                connections: fetch.hostConnections, spacing: fetch.hostSpacing, hourlyBudget: fetch.hostBudget)
        }
        return HostRules(
            connections: standard.connections, spacing: max(fetch.hostSpacing, standard.spacing),
            hourlyBudget: fetch.hostBudget == 0 ? standard.hourlyBudget : min(fetch.hostBudget, standard.hourlyBudget))
    }
}

extension Matcher {
    /// The matcher with its relevance model moved by votes; itself if there is none of either.
    func weighing(_ votes: [Vote]) -> Matcher {
        guard let model, !votes.isEmpty else { return self }
        return weighing(model.adjusted(by: votes.map { $0.example(for: model) }))
    }
}

extension Vote {
    /// The vote as the model's training sees it. Questions that the model no longer asks are left out.
    func example(for model: RelevanceModel) -> RelevanceExample {
        let known = Set(labels)
        let holding = model.terms.indices.filter { known.contains(model.terms[$0].label) }
        return RelevanceExample(holding: holding, isRelevant: isFor)
    }
}
