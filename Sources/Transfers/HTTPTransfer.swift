import CCurl
import FeedModel

/// A response whose head and body came whole.
struct HTTPResponse: Sendable {
    var status: Int
    var head: ResponseHead
    var body: [UInt8]
    /// Where the body is counted for as long as it is held.
    var place: BodyPlace?
    var wireBytes: Int
    var took: Duration
}

/// One GET of one address, without redirects: they are followed outside, one transfer a hop, so that each hop is judged.
final class HTTPTransfer: Transfer {
    struct Setup {
        var url: String
        /// The same, as libcurl has read it.
        var parts: URLParts
        var accept: FetchRequest.Accept
        /// What is sent back; nothing in them may begin a line of its own.
        var validators = Validators()
        /// What sets it apart from other requests of its fetcher: nothing for nearly all.
        var privileges: Privileges?
        /// From the moment the transfer begins; the wait for a free place is not the server's fault.
        var timeLeft: Duration
        /// Takes so much of a longer body, in place of failing.
        var mostOfBody: Int?
    }

    struct Privileges {
        var username: String?
        var password: String?
        var allowsInsecureTLS = false
    }

    let ticket: Ticket?
    private let setup: Setup
    private let standing: StandingRequest
    /// What goes on with the answer; nil if a task waits for it.
    private let fetch: Fetch?
    // One thread has it at a time, and takes a line of it after the other.
    @exclusivity(unchecked) private(set) var head = ResponseHead()
    private var body: [UInt8] = []
    private var place: BodyPlace?
    private var refusal: Refusal?
    /// As much of the body has come as is wanted.
    private var isCut = false
    private let lines: ConditionLines
    @exclusivity(unchecked) private var handle: EasyHandle?
    private var start = ContinuousClock.now
    private var deadline = ContinuousClock.now

    /// - Parameter fetch: what the transfer belongs to, if that was begun for somebody who is no task.
    init(_ setup: consuming Setup, _ standing: StandingRequest, of fetch: Fetch? = nil) {
        self.standing = standing
        self.fetch = fetch
        ticket = fetch == nil ? Ticket() : nil
        lines = ConditionLines(setup.validators, before: standing.lines(setup.accept))
        self.setup = setup
    }

    /// Decoded bytes beyond which the ratio to what came over the wire is watched, and that ratio (P-52).
    private static let watchedFrom = 1 << 20
    private static let largestExpansion = 100
    /// What libcurl reads from a socket at a time (CURLOPT_BUFFERSIZE).
    private static let largestPiece = 16 << 10

    func prepare(_ handle: EasyHandle, stop: StopFlag) {
        self.handle = handle
        start = .now
        fetch?.begins(at: start)
        deadline = start + setup.timeLeft
        // Setting everything anew for each request costs as much as libcurl's work for an answer of "not modified".
        if handle.standing !== standing || setup.privileges != nil { setUp(handle) }
        handle.addresses?.begin()
        let easy = handle.pointer
        // In place: a text that is handed over as it stands is copied first.
        setup.url.withCString { _ = durbeen_set_text(easy, CURLOPT_URL, $0) }
        durbeen_set_pointer(easy, CURLOPT_CURLU, UnsafeMutableRawPointer(setup.parts.handle))
        durbeen_set_list(easy, CURLOPT_HTTPHEADER, lines.first)
        durbeen_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, setup.timeLeft.inMilliseconds))
        // HTTP/2 is offered, and one connection carries all requests to a host that takes it up: better wait for the one that
        // is being made than make another.
        let waits = setup.parts.isHTTPS && standing.settings.keepsConnections
        durbeen_set_long(easy, CURLOPT_PIPEWAIT, waits ? 1 : 0)
        // The loop's table of active transfers keeps this object alive for as long as the handle works for it.
        let context = Unmanaged.passUnretained(self).toOpaque()
        durbeen_set_pointer(easy, CURLOPT_WRITEDATA, context)
        durbeen_set_pointer(easy, CURLOPT_HEADERDATA, context)
    }

    /// What stays as it is from one request to the next.
    private func setUp(_ handle: EasyHandle) {
        handle.blank()
        let easy = handle.pointer
        let settings = standing.settings
        durbeen_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        durbeen_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        durbeen_set_long(easy, CURLOPT_NOSIGNAL, 1)
        // A name server that keeps silent must not hold the thread when the transfer is given up.
        durbeen_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        durbeen_set_long(easy, CURLOPT_HTTP09_ALLOWED, 0)
        durbeen_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        durbeen_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Empty means every coding this libcurl can undo; what is sent stands among the lines.
        durbeen_set_text(easy, CURLOPT_ACCEPT_ENCODING, "")
        // Empty switches off the proxies of the environment.
        durbeen_set_text(easy, CURLOPT_PROXY, settings.proxy ?? "")
        // So does this for its exceptions: they would lead round the proxy, where nobody judges addresses.
        durbeen_set_text(easy, CURLOPT_NOPROXY, "")
        // The lines go to the server alone.
        if settings.proxy != nil { durbeen_set_text(easy, CURLOPT_USERAGENT, settings.userAgent) }
        if !settings.keepsConnections {
            durbeen_set_long(easy, CURLOPT_FORBID_REUSE, 1)
            durbeen_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        }
        durbeen_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, settings.connectTimeout.inMilliseconds))
        durbeen_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1024)
        durbeen_set_long(easy, CURLOPT_LOW_SPEED_TIME, Int(settings.longestSlowness.components.seconds))
        durbeen_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // With Debian's preset of a folder, libcurl parses the whole bundle anew for every connection: 25 ms of CPU.
        durbeen_set_text(easy, CURLOPT_CAPATH, nil)
        if let file = settings.caFile { durbeen_set_text(easy, CURLOPT_CAINFO, file) }
        setUpCallbacks(easy)
        let addresses = AddressGuard { [policy = standing.policy] in policy.permits($0) }
        // Through a proxy it is the proxy that connects, and it is the operator's.
        if settings.proxy == nil { addresses.watch(easy) }
        if let privileges = setup.privileges { setUp(privileges, easy) }
        handle.isSetUp(for: setup.privileges == nil ? standing : nil, guardedBy: addresses)
    }

    private func setUp(_ privileges: Privileges, _ easy: OpaqueHandle) {
        if let username = privileges.username {
            durbeen_set_text(easy, CURLOPT_USERNAME, username)
            durbeen_set_text(easy, CURLOPT_PASSWORD, privileges.password ?? "")
            durbeen_set_long(easy, CURLOPT_HTTPAUTH, durbeen_auth_basic())
        }
        if privileges.allowsInsecureTLS {
            durbeen_set_long(easy, CURLOPT_SSL_VERIFYPEER, 0)
            durbeen_set_long(easy, CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    private func setUpCallbacks(_ easy: OpaqueHandle) {
        durbeen_set_data(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let context, let bytes else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        durbeen_set_data(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context, let bytes else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.takeLine(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
    }

    func settle(_ outcome: TransferOutcome) -> Sequel {
        if let fetch { return fetch.follow(outcome) }
        ticket?.answer(outcome)
        return .answered
    }

    func settleCancelled() -> Sequel {
        if let fetch { return fetch.follow(.failed(.cancelled)) }
        ticket?.answerCancelled()
        return .answered
    }

    func breakOff(_ easy: OpaqueHandle) {
        // libcurl closes the connection of an answer that was not read to its end.
        handle = nil
    }

    func outcome(_ code: CURLcode, _ easy: OpaqueHandle) -> TransferOutcome {
        // Whoever lets go of this last is on another thread, where a handle must not end.
        defer { handle = nil }
        let status = durbeen_get_long(easy, CURLINFO_RESPONSE_CODE)
        guard code == CURLE_OK || isCut else {
            return .failed(
                TransferFailure(
                    code: code, message: String(cString: curl_easy_strerror(code)), status: status, head: head,
                    refusal: refusal ?? handle?.addresses?.refusal))
        }
        let wire = Int(clamping: durbeen_get_offset(easy, CURLINFO_SIZE_DOWNLOAD_T))
        place?.arrived()
        return .response(
            HTTPResponse(
                status: status, head: head, body: body, place: place, wireBytes: wire, took: start.duration(to: .now)))
    }
}

// MARK: Called by libcurl

extension HTTPTransfer {
    /// A head is bounded by its size, and libcurl looks at the clock between two pieces of it.
    private func takeLine(_ line: UnsafeRawBufferPointer) -> Bool {
        guard head.take(line: line) else {
            refusal = .headTooLarge
            return false
        }
        // The empty line ends the head.
        guard line.count > 2 || head.hasClearLength else {
            refusal = .unclearLength
            return false
        }
        return true
    }

    /// libcurl's own limits do not stop a bomb: decoded bytes and time are counted here.
    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if isLate { return false }
        let most = min(setup.mostOfBody ?? .max, standing.settings.maxBody)
        guard body.count + bytes.count <= most else {
            if isCut { return false }
            if setup.mostOfBody == most {
                isCut = take(UnsafeRawBufferPointer(rebasing: bytes.prefix(most - body.count)))
            } else {
                refusal = .bodyTooLarge
            }
            return false
        }
        return take(bytes)
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let place = place ?? BodyPlace(in: standing.room)
        self.place = place
        guard place.grow(by: bytes.count) else {
            refusal = .noRoom
            return false
        }
        if body.isEmpty, let length = head.text("content-length").flatMap({ Int($0) }),
            head.bytes("content-encoding") == nil
        {
            body.reserveCapacity(min(length, standing.settings.maxBody))
        }
        body += bytes
        if body.count > Self.watchedFrom, let easy = handle?.pointer {
            let wire = Int(clamping: durbeen_get_offset(easy, CURLINFO_SIZE_DOWNLOAD_T))
            // libcurl counts a piece only after it has been written here.
            if body.count / Self.largestExpansion > wire + Self.largestPiece {
                refusal = .expansion
                return false
            }
        }
        return true
    }

    private var isLate: Bool {
        guard ContinuousClock.now >= deadline else { return false }
        refusal = .deadline
        return true
    }
}

extension Duration {
    var inMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(clamping: seconds) &* 1000 &+ Int(attoseconds / 1_000_000_000_000_000)
    }
}
