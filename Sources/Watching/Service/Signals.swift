import Dispatch
import Glibc

/// The signals a service lives by, as a stream. SIGPIPE is ignored from the moment this is made.
final class Signals: Sendable {
    enum Signal: Sendable {
        case terminate, hangup
    }

    private let stream: AsyncStream<Signal>
    // Dispatch sources are thread-safe, but not marked so on Linux; they are made here and only cancelled later.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    init() {
        signal(SIGPIPE, SIG_IGN)
        let (stream, continuation) = AsyncStream.makeStream(of: Signal.self)
        self.stream = stream
        let queue = DispatchQueue(label: "durbeen.signals")
        let counter = TerminationCounter()
        sources = [(SIGTERM, Signal.terminate), (SIGINT, .terminate), (SIGHUP, .hangup)].map { number, meaning in
            // The default action would end the process before the source hears of it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                // A second request to end is taken at its word: at once (R20). The store survives this by design.
                if meaning == .terminate, counter.countOne() > 1 { _exit(143) }
                continuation.yield(meaning)
            }
            source.resume()
            return source
        }
    }

    /// The next signal, in the order they came; nil when the task is cancelled. One caller at a time.
    func next() async -> Signal? {
        var iterator = stream.makeAsyncIterator()
        return await iterator.next()
    }

    deinit {
        for source in sources { source.cancel() }
    }
}

/// Touched only on the queue of the signals.
private final class TerminationCounter: @unchecked Sendable {
    private var count = 0

    func countOne() -> Int {
        count += 1
        return count
    }
}
