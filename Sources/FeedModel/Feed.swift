/// What sort of body publishes a feed. Shown beside every story and used to rank, never to drop.
public enum SourceKind: String, Sendable, Hashable, CaseIterable, Codable {
    case thinkTank = "think-tank"
    case government
    /// Newspapers, agencies, broadcasters and magazines.
    case press
    case academic
    case organisation
    /// A search engine's result feed; its entries come from elsewhere.
    case search
}

/// A source a reader subscribed to, as the configuration and OPML files state it. Its URL is its identity.
public struct Feed: Sendable, Hashable, Codable {
    /// Where the reader said the feed is: http or https, byte for byte as written.
    public var url: String
    public var title: String
    /// The web site the feed belongs to.
    public var siteURL: String?
    public var kind: SourceKind?
    /// ISO 3166-1 alpha-2 code, or what the reader wrote ("UN").
    public var country: String?
    public var group: String?
    /// BCP 47.
    public var language: String?
    /// The shortest wait between two checks that the reader asked for; nil leaves it to the schedule.
    public var interval: Duration?
    public var username: String?
    /// A file that holds the password and nothing else.
    public var passwordFile: String?
    /// A password that stood in the feed's address, from where it was taken out. Held in memory; never written anywhere.
    public var password: Password?
    public var allowsInsecureTLS: Bool
    /// Feeds that name one group share the limits of one host (P-48); nil for the host of the URL.
    public var rateGroup: String?
    /// By what its entries are told apart; nil for all they have.
    public var identity: IdentityPolicy?

    public init(
        url: String, title: String = "", siteURL: String? = nil, kind: SourceKind? = nil, country: String? = nil,
        group: String? = nil, language: String? = nil, interval: Duration? = nil, username: String? = nil,
        passwordFile: String? = nil, allowsInsecureTLS: Bool = false, rateGroup: String? = nil,
        identity: IdentityPolicy? = nil
    ) {
        self.url = url
        self.title = title
        self.siteURL = siteURL
        self.kind = kind
        self.country = country
        self.group = group
        self.language = language
        self.interval = interval
        self.username = username
        self.passwordFile = passwordFile
        self.allowsInsecureTLS = allowsInsecureTLS
        self.rateGroup = rateGroup
        self.identity = identity
    }
}

/// A secret that shows itself to nobody by accident: printed it is three dots, and stored it is a mark that only tells that
/// it changed.
public struct Password: Sendable, Hashable, Codable, CustomStringConvertible {
    /// nil for one that was read back from where only its mark is kept.
    public let text: String?
    /// 16 bits of a hash: enough to notice a change, too little to find the password by.
    private let mark: UInt16

    public init(_ text: String) {
        self.text = text
        let hash = FNV1a(text).value
        mark = UInt16(truncatingIfNeeded: hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48)
    }

    public init(from decoder: any Decoder) throws {
        text = nil
        mark = try decoder.singleValueContainer().decode(UInt16.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(mark)
    }

    public var description: String { "..." }

    public static func == (left: Password, right: Password) -> Bool { left.mark == right.mark }
    public func hash(into hasher: inout Hasher) { hasher.combine(mark) }
}
