import CCurl
import FeedModel

/// One fetch on its way, redirects followed: decides which address is asked next, and what the answers come to. Whoever holds
/// it runs the transfers, one after the other.
final class Fetch {
    var settings: FetchSettings { fetcher.settings }
    // One thread has it at a time.
    @exclusivity(unchecked) private(set) var trace = FetchTrace()
    /// Under way for somebody who began many; nil for a task that waits.
    let place: FetchPlace?

    private let fetcher: Fetcher
    private let request: FetchRequest
    @exclusivity(unchecked) private var hop: String
    /// The same, as libcurl has read it.
    @exclusivity(unchecked) private(set) var parts: URLParts
    private var timeLeft: Duration
    @exclusivity(unchecked) private var began: ContinuousClock.Instant?
    /// A redirect, too, may ask for patience (P-28).
    private(set) var patience: FreshnessHint.RetryAfter?

    init(_ request: FetchRequest, by fetcher: Fetcher, place: FetchPlace? = nil) throws(FetchError) {
        guard let parts = URLParts(request.url) else {
            throw FetchError(.policy, "fetching \(request.url): only http and https addresses are fetched")
        }
        // Such an address would end up in logs and digests with its password.
        guard !parts.hasUserInformation else {
            throw FetchError(
                .policy,
                "fetching \(parts.origin ?? "an address"): a user name stands in the address; give it beside the feed")
        }
        self.request = request
        self.fetcher = fetcher
        self.place = place
        self.parts = parts
        hop = request.url
        timeLeft = fetcher.settings.timeout
        if let detour = request.detour, let parts = URLParts(detour.url) {
            (hop, self.parts) = (detour.url, parts)
            trace = detour.trace
            timeLeft = detour.timeLeft
            patience = detour.patience
        }
    }

    /// What is asked next.
    func next() throws(FetchError) -> HTTPTransfer {
        trace.finalURL = hop
        // A proxy looks names up and connects where it likes; an address is judged before it hears of it (S1).
        if settings.proxy != nil, let address = URLParts.address(of: hop),
            !AddressPolicy(allowed: settings.allowAddresses).permits(address)
        {
            throw fail(.policy, "fetching \(hop): \(Self.refused(address.description))")
        }
        guard timeLeft > .zero else { throw fail(.timeout, "fetching \(hop): \(lateness)") }
        trace.requests += 1
        var setup = HTTPTransfer.Setup(url: hop, parts: parts, accept: request.accept, timeLeft: timeLeft)
        setup.mostOfBody = request.mostOfBody
        if hop == request.validatorsURL { setup.validators = request.validators.sendable }
        trace.conditional = !setup.validators.isEmpty
        // Credentials go to the origin they were given for, and to no other (P-45, S7).
        if request.username != nil || request.allowsInsecureTLS {
            let owner = request.credentialsURL ?? request.url
            if hop == owner || parts.origin == URLParts(owner)?.origin {
                setup.privileges = HTTPTransfer.Privileges(
                    username: request.username, password: request.password,
                    allowsInsecureTLS: request.allowsInsecureTLS)
            }
        }
        return HTTPTransfer(setup, fetcher.standing, of: place == nil ? nil : self)
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
                throw fail(.policy, "fetching \(hop): redirected to \(target.url)", response.head)
            }
            (hop, parts) = target
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
    func begins(at start: ContinuousClock.Instant) { if began == nil { began = start } }

    /// What comes after a transfer that ended so.
    func follow(_ outcome: TransferOutcome) -> Sequel {
        if case .response(let response) = outcome, let hint = stillness(of: response) {
            // It was the only transfer.
            return answer(.unchanged(hint, wireBytes: response.wireBytes), after: response.took)
        }
        do throws(FetchError) {
            let (asked, from) = (fetcher.loop(for: parts), hop)
            if let result = try take(outcome) { return answer(.ended(.success(result))) }
            // An address that is forbidden is refused at once: nobody is asked there.
            let isRefused = URLParts.address(of: hop).map { !fetcher.standing.policy.permits($0) } ?? false
            if request.stopsBetweenHosts, !isRefused, settings.hostKey(from) != settings.hostKey(hop) {
                return answer(.led(Detour(to: hop, trace: trace, timeLeft: timeLeft, patience: patience)))
            }
            let transfer = try next()
            guard asked !== fetcher.loop(for: parts) else { return .next(transfer) }
            // Other limits hold there.
            fetcher.loop(for: parts).post([.transfer(transfer)])
            return .answered
        } catch {
            return answer(.ended(.failure(error)))
        }
    }

    /// What nearly all answers come to, told in few words: nothing changed, and the validators that were sent stay.
    private func stillness(of response: HTTPResponse) -> FreshnessHint? {
        guard response.status == 304, trace.conditional, trace.requests == 1,
            response.head.leaves(request.validators), response.head.bytes("cf-mitigated") == nil
        else { return nil }
        return response.head.freshness
    }

    private func answer(_ ending: FetchAnswer.Ending, after time: Duration? = nil) -> Sequel {
        guard let place else { return .answered }
        let took = time ?? began?.duration(to: .now) ?? .zero
        return .answer(FetchAnswer(number: place.number, ending: ending, took: took), place.answers)
    }
}

// MARK: One hop

extension Fetch {
    /// Where a redirect leads (RFC 9110, 15.4).
    private func next(
        after response: HTTPResponse, from url: String
    ) throws(FetchError) -> (url: String, parts: URLParts) {
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
        return (target, parts)
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

extension Validators {
    /// The validators as they came (P-06, P-07), but for one in which a control byte would begin a line of its own.
    fileprivate var sendable: Validators {
        func isLine(_ value: [UInt8]) -> Bool { !value.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } }
        return Validators(
            etag: etag.flatMap { isLine($0) ? $0 : nil }, lastModified: lastModified.flatMap { isLine($0) ? $0 : nil })
    }
}
