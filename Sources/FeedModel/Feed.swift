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
///
/// There are many thousands of them, handed from room to room: copies share what is in them until one is changed.
public struct Feed: Sendable, Hashable {
    private var written: Written

    public init(
        url: String, title: String = "", siteURL: String? = nil, kind: SourceKind? = nil, country: String? = nil,
        group: String? = nil, language: String? = nil, interval: Duration? = nil, username: String? = nil,
        passwordFile: String? = nil, allowsInsecureTLS: Bool = false, rateGroup: String? = nil,
        identity: IdentityPolicy? = nil, priority: Double? = nil
    ) {
        written = Written(
            Facts(
                url: url, title: title, siteURL: siteURL, kind: kind, country: country, group: group,
                language: language, interval: interval, username: username, passwordFile: passwordFile,
                allowsInsecureTLS: allowsInsecureTLS, rateGroup: rateGroup, identity: identity,
                priority: priority))
    }

    /// Where the reader said the feed is: http or https, byte for byte as written.
    public var url: String {
        get { written.facts.url }
        set { change { $0.url = newValue } }
    }

    public var title: String {
        get { written.facts.title }
        set { change { $0.title = newValue } }
    }

    /// The web site the feed belongs to.
    public var siteURL: String? {
        get { written.facts.siteURL }
        set { change { $0.siteURL = newValue } }
    }

    public var kind: SourceKind? {
        get { written.facts.kind }
        set { change { $0.kind = newValue } }
    }

    /// ISO 3166-1 alpha-2 code, or what the reader wrote ("UN").
    public var country: String? {
        get { written.facts.country }
        set { change { $0.country = newValue } }
    }

    public var group: String? {
        get { written.facts.group }
        set { change { $0.group = newValue } }
    }

    /// BCP 47.
    public var language: String? {
        get { written.facts.language }
        set { change { $0.language = newValue } }
    }

    /// The shortest wait between two checks that the reader asked for; nil leaves it to the schedule.
    public var interval: Duration? {
        get { written.facts.interval }
        set { change { $0.interval = newValue } }
    }

    public var username: String? {
        get { written.facts.username }
        set { change { $0.username = newValue } }
    }

    /// A file that holds the password and nothing else.
    public var passwordFile: String? {
        get { written.facts.passwordFile }
        set { change { $0.passwordFile = newValue } }
    }

    /// A password that stood in the feed's address, from where it was taken out. Held in memory; never written anywhere.
    public var password: Password? {
        get { written.facts.password }
        set { change { $0.password = newValue } }
    }

    public var allowsInsecureTLS: Bool {
        get { written.facts.allowsInsecureTLS }
        set { change { $0.allowsInsecureTLS = newValue } }
    }

    /// Feeds that name one group share the limits of one host (P-48); nil for the host of the URL.
    public var rateGroup: String? {
        get { written.facts.rateGroup }
        set { change { $0.rateGroup = newValue } }
    }

    /// By what its entries are told apart; nil for all they have.
    public var identity: IdentityPolicy? {
        get { written.facts.identity }
        set { change { $0.identity = newValue } }
    }

    /// How much an entry of it matters against one of another feed, where the schedule shares out requests; nil for 1.
    public var priority: Double? {
        get { written.facts.priority }
        set { change { $0.priority = newValue } }
    }

    /// Whether nothing is needed to ask for the feed but its address: no credentials, and no leave for a bad certificate.
    public var isAskedPlainly: Bool {
        let facts = written.facts
        return facts.username == nil && facts.password == nil && facts.passwordFile == nil && !facts.allowsInsecureTLS
    }

    public static func == (left: Feed, right: Feed) -> Bool {
        left.written === right.written || left.written.facts == right.written.facts
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(written.facts) }
}

extension Feed: Codable {
    public init(from decoder: any Decoder) throws { written = Written(try Facts(from: decoder)) }

    public func encode(to encoder: any Encoder) throws { try written.facts.encode(to: encoder) }
}

extension Feed {
    private struct Facts: Sendable, Hashable, Codable {
        var url: String
        var title: String
        var siteURL: String?
        var kind: SourceKind?
        var country: String?
        var group: String?
        var language: String?
        var interval: Duration?
        var username: String?
        var passwordFile: String?
        var password: Password?
        var allowsInsecureTLS: Bool
        var rateGroup: String?
        var identity: IdentityPolicy?
        var priority: Double?
    }

    // Changed only by the one feed that holds it; shared by several, it stays as it is.
    private final class Written: @unchecked Sendable {
        @exclusivity(unchecked) var facts: Facts

        init(_ facts: Facts) { self.facts = facts }
    }

    private mutating func change(_ change: (inout Facts) -> Void) {
        if !isKnownUniquelyReferenced(&written) { written = Written(written.facts) }
        change(&written.facts)
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
