public import FeedModel

/// The forms a digest is written in, all from the one model.
public enum DigestFormat: String, Sendable, Hashable, CaseIterable {
    case text, html, markdown, json
    /// A mail message as a file.
    case eml
    /// The stories as a feed (RFC 4287), and as JSON Feed 1.1.
    case atom, jsonfeed

    /// The ending of a file in this format, without the dot. What the file sink names by a date has another ending for each; feeds are named by topic.
    public var fileExtension: String {
        switch self {
        case .text: "txt"
        case .html: "html"
        case .markdown: "md"
        case .json: "json"
        case .eml: "eml"
        case .atom: "atom"
        case .jsonfeed: "json"
        }
    }
}

/// The bytes of `digest` in a format; the same for the same digest, always. As `eml` it is a message from nobody to nobody, for
/// reading only: what is sent is made by `MailMessage`.
///
/// - Parameter domain: what the names in feeds begin with; `[mail] id_domain`.
public func render(_ digest: Digest, as format: DigestFormat, domain: String = "durbeen.invalid") -> [UInt8] {
    switch format {
    case .text: Array(plainText(digest).utf8)
    case .html: Array(htmlText(digest).utf8)
    case .markdown: Array(markdownText(digest).utf8)
    case .json: Array(jsonText(digest).utf8)
    case .eml:
        MailMessage(
            digest: digest, from: "durbeen@durbeen.invalid", senderName: "Durbeen", to: "reader@durbeen.invalid",
            installation: "file", idDomain: "durbeen.invalid", frozenAt: digest.to, zone: Zone(named: digest.zone)
        ).bytes
    case .atom: Array(atomText(FeedDocument(digest, domain: domain)).utf8)
    case .jsonfeed: Array(jsonFeedText(FeedDocument(digest, domain: domain)).utf8)
    }
}
