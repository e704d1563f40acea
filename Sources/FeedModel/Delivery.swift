public import struct FoundationEssentials.Date

/// The ways a digest can leave.
public enum SinkKind: String, Sendable, Hashable, CaseIterable, Codable {
    case files, mail, maildir, sendmail, webhook, exec

    /// Whether what goes this way is a message to a mail address beyond this program's own files.
    public var isMail: Bool { self == .mail || self == .sendmail }
}

/// One file of a digest, rendered and frozen.
public struct FrozenFile: Sendable, Hashable {
    /// `html`, `md`, `json`, `txt`, `eml`.
    public var fileExtension: String
    /// What the file begins with; all of it, unless there is a `shared` rest.
    public var own: [UInt8]
    /// The rest where other recipients get the same, so that it is kept once: the body of a mail.
    public var shared: [UInt8]

    public init(fileExtension: String, bytes: [UInt8], shared: [UInt8] = []) {
        self.fileExtension = fileExtension
        own = bytes
        self.shared = shared
    }

    /// The whole file.
    public var bytes: [UInt8] { shared.isEmpty ? own : own + shared }
    public var count: Int { own.count + shared.count }
}

/// How far a delivery has come (M-06). Only `accepted` counts as delivered.
public enum DeliveryState: String, Sendable, Hashable, CaseIterable, Codable {
    case planned, frozen, sending, accepted, deferred, failed
    /// The connection was lost after the last byte: the other side may have it (M-08).
    case unknown
}

/// One thing to hand over to one place, with the bytes fixed when the digest was made (M-05).
public struct Delivery: Sendable, Equatable {
    /// Stable and unique: made from the digest's identity, the sink and the recipient.
    public var id: String
    public var digest: DigestKey
    public var sink: SinkKind
    /// A mail address; empty for files.
    public var recipient: String
    /// A mail message as one file `eml`, or the editions for the file sink.
    public var files: [FrozenFile]
    public var state: DeliveryState
    public var attempts: Int
    public var firstAttempt: Date?
    public var nextAttempt: Date
    public var lastError: String?

    public init(
        id: String, digest: DigestKey, sink: SinkKind, recipient: String, files: [FrozenFile],
        state: DeliveryState = .frozen, attempts: Int = 0, firstAttempt: Date? = nil, nextAttempt: Date,
        lastError: String? = nil
    ) {
        self.id = id
        self.digest = digest
        self.sink = sink
        self.recipient = recipient
        self.files = files
        self.state = state
        self.attempts = attempts
        self.firstAttempt = firstAttempt
        self.nextAttempt = nextAttempt
        self.lastError = lastError
    }
}

/// How an attempt to hand something over ended, when not well.
public enum DeliveryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// May succeed later: try again.
    case temporary(String)
    /// Will not succeed: do not repeat.
    case permanent(String)
    /// The other side wants nothing for this recipient: do not repeat, and several on end suspend the recipient (M-07).
    case refused(String)
    /// Everything was sent and no answer came: may have arrived.
    case unknown(String)

    public var description: String {
        switch self {
        case .temporary(let why), .permanent(let why), .refused(let why), .unknown(let why): why
        }
    }
}
