import CCurl
import FeedModel

/// One fetch on its way, redirects followed: decides which address is asked next, and what the answers come to. Whoever holds
/// it runs the transfers, one after the other.
final class Fetch {
    var settings: FetchSettings { fetcher.settings }
    private(set) var trace = FetchTrace()
    /// Under way for somebody who began many; nil for a task that waits.
    var place: FetchPlace?

    private let fetcher: Fetcher
    private let request: FetchRequest
    private var hop: String
    private var timeLeft: Duration
    private var began: ContinuousClock.Instant?
    /// A redirect, too, may ask for patience (P-28).
    private var patience: FreshnessHint.RetryAfter?

    init(_ request: FetchRequest, by fetcher: Fetcher) throws(FetchError) {
        self.request = request
        self.fetcher = fetcher
        hop = request.url
        timeLeft = fetcher.settings.timeout
        guard let parts = URLParts(hop) else {
            throw fail(.policy, "fetching \(hop): only http and https addresses are fetched")
        }
        // Such an address would end up in logs and digests with its password.
        guard !parts.hasUserInformation else {
            throw fail(
                .policy, "fetching \(parts.origin): a user name stands in the address; give it beside the feed")
        }
    }

    /// What is asked next.
    func next() throws(FetchError) -> HTTPTransfer.Setup {
        trace.finalURL = hop
        trace.requests += 1
        guard timeLeft > .zero else { throw fail(.timeout, "fetching \(hop): \(lateness)") }
        let fields = hop == request.validatorsURL ? Self.conditions(request.validators) : []
        trace.conditional = !fields.isEmpty
        // Credentials go to the origin they were given for, and to no other (P-45, S7).
        let owner = request.credentialsURL ?? request.url
        let hasPrivileges = request.username != nil || request.allowsInsecureTLS
        let isOwnOrigin = hasPrivileges && (hop == owner || URLParts(hop)?.origin == URLParts(owner)?.origin)
        return HTTPTransfer.Setup(
            url: hop, userAgent: settings.userAgent,
            accept: request.accept == .feeds ? Self.feedTypes : Self.pageTypes,
            fields: fields, username: isOwnOrigin ? request.username : nil,
            password: isOwnOrigin ? request.password : nil, policy: AddressPolicy(allowed: settings.allowAddresses),
            proxy: settings.proxy, caFile: settings.caFile,
            allowsInsecureTLS: request.allowsInsecureTLS && isOwnOrigin, connectTimeout: settings.connectTimeout,
            longestSlowness: settings.longestSlowness,
            timeLeft: timeLeft, maxBody: settings.maxBody, room: fetcher.room,
            keepsConnection: settings.keepsConnections)
    }

    /// Takes in how the last transfer ended.
    ///
    /// - Returns: nil if another address is to be asked.
    func take(_ outcome: TransferOutcome) throws(FetchError) -> FetchResult? {
        switch outcome {
        case .response(let response):
            timeLeft -= response.took
            trace.status = response.status
            trace.decodedBytes += response.body.count
            trace.wireBytes += response.wireBytes
            guard [301, 302, 303, 307, 308].contains(response.status) else { return try result(of: response, at: hop) }
            patience = patience ?? response.head.freshness.retryAfter
            let target = try next(after: response, from: hop)
            guard request.followsRedirects else {
                throw fail(.policy, "fetching \(hop): redirected to \(target)", response.head)
            }
            hop = target
            return nil
        case .failed(let failure):
            trace.status = failure.status
            throw error(failure)
        case .mailAccepted:
            throw fail(.connect, "fetching \(hop): no web server answered")
        }
    }
}

// MARK: On the loop's thread, for one of many

extension Fetch {
    func begins(at start: ContinuousClock.Instant) { began = began ?? start }

    /// What comes after a transfer that ended so.
    func follow(_ outcome: TransferOutcome) -> Sequel {
        do throws(FetchError) {
            let asked = hop
            if let result = try take(outcome) { return answer(.success(result)) }
            let transfer = HTTPTransfer(try next(), of: self)
            guard fetcher.loop(for: asked) !== fetcher.loop(for: hop) else { return .next(transfer) }
            // Other limits hold there.
            fetcher.loop(for: hop).post([transfer])
            return .answered
        } catch {
            return answer(.failure(error))
        }
    }

    private func answer(_ result: Result<FetchResult, FetchError>) -> Sequel {
        guard let place else { return .answered }
        let took = began.map { $0.duration(to: .now) } ?? .zero
        return .answer(FetchAnswer(number: place.number, result: result, took: took), place.answers)
    }
}

// MARK: One hop

extension Fetch {
    private static let feedTypes =
        "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
        + "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
    private static let pageTypes = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

    /// The validators as they came (P-06, P-07), unless a control byte in one would begin a line of its own.
    private static func conditions(_ validators: Validators) -> [[UInt8]] {
        let named = [("If-None-Match: ", validators.etag), ("If-Modified-Since: ", validators.lastModified)]
        return named.compactMap { name, value in
            value.flatMap { $0.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } ? nil : Array(name.utf8) + $0 }
        }
    }

    /// Where a redirect leads (RFC 9110, 15.4).
    private func next(after response: HTTPResponse, from url: String) throws(FetchError) -> String {
        guard let location = response.head.text("location"), !location.isEmpty else {
            throw fail(.clientError, "fetching \(url): a redirect that names no target", response.head)
        }
        guard let target = resolved(location, against: url), let parts = URLParts(target) else {
            throw fail(
                .policy, "fetching \(url): redirected to \"\(location)\", which is not http or https",
                response.head)
        }
        guard !parts.hasUserInformation else {
            throw fail(.policy, "fetching \(url): redirected to an address with a password in it", response.head)
        }
        guard target != url, target != request.url, !trace.redirects.contains(where: { $0.to == target }) else {
            throw fail(.policy, "fetching \(url): redirected in a circle by way of \(target)", response.head)
        }
        trace.redirects.append(FetchTrace.Redirect(status: response.status, to: target))
        guard trace.redirects.count <= settings.maxRedirects else {
            throw fail(.policy, "fetching \(url): more than \(settings.maxRedirects) redirects", response.head)
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
    private func result(of response: HTTPResponse, at url: String) throws(FetchError) -> FetchResult {
        let head = response.head
        var freshness = head.freshness
        freshness.retryAfter = freshness.retryAfter ?? patience
        if isChallenge(response) {
            throw fail(.challenge, "fetching \(url): the server asks for proof of a browser", head)
        }
        switch response.status {
        case 200:
            guard !response.body.isEmpty else {
                throw fail(.notAFeed, "fetching \(url): the answer is empty", head)
            }
            var document = Document(
                bytes: response.body, url: url, contentType: head.text("content-type"),
                contentLocation: head.text("content-location"))
            document.place = response.place
            return .fresh(document, head.validators, freshness, trace)
        case 304:
            // A body that comes with it is nobody's (S19).
            return .notModified(head.validators, freshness, trace)
        case 500...:
            throw fail(.serverError, "fetching \(url): the server answered \(response.status)", head)
        default:
            throw fail(.clientError, "fetching \(url): the server answered \(response.status)", head)
        }
    }
}
