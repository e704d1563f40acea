import CCurl
import Synchronization

/// One libcurl transfer while it is under way. Touched by the loop's thread alone, except for its ticket.
protocol Transfer: AnyObject {
    /// Held by the task that waits for it; nil if none does.
    var ticket: Ticket? { get }
    /// Sets the handle up; called on the loop's thread.
    ///
    /// - Parameter stop: raised when the loop is to end; for transfers in which libcurl keeps the thread for itself.
    func prepare(_ handle: EasyHandle, stop: StopFlag)
    /// Called before a handle is taken away from a transfer that has not ended.
    func breakOff(_ easy: OpaqueHandle)
    /// What libcurl's result and the callbacks come to.
    func outcome(_ code: CURLcode, _ easy: OpaqueHandle) -> TransferOutcome
    /// Called once, when the transfer has ended.
    func settle(_ outcome: TransferOutcome) -> Sequel
    /// Called in its place when the transfer is given up, begun or not.
    func settleCancelled() -> Sequel
}

extension Transfer {
    /// Whoever holds the ticket waits.
    func settle(_ outcome: TransferOutcome) -> Sequel {
        ticket?.answer(outcome)
        return .answered
    }

    func settleCancelled() -> Sequel {
        ticket?.answerCancelled()
        return .answered
    }
}

/// What follows a transfer.
enum Sequel {
    /// Who waited has the answer.
    case answered
    /// Another transfer, in its place.
    case next(any Transfer)
    case answer(FetchAnswer, FetchAnswers)
}

/// Raised once, from any thread.
final class StopFlag: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}

/// How a transfer ended, before it is put into the words of the room.
enum TransferOutcome: Sendable {
    case response(HTTPResponse)
    case mailAccepted
    case failed(TransferFailure)
}

struct TransferFailure: Error, Sendable {
    var code: CURLcode
    var message: String
    /// The last status or reply code that came.
    var status: Int = 0
    /// What of a response's head had come.
    var head = ResponseHead()
    /// Why one of our own callbacks ended the transfer, if one did.
    var refusal: Refusal?
    /// Whether anything of it had been started; false for what waited for its turn when it was cancelled.
    var hasBegun = true
    /// Whether every byte of a mail had been handed to libcurl.
    var sentEverything = false
    /// What a mail server said beside its reply code, cleaned.
    var words = ""
    /// Whether it befell another mail on the same line, and this one was never tried.
    var isOfAnother = false
}

/// Why a callback ended a transfer.
enum Refusal: Sendable {
    case address(String)
    case bodyTooLarge, noRoom, headTooLarge, unclearLength, expansion, deadline, cancelled
}

/// The right to the answer of one transfer. Whoever comes first answers; later answers are nothing.
final class Ticket: Sendable {
    typealias Receiver = @Sendable (TransferOutcome) -> Void

    private struct State {
        var receiver: Receiver?
        var hasBegun = false
        var isOver = false
    }

    private let state = Mutex(State())
    private let pastRecall = Atomic(false)

    /// Whether every byte of a mail was handed over: from then on nobody can say that it did not arrive.
    var isPastRecall: Bool { pastRecall.load(ordering: .acquiring) }

    func setPastRecall() { pastRecall.store(true, ordering: .releasing) }

    /// - Returns: false if the receiver was answered already, so that nothing is to be started.
    func wait(_ receiver: @escaping Receiver) -> Bool {
        let isOver = state.withLock { state in
            if !state.isOver { state.receiver = receiver }
            return state.isOver
        }
        if isOver { receiver(.failed(.cancelled)) }
        return !isOver
    }

    /// - Returns: false if the transfer was answered already, so that it must not begin.
    func begin() -> Bool {
        state.withLock { state in
            state.hasBegun = true
            return !state.isOver
        }
    }

    /// For a task that is cancelled or a loop that stops.
    func answerCancelled() {
        answer { hasBegun in
            var failure = TransferFailure.cancelled
            failure.hasBegun = hasBegun
            failure.sentEverything = self.isPastRecall
            return .failed(failure)
        }
    }

    func answer(_ outcome: TransferOutcome) { answer { _ in outcome } }

    private func answer(_ outcome: (_ hasBegun: Bool) -> TransferOutcome) {
        let (receiver, hasBegun) = state.withLock { state in
            state.isOver = true
            defer { state.receiver = nil }
            return (state.receiver, state.hasBegun)
        }
        receiver?(outcome(hasBegun))
    }

    var isOver: Bool { state.withLock { $0.isOver } }
}

extension TransferFailure {
    static var cancelled: TransferFailure {
        TransferFailure(code: CURLE_ABORTED_BY_CALLBACK, message: "cancelled", refusal: .cancelled)
    }
}
