public import FeedModel

/// Reads feed documents: bytes in, entries out, the same for every format. Holds no state; any thread may use it.
public struct FeedParser: Sendable {
    let limits: ParseLimits

    public init(limits: ParseLimits = ParseLimits()) { self.limits = limits }

    /// The feed in `document`, its text blocks still in the publisher's markup (`inPlainText`, `entry`). Whatever is wrong
    /// with the document is among the feed's problems; entries are salvaged where there are any. An entry that the end of a
    /// cut document left incomplete is not given.
    public func parse(_ document: Document) throws(ParseError) -> ParsedFeed {
        guard document.bytes.contains(where: { !$0.isBlank && $0 != 0 }) else { throw .empty }
        let isTooLarge = document.bytes.count > limits.document
        let bytes = isTooLarge ? Array(document.bytes.prefix(limits.document)) : document.bytes
        let text = decodeDocument(bytes, contentType: document.contentType)
        guard var feed = read(text, base: base(of: document), isCut: isTooLarge) else { throw refusal(of: text) }
        feed.encoding = text.encoding
        feed.problems = text.problems + typeProblems(document.contentType) + feed.problems
        if isTooLarge {
            feed.problems.append(Problem("too-large", "only the first \(limits.document >> 10) KiB were read"))
        }
        return feed
    }

    /// Relative references resolve against Content-Location, then the URL of the document (P-57).
    private func base(of document: Document) -> String? {
        let url = Address.web(document.url)
        guard let location = document.contentLocation?.trimmedOrNil else { return url }
        return Address.web(Address.resolve(location, base: url)) ?? url
    }

    private func read(_ text: DecodedText, base: String?, isCut: Bool) -> ParsedFeed? {
        text.bytes.withUnsafeBufferPointer { bytes in
            let start = bytes.firstIndex { !$0.isBlank && $0 != 0 } ?? 0
            if bytes.begins(with: "{", at: start) {
                return JSONFeed.read(bytes, base: base, limits: limits, isCut: isCut)
            }
            return MarkupFeed(limits: limits, base: base, isCut: isCut).read(bytes)
        }
    }

    /// Served as something that is no feed type: read all the same, but said.
    private func typeProblems(_ contentType: String?) -> [Problem] {
        if let contentType, isUsualType(contentType) { return [] }
        guard let type = contentType?.split(separator: ";").first.flatMap({ String($0).trimmedOrNil })?.asciiLowercased
        else { return [] }
        let isFeedType =
            type.hasSuffix("/xml") || type.hasSuffix("+xml") || type.hasSuffix("/json") || type.hasSuffix("+json")
            || type == "text/xml" || type == "application/rss" || type == "application/atom"
        return isFeedType ? [] : [Problem("content-type", "served as \(visible(type.prefix(bytes: 60)))")]
    }

    /// Whether it is one of the types that `typeProblems` has no word for, plainly written.
    private func isUsualType(_ contentType: String) -> Bool {
        contentType.utf8Span.span.withUnsafeBufferPointer { bytes in
            let type = bytes[slice: 0..<(bytes.first(Byte.semicolon, from: 0) ?? bytes.count)].withoutOuterBlanks
            return type.begins(with: "/xml", at: type.count - 4) || type.begins(with: "+xml", at: type.count - 4)
                || type.begins(with: "+json", at: type.count - 5) || type.begins(with: "/json", at: type.count - 5)
        }
    }

    /// Why there is no feed in `text`.
    private func refusal(of text: DecodedText) -> ParseError {
        let head = Array(text.bytes.prefix(16_384))
        for sign in Self.challengeSigns where head.position(of: Array(sign.utf8)) != nil { return .challenge(sign) }
        let start = cleanText(Array(text.bytes.drop { $0.isBlank }.prefix(60)))
        return .notAFeed(startsWith: String(start.prefix(bytes: 40).map { $0.isNewline ? " " : $0 }))
    }

    /// What pages say that stand between robots and a site, in lower case.
    private static let challengeSigns = [
        "<title>just a moment...", "cf-challenge", "cf_chl_opt", "attention required! | cloudflare",
        "ddos protection by",
        "checking your browser before", "g-recaptcha", "h-captcha", "hcaptcha.com", "px-captcha", "_incapsula_resource",
        "enable javascript and cookies to continue", "awswafcookiedomainlist", "are you a robot",
        "sucuri website firewall",
        "datadome", "verify you are human", "verifying you are human",
    ]
}
