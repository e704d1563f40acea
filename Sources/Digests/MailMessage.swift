public import FeedModel
public import struct FoundationEssentials.Date

/// A digest as a mail to one recipient (RFC 5322, MIME): the same bytes for the same arguments on any machine, so that what is
/// sent again after a lost answer is the same message (M-05, M-08).
public struct MailMessage: Sendable {
    /// The fields of the header, those of this recipient among them, and the empty line after them.
    public let head: [UInt8]
    /// What follows, which is the same for every recipient.
    public let body: MailBody
    /// The whole message, with CRLF line ends; pure ASCII, no line over 78 characters but for a header word that cannot be
    /// broken.
    public var bytes: [UInt8] { head + body.bytes }
    /// With its angle brackets.
    public let messageID: String
    /// Bytes of a web address, percent-encoded, that a field of the header takes: a line has 998 at most (RFC 5322, 2.1.1), and
    /// the digest's page adds to the address of the archive.
    public static let longestURL = 840

    /// - Parameters:
    ///   - from: the one address the operator sends from. Addresses and `idDomain` are taken as plain ASCII; what could end
    ///     a header or an address is dropped from them.
    ///   - senderName: shown before the profile: "Durbeen" makes "Durbeen: analyst".
    ///   - idDomain: the right side of message and list ids; a configured name, never the host's.
    ///   - frozenAt: the instant the digest was made; all attempts carry it.
    ///   - unsubscribe: the web address that ends this recipient's subscription by a POST without more questions (RFC 8058);
    ///     nil where there is none. Requests by mail always go to `from`.
    ///   - options: what the operator wants beside.
    ///   - body: of this digest, where several recipients get it.
    public init(
        digest: Digest, from: String, senderName: String = "Durbeen", to: String, installation: String,
        idDomain: String, frozenAt: Date, zone: Zone, unsubscribe: String? = nil, options: MailOptions = MailOptions(),
        body: MailBody? = nil
    ) {
        let domain = domainText(idDomain, fallback: "durbeen.invalid")
        let name = profileLabel(digest.key.profile)
        let sender = addressText(from)
        func id(_ date: String, _ edition: String) -> String {
            let identity = identifier(["mail", installation, to, digest.key.profile, "all", date, edition, "1"])
            return "<d1.\(identity)@\(domain)>"
        }
        func id(_ key: DigestKey) -> String { id(key.date.description, editionName(key)) }
        messageID = id(digest.key)
        var head = headerField("Date", zone.mailText(frozenAt))
        head += headerField("From", phrase("\(senderName): \(digest.key.profile)") + " <\(sender)>")
        head += headerField("To", "<\(addressText(to))>")
        head += headerField("Subject", unstructuredText(Self.subject(of: digest)))
        head += headerField("Message-ID", messageID)
        // No message has the month's id: it only holds the thread together.
        let month = String(digest.key.date.description.prefix(7))
        let root = options.threadsByMonth && !digest.key.isAlert ? [id(month, "month")] : []
        let before = root + Self.precursors(of: digest).map { id($0) }
        if let last = before.last {
            head += headerField("In-Reply-To", last) + headerField("References", before.joined(separator: " "))
        }
        head += headerField("List-Id", phrase("Durbeen digest \(digest.key.profile)") + " <digest.\(name).\(domain)>")
        head += Self.unsubscription(mailto: sender, profile: name, web: unsubscribe)
        head += headerField("List-Help", "<mailto:\(mailtoText(sender))?subject=help>")
        head += headerField("List-Owner", "<mailto:\(mailtoText(sender))>")
        head += headerField("List-Post", "NO")
        head += Self.archive(of: digest, at: options.archive, isThere: options.isArchived)
        head += headerField("Auto-Submitted", "auto-generated")
        if options.suppressesReplies {
            head += headerField("Precedence", "list") + headerField("X-Auto-Response-Suppress", "All")
        }
        head += headerField("Content-Language", "en")
        head += headerField("Durbeen-Digest", digest.id)
        head += headerField("Durbeen-Topics", Self.topics(of: digest))
        head += headerField("Durbeen-Count", String(digest.allStories.count))
        head += headerField("Durbeen-Edition", editionName(digest.key))
        head += headerField("MIME-Version", "1.0")
        self.body = body ?? MailBody(digest, options.form, from: from, idDomain: idDomain)
        head += headerField("Content-Type", self.body.type)
        self.head = Array("\(head)\r\n".utf8)
    }

    /// True if `address` can stand in an envelope and a header as it is: ASCII, a local part of atoms, a dotted domain.
    public static func accepts(address: String) -> Bool {
        let parts = address.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, address.utf8.count <= 254 else { return false }
        return parts.allSatisfy { part in
            part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty && atom.allSatisfy(isAtomByte)
            }
        } && parts[0].first != UInt8(ascii: "-")
    }

    /// Where the digest's page, if it has one, and those of its profile are (RFC 5064, RFC 2369).
    private static func archive(of digest: Digest, at base: String?, isThere: Bool) -> String {
        guard let base = listURL(base) else { return "" }
        let profile = "\(base.hasSuffix("/") ? String(base.dropLast()) : base)/\(profileLabel(digest.key.profile))"
        let parts = digest.key.date.description.split(separator: "-")
        let page = "<\(profile)/\(parts[0])/\(parts[1])/\(digest.key.stem).html>"
        return headerField("List-Archive", "<\(profile)/index.html>")
            + (isThere ? headerField("Archived-At", page) : "")
    }

    /// What a message answers to, oldest first: the date's first edition, or the alerts that told the same story, the first of
    /// them and the last ten (RFC 5322, 3.6.4). Ordinary digests stand by themselves.
    private static func precursors(of digest: Digest) -> [DigestKey] {
        guard !digest.key.isAlert else {
            return Array(digest.follows.prefix(1)) + digest.follows.dropFirst().suffix(10)
        }
        guard digest.key.edition > 1 else { return [] }
        return [DigestKey(profile: digest.key.profile, date: digest.key.date)]
    }

    /// RFC 2369, 3.2. The one-click field stands only beside an https address (RFC 8058, 3.1).
    private static func unsubscription(mailto: String, profile: String, web: String?) -> String {
        let mail = "<mailto:\(mailtoText(mailto))?subject=unsubscribe%20\(profile)>"
        guard let web = listURL(web), web.hasPrefix("https://") else {
            return headerField("List-Unsubscribe", mail)
        }
        return headerField("List-Unsubscribe", "<\(web)>, \(mail)")
            + headerField("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    }

    /// "Durbeen analyst, 25 Nov 2026: 12 stories, 2 urgent".
    private static func subject(of digest: Digest) -> String {
        let stories = digest.allStories
        let urgent = stories.count(where: \.isUrgent)
        let count = stories.isEmpty ? "nothing new" : stories.count == 1 ? "1 story" : "\(stories.count) stories"
        if digest.key.isAlert, let first = stories.first {
            let rest = stories.count > 1 ? " (and \(stories.count - 1) more)" : ""
            return "Durbeen \(digest.key.profile), urgent: " + shortened(cleaned(first.title), to: 90) + rest
        }
        let edition = digest.key.edition > 1 ? " (edition \(digest.key.edition))" : ""
        return "Durbeen \(digest.key.profile), \(digest.key.date.shortText)\(edition): \(count)"
            + (urgent > 0 ? ", \(urgent) urgent" : "")
    }

    /// Topic ids for filters; ASCII, parted by commas.
    private static func topics(of digest: Digest) -> String {
        let ids = digest.sections.map { domainText($0.topic, fallback: "other") }
        return ids.isEmpty ? "none" : ids.joined(separator: ", ")
    }
}

/// What an operator or a reader may want of messages.
public struct MailOptions: Sendable, Equatable {
    /// Whether the digests of a month form one thread. Some mail programs then fold a month into one line.
    public var threadsByMonth = false
    /// The web address under which the folder of digests can be read; nil where there is none.
    public var archive: String?
    /// Whether the digest has a page there; the edition of a test has none.
    public var isArchived = true
    /// Whether fields that are in no standard ask old mail servers, too, not to answer.
    public var suppressesReplies = false
    public var form = MailForm()

    public init() {}
}

/// A profile's name as a label for ids and file names: the name itself where it is plain, else what is plain of it and a hash,
/// so that two names never share one.
///
/// - Parameter isTaken: whether a plain name means something else where the label is to stand.
func profileLabel(_ profile: String, isTaken: (String) -> Bool = { _ in false }) -> String {
    func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }
    let bytes = Array(profile.utf8)
    if (1...48).contains(bytes.count), bytes.allSatisfy(isPlain), bytes[0] != UInt8(ascii: "-"), !isTaken(profile) {
        return profile
    }
    let plain = String(decoding: profile.lowercased().utf8.filter(isPlain).prefix(12), as: UTF8.self)
    let hash = identifier(["profile", profile], length: 8)
    return (plain.isEmpty || plain.hasPrefix("-") ? "profile" + plain : plain) + "-" + hash
}

/// An address inside a mailto URI (RFC 6068): `%`, `?` and `&` would read as its syntax.
private func mailtoText(_ address: String) -> String {
    address.replacing("%", with: "%25").replacing("?", with: "%3F").replacing("&", with: "%26")
        .replacing("#", with: "%23")
}
