import CCurl
import FeedModel

// Failures in words.

extension Fetch {
    func fail(_ kind: CheckFailure.Class, _ message: String, _ head: ResponseHead = ResponseHead()) -> FetchError {
        var freshness = head.freshness
        freshness.retryAfter = freshness.retryAfter ?? patience
        return FetchError(
            failure: CheckFailure(kind, status: trace.status > 0 ? trace.status : nil, message),
            freshness: freshness, trace: trace)
    }

    func error(_ failure: TransferFailure) -> FetchError {
        let (kind, why) = classify(failure)
        return fail(kind, "fetching \(trace.finalURL): \(why)", failure.head)
    }

    var lateness: String { "no whole answer within \(settings.timeout.inMilliseconds) ms" }

    static func refused(_ address: String) -> String {
        "its host is at \(address), which is not a public address; see fetch.allow_addresses"
    }

    private func classify(_ failure: TransferFailure) -> (CheckFailure.Class, String) {
        switch failure.refusal {
        case .address(let address):
            return (.policy, Self.refused(address))
        case .noRoom: return (.tooLarge, "too many large answers came at once; this one is asked for again later")
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

extension FetchError {
    /// A failure before anything was sent.
    init(_ kind: CheckFailure.Class, _ message: String) {
        self.init(failure: CheckFailure(kind, message), freshness: FreshnessHint(), trace: FetchTrace())
    }
}
