import Dispatch
import FeedModel
import Glibc

/// A thread that does one thing and ends.
enum OwnThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func start(_ body: @escaping @Sendable () -> Void, orElse: () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let failure = pthread_create(
            &thread, nil,
            { context in
                // The retain above is given up here, on the only thread that ever sees the pointer.
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        if failure == 0 {
            pthread_detach(thread)
        } else {
            work.release()
            orElse()
        }
    }
}

/// Where the sinks write files: a queue of its own, one piece of work after the other, so that a slow disk holds up no task of
/// the cooperative pool and no two deliveries change one folder at a time.
enum FileQueue {
    private static let queue = DispatchQueue(label: "durbeen.files")

    static func run<Answer: Sendable>(
        _ work: @escaping @Sendable () throws(DeliveryError) -> Answer
    ) async throws(DeliveryError) -> Answer {
        let result: Result<Answer, DeliveryError> = await withCheckedContinuation { continuation in
            // Resumed exactly once, by the queue.
            queue.async {
                do throws(DeliveryError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
