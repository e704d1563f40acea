public import FeedModel

/// How a reader wants a digest's mail built.
public struct MailForm: Sendable, Equatable {
    public enum Style: String, Sendable, CaseIterable {
        /// Text and HTML, each complete (RFC 2046, 5.1.4).
        case alternative
        /// An overview, and every story as a message of its own (RFC 2046, 5.1.5), which mail programs such as mutt open one by one.
        case rfc2046
    }

    public var style = Style.alternative
    /// Whether the stories go along as a JSON Feed, for programs that read mail.
    public var attachesFeed = false

    public init(style: Style = .alternative, attachesFeed: Bool = false) {
        self.style = style
        self.attachesFeed = attachesFeed
    }
}

/// The body of a digest's mail, which is the same for every recipient: so are the boundaries in it, which are made of the digest's
/// name and not of a message's. Pure ASCII with CRLF line ends.
public struct MailBody: Sendable {
    public let bytes: [UInt8]
    /// What the message's Content-Type says.
    let type: String

    /// - Parameters:
    ///   - from: the operator's address, by which also the stories of a `rfc2046` digest are signed: never a publisher's.
    ///   - idDomain: the right side of their message ids.
    public init(_ digest: Digest, _ form: MailForm = MailForm(), from: String = "", idDomain: String = "") {
        let builder = MailBodyBuilder(
            digest: digest, sender: addressText(from), domain: domainText(idDomain, fallback: "durbeen.invalid"))
        let attached = form.attachesFeed ? [builder.feed] : []
        let whole: MIMEPart
        switch form.style {
        case .alternative where attached.isEmpty: whole = builder.alternatives("boundary")
        case .alternative:
            whole = builder.multipart("mixed", "boundary", [builder.alternatives("alternative")] + attached)
        case .rfc2046:
            whole = builder.multipart("mixed", "boundary", [builder.overview] + builder.stories + attached)
        }
        (type, bytes) = (whole.type, whole.body)
    }
}

/// A part of a message: what its header says, and its body.
private struct MIMEPart {
    var type: String
    /// The other fields of its header.
    var fields = ""
    var body: [UInt8]

    var bytes: [UInt8] { Array((headerField("Content-Type", type) + fields + "\r\n").utf8) + body }
}

private struct MailBodyBuilder {
    let digest: Digest
    let sender: String
    let domain: String

    func multipart(_ kind: String, _ name: String, _ parts: [MIMEPart]) -> MIMEPart {
        // `=_` cannot come about in quoted-printable nor in base64 (RFC 2045, 6.7).
        let boundary = "=_d1." + identifier([name, digest.id])
        let body = parts.flatMap { Array("--\(boundary)\r\n".utf8) + $0.bytes } + Array("--\(boundary)--\r\n".utf8)
        return MIMEPart(type: "multipart/\(kind); boundary=\"\(boundary)\"", body: body)
    }

    func alternatives(_ name: String) -> MIMEPart {
        multipart(
            "alternative", name,
            [text(flowedText(digest)), text(mailHTMLText(digest), type: "text/html; charset=utf-8")])
    }

    func text(_ text: String, type: String = "text/plain; charset=utf-8; format=flowed") -> MIMEPart {
        let encoding = TransferEncoding(for: text)
        return MIMEPart(
            type: type, fields: headerField("Content-Transfer-Encoding", encoding.rawValue),
            body: Array(encoding.encode(text).utf8))
    }

    var overview: MIMEPart { text(PlainTextDigest.overview(of: digest)) }

    /// None where nothing is told: a multipart has parts (RFC 2046, 5.1.1).
    var stories: [MIMEPart] {
        let messages = digest.sections.flatMap { section in
            (section.stories + section.more).map { story in
                MIMEPart(type: "message/rfc822", body: message(story, in: section))
            }
        }
        return messages.isEmpty ? [] : [multipart("digest", "digest", messages)]
    }

    private func message(_ story: Story, in section: DigestSection) -> [UInt8] {
        let wording = Wording(digest)
        let id = identifier(["story", digest.id, story.id])
        var head = headerField("Date", wording.zone.mailText(story.date ?? digest.to))
        head += headerField("From", phrase(wording.source(story.source)) + " <\(sender)>")
        head += headerField("Subject", unstructuredText((story.isUrgent ? "Urgent: " : "") + story.title))
        head += headerField("Message-ID", "<s1.\(id)@\(domain)>")
        head += headerField("Keywords", phrase(section.title))
        if let tag = languageTag(story.language) { head += headerField("Content-Language", tag) }
        head += headerField("MIME-Version", "1.0")
        return Array(head.utf8) + text(PlainTextDigest.story(story, of: digest)).bytes
    }

    var feed: MIMEPart {
        MIMEPart(
            type: "application/feed+json",
            fields: headerField("Content-Transfer-Encoding", TransferEncoding.base64.rawValue)
                + headerField("Content-Disposition", "attachment; filename=\"durbeen-\(digest.key.stem).json\""),
            body: Array(base64Lines(jsonFeedText(FeedDocument(digest, domain: domain)).utf8).utf8))
    }
}
