import CCurl
import FeedModel
import Glibc

/// The only door to the network: feeds and pages by HTTP, messages by SMTP. Two or three threads with a libcurl multi handle each
/// behind it; a task that is cancelled is answered at once.
public final class Fetcher: Sendable {
    let standing: StandingRequest
    var settings: FetchSettings { standing.settings }
    let loop: TransferLoop
    /// Beside it, for hosts that are allowed addresses and have a limit of their own: libcurl knows one limit for all hosts.
    private let allowedLoop: TransferLoop?
    /// Apart, because libcurl holds its thread while a mail server thinks about the final dot.
    let mailLoop: TransferLoop

    public convenience init(_ settings: FetchSettings) { self.init(settings, room: BodyRoom()) }

    init(_ settings: FetchSettings, room: BodyRoom) {
        // Host names in other scripts need a locale that knows UTF-8; nothing else in the program looks at it.
        setlocale(LC_CTYPE, "C.UTF-8")
        standing = StandingRequest(settings, room: room)
        let allowed = settings.allowAddresses.isEmpty ? nil : settings.allowedHostConnections
        let isDivided = allowed != nil && allowed != settings.hostConnections
        let loops = isDivided ? 2 : 1
        loop = TransferLoop(
            concurrency: settings.concurrency, hostConnections: settings.hostConnections, loops: loops, room: room)
        allowedLoop = allowed.flatMap { connections in
            guard isDivided else { return nil }
            return TransferLoop(
                concurrency: settings.concurrency, hostConnections: connections, loops: loops, room: room)
        }
        mailLoop = TransferLoop(
            concurrency: 1, hostConnections: 1, takesLeave: true, longestSilence: .seconds(1))
    }

    deinit {
        breakOff()
        mailLoop.askToStop()
    }

    /// Ends everything under way; each waiting task is answered. The fetcher is of no use after.
    public func stop() async {
        async let mailEnded: Void = mailLoop.stop()
        async let allowedEnded: Void? = allowedLoop?.stop()
        await loop.stop()
        _ = await allowedEnded
        await mailEnded
    }

    /// Breaks off every fetch under way and begins no other; does not wait. Mail is left to the tasks that send it.
    public func breakOff() {
        loop.askToStop()
        allowedLoop?.askToStop()
    }

    /// The loop that keeps the limits which hold for a URL's host.
    func loop(for url: URLParts) -> TransferLoop {
        guard let allowedLoop, let host = url.host, settings.allowAddresses.contains(host: host) else {
            return loop
        }
        return allowedLoop
    }

    /// Asks for one address, following redirects, each hop judged by the address policy.
    ///
    /// - Throws: `FetchError` for everything but a whole, non-empty 200 and a 304.
    public func fetch(_ request: FetchRequest) async throws(FetchError) -> FetchResult {
        let fetch = try Fetch(request, by: self)
        while true {
            // The fetch lets go of it, and rests until it has ended.
            nonisolated(unsafe) let hop = try fetch.next()
            if let result = try fetch.take(await loop(for: fetch.parts).run(hop)) { return result }
        }
    }

    /// Begins many fetches as `fetch` would, without a task for each. How each ended arrives in `answers` under its number,
    /// exactly once, also when the fetcher stops.
    public func begin(_ requests: [(number: Int, request: FetchRequest)], answers: FetchAnswers) {
        func post(_ requests: [(number: Int, request: FetchRequest)], to loop: TransferLoop) {
            if !requests.isEmpty { loop.post([.fetches(FetchGroup(requests, by: self, answers: answers))]) }
        }
        guard let allowedLoop else { return post(requests, to: loop) }
        var (usual, allowed): ([(number: Int, request: FetchRequest)], [(number: Int, request: FetchRequest)]) = (
            [], []
        )
        for begun in requests {
            let parts = URLParts(begun.request.detour?.url ?? begun.request.url)
            if let parts, loop(for: parts) === allowedLoop { allowed.append(begun) } else { usual.append(begun) }
        }
        post(usual, to: loop)
        post(allowed, to: allowedLoop)
    }
}
