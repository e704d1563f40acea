import CCurl
import FeedModel
import Glibc

/// The only door to the network: feeds and pages by HTTP, messages by SMTP. Two threads with a libcurl multi handle each behind
/// it; a task that is cancelled is answered at once.
public final class Fetcher: Sendable {
    let settings: FetchSettings
    let loop: TransferLoop
    /// Apart, because libcurl holds its thread while a mail server thinks about the final dot.
    let mailLoop: TransferLoop

    public init(_ settings: FetchSettings) {
        // Host names in other scripts need a locale that knows UTF-8; nothing else in the program looks at it.
        setlocale(LC_CTYPE, "C.UTF-8")
        self.settings = settings
        loop = TransferLoop(concurrency: settings.concurrency, hostConnections: settings.hostConnections)
        mailLoop = TransferLoop(
            concurrency: 1, hostConnections: 1, takesLeave: true, longestSilence: .seconds(1))
    }

    deinit {
        loop.askToStop()
        mailLoop.askToStop()
    }

    /// Ends everything under way; each waiting task is answered. The fetcher is of no use after.
    public func stop() async {
        async let mailEnded: Void = mailLoop.stop()
        await loop.stop()
        await mailEnded
    }

    /// Asks for one address, following redirects, each hop judged by the address policy.
    ///
    /// - Throws: `FetchError` for everything but a whole, non-empty 200 and a 304.
    public func fetch(_ request: FetchRequest) async throws(FetchError) -> FetchResult {
        var timeLeft = settings.timeout
        var trace = FetchTrace()
        var hop = request.url
        // A redirect, too, may ask for patience (P-28).
        var patience: FreshnessHint.RetryAfter?
        guard let parts = URLParts(hop) else {
            throw fail(.policy, "fetching \(hop): only http and https addresses are fetched", trace)
        }
        // Such an address would end up in logs and digests with its password.
        guard !parts.hasUserInformation else {
            throw fail(
                .policy, "fetching \(parts.origin): a user name stands in the address; give it beside the feed", trace)
        }
        while true {
            trace.finalURL = hop
            trace.requests += 1
            let response = try await ask(hop, for: request, timeLeft: &timeLeft, trace: &trace)
            guard [301, 302, 303, 307, 308].contains(response.status) else {
                return try result(of: response, at: hop, trace: &trace, patience: patience)
            }
            patience = patience ?? response.head.freshness.retryAfter
            let target = try next(after: response, from: hop, request: request, trace: &trace)
            guard request.followsRedirects else {
                throw fail(.policy, "fetching \(hop): redirected to \(target)", trace, response.head)
            }
            hop = target
        }
    }
}

// MARK: One hop

extension Fetcher {
    private static let feedTypes =
        "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
        + "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
    private static let pageTypes = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

    private func ask(
        _ url: String, for request: FetchRequest, timeLeft: inout Duration, trace: inout FetchTrace
    ) async throws(FetchError) -> HTTPResponse {
        guard timeLeft > .zero else { throw fail(.timeout, "fetching \(url): \(lateness)", trace) }
        let fields = url == request.validatorsURL ? Self.conditions(request.validators) : []
        trace.conditional = !fields.isEmpty
        // Credentials go to the origin they were given for, and to no other (P-45, S7).
        let owner = request.credentialsURL ?? request.url
        let hasPrivileges = request.username != nil || request.allowsInsecureTLS
        let isOwnOrigin = hasPrivileges && (url == owner || URLParts(url)?.origin == URLParts(owner)?.origin)
        let transfer = HTTPTransfer(
            HTTPTransfer.Setup(
                url: url, userAgent: settings.userAgent,
                accept: request.accept == .feeds ? Self.feedTypes : Self.pageTypes,
                fields: fields, username: isOwnOrigin ? request.username : nil,
                password: isOwnOrigin ? request.password : nil, policy: AddressPolicy(allowed: settings.allowAddresses),
                proxy: settings.proxy, caFile: settings.caFile,
                allowsInsecureTLS: request.allowsInsecureTLS && isOwnOrigin, connectTimeout: settings.connectTimeout,
                timeLeft: timeLeft, maxBody: settings.maxBody, keepsConnection: settings.keepsConnections))
        switch await loop.run(transfer) {
        case .response(let response):
            timeLeft -= response.took
            trace.status = response.status
            trace.decodedBytes += response.body.count
            trace.wireBytes += response.wireBytes
            return response
        case .failed(let failure):
            trace.status = failure.status
            throw fetchError(failure, url: url, trace: trace)
        case .mailAccepted:
            throw fail(.connect, "fetching \(url): no web server answered", trace)
        }
    }

    /// The validators as they came (P-06, P-07), unless a control byte in one would begin a line of its own.
    private static func conditions(_ validators: Validators) -> [[UInt8]] {
        let named = [("If-None-Match: ", validators.etag), ("If-Modified-Since: ", validators.lastModified)]
        return named.compactMap { name, value in
            value.flatMap { $0.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } ? nil : Array(name.utf8) + $0 }
        }
    }

    /// Where a redirect leads (RFC 9110, 15.4).
    private func next(
        after response: HTTPResponse, from url: String, request: FetchRequest, trace: inout FetchTrace
    ) throws(FetchError) -> String {
        guard let location = response.head.text("location"), !location.isEmpty else {
            throw fail(.clientError, "fetching \(url): a redirect that names no target", trace, response.head)
        }
        guard let target = resolved(location, against: url), let parts = URLParts(target) else {
            throw fail(
                .policy, "fetching \(url): redirected to \"\(location)\", which is not http or https", trace,
                response.head)
        }
        guard !parts.hasUserInformation else {
            throw fail(.policy, "fetching \(url): redirected to an address with a password in it", trace, response.head)
        }
        guard target != url, target != request.url, !trace.redirects.contains(where: { $0.to == target }) else {
            throw fail(.policy, "fetching \(url): redirected in a circle by way of \(target)", trace, response.head)
        }
        trace.redirects.append(FetchTrace.Redirect(status: response.status, to: target))
        guard trace.redirects.count <= settings.maxRedirects else {
            throw fail(.policy, "fetching \(url): more than \(settings.maxRedirects) redirects", trace, response.head)
        }
        return target
    }

    private func resolved(_ location: String, against base: String) -> String? {
        guard let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, base, 0) == CURLUE_OK,
            curl_url_set(handle, CURLUPART_URL, location, UInt32(CURLU_URLENCODE)) == CURLUE_OK,
            // A fragment is for whoever shows the page, not for the server.
            curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0) == CURLUE_OK
        else { return nil }
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, CURLUPART_URL, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// Whether a page that tells men from machines came instead of an answer (P-37).
    private func isChallenge(_ response: HTTPResponse) -> Bool {
        if response.head.text("cf-mitigated") != nil { return true }
        guard response.status == 403 || response.status == 429 || response.status == 503,
            response.head.text("content-type")?.lowercased().hasPrefix("text/html") == true
        else { return false }
        let start = String(decoding: response.body.prefix(16 << 10), as: UTF8.self).lowercased()
        return Self.challengeMarks.contains { start.contains($0) }
    }

    private static let challengeMarks = [
        "just a moment...", "cdn-cgi/challenge-platform", "cf-chl", "captcha", "ddos-guard", "_incapsula_resource",
        "checking your browser",
    ]

    /// What a response that is no redirect comes to.
    private func result(
        of response: HTTPResponse, at url: String, trace: inout FetchTrace, patience: FreshnessHint.RetryAfter?
    ) throws(FetchError) -> FetchResult {
        let head = response.head
        var freshness = head.freshness
        freshness.retryAfter = freshness.retryAfter ?? patience
        if isChallenge(response) {
            throw fail(.challenge, "fetching \(url): the server asks for proof of a browser", trace, head)
        }
        switch response.status {
        case 200:
            guard !response.body.isEmpty else {
                throw fail(.notAFeed, "fetching \(url): the answer is empty", trace, head)
            }
            let document = Document(
                bytes: response.body, url: url, contentType: head.text("content-type"),
                contentLocation: head.text("content-location"))
            return .fresh(document, head.validators, freshness, trace)
        case 304:
            // A body that comes with it is nobody's (S19).
            return .notModified(head.validators, freshness, trace)
        case 500...:
            throw fail(.serverError, "fetching \(url): the server answered \(response.status)", trace, head)
        default:
            throw fail(.clientError, "fetching \(url): the server answered \(response.status)", trace, head)
        }
    }
}

// MARK: Failures in words

extension Fetcher {
    private func fail(
        _ kind: CheckFailure.Class, _ message: String, _ trace: FetchTrace, _ head: ResponseHead = ResponseHead()
    ) -> FetchError {
        FetchError(
            failure: CheckFailure(kind, status: trace.status > 0 ? trace.status : nil, message),
            freshness: head.freshness,
            trace: trace)
    }

    private func fetchError(_ failure: TransferFailure, url: String, trace: FetchTrace) -> FetchError {
        let (kind, why) = classify(failure)
        return fail(kind, "fetching \(url): \(why)", trace, failure.head)
    }

    private var lateness: String { "no whole answer within \(settings.timeout.inMilliseconds) ms" }

    private func classify(_ failure: TransferFailure) -> (CheckFailure.Class, String) {
        switch failure.refusal {
        case .address(let address):
            return (.policy, "its host is at \(address), which is not a public address; see fetch.allow_addresses")
        case .bodyTooLarge: return (.tooLarge, "the answer is larger than \(settings.maxBody >> 10) KiB")
        case .headTooLarge:
            return (.tooLarge, "the head of the answer is larger than \(ResponseHead.longest >> 10) KiB")
        case .unclearLength: return (.connect, "the answer tells two lengths, or one that is no number")
        case .expansion: return (.tooLarge, "the answer unpacks to more than a hundred times its size")
        case .deadline: return (.timeout, lateness)
        case .cancelled: return (.timeout, "cancelled")
        case nil: break
        }
        switch failure.code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return (.dns, "no address for its host")
        case CURLE_OPERATION_TIMEDOUT: return (.timeout, "no whole answer in time")
        // What libcurl says of a single header line beyond its own limit.
        case CURLE_OUT_OF_MEMORY where failure.head.size > 0:
            return (.tooLarge, "the head of the answer is larger than \(ResponseHead.longest >> 10) KiB")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_INVALIDCERTSTATUS:
            return (.tls, failure.message)
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return (.policy, failure.message)
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            return (.connect, "the connection ended before the answer did (\(failure.message))")
        case CURLE_BAD_CONTENT_ENCODING: return (.parse, "the answer's coding is broken")
        default: return (.connect, failure.message)
        }
    }
}

/// The parts of a URL that decide where things may go, as libcurl itself reads it.
struct URLParts {
    /// Scheme, host and port.
    var origin: String
    var hasUserInformation: Bool

    /// nil for what is not http or https.
    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 8192, let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK else {
            return nil
        }
        func part(_ what: CURLUPart, _ flags: Int32 = 0) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard curl_url_get(handle, what, &value, UInt32(flags)) == CURLUE_OK, let value else { return nil }
            defer { curl_free(value) }
            return String(cString: value)
        }
        guard let scheme = part(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https",
            let host = part(CURLUPART_HOST), let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT)
        else { return nil }
        origin = "\(scheme)://\(host.lowercased()):\(port)"
        hasUserInformation = part(CURLUPART_USER) != nil || part(CURLUPART_PASSWORD) != nil
    }
}
