import CCurl
import Glibc
import Synchronization

/// One libcurl transfer while it is under way. Touched by the loop's thread alone, except for its ticket.
protocol Transfer: AnyObject {
    var ticket: Ticket { get }
    /// Sets the handle up; called on the loop's thread. The handle is freed by the loop.
    ///
    /// - Parameter stop: raised when the loop is to end; for transfers in which libcurl keeps the thread for itself.
    func prepare(_ easy: OpaqueHandle, stop: StopFlag)
    /// Called before a handle is taken away from a transfer that has not ended.
    func breakOff(_ easy: OpaqueHandle)
    /// What libcurl's result and the callbacks come to.
    func outcome(_ code: CURLcode, _ easy: OpaqueHandle) -> TransferOutcome
}

typealias OpaqueHandle = UnsafeMutableRawPointer

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
}

/// Why a callback ended a transfer.
enum Refusal: Sendable {
    case address(String)
    case bodyTooLarge, headTooLarge, unclearLength, expansion, deadline, cancelled
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

/// One thread around `curl_multi_poll`. Tasks post transfers into a mailbox and wait; the thread answers each exactly once:
/// when it ends, when its task is cancelled (at once, the transfer is dropped after), or when the loop stops.
final class TransferLoop: Sendable {
    private struct Mailbox {
        var posted: [any Transfer] = []
        var hasDropped = false
        var isStopping = false
        var hasEnded = false
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    }

    // Mailbox holds transfers, which are not Sendable: each is handed over once, under the lock, and never used by its
    // sender again.
    private struct Guarded: @unchecked Sendable {
        var box = Mailbox()
    }

    private let mailbox = Mutex(Guarded())
    // Used by the loop's thread; from others only for the wake-up, under the mailbox's lock and not after the end.
    private nonisolated(unsafe) let multi: OpaqueHandle
    private let concurrency: Int
    private let stopFlag = StopFlag()
    private let takesLeave: Bool
    private let longestSilence: Duration

    /// - Parameters:
    ///   - concurrency: transfers at once, further bounded by the process's limit of open files.
    ///   - hostConnections: open connections a host; 0 for no limit.
    ///   - takesLeave: the protocol says goodbye to the other side and waits for its answer. `stop` does not wait with it.
    ///   - longestSilence: while transfers are under way, each is asked this often whether it goes on.
    init(
        concurrency: Int, hostConnections: Int, takesLeave: Bool = false, longestSilence: Duration = .seconds(60)
    ) {
        self.takesLeave = takesLeave
        self.longestSilence = longestSilence
        // Each transfer may need two descriptors for a moment; the program itself needs some for files.
        var limit = rlimit()
        let files =
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Int(clamping: limit.rlim_cur) : 1024
        self.concurrency = max(1, min(concurrency, (files - 40) / 2))
        // Both calls fail only when memory is gone.
        _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        guard let multi = curl_multi_init() else { fatalError("starting libcurl: out of memory") }
        self.multi = multi
        _ = durbeen_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, hostConnections)
        _ = durbeen_multi_set_long(multi, CURLMOPT_MAXCONNECTS, min(self.concurrency, 64))
        _ = durbeen_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        startThread()
    }

    /// Runs `transfer` and returns how it ended. Answers at once when the task is cancelled.
    func run(_ transfer: sending some Transfer) async -> TransferOutcome {
        let ticket = transfer.ticket
        // Handed over exactly once, below.
        nonisolated(unsafe) let transfer = transfer
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard ticket.wait({ continuation.resume(returning: $0) }) else { return }
                post([transfer])
            }
        } onCancel: {
            ticket.answerCancelled()
            letGo()
        }
    }

    /// Starts each of `transfers` when there is room for it, in order; their tickets' receivers hear how they ended.
    func start(_ transfers: sending [some Transfer]) { post(transfers) }

    /// Drops the transfers that are under way though their tickets were answered.
    func letGo() {
        mailbox.withLock { guarded in
            guarded.box.hasDropped = true
            if !guarded.box.hasEnded { curl_multi_wakeup(multi) }
        }
    }

    /// Ends every transfer and the thread; returns when both are gone. Later transfers are answered as cancelled.
    func stop() async {
        stopFlag.raise()
        await withCheckedContinuation { continuation in
            let hasEnded = mailbox.withLock { guarded in
                if guarded.box.hasEnded { return true }
                guarded.box.isStopping = true
                guarded.box.waitingForEnd.append(continuation)
                curl_multi_wakeup(multi)
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }

    /// As `stop`, but does not wait.
    func askToStop() {
        stopFlag.raise()
        mailbox.withLock { guarded in
            guard !guarded.box.hasEnded else { return }
            guarded.box.isStopping = true
            curl_multi_wakeup(multi)
        }
    }

    private func post(_ transfers: [some Transfer]) {
        // Used by the loop's thread alone from here on, but for the tickets.
        nonisolated(unsafe) let transfers = transfers
        let isTaken = mailbox.withLock { guarded in
            guard !guarded.box.isStopping, !guarded.box.hasEnded else { return false }
            // What lies there already has woken the thread.
            if guarded.box.posted.isEmpty { curl_multi_wakeup(multi) }
            guarded.box.posted += transfers
            return true
        }
        if !isTaken { for transfer in transfers { transfer.ticket.answerCancelled() } }
    }

    private func startThread() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let loop = Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue()
                loop.goRound()
                return nil
            }, context)
        guard code == 0 else { fatalError("starting the transfer thread: \(String(cString: strerror(code)))") }
        pthread_detach(thread)
    }
}

// MARK: On the thread

extension TransferLoop {
    private func goRound() {
        var active: [OpaqueHandle: any Transfer] = [:]
        var queue: [any Transfer] = []
        // Handles of transfers that ended well, as new: making one costs more than the transfer's own bookkeeping.
        var spare: [OpaqueHandle] = []
        defer { for easy in spare { curl_easy_cleanup(easy) } }
        while true {
            let (posted, hasDropped, isStopping) = mailbox.withLock { guarded in
                defer {
                    guarded.box.posted = []
                    guarded.box.hasDropped = false
                }
                return (guarded.box.posted, guarded.box.hasDropped, guarded.box.isStopping)
            }
            queue += posted
            if isStopping { return end(&active, queue) }
            if hasDropped { drop(&active, &queue) }
            var running: Int32 = 0
            repeat {
                fill(&active, &queue, &spare)
                curl_multi_perform(multi, &running)
            } while collect(&active, &spare) && !queue.isEmpty
            var ready: Int32 = 0
            let patience: Duration = active.isEmpty ? .seconds(60) : longestSilence
            curl_multi_poll(multi, nil, 0, Int32(patience.inMilliseconds), &ready)
        }
    }

    /// Starts what there is room for, in the order it came.
    private func fill(
        _ active: inout [OpaqueHandle: any Transfer], _ queue: inout [any Transfer], _ spare: inout [OpaqueHandle]
    ) {
        var started = 0
        for transfer in queue {
            guard active.count < concurrency else { break }
            started += 1
            guard transfer.ticket.begin() else { continue }
            guard let easy = spare.popLast() ?? curl_easy_init() else {
                transfer.ticket.answer(.failed(TransferFailure(code: CURLE_OUT_OF_MEMORY, message: "out of memory")))
                continue
            }
            transfer.prepare(easy, stop: stopFlag)
            curl_multi_add_handle(multi, easy)
            active[easy] = transfer
        }
        queue.removeFirst(started)
    }

    /// Answers what has ended. Returns whether anything had.
    private func collect(_ active: inout [OpaqueHandle: any Transfer], _ spare: inout [OpaqueHandle]) -> Bool {
        var left: Int32 = 0
        var hasCollected = false
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // The message does not outlive the removal of its handle.
            let code = durbeen_message_result(message)
            guard let transfer = active.removeValue(forKey: easy) else { continue }
            hasCollected = true
            let outcome = transfer.outcome(code, easy)
            curl_multi_remove_handle(multi, easy)
            if code == CURLE_OK && spare.count < 64 {
                // Everything that a transfer sets goes; it knows no cookies that could stay.
                curl_easy_reset(easy)
                spare.append(easy)
            } else {
                curl_easy_cleanup(easy)
            }
            transfer.ticket.answer(outcome)
        }
        return hasCollected
    }

    /// Lets go of the transfers whose tasks have their answer already.
    private func drop(_ active: inout [OpaqueHandle: any Transfer], _ queue: inout [any Transfer]) {
        for (easy, transfer) in active where transfer.ticket.isOver {
            transfer.breakOff(easy)
            curl_multi_remove_handle(multi, easy)
            curl_easy_cleanup(easy)
            active[easy] = nil
        }
        queue.removeAll { $0.ticket.isOver }
    }

    private func end(_ active: inout [OpaqueHandle: any Transfer], _ queue: [any Transfer]) {
        for (easy, transfer) in active {
            transfer.breakOff(easy)
            curl_multi_remove_handle(multi, easy)
            curl_easy_cleanup(easy)
            transfer.ticket.answerCancelled()
        }
        active = [:]
        for transfer in queue { transfer.ticket.answerCancelled() }
        // Between the look into the mailbox and this lock more may have been posted.
        let (late, waiting) = mailbox.withLock { guarded in
            guarded.box.hasEnded = true
            defer {
                guarded.box.posted = []
                guarded.box.waitingForEnd = []
            }
            return (guarded.box.posted, guarded.box.waitingForEnd)
        }
        for transfer in late { transfer.ticket.answerCancelled() }
        if takesLeave {
            for continuation in waiting { continuation.resume() }
            curl_multi_cleanup(multi)
        } else {
            curl_multi_cleanup(multi)
            for continuation in waiting { continuation.resume() }
        }
    }
}
