public import FeedModel

/// What the network is used with, for as long as a `Fetcher` lives.
public struct FetchSettings: Sendable {
    /// Sent with every request, unchanged (P-01).
    public var userAgent: String
    /// Transfers at once.
    public var concurrency = 256
    /// Open connections a host; 0 sets no limit.
    public var hostConnections = 1
    /// Likewise for a host that is written as an allowed address; nil for `hostConnections`, too (P-69).
    public var allowedHostConnections: Int?
    public var connectTimeout: Duration = .seconds(10)
    /// For a whole fetch, redirects included.
    public var timeout: Duration = .seconds(60)
    /// Fewer than 1 KiB a second for so long end a transfer; in whole seconds.
    public var longestSlowness: Duration = .seconds(20)
    /// The most decoded bytes of one body.
    public var maxBody = 8 << 20
    public var maxRedirects = 5
    /// A PEM file of certificates to trust instead of the system's.
    public var caFile: String?
    public var proxy: String?
    /// Whether a connection may serve a second request; switched off only to measure.
    public var keepsConnections = true
    public var allowAddresses: [AddressRange] = []
    /// What the requests for a URL are counted by; for `FetchRequest.stopsBetweenHosts`.
    public var hostKey: @Sendable (_ url: String) -> String = { $0 }

    public init(userAgent: String) { self.userAgent = userAgent }
}

/// One question for one address.
public struct FetchRequest: Sendable {
    public enum Accept: Sendable { case feeds, pages }

    public var url: String
    public var validators = Validators()
    /// The URL the validators came from; they are sent to no other (P-11, P-12).
    public var validatorsURL: String?
    public var username: String?
    public var password: String?
    /// The URL the credentials were given for, if it is not `url`; they reach its origin and no other (S7).
    public var credentialsURL: String?
    public var allowsInsecureTLS = false
    public var accept = Accept.feeds
    /// Of a longer body only so many decoded bytes are taken, and the rest is not waited for; nil for all of it, or else a failure.
    public var mostOfBody: Int?
    /// Else a redirect is a failure, and the last redirect of its trace says where it led: for what must be permitted address
    /// by address.
    public var followsRedirects = true
    /// Whether a fetch that was begun ends as `led` where a redirect leads to another host, which is owed a pause (P-47).
    public var stopsBetweenHosts = false
    /// Goes on where an earlier fetch of the same `url` was led to.
    public var detour: Detour?

    public init(url: String) { self.url = url }
}

public enum FetchResult: Sendable {
    case fresh(Document, Validators, FreshnessHint, FetchTrace)
    case notModified(Validators, FreshnessHint, FetchTrace)
}

/// A fetch that redirects led to another host, not yet asked there.
public final class Detour: Sendable {
    /// What is to be asked next.
    public let url: String
    /// What happened until then.
    public let trace: FetchTrace
    let timeLeft: Duration
    let patience: FreshnessHint.RetryAfter?

    init(to url: String, trace: FetchTrace, timeLeft: Duration, patience: FreshnessHint.RetryAfter?) {
        self.url = url
        self.trace = trace
        self.timeLeft = timeLeft
        self.patience = patience
    }
}

/// What happened on the way.
public struct FetchTrace: Sendable, Equatable {
    public struct Redirect: Sendable, Equatable {
        public var status: Int
        public var to: String

        public init(status: Int, to: String) {
            self.status = status
            self.to = to
        }
    }

    public var finalURL = ""
    public var status = 0
    public var redirects: [Redirect] = []
    /// Requests that were sent, redirects followed included.
    public var requests = 0
    /// Whether the last request carried validators.
    public var conditional = false
    public var decodedBytes = 0
    public var wireBytes = 0

    public init() {}
}

/// A fetch that brought no document.
public struct FetchError: Error, Sendable, Equatable {
    public var failure: CheckFailure
    /// What the server asked for nevertheless.
    public var freshness: FreshnessHint
    public var trace: FetchTrace

    /// The last address that was asked; nil if none was.
    public var finalURL: String? { trace.finalURL.isEmpty ? nil : trace.finalURL }
    public var redirects: [FetchTrace.Redirect] { trace.redirects }
}

/// A mail server that takes messages for delivery (RFC 6409).
public struct MailServer: Sendable {
    public enum TLSMode: Sendable {
        /// From the first byte (RFC 8314).
        case implicit
        /// After STARTTLS, which the server must offer.
        case startTLS
        /// In the clear; only to this machine itself.
        case none
    }

    public var host: String
    public var port: Int
    public var tls: TLSMode
    public var user: String?
    public var password: String?
    public var caFile: String?
    /// How this machine names itself.
    public var heloName = "localhost"

    /// - Parameter port: 465 for implicit TLS and 587 otherwise, unless given.
    public init(host: String, port: Int? = nil, tls: TLSMode, user: String? = nil, password: String? = nil) {
        self.host = host
        self.port = port ?? (tls == .implicit ? 465 : 587)
        self.tls = tls
        self.user = user
        self.password = password
    }
}
