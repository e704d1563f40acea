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
    ///
    /// - Parameter ids: those to try; nil for all.
    func deliverDue(only ids: Set<String>? = nil) async throws(StoreError) -> Summary {
        let due = try await store.dueDeliveries(now: time.now(), withFiles: false)
        return try await deliver(due.filter { ids?.contains($0.id) ?? true })
    }

    /// Tries everything that waits, due or not, once: for a person who asks for it.
    func deliverWaiting() async throws(StoreError) -> Summary {
        try await deliver(
            try await store.deliveries(in: [.planned, .frozen, .deferred, .unknown], withFiles: false))
    }

    private func deliver(_ deliveries: [Delivery]) async throws(StoreError) -> Summary {
        var summary = Summary()
        for delivery in deliveries {
            guard !Task.isCancelled else { return summary }
            // One at a time: a digest for hundreds of readers would not fit the memory that is ours.
            var whole = delivery
            whole.files = try await store.files(of: delivery.id)
            try await attempt(whole, into: &summary)
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
            let feeds = files.formats.filter { $0 == .atom || $0 == .jsonfeed }.map(\.asDigestFormat)
            return try await FileSink(
                folder: files.folder, group: files.group, site: files.site, feeds: feeds,
                domain: configuration.mail.idDomain
            ).deliver(delivery)
        case .maildir: return try await MaildirSink(folder: configuration.maildir.folder).deliver(delivery)
        case .sendmail:
            try await SendmailSink(path: configuration.sendmail.path).deliver(delivery, from: configuration.mail.from)
        case .exec: try await ExecSink(command: configuration.exec.command).deliver(delivery)
        case .mail:
            let message = try content(of: delivery)
            let server: MailServer
            do { server = try configuration.mail.server(caFile: configuration.fetch.caFile) } catch {
                throw .temporary("sending the mail: \(error)")
            }
            try await fetcher.submit(message, from: configuration.mail.from, to: delivery.recipient, via: server)
        case .webhook:
            let target: WebhookTarget
            do { target = try configuration.webhook.target() } catch {
                throw .temporary("posting the digest: \(error)")
            }
            try await fetcher.post(try content(of: delivery), id: delivery.id, to: target)
        }
        return []
    }

    private func content(of delivery: Delivery) throws(DeliveryError) -> [UInt8] {
        guard let file = delivery.files.first else {
            throw .permanent("delivering \(delivery.digest): its bytes are past their retention")
        }
        return file.bytes
    }
}

/// `2026-11-25T14:05:00Z`, as logs and `--json` show times.
func timestamp(_ date: Date) -> String { date.formatted(.iso8601) }
