import CCurl
import Glibc
import Synchronization

/// One thread around `curl_multi_poll`. Tasks post transfers into a mailbox and wait; the thread answers each exactly once:
/// when it ends, when its task is cancelled (at once, the transfer is dropped after), or when the loop stops.
final class TransferLoop: Sendable {
    private struct Mailbox {
        var posted: [WaitingLine.Member] = []
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
    private let room: BodyRoom

    /// - Parameters:
    ///   - concurrency: transfers at once, further bounded by the process's limit of open files.
    ///   - hostConnections: open connections a host; 0 for no limit.
    ///   - takesLeave: the protocol says goodbye to the other side and waits for its answer. `stop` does not wait with it.
    ///   - longestSilence: while transfers are under way, each is asked this often whether it goes on.
    ///   - room: while it is crowded, transfers wait for those before them; while it fills, they begin slowly.
    ///   - loops: so many share the process's open files.
    init(
        concurrency: Int, hostConnections: Int, loops: Int = 1, takesLeave: Bool = false,
        longestSilence: Duration = .seconds(60), room: BodyRoom = BodyRoom()
    ) {
        self.room = room
        self.takesLeave = takesLeave
        self.longestSilence = longestSilence
        // Each transfer may need two descriptors for a moment; the program itself needs some for files.
        var limit = rlimit()
        let files =
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Int(clamping: limit.rlim_cur) : 1024
        self.concurrency = max(1, min(concurrency, (files - 40) / 2 / loops))
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
        guard let ticket = transfer.ticket else { preconditionFailure("a task waits by a ticket") }
        // Handed over exactly once, below.
        nonisolated(unsafe) let transfer = transfer
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard ticket.wait({ continuation.resume(returning: $0) }) else { return }
                post([.transfer(transfer)])
            }
        } onCancel: {
            ticket.answerCancelled()
            letGo()
        }
    }

    /// Starts each of `transfers` when there is room for it, in order; their tickets' receivers hear how they ended.
    func start(_ transfers: sending [some Transfer]) { post(transfers.map { .transfer($0) }) }

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

    /// Begins transfers whose own `settle` says what becomes of each.
    func post(_ members: [WaitingLine.Member]) {
        guard !members.isEmpty else { return }
        // Handed over exactly once, below.
        nonisolated(unsafe) let members = members
        let isTaken = mailbox.withLock { guarded in
            guard !guarded.box.isStopping, !guarded.box.hasEnded else { return false }
            // What lies there already has woken the thread.
            if guarded.box.posted.isEmpty { curl_multi_wakeup(multi) }
            guarded.box.posted += members
            return true
        }
        guard !isTaken else { return }
        var line = WaitingLine()
        line.add(members)
        var outgoing = OutgoingAnswers()
        Self.cancel(&line, &outgoing)
        outgoing.deliver()
    }

    private static func cancel(_ line: inout WaitingLine, _ outgoing: inout OutgoingAnswers) {
        while let sequel = line.next() { cancel(sequel, &outgoing) }
    }

    private static func cancel(_ sequel: Sequel, _ outgoing: inout OutgoingAnswers) {
        switch sequel {
        case .answered: break
        case .next(let transfer): cancel(transfer.settleCancelled(), &outgoing)
        case .answer(let answer, let reader): outgoing.add(answer, to: reader)
        }
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
    /// What the thread has in its hands.
    private struct Work {
        var active: [OpaqueHandle: (handle: EasyHandle, transfer: any Transfer)] = [:]
        var line = WaitingLine()
        /// Handles of transfers that ended well: making one costs more than the transfer's own bookkeeping.
        var spare: [EasyHandle] = []
        var outgoing = OutgoingAnswers()
        /// When a transfer last began while answers filled the room.
        var lastBegun = ContinuousClock.now
    }

    private func goRound() {
        var work = Work()
        while true {
            let (posted, hasDropped, isStopping) = mailbox.withLock { guarded in
                defer {
                    guarded.box.posted = []
                    guarded.box.hasDropped = false
                }
                return (guarded.box.posted, guarded.box.hasDropped, guarded.box.isStopping)
            }
            work.line.add(posted)
            if isStopping { return end(&work) }
            if hasDropped { drop(&work) }
            var running: Int32 = 0
            repeat {
                fill(&work)
                curl_multi_perform(multi, &running)
            } while collect(&work) && !work.line.isEmpty
            let left = work.outgoing.deliverDue(isIdle: work.active.isEmpty)
            let patience = left ?? longestWait(work)
            var ready: Int32 = 0
            curl_multi_poll(multi, nil, 0, Int32(clamping: patience.inMilliseconds + 1), &ready)
        }
    }

    private func longestWait(_ work: Work) -> Duration {
        // Those that wait though there are places wait for room, and there may be some since `fill` looked.
        guard work.line.isEmpty || work.active.count >= concurrency else { return Self.crowdedWait }
        return work.active.isEmpty ? .seconds(60) : longestSilence
    }

    /// Some go on, and now and then one begins, however long the answers of others take to arrive (R4).
    private func hasPlace(_ work: Work) -> Bool {
        if work.active.isEmpty { return true }
        guard !room.isCrowded, work.active.count < concurrency else { return false }
        return !room.isFilling || work.active.count < max(2, concurrency / 4)
            || work.lastBegun.duration(to: .now) >= Self.crowdedWait
    }

    /// Nobody tells the loop that answers were read.
    private static let crowdedWait: Duration = .milliseconds(20)

    /// Starts what there is room for, in the order it came.
    private func fill(_ work: inout Work) {
        while hasPlace(work), let sequel = work.line.next() {
            guard case .next(let transfer) = sequel else {
                proceed(sequel, &work)
                continue
            }
            if let ticket = transfer.ticket, !ticket.begin() { continue }
            guard let handle = work.spare.popLast() ?? EasyHandle() else {
                settle(
                    transfer, .failed(TransferFailure(code: CURLE_OUT_OF_MEMORY, message: "out of memory")), &work)
                continue
            }
            if room.isFilling { work.lastBegun = .now }
            transfer.prepare(handle, stop: stopFlag)
            curl_multi_add_handle(multi, handle.pointer)
            work.active[handle.pointer] = (handle, transfer)
        }
    }

    private static let mostSpare = 64

    /// Settles what has ended. Returns whether anything had.
    private func collect(_ work: inout Work) -> Bool {
        var left: Int32 = 0
        var hasCollected = false
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // The message does not outlive the removal of its handle.
            let code = durbeen_message_result(message)
            guard let (handle, transfer) = work.active.removeValue(forKey: easy) else { continue }
            hasCollected = true
            let outcome = transfer.outcome(code, easy)
            curl_multi_remove_handle(multi, easy)
            if code == CURLE_OK && work.spare.count < Self.mostSpare {
                // What another transfer could not use goes at once; there are no cookies that could stay.
                if handle.standing == nil { handle.blank() }
                work.spare.append(handle)
            }
            settle(transfer, outcome, &work)
        }
        return hasCollected
    }

    private func settle(_ transfer: any Transfer, _ outcome: TransferOutcome, _ work: inout Work) {
        proceed(transfer.settle(outcome), &work)
    }

    private func proceed(_ sequel: Sequel, _ work: inout Work) {
        switch sequel {
        case .answered: break
        case .next(let following): work.line.add(following)
        case .answer(let answer, let reader): work.outgoing.add(answer, to: reader)
        }
    }

    /// Lets go of the transfers whose tasks have their answer already.
    private func drop(_ work: inout Work) {
        for (easy, (_, transfer)) in work.active where transfer.ticket?.isOver ?? false {
            transfer.breakOff(easy)
            curl_multi_remove_handle(multi, easy)
            work.active[easy] = nil
        }
        work.line.dropAnswered()
    }

    private func end(_ work: inout Work) {
        for (easy, (_, transfer)) in work.active {
            transfer.breakOff(easy)
            curl_multi_remove_handle(multi, easy)
            Self.cancel(.next(transfer), &work.outgoing)
        }
        work.active = [:]
        Self.cancel(&work.line, &work.outgoing)
        // Between the look into the mailbox and this lock more may have been posted.
        let (late, waiting) = mailbox.withLock { guarded in
            guarded.box.hasEnded = true
            defer {
                guarded.box.posted = []
                guarded.box.waitingForEnd = []
            }
            return (guarded.box.posted, guarded.box.waitingForEnd)
        }
        work.line.add(late)
        Self.cancel(&work.line, &work.outgoing)
        work.outgoing.deliver()
        if takesLeave {
            for continuation in waiting { continuation.resume() }
            curl_multi_cleanup(multi)
        } else {
            curl_multi_cleanup(multi)
            for continuation in waiting { continuation.resume() }
        }
    }
}
