import Digests
import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// Hands over what waits in the outbox. Each delivery is marked as being sent before its first byte leaves and as
/// accepted only after the other side took it; one that is refused neither blocks nor repeats the others (M-06, R22).
struct DeliveryRun: Sendable {
    let store: Store
    let configuration: Configuration
    let fetcher: Fetcher
    let time: TimeSource
    let log: Log
    var retry = DeliveryRetry()

    struct Summary: Sendable, Equatable {
        var delivered = 0
        var deferred = 0
        var failed = 0
        /// Where files were written, in order.
        var paths: [String] = []
    }

    /// Tries each delivery that is due, once. Ends early when the task is cancelled; what is left stays due.
    func deliverDue() async throws(StoreError) -> Summary {
        try await deliver(try await store.dueDeliveries(now: time.now()))
    }

    /// Tries everything that waits, due or not, once: for a person who asks for it.
    func deliverWaiting() async throws(StoreError) -> Summary {
        try await deliver(try await store.deliveries(in: [.planned, .frozen, .deferred, .unknown]))
    }

    private func deliver(_ deliveries: [Delivery]) async throws(StoreError) -> Summary {
        var summary = Summary()
        for delivery in deliveries {
            guard !Task.isCancelled else { return summary }
            try await attempt(delivery, into: &summary)
            if delivery.sink == .mail, let pause = configuration.mail.pauseBetweenMessages {
                do { try await time.sleep(pause) } catch { return summary }
            }
        }
        return summary
    }

    private func attempt(_ delivery: Delivery, into summary: inout Summary) async throws(StoreError) {
        let began = time.now()
        try await store.markSending(delivery.id, at: began)
        do {
            summary.paths += try await handOver(delivery)
            try await store.markDelivered(delivery.id, at: time.now())
            summary.delivered += 1
            say(.info, delivery, "accepted")
        } catch let error as DeliveryError {
            try await settle(delivery, error, firstAttempt: delivery.firstAttempt ?? began, into: &summary)
        } catch let error as StoreError {
            throw error
        } catch {
            preconditionFailure("handing over and storing throw nothing else")
        }
    }

    private func settle(
        _ delivery: Delivery, _ error: DeliveryError, firstAttempt: Date, into summary: inout Summary
    ) async throws(StoreError) {
        let now = time.now()
        let next = retry.next(afterAttempts: delivery.attempts + 1, firstAttempt: firstAttempt, now: now)
        switch (error, next) {
        case (.temporary(let why), let next?):
            try await store.markDeferred(delivery.id, error: why, nextAttempt: next, at: now)
            summary.deferred += 1
            say(.warning, delivery, "deferred", why: why, next: next)
        case (.unknown(let why), let next?):
            try await store.markUnknown(delivery.id, error: why, nextAttempt: next, at: now)
            summary.deferred += 1
            say(.warning, delivery, "unknown", why: why, next: next)
        case (.temporary(let why), nil), (.unknown(let why), nil), (.permanent(let why), _):
            try await store.markFailed(delivery.id, error: why, at: now)
            summary.failed += 1
            say(.error, delivery, "failed", why: why)
        }
    }

    private func say(_ level: Log.Level, _ delivery: Delivery, _ state: String, why: String = "", next: Date? = nil) {
        log(
            level, "delivery",
            [
                "digest": delivery.digest.description, "sink": delivery.sink.rawValue, "to": delivery.recipient,
                "state": state, "why": why, "next": next.map(timestamp) ?? "",
            ])
    }

    /// - Returns: the paths written, for the sinks that write files.
    private func handOver(_ delivery: Delivery) async throws(DeliveryError) -> [String] {
        switch delivery.sink {
        case .files:
            let files = configuration.files
            return try FileSink(folder: files.folder, group: files.group, site: files.site).deliver(delivery)
        case .maildir:
            return try MaildirSink(folder: configuration.maildir.folder).deliver(delivery)
        case .sendmail:
            try await SendmailSink(path: configuration.sendmail.path).deliver(delivery, from: configuration.mail.from)
        case .mail:
            guard let message = delivery.files.first?.bytes else {
                throw .permanent("sending the mail: the outbox row holds no message")
            }
            let server: MailServer
            do { server = try configuration.mail.server() } catch {
                throw .temporary("sending the mail: \(error)")
            }
            try await fetcher.submit(message, from: configuration.mail.from, to: delivery.recipient, via: server)
        case .webhook, .exec:
            throw .permanent("\(delivery.sink.rawValue): this build has no such sink; take it out of the profile")
        }
        return []
    }
}

/// `2026-11-25T14:05:00Z`, as logs and `--json` show times.
func timestamp(_ date: Date) -> String { date.formatted(.iso8601) }
