public import struct FoundationEssentials.Date

/// Bytes as they were fetched, transfer and content codings undone, with what their reading depends on.
public struct Document: Sendable {
    public var bytes: [UInt8]
    /// The URL the bytes came from, after redirects.
    public var url: String
    /// The raw value of the `Content-Type` field.
    public var contentType: String?
    /// The raw value of the `Content-Location` field; relative references resolve against it first (P-57).
    public var contentLocation: String?
    /// Let go of with the bytes: whoever counts what is held at once knows by it how long they were.
    public var place: (any AnyObject & Sendable)?

    public init(bytes: [UInt8], url: String, contentType: String? = nil, contentLocation: String? = nil) {
        self.bytes = bytes
        self.url = url
        self.contentType = contentType
        self.contentLocation = contentLocation
    }
}

/// What a server gave for asking "has this changed?" later (RFC 9110, 8.8). The bytes are opaque: kept and sent back as they
/// came, with only surrounding white space removed (P-06).
public struct Validators: Sendable, Hashable {
    public var etag: [UInt8]?
    public var lastModified: [UInt8]?

    public init(etag: [UInt8]? = nil, lastModified: [UInt8]? = nil) {
        self.etag = etag
        self.lastModified = lastModified
    }

    public var isEmpty: Bool { etag == nil && lastModified == nil }

    /// The validators to keep after a 304 that carried `newer`: a field that came replaces, one that did not stays (P-09).
    public func updated(byNotModified newer: Validators) -> Validators {
        Validators(etag: newer.etag ?? etag, lastModified: newer.lastModified ?? lastModified)
    }
}

/// How long a server asked to be left alone, in the terms it used. Nothing here knows the time.
public struct FreshnessHint: Sendable, Hashable {
    /// `Retry-After` (RFC 9110, 10.2.3).
    public enum RetryAfter: Sendable, Hashable {
        case delay(Duration)
        case date(Date)
    }

    /// `Cache-Control: max-age`; zero also for `no-cache` and `no-store` (P-18).
    public var maxAge: Duration?
    public var age: Duration?
    public var expires: Date?
    /// The `Date` field of the response; known only where there is an `expires` to hold against it.
    public var date: Date?
    public var retryAfter: RetryAfter?

    public init(
        maxAge: Duration? = nil, age: Duration? = nil, expires: Date? = nil, date: Date? = nil,
        retryAfter: RetryAfter? = nil
    ) {
        self.maxAge = maxAge
        self.age = age
        self.expires = expires
        self.date = date
        self.retryAfter = retryAfter
    }

    /// How much longer the response is fresh: `max-age` less `Age`, else `Expires` less `Date`; never negative (P-18).
    public var freshness: Duration? {
        if let maxAge { return max(.zero, maxAge - (age ?? .zero)) }
        if let expires, let date { return max(.zero, .seconds(expires.timeIntervalSince(date))) }
        return nil
    }

    /// The wait that `Retry-After` asks for, counted from `now`; nil if it says nothing usable (P-27).
    public func retryDelay(now: Date) -> Duration? {
        switch retryAfter {
        case .delay(let delay): delay > .zero ? delay : nil
        case .date(let date): date > now ? .seconds(date.timeIntervalSince(now)) : nil
        case nil: nil
        }
    }
}
