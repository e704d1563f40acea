import Digests
import FeedModel
import Storage

extension Commands {
    /// How `trends` answers.
    public enum TrendsFormat: Sendable { case text, csv, json }

    /// `trends`: how the fields of the relation share the attention, which topics surge, which sources fell silent. Days are those
    /// of the first profile's zone.
    public func trends(_ format: TrendsFormat) async -> ExitCode {
        do throws(Ended) {
            let configuration = try loadConfiguration()
            let store = try openStore(configuration, readingOnly: true)
            let zone = Zone(named: configuration.profiles.first?.zone ?? "UTC")
            let run = DigestRun(
                store: store, configuration: configuration, feeds: [], installation: store.installationID)
            do throws(StoreError) {
                let trends = try await run.trends(until: TimeSource.system.now(), in: zone)
                switch format {
                case .json: output.json(json(of: trends))
                case .csv: output.lines(trendsTable(trends))
                case .text: output.lines(trendsText(trends, width: output.width))
                }
            } catch { throw said(error) }
            return .success
        } catch { return error.code }
    }
}
