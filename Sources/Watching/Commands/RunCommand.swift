import FeedModel
import FoundationEssentials
import Storage

extension Commands {
    /// The daemon.
    public func run() async -> ExitCode {
        // Before anything else: a signal that comes while the watchlists load must not end the process.
        let signals = Signals()
        do throws(Ended) {
            let wiring = try loadWiring()
            let log = Log.standardError(
                level: wiring.configuration.log.level, journal: environment["JOURNAL_STREAM"] != nil)
            if wiring.configuration.fetch.contact == nil {
                log(.warning, "fetch.contact is unset: webmasters cannot reach you", ["file": configurationPath])
            }
            let store = try openStore(wiring.configuration)
            let reload: @Sendable () async throws(WiringErrors) -> Wiring = {
                [configurationPath, environment] () async throws(WiringErrors) in
                let configuration: Configuration
                do throws(ConfigurationErrors) {
                    configuration = try Configuration.load(path: configurationPath, environment: environment)
                } catch { throw WiringErrors(lines: error.errors.map(\.description)) }
                let wiring = try Wiring.load(configuration)
                do throws(StoreError) { return wiring.weighing(try await store.votes()) } catch {
                    throw WiringErrors(lines: ["\(error)"])
                }
            }
            let votes: [Vote]
            do throws(StoreError) { votes = try await store.votes() } catch { throw said(error) }
            var watch = Watch(
                wiring: wiring.weighing(votes), store: store, time: .system, log: log,
                service: ServiceManager(environment: environment),
                reload: reload)
            return await watch.run(signals: signals)
        } catch { return error.code }
    }
}
