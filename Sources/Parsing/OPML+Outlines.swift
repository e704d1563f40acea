import FeedModel

// What the outlines of a file say, and where they stand.

extension OPML {
    /// An outline as it stands in the text.
    struct Outline {
        /// From `<` to behind its last `>`.
        var range: Range<Int>
        /// The tag alone.
        var startTag: Range<Int>
        /// What stands in the tag behind the name.
        var attributeRange: Range<Int>
        /// Where its children end: before the end tag. nil for an empty element.
        var contentEnd: Int?
        var attributes: [String: String]
        /// The texts of the outlines around it, outermost first.
        var path: [String]
        var hasChildren = false

        var url: String? { attributes["xmlurl"]?.trimmedOrNil }
        var title: String { attributes["title"]?.trimmedOrNil ?? attributes["text"]?.trimmedOrNil ?? "" }
    }

    /// Finds the outlines and reads the feeds in them. The text is well-formed.
    mutating func locate() {
        var finder = OutlineFinder()
        text.withUnsafeBufferPointer { finder.read($0) }
        outlines = finder.found.sorted { $0.range.lowerBound < $1.range.lowerBound }
        bodyEnd = finder.bodyEnd ?? text.count
        ownPrefix = finder.ownPrefix
        feeds = outlines.compactMap { feed(of: $0) }
    }

    private func feed(of outline: Outline) -> Feed? {
        guard let url = outline.url else { return nil }
        let attributes = outline.attributes
        var feed = Feed(url: url, title: outline.title)
        feed.siteURL = Address.web(attributes["htmlurl"]?.trimmedOrNil)
        feed.kind =
            attributes["durbeen:kind"].flatMap { SourceKind(rawValue: $0) } ?? kind(inCategory: attributes["category"])
        feed.country = attributes["durbeen:country"]?.trimmedOrNil
        feed.identity = attributes["durbeen:identity"].flatMap { IdentityPolicy(rawValue: $0) }
        feed.group = outline.path.isEmpty ? nil : outline.path.joined(separator: "/")
        feed.language = attributes["language"].flatMap { languageTag($0) }
        feed.interval = attributes["durbeen:interval"].flatMap { duration(written: $0) }
        feed.priority = attributes["durbeen:priority"].flatMap { Double($0) }.flatMap {
            (0.1...10).contains($0) ? $0 : nil
        }
        feed.username = attributes["durbeen:username"]?.trimmedOrNil
        feed.passwordFile = attributes["durbeen:passwordfile"]?.trimmedOrNil
        feed.allowsInsecureTLS = attributes["durbeen:insecuretls"] == "true"
        return feed
    }

    /// `/US/think-tank`, as the starter pack writes it.
    private func kind(inCategory category: String?) -> SourceKind? {
        category?.split(whereSeparator: { $0 == "/" || $0 == "," }).lazy.compactMap { SourceKind(rawValue: String($0)) }
            .first
    }
}

/// Walks over the tags of a file and keeps what its outlines say, and where.
struct OutlineFinder {
    var found: [OPML.Outline] = []
    var bodyEnd: Int?
    private(set) var isOPML = false
    private var open: [OPML.Outline] = []
    private(set) var ownPrefix: String?
    private var depth = 0

    /// Up to the end of the root.
    mutating func read(_ bytes: ByteView) {
        var scanner = MarkupScanner(bytes, isXML: true, isWellFormed: true)
        while let token = scanner.next() {
            switch token {
            case .start(let name, let attributes, let isEmpty):
                start(bytes, name, attributes, isEmpty: isEmpty, end: scanner.at)
                if !isEmpty { depth += 1 }
                if depth == 0 { return }
            case .end(let name):
                end(bytes, name, end: scanner.at)
                depth -= 1
                if depth == 0 { return }
            case .text, .cdata, .doctype, .instruction, .comment: break
            }
        }
    }

    private mutating func start(_ bytes: ByteView, _ name: Range<Int>, _ range: Range<Int>, isEmpty: Bool, end: Int) {
        guard bytes[name].elementsEqual("outline".utf8) else {
            if depth == 0, bytes[name].elementsEqual("opml".utf8) {
                isOPML = true
                ownPrefix = boundPrefix(bytes, scanAttributes(bytes, range))
            }
            return
        }
        let tag = (name.lowerBound - 1)..<end
        if let last = open.indices.last { open[last].hasChildren = true }
        let path = open.map(\.title).filter { !$0.isEmpty }
        let outline = OPML.Outline(
            range: tag, startTag: tag, attributeRange: range, contentEnd: nil, attributes: attributes(bytes, range),
            path: path)
        if isEmpty { found.append(outline) } else { open.append(outline) }
    }

    private mutating func end(_ bytes: ByteView, _ name: Range<Int>, end: Int) {
        if depth == 2, bytes[name].elementsEqual("body".utf8) { bodyEnd = name.lowerBound - 2 }
        guard bytes[name].elementsEqual("outline".utf8), var outline = open.popLast() else { return }
        outline.contentEnd = name.lowerBound - 2
        outline.range = outline.range.lowerBound..<end
        found.append(outline)
    }

    /// By name in lower case; ours under the prefix `durbeen`.
    private func attributes(_ bytes: ByteView, _ range: Range<Int>) -> [String: String] {
        var found: [String: String] = [:]
        // Files written by hand may use the usual prefix without binding it.
        let prefix = (ownPrefix ?? "durbeen").asciiLowercased + ":"
        for attribute in scanAttributes(bytes, range) {
            var name = String(bytes[attribute.name]).asciiLowercased
            if name.hasPrefix(prefix) { name = "durbeen:" + name.dropFirst(prefix.utf8.count) }
            found[name] = cleanText(Entities.expanded(bytes[slice: attribute.value]))
        }
        return found
    }
}

/// The prefix that a tag with these attributes binds to our namespace, if it does.
func boundPrefix(_ bytes: ByteView, _ attributes: [RawAttribute]) -> String? {
    let binding = attributes.first {
        bytes[slice: $0.name].begins(with: "xmlns:", at: 0) && bytes[$0.value].elementsEqual(OPML.namespace.utf8)
    }
    return binding.map { String(bytes[$0.name].dropFirst(6)) }
}

/// `90m`, `6h`, `1d`, `45s`; nil for anything else.
private func duration(written text: String) -> Duration? {
    guard let text = text.trimmedOrNil, let unit = text.utf8.last, let number = Int64(text.dropLast()), number > 0,
        number < 1_000_000
    else { return nil }
    switch unit {
    case UInt8(ascii: "s"): return .seconds(number)
    case UInt8(ascii: "m"): return .seconds(number * 60)
    case UInt8(ascii: "h"): return .seconds(number * 3600)
    case UInt8(ascii: "d"): return .seconds(number * 86_400)
    default: return nil
    }
}
