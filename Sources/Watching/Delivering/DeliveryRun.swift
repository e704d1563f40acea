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
        let isMail = deliveries.contains(where: \.sink.isMail)
        let suspended = isMail ? try await suspendedRecipients() : [:]
        let deliveries = isMail ? try await holdBack(deliveries, suspended, into: &summary) : deliveries
        do {
            try await tryEach(deliveries, into: &summary)
        } catch {
            // The next run would know those as suspended and say nothing. What is reported is why this one ended.
            if isMail, summary.failed > 0 { try? await tellSuspended(besides: suspended) }
            throw error
        }
        if isMail, summary.failed > 0 { try await tellSuspended(besides: suspended) }
        return summary
    }

    private func tryEach(_ deliveries: [Delivery], into summary: inout Summary) async throws(StoreError) {
        for delivery in deliveries where delivery.sink != .mail {
            guard !Task.isCancelled else { return }
            // One at a time: a digest for hundreds of readers would not fit the memory that is ours.
            try await attempt(delivery, into: &summary)
        }
        // After what is at hand, because a mail server may take its time.
        try await sendMail(deliveries.filter { $0.sink == .mail }, into: &summary)
    }

    private func attempt(_ delivery: Delivery, into summary: inout Summary) async throws(StoreError) {
        let began = time.now()
        guard let begun = try await store.settle([], beginning: [delivery.id], at: began).first else { return }
        var delivery = delivery
        delivery.files = begun.files
        do {
            summary.paths += try await handOver(delivery)
            try await store.settle([accepted(delivery, into: &summary)])
        } catch let error as DeliveryError {
            try await store.settle([refused(delivery, error, began: began, into: &summary)])
        } catch let error as StoreError {
            throw error
        } catch {
            preconditionFailure("handing over and storing throw nothing else")
        }
    }

    /// Counts and logs that a delivery arrived.
    func accepted(_ delivery: Delivery, into summary: inout Summary) -> DeliveryMark {
        summary.delivered += 1
        say(.info, delivery, "accepted")
        return DeliveryMark(id: delivery.id, state: .accepted, at: time.now())
    }

    /// Decides what becomes of a delivery that did not arrive, or of which nobody knows; counts and logs it.
    func refused(
        _ delivery: Delivery, _ error: DeliveryError, began: Date, into summary: inout Summary
    ) -> DeliveryMark {
        let now = time.now()
        let next = retry.next(
            afterAttempts: delivery.attempts + 1, firstAttempt: delivery.firstAttempt ?? began, now: now)
        var mark = DeliveryMark(id: delivery.id, state: .failed, at: now, next: next, error: error.description)
        switch (error, next) {
        case (.temporary(let why), let next?):
            mark.state = delivery.waitingState
            summary.deferred += 1
            say(.warning, delivery, mark.state.rawValue, why: why, next: next)
        case (.unknown(let why), let next?):
            mark.state = .unknown
            summary.deferred += 1
            say(.warning, delivery, "unknown", why: why, next: next)
        case (.temporary(let why), nil), (.unknown(let why), nil), (.permanent(let why), _), (.refused(let why), _):
            mark.next = nil
            let why = delivery.givenUp(why)
            mark.error = why
            if case .refused = error { mark.isRefusal = delivery.sink.isMail }
            summary.failed += 1
            say(.error, delivery, "failed", why: why)
        }
        return mark
    }

    func say(_ level: Log.Level, _ delivery: Delivery, _ state: String, why: String = "", next: Date? = nil) {
        guard level <= log.level else { return }
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
        case .mail: preconditionFailure("mail goes out by the line, not one by one")
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
        guard let file = delivery.files.first else { throw pastRetention(delivery) }
        return file.bytes
    }

    func pastRetention(_ delivery: Delivery) -> DeliveryError {
        .permanent("delivering \(delivery.digest): its bytes are past their retention")
    }
}

extension Delivery {
    /// How it waits for another attempt after one that certainly did not arrive. What may have arrived before then may have still
    /// (M-08).
    var waitingState: DeliveryState { state == .unknown ? .unknown : .deferred }

    /// Why it is given up, with what whoever may send it again should know.
    func givenUp(_ why: String) -> String { state == .unknown ? why + "; an earlier attempt may have arrived" : why }
}

/// `2026-11-25T14:05:00Z`, as logs and `--json` show times.
func timestamp(_ date: Date) -> String { date.formatted(.iso8601) }
