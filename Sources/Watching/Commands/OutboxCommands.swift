import FeedModel
import FoundationEssentials
import Storage
import Transfers

extension Commands {
    /// `outbox list`: what waits for delivery, and what was given up.
    public func outboxList(json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            let open = try await store.deliveries(
                in: DeliveryState.allCases.filter { $0 != .accepted }, withFiles: false)
            if json {
                output.json(lines: open.map { Self.json(of: $0).text() })
                return .success
            }
            for delivery in open {
                output.line("\(delivery.id)  \(delivery.state.rawValue)  \(delivery.digest)  \(Self.place(delivery))")
                if let error = delivery.lastError { output.line("  \(error)") }
                if delivery.state != .failed {
                    output.line("  \(delivery.attempts) attempts, next \(timestamp(delivery.nextAttempt))")
                }
            }
            if open.isEmpty { output.line("the outbox is empty") }
            return .success
        }
    }

    /// `outbox retry`: tries deliveries at once, dead letters too.
    ///
    /// - Parameter ids: which; empty for everything that was given up and everything that is due.
    public func outboxRetry(ids: [String], json: Bool) async -> ExitCode {
        do throws(Ended) {
            let wiring = try loadWiring()
            let store = try openStore(wiring.configuration)
            let time = TimeSource.system
            do throws(StoreError) {
                let unknown = try await reopen(ids, in: store, now: time.now())
                for id in unknown {
                    output.error("retrying: \(id): neither waiting nor given up; see durbeen outbox list")
                }
                let run = DeliveryRun(
                    store: store, configuration: wiring.configuration, fetcher: wiring.fetcher, time: time, log: .silent
                )
                let summary = try await run.deliverDue(only: ids.isEmpty ? nil : Set(ids))
                if json {
                    output.json(
                        .object([
                            "delivered": .integer(Int64(summary.delivered)),
                            "deferred": .integer(Int64(summary.deferred)), "failed": .integer(Int64(summary.failed)),
                            "unknown_ids": .strings(unknown),
                        ]))
                } else {
                    output.line(
                        "\(summary.delivered) delivered, \(summary.deferred) put off, \(summary.failed) failed")
                }
                await wiring.fetcher.stop()
                await store.close()
                return summary.failed > 0 || !unknown.isEmpty ? .wrong : .success
            } catch { throw said(error) }
        } catch { return error.code }
    }

    /// `outbox resume`: mails recipients again that were suspended after refusing too much on end.
    public func outboxResume(addresses: [String]) async -> ExitCode {
        do throws(Ended) {
            let store = try openStore(try loadConfiguration())
            var code = ExitCode.success
            do throws(StoreError) {
                for address in addresses {
                    guard let due = try await store.resumeRecipient(address, now: TimeSource.system.now()) else {
                        output.error("resuming \(address): it has refused nothing; see durbeen status")
                        code = .wrong
                        continue
                    }
                    output.line("\(address): mailed again, \(due) messages held back meanwhile are due")
                }
            } catch { throw said(error) }
            await store.close()
            return code
        } catch { return error.code }
    }

    /// - Returns: the ids that name nothing which can be tried.
    private func reopen(_ ids: [String], in store: Store, now: Date) async throws(StoreError) -> [String] {
        guard !ids.isEmpty else {
            for dead in try await store.deliveries(in: [.failed], withFiles: false) {
                try await store.retryDelivery(dead.id, now: now)
            }
            return []
        }
        var unknown: [String] = []
        for id in ids {
            let isDead = try await store.retryDelivery(id, now: now)
            let waits = try await store.hastenDelivery(id, now: now)
            if !isDead && !waits { unknown.append(id) }
        }
        return unknown
    }

    private static func place(_ delivery: Delivery) -> String {
        [delivery.sink.rawValue, delivery.recipient].filter { !$0.isEmpty }.joined(separator: " to ")
    }

    private static func json(of delivery: Delivery) -> JSON {
        .object([
            "id": .string(delivery.id), "digest": .string("\(delivery.digest)"),
            "sink": .string(delivery.sink.rawValue), "to": .string(delivery.recipient),
            "state": .string(delivery.state.rawValue), "attempts": .integer(Int64(delivery.attempts)),
            "next_attempt": delivery.state == .failed ? nil : .string(timestamp(delivery.nextAttempt)),
            "error": delivery.lastError.map(JSON.string),
        ])
    }
}
