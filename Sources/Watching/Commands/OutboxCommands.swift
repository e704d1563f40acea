import FeedModel
import Storage
import Transfers

extension Commands {
    /// `outbox list` and `outbox retry`.
    public func outbox(retry: Bool, json: Bool) async -> ExitCode {
        guard retry else {
            return await withReader { (store) throws(StoreError) in
                let open = try await store.deliveries(in: DeliveryState.allCases.filter { $0 != .accepted })
                for delivery in open {
                    let line = JSON.object([
                        "id": .string(delivery.id), "digest": .string("\(delivery.digest)"),
                        "sink": .string(delivery.sink.rawValue),
                        "to": .string(delivery.recipient), "state": .string(delivery.state.rawValue),
                        "attempts": .integer(Int64(delivery.attempts)), "error": delivery.lastError.map(JSON.string),
                    ])
                    if json {
                        output.raw(line.text() + "\n")
                    } else {
                        output.line(
                            "\(delivery.digest) \(delivery.sink.rawValue) \(delivery.recipient) \(delivery.state.rawValue): \(delivery.lastError ?? "")"
                        )
                    }
                }
                return .success
            }
        }
        do throws(Ended) {
            let wiring = try loadWiring()
            let store = try openStore(wiring.configuration)
            let time = TimeSource.system
            do throws(StoreError) {
                for dead in try await store.deliveries(in: [.failed]) {
                    _ = try await store.retryDelivery(dead.id, now: time.now())
                }
                let run = DeliveryRun(
                    store: store, configuration: wiring.configuration, fetcher: wiring.fetcher, time: time, log: .silent
                )
                let summary = try await run.deliverDue()
                output.line("\(summary.delivered) delivered, \(summary.deferred) put off, \(summary.failed) failed")
                await wiring.fetcher.stop()
                await store.close()
                return summary.failed > 0 ? .wrong : .success
            } catch { throw said(error) }
        } catch { return error.code }
    }
}
