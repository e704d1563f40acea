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
    struct Setup: Sendable {
        var url: String
        var userAgent: String
        var accept: String
        /// Further header lines, whole, byte for byte.
        var fields: [[UInt8]] = []
        var username: String?
        var password: String?
        var policy: AddressPolicy
        var proxy: String?
        var caFile: String?
        var allowsInsecureTLS: Bool
        var connectTimeout: Duration
        var longestSlowness: Duration
        /// From the moment the transfer begins; the wait for a free place is not the server's fault.
        var timeLeft: Duration
        var maxBody: Int
        var room: BodyRoom
        var keepsConnection = true
    }

    let ticket = Ticket()
    private let setup: Setup
    /// What goes on with the answer; nil if a task waits for it.
    private let fetch: Fetch?
    private var head = ResponseHead()
    private var body: [UInt8] = []
    private var place: BodyPlace?
    private let addresses: AddressGuard
    private var refusal: Refusal?
    private var lines: UnsafeMutablePointer<curl_slist>?
    private var easy: OpaqueHandle?
    private var start = ContinuousClock.now
    private var deadline = ContinuousClock.now

    init(_ setup: Setup, of fetch: Fetch? = nil) {
        self.setup = setup
        self.fetch = fetch
        addresses = AddressGuard(setup.policy.permits)
    }

    deinit { curl_slist_free_all(lines) }

    /// Decoded bytes beyond which the ratio to what came over the wire is watched, and that ratio (P-52).
    private static let watchedFrom = 1 << 20
    private static let largestExpansion = 100
    /// What libcurl reads from a socket at a time (CURLOPT_BUFFERSIZE).
    private static let largestPiece = 16 << 10

    func prepare(_ easy: OpaqueHandle, stop: StopFlag) {
        self.easy = easy
        start = .now
        fetch?.begins(at: start)
        deadline = start + setup.timeLeft
        durbeen_set_text(easy, CURLOPT_URL, setup.url)
        durbeen_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        durbeen_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        durbeen_set_long(easy, CURLOPT_NOSIGNAL, 1)
        durbeen_set_long(easy, CURLOPT_HTTP09_ALLOWED, 0)
        durbeen_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        durbeen_set_text(easy, CURLOPT_USERAGENT, setup.userAgent)
        // Empty means every coding this libcurl can undo (P-03).
        durbeen_set_text(easy, CURLOPT_ACCEPT_ENCODING, "")
        // Empty switches off the proxies of the environment.
        durbeen_set_text(easy, CURLOPT_PROXY, setup.proxy ?? "")
        // So does this for its exceptions: they would lead round the proxy, where nobody judges addresses.
        durbeen_set_text(easy, CURLOPT_NOPROXY, "")
        for line in [Array("Accept: \(setup.accept)".utf8)] + setup.fields { append(line) }
        durbeen_set_list(easy, CURLOPT_HTTPHEADER, lines)
        if let username = setup.username {
            durbeen_set_text(easy, CURLOPT_USERNAME, username)
            durbeen_set_text(easy, CURLOPT_PASSWORD, setup.password ?? "")
            durbeen_set_long(easy, CURLOPT_HTTPAUTH, durbeen_auth_basic())
        }
        setUpConnection(easy)
        setUpTLS(easy)
        setUpLimits(easy)
        setUpCallbacks(easy)
    }

    private func setUpConnection(_ easy: OpaqueHandle) {
        if !setup.keepsConnection {
            durbeen_set_long(easy, CURLOPT_FORBID_REUSE, 1)
            durbeen_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        } else if setup.url.prefix(6).lowercased() == "https:" {
            // HTTP/2 is offered, and one connection carries all requests to a host that takes it up: better wait for the one
            // that is being made than make another.
            durbeen_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            durbeen_set_long(easy, CURLOPT_PIPEWAIT, 1)
        }
    }

    private func append(_ line: [UInt8]) {
        // A list that cannot grow for want of memory stays as it is; it is never lost.
        let longer = (line + [0]).withUnsafeBytes {
            curl_slist_append(lines, $0.bindMemory(to: CChar.self).baseAddress)
        }
        if let longer { lines = longer }
    }

    private func setUpTLS(_ easy: OpaqueHandle) {
        durbeen_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // With Debian's preset of a folder, libcurl parses the whole bundle anew for every connection: 25 ms of CPU.
        durbeen_set_text(easy, CURLOPT_CAPATH, nil)
        if let file = setup.caFile { durbeen_set_text(easy, CURLOPT_CAINFO, file) }
        if setup.allowsInsecureTLS {
            durbeen_set_long(easy, CURLOPT_SSL_VERIFYPEER, 0)
            durbeen_set_long(easy, CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    private func setUpLimits(_ easy: OpaqueHandle) {
        durbeen_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, setup.timeLeft.inMilliseconds))
        durbeen_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, setup.connectTimeout.inMilliseconds))
        durbeen_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1024)
        durbeen_set_long(easy, CURLOPT_LOW_SPEED_TIME, Int(setup.longestSlowness.components.seconds))
    }

    private func setUpCallbacks(_ easy: OpaqueHandle) {
        // The loop's table of active transfers keeps this object alive for as long as the handle is.
        let context = Unmanaged.passUnretained(self).toOpaque()
        durbeen_set_data(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let context, let bytes else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        durbeen_set_pointer(easy, CURLOPT_WRITEDATA, context)
        durbeen_set_data(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context, let bytes else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.takeLine(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        durbeen_set_pointer(easy, CURLOPT_HEADERDATA, context)
        // Through a proxy it is the proxy that connects, and it is the operator's.
        if setup.proxy == nil { addresses.watch(easy) }
    }

    func settle(_ outcome: TransferOutcome) -> Sequel {
        if let fetch { return fetch.follow(outcome) }
        ticket.answer(outcome)
        return .answered
    }

    func settleCancelled() -> Sequel {
        if let fetch { return fetch.follow(.failed(.cancelled)) }
        ticket.answerCancelled()
        return .answered
    }

    func breakOff(_ easy: OpaqueHandle) {
        // libcurl closes the connection of an answer that was not read to its end.
    }

    func outcome(_ code: CURLcode, _ easy: OpaqueHandle) -> TransferOutcome {
        let status = durbeen_get_long(easy, CURLINFO_RESPONSE_CODE)
        guard code == CURLE_OK else {
            return .failed(
                TransferFailure(
                    code: code, message: String(cString: curl_easy_strerror(code)), status: status, head: head,
                    refusal: refusal ?? addresses.refusal))
        }
        let wire = Int(clamping: durbeen_get_offset(easy, CURLINFO_SIZE_DOWNLOAD_T))
        return .response(
            HTTPResponse(
                status: status, head: head, body: body, place: place, wireBytes: wire, took: start.duration(to: .now)))
    }
}

// MARK: Called by libcurl

extension HTTPTransfer {
    private func takeLine(_ line: UnsafeRawBufferPointer) -> Bool {
        if isLate { return false }
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
        guard body.count + bytes.count <= setup.maxBody else {
            refusal = .bodyTooLarge
            return false
        }
        let place = place ?? BodyPlace(in: setup.room)
        self.place = place
        guard place.grow(by: bytes.count) else {
            refusal = .noRoom
            return false
        }
        if body.isEmpty, let length = head.text("content-length").flatMap({ Int($0) }),
            head.bytes("content-encoding") == nil
        {
            body.reserveCapacity(min(length, setup.maxBody))
        }
        body += bytes
        if body.count > Self.watchedFrom, let easy {
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

extension IPAddress: CustomStringConvertible {
    var description: String {
        var text = [CChar](repeating: 0, count: 64)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Duration {
    var inMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(clamping: seconds) &* 1000 &+ Int(attoseconds / 1_000_000_000_000_000)
    }
}
