import FeedModel
import FoundationEssentials
import Matching
import Storage
import Transfers

/// One poll of a list of feeds by the daemon's own code, with floors, pauses, budgets and the address policy off: for
/// measuring against servers of one's own, and for nothing else.
public struct PollRound: Sendable {
    private let wiring: Wiring
    private let store: Store

    /// How a poll ended.
    public struct Summary: Sendable {
        public var checked: Int
        public var unchanged: Int
        public var updated: Int
        public var newEntries: Int
        public var failed: Int
    }

    /// - Parameters:
    ///   - folder: holds the store, which is made if there is none.
    ///   - caFile: authorities to trust instead of the system's.
    ///   - keepsConnections: false for a new connection each.
    /// - Throws: what kept the store from being opened.
    public init(
        urls: [String], concurrency: Int, folder: String, caFile: String? = nil, keepsConnections: Bool = true
    ) throws {
        var configuration = Configuration()
        configuration.fetch.concurrency = concurrency
        configuration.fetch.allowAddresses = ["0.0.0.0/0", "::/0"]
        configuration.fetch.hostSpacing = .zero
        configuration.fetch.hostBudget = 0
        configuration.fetch.hostConnections = 0
        configuration.fetch.minFloor = .seconds(1)
        configuration.fetch.floor = .seconds(1)
        configuration.fetch.caFile = caFile
        configuration.watchlists.secondLook = nil
        configuration.state.folder = folder
        var settings = Wiring.fetchSettings(configuration.fetch)
        settings.keepsConnections = keepsConnections
        // One limit for all, so that nothing has to be told apart.
        settings.hostConnections = 0
        var timing = Wiring.checkTiming(configuration.fetch)
        // As for hosts of the Internet, nothing is looked up to know which rules are in force.
        timing.isRelaxed = { _ in true }
        wiring = Wiring(
            configuration: configuration, feeds: urls.map { Feed(url: $0) }, matcher: try Matcher([]),
            fetcher: Fetcher(settings), timing: timing)
        store = try Store(path: configuration.state.storePath)
    }

    /// Polls every feed once and closes the store.
    public func run() async throws -> Summary {
        let round = OnceRound(wiring: wiring, store: store, time: .system, log: .silent)
        var options = OnceRound.Options()
        options.force = true
        options.leavesIndexing = true
        let summary = try await round.run(options) { _, _ in }
        await wiring.fetcher.stop()
        await store.close()
        return Summary(
            checked: summary.checked, unchanged: summary.unchanged, updated: summary.updated,
            newEntries: summary.newEntries, failed: summary.failures.count)
    }

    /// Fills the text index with what polls have stored: what the daemon does when it has nothing else to do.
    public static func index(folder: String) async throws {
        var state = Configuration.State()
        state.folder = folder
        let store = try Store(path: state.storePath)
        while try await store.indexPortion() {}
        await store.close()
    }
}
