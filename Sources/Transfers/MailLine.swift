public import FeedModel
import Synchronization

/// Messages on their way to one mail server, one after the other over one connection, without a pause between two: whoever
/// sends hands on the next before the last has ended. Endings are told in groups, because they are written down in groups.
public final class MailLine: Sendable {
    /// How one message ended.
    public struct Ended: Sendable, Equatable {
        public var id: String
        public var ending: Ending
    }

    public enum Ending: Sendable, Equatable {
        /// The server has taken it.
        case accepted
        case failed(DeliveryError)
        /// Nothing of it was sent: another showed that the server cannot be reached or does not let us in.
        case spared(DeliveryError)
        /// Nothing of it was sent, because the wait was cancelled or the fetcher stopped.
        case withdrawn
    }

    private struct State {
        var underWay: [ObjectIdentifier: Ticket] = [:]
        var ended: [Ended] = []
        /// When the first of `ended` came.
        var firstEnded = ContinuousClock.now
        var waiting: CheckedContinuation<[Ended], Never>?

        /// Whether it is time to tell what has ended.
        var isTelling: Bool {
            if underWay.isEmpty || ended.count >= MailLine.group { return true }
            return !ended.isEmpty && firstEnded.duration(to: .now) >= MailLine.patience
        }
    }

    private let loop: TransferLoop
    private let from: String
    private let server: MailServer
    private let state = Mutex(State())

    /// Endings are told once there are so many, or once the first of them is so old.
    static let group = 100
    static let patience: Duration = .milliseconds(50)

    init(loop: TransferLoop, from: String, server: MailServer) {
        self.loop = loop
        self.from = from
        self.server = server
    }

    /// Hands on `mails`, in order. Each of them is told by `next` exactly once.
    public func send(_ mails: [OutgoingMail]) {
        let transfers = mails.compactMap { mail -> MailTransfer? in
            guard isEnvelopeAddress(from), isEnvelopeAddress(mail.to) else {
                put(
                    Ended(
                        id: mail.id,
                        ending: .failed(
                            .permanent("sending mail: \"\(from)\" or \"\(mail.to)\" cannot stand in an envelope"))))
                return nil
            }
            // What ended before a long silence is not to wait for its end.
            let transfer = MailTransfer(mail, from: from, server: server) { [weak self] in self?.tell() }
            let ticket = transfer.ownTicket
            state.withLock { $0.underWay[ObjectIdentifier(ticket)] = ticket }
            _ = ticket.wait { [self, id = mail.id] outcome in
                put(Ended(id: id, ending: ending(of: outcome)), of: ObjectIdentifier(ticket))
                if case .failed(let failure) = outcome, failure.isAboutServer { spare(failure) }
            }
            return transfer
        }
        loop.start(transfers)
    }

    /// What has ended since the last call: at least one message, or none if none is under way. When the task is cancelled,
    /// what has not begun is withdrawn and what has is broken off, so that everything ends at once.
    public func next() async -> [Ended] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.waiting = continuation }
                tell()
            }
        } onCancel: {
            withdraw()
        }
    }

    /// Ends everything that is under way; `next` tells how.
    public func withdraw() {
        for ticket in state.withLock({ Array($0.underWay.values) }) { ticket.answerCancelled() }
        loop.letGo()
    }

    /// A server that cannot be reached or does not let us in is not asked again for every message that waits: two hundred times
    /// half a minute would hold up everything, and two hundred wrong log-ins close an account.
    private func spare(_ failure: TransferFailure) {
        var shared = failure
        shared.isOfAnother = true
        for ticket in state.withLock({ Array($0.underWay.values) }) { ticket.answer(.failed(shared)) }
    }

    private func put(_ ended: Ended, of ticket: ObjectIdentifier? = nil) {
        state.withLock { state in
            if state.ended.isEmpty { state.firstEnded = .now }
            state.ended.append(ended)
            if let ticket { state.underWay[ticket] = nil }
        }
        tell()
    }

    /// Answers who waits in `next`, if it is time to.
    private func tell() {
        let (continuation, ended) = state.withLock { state in
            guard let waiting = state.waiting, state.isTelling else {
                return (nil as CheckedContinuation<[Ended], Never>?, [] as [Ended])
            }
            defer {
                state.waiting = nil
                state.ended = []
            }
            return (waiting, state.ended)
        }
        continuation?.resume(returning: ended)
    }

    private func ending(of outcome: TransferOutcome) -> Ending {
        switch outcome {
        case .mailAccepted: .accepted
        case .failed(let failure):
            if failure.isOfAnother {
                .spared(deliveryError(failure, server: server))
            } else {
                failure.hasBegun ? .failed(deliveryError(failure, server: server)) : .withdrawn
            }
        case .response: .failed(.temporary("\(place(server)): no mail server answered"))
        }
    }
}
