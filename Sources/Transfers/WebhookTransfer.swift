import CCrypto
import CCurl
public import FeedModel

/// Where digests are posted, and how a post is told from one that somebody else made up.
public struct WebhookTarget: Sendable {
    /// http or https.
    public var url: String
    /// The key of the signature; nil leaves posts unsigned.
    public var secret: [UInt8]?

    public init(url: String, secret: [UInt8]? = nil) {
        self.url = url
        self.secret = secret
    }
}

extension Fetcher {
    /// Posts a JSON document. Header fields: `Idempotency-Key`, the same for each attempt at one delivery, and, with a secret,
    /// `Durbeen-Signature: sha256=HEX`, the HMAC-SHA-256 of the body (RFC 2104).
    ///
    /// - Parameter id: the delivery's name; ASCII letters and digits.
    /// - Throws: `.permanent` for what the other side refuses for good (4xx but for 408, 425 and 429), `.unknown` when all was
    ///   sent and no answer came, else `.temporary`. A redirect is refused: a signed body goes to the address it was meant for.
    public func post(_ body: [UInt8], id: String, to target: WebhookTarget) async throws(DeliveryError) {
        guard let origin = URLParts(target.url)?.origin else {
            throw .permanent("posting the digest: \(target.url) is not a web address; correct webhook.url")
        }
        var fields = ["Content-Type: application/json", "Idempotency-Key: \"\(id)\"", "Expect:"]
        if let secret = target.secret {
            fields.append("Durbeen-Signature: sha256=\(Self.signature(of: body, under: secret))")
        }
        let transfer = WebhookTransfer(
            url: target.url, body: body, fields: fields, settings: settings,
            policy: AddressPolicy(allowed: settings.allowAddresses))
        let what = "posting the digest to \(origin)"
        switch await loop.run(transfer) {
        case .response(let response): try Self.judge(response.status, what)
        case .mailAccepted: throw .temporary("\(what): no web server answered")
        case .failed(let failure):
            if case .address(let address) = failure.refusal {
                throw .temporary("\(what): \(address) is not a public address; see fetch.allow_addresses")
            }
            if failure.sentEverything {
                throw .unknown("\(what): no answer came after everything was sent (\(failure.message))")
            }
            throw .temporary("\(what): \(failure.message)")
        }
    }

    private static func judge(_ status: Int, _ what: String) throws(DeliveryError) {
        switch status {
        case 200..<300: return
        case 300..<400: throw .permanent("\(what): redirected with \(status); name the final address as webhook.url")
        case 408, 425, 429: throw .temporary("\(what): put off with \(status)")
        case 400..<500: throw .permanent("\(what): refused with \(status)")
        default: throw .temporary("\(what): the server answered \(status)")
        }
    }

    private static func signature(of body: [UInt8], under secret: [UInt8]) -> String {
        var code = [UInt8](repeating: 0, count: 32)
        durbeen_hmac_sha256(secret, secret.count, body, body.count, &code)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// One POST of one document; the answer's body is of no interest.
final class WebhookTransfer: Transfer {
    let ticket: Ticket? = Ticket()
    private let url: String
    private let body: [UInt8]
    private let fields: [String]
    private let settings: FetchSettings
    private let addresses: AddressGuard
    private var lines: UnsafeMutablePointer<curl_slist>?
    private let start = ContinuousClock.now

    init(url: String, body: [UInt8], fields: [String], settings: FetchSettings, policy: AddressPolicy) {
        self.url = url
        self.body = body
        self.fields = fields
        self.settings = settings
        addresses = AddressGuard(policy.permits)
    }

    deinit { curl_slist_free_all(lines) }

    func prepare(_ handle: EasyHandle, stop: StopFlag) {
        handle.blank()
        let easy = handle.pointer
        durbeen_set_text(easy, CURLOPT_URL, url)
        durbeen_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        durbeen_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        durbeen_set_long(easy, CURLOPT_NOSIGNAL, 1)
        durbeen_set_long(easy, CURLOPT_HTTP09_ALLOWED, 0)
        durbeen_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        durbeen_set_text(easy, CURLOPT_USERAGENT, settings.userAgent)
        durbeen_set_text(easy, CURLOPT_PROXY, settings.proxy ?? "")
        durbeen_set_text(easy, CURLOPT_NOPROXY, "")
        for field in fields {
            // A list that cannot grow for want of memory stays as it is; it is never lost.
            if let longer = curl_slist_append(lines, field) { lines = longer }
        }
        durbeen_set_list(easy, CURLOPT_HTTPHEADER, lines)
        durbeen_set_long(easy, CURLOPT_POST, 1)
        durbeen_set_long(easy, CURLOPT_POSTFIELDSIZE, body.count)
        // libcurl makes a copy, of the length set before.
        body.withUnsafeBytes { bytes in
            _ = durbeen_set_pointer(
                easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
        durbeen_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        durbeen_set_text(easy, CURLOPT_CAPATH, nil)
        if let file = settings.caFile { durbeen_set_text(easy, CURLOPT_CAINFO, file) }
        durbeen_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, settings.timeout.inMilliseconds))
        durbeen_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, settings.connectTimeout.inMilliseconds))
        durbeen_set_data(easy, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        // Through a proxy it is the proxy that connects, and it is the operator's.
        if settings.proxy == nil { addresses.watch(easy) }
    }

    func breakOff(_ easy: OpaqueHandle) {
        // libcurl closes the connection of an answer that was not read to its end.
    }

    func outcome(_ code: CURLcode, _ easy: OpaqueHandle) -> TransferOutcome {
        let status = durbeen_get_long(easy, CURLINFO_RESPONSE_CODE)
        // The status is the answer, whatever becomes of the body behind it.
        guard code == CURLE_OK || status >= 200 else {
            let sent = durbeen_get_offset(easy, CURLINFO_SIZE_UPLOAD_T)
            return .failed(
                TransferFailure(
                    code: code, message: String(cString: curl_easy_strerror(code)), status: status,
                    refusal: addresses.refusal,
                    sentEverything: sent >= body.count))
        }
        return .response(
            HTTPResponse(
                status: status, head: ResponseHead(), body: [], wireBytes: 0, took: start.duration(to: .now)))
    }
}
