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
    /// A file that holds the password and nothing else; never the password itself.
    public var passwordFile: String?
    public var allowsInsecureTLS: Bool

    public init(
        url: String, title: String = "", siteURL: String? = nil, kind: SourceKind? = nil, country: String? = nil,
        group: String? = nil, language: String? = nil, interval: Duration? = nil, username: String? = nil,
        passwordFile: String? = nil, allowsInsecureTLS: Bool = false
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
    }
}
