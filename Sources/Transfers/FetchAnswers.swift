public import FeedModel
import Synchronization

/// How one of many fetches ended.
public struct FetchAnswer: Sendable {
    /// The number it was begun under.
    public var number: Int
    public var ending: Ending
    /// From the moment the first request left; the wait for a free place not counted.
    public var took: Duration

    public enum Ending: Sendable {
        /// The address that was asked answered "not modified" to validators, and said nothing that takes their place: what
        /// nearly all answers are, so it is told without a trace.
        case unchanged(FreshnessHint, wireBytes: Int)
        indirect case ended(Result<FetchResult, FetchError>)
        /// To another host, which is to be asked by a fetch of its own (`FetchRequest.stopsBetweenHosts`).
        case led(Detour)
    }
}

/// Where the answers of many fetches arrive. Under load many come together, and wake their reader once.
public final class FetchAnswers: Sendable {
    private struct State {
        var answers: [FetchAnswer] = []
        var reader: CheckedContinuation<[FetchAnswer], Never>?
        var isClosed = false

        mutating func takeAll() -> [FetchAnswer] {
            defer { answers = [] }
            return answers
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// All answers that have come; waits for the first. For one reader at a time.
    ///
    /// - Returns: nothing once a reader was cancelled, now or earlier.
    public func next() async -> [FetchAnswer] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { reader in
                let answers: [FetchAnswer]? = state.withLock { state in
                    guard state.answers.isEmpty, !state.isClosed else { return state.takeAll() }
                    state.reader = reader
                    return nil
                }
                if let answers { reader.resume(returning: answers) }
            }
        } onCancel: {
            let reader = state.withLock { state in
                state.isClosed = true
                state.answers = []
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: [])
        }
    }

    func put(_ answers: [FetchAnswer]) {
        guard !answers.isEmpty else { return }
        let waiting = state.withLock { state -> (CheckedContinuation<[FetchAnswer], Never>, [FetchAnswer])? in
            // Nobody will read them: what they hold is let go.
            guard !state.isClosed else { return nil }
            state.answers += answers
            guard let reader = state.reader else { return nil }
            state.reader = nil
            return (reader, state.takeAll())
        }
        if let (reader, answers) = waiting { reader.resume(returning: answers) }
    }
}

/// Where a fetch stands among those that were begun together.
struct FetchPlace {
    var number: Int
    var answers: FetchAnswers
}

/// Answers on their way out of the loop. They stay for a moment, so that under load many of them wake their reader once: a
/// thread that wakes another costs more than a transfer that ended with "not modified".
struct OutgoingAnswers {
    static let most = 128
    private static let longest: Duration = .milliseconds(5)

    /// Nearly always they are all for one.
    private var waiting: [(reader: FetchAnswers, answers: [FetchAnswer])] = []
    private var count = 0
    private var oldest = ContinuousClock.now

    mutating func add(_ answer: FetchAnswer, to reader: FetchAnswers) {
        if count == 0 { oldest = .now }
        if let index = waiting.firstIndex(where: { $0.reader === reader }) {
            waiting[index].answers.append(answer)
        } else {
            waiting.append((reader, [answer]))
        }
        count += 1
        if count >= Self.most { deliver() }
    }

    /// Hands over what has waited long enough; all of it if nothing else is under way.
    ///
    /// - Returns: how long the rest may still wait; nil if nothing is left.
    mutating func deliverDue(isIdle: Bool) -> Duration? {
        guard count > 0 else { return nil }
        let left = Self.longest - oldest.duration(to: .now)
        if !isIdle && left > .zero { return left }
        deliver()
        return nil
    }

    mutating func deliver() {
        for (reader, answers) in waiting { reader.put(answers) }
        waiting = []
        count = 0
    }
}
