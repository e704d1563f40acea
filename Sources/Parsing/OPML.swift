public import FeedModel

/// Why an OPML file cannot be read, and where.
public struct OPMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Counted from 1.
    public var line: Int
    /// Counted from 1.
    public var column: Int
    /// What is wrong, and what to do.
    public var message: String

    public var description: String { "\(line):\(column): \(message)" }
}

/// A list of subscriptions (opml.org/spec2). Holds the text as it was read and edits nothing but the outlines concerned,
/// so that what other programs wrote into it survives.
public struct OPML: Sendable {
    public static let namespace = "urn:durbeen:opml:1"

    private var text: [UInt8]
    public private(set) var feeds: [Feed] = []
    private var outlines: [Outline] = []
    /// Where the end tag of `body` begins.
    private var bodyEnd = 0

    /// Reads a file, which must be well-formed XML with a root `opml` and a `body`.
    public static func read(_ bytes: [UInt8]) throws(OPMLError) -> OPML {
        try OPML(text: utf8(bytes))
    }

    /// A new list. Feeds of one group stand together, in the order given.
    public init(title: String, feeds: [Feed]) {
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <opml version="2.0" xmlns:durbeen="\(Self.namespace)">
              <head>
                <title>\(escaped(title))</title>
              </head>
              <body>

            """
        text += "  </body>\n</opml>\n"
        self.text = Array(text.utf8)
        locate()
        for feed in feeds { add(feed) }
    }

    /// The list with `feed` added to its group, which is made where there is none. A feed with the same URL is replaced.
    public func adding(_ feed: Feed) -> OPML {
        var copy = removing(url: feed.url)
        copy.add(feed)
        return copy
    }

    /// The list without the outlines that subscribe to `url`.
    public func removing(url: String) -> OPML {
        var copy = self
        while let outline = copy.outlines.first(where: { $0.url == url }) { copy.remove(outline) }
        return copy
    }

    /// The file: UTF-8, all else as it was read.
    public func bytes() -> [UInt8] { text }
}

extension OPML {
    /// An outline as it stands in the text.
    struct Outline {
        /// From `<` to behind its last `>`.
        var range: Range<Int>
        /// The tag alone.
        var startTag: Range<Int>
        /// Where its children end: before the end tag. nil for an empty element.
        var contentEnd: Int?
        var attributes: [String: String]
        /// The texts of the outlines around it, outermost first.
        var path: [String]
        var hasChildren = false

        var url: String? { attributes["xmlurl"]?.trimmedOrNil }
        var title: String { attributes["title"]?.trimmedOrNil ?? attributes["text"]?.trimmedOrNil ?? "" }
    }

    private init(text: [UInt8]) throws(OPMLError) {
        self.text = text
        try check()
        locate()
    }

    private static func utf8(_ bytes: [UInt8]) throws(OPMLError) -> [UInt8] {
        let decoded = decodeDocument(bytes, contentType: nil)
        if let problem = decoded.problems.first {
            throw OPMLError(line: 1, column: 1, message: "\(problem.message); save the file as UTF-8")
        }
        guard decoded.encoding != "utf-8", decoded.encoding != "us-ascii" else { return decoded.bytes }
        // The declaration would lie about what is written now.
        let text = decoded.bytes
        guard text.starts(with: "<?xml".utf8), let end = text.firstIndex(of: Byte.greater) else { return text }
        return Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>".utf8) + text[(end + 1)...]
    }

    private func check() throws(OPMLError) {
        var reader = XMLReader(nil)
        let prologue = text.withUnsafeBufferPointer { bytes in
            let prologue = Prologue(bytes)
            prologue.withoutDoctype(bytes) { reader.read($0) }
            return prologue
        }
        if let problem = prologue.problem ?? reader.error ?? reader.namespaceProblem {
            throw OPMLError(line: problem.line ?? 1, column: reader.column ?? 1, message: problem.message)
        }
        let isOPML = text.withUnsafeBufferPointer { bytes in
            var finder = OutlineFinder()
            finder.read(bytes)
            return finder.isOPML && finder.bodyEnd != nil
        }
        guard isOPML else {
            throw OPMLError(line: 1, column: 1, message: "not an OPML file: its root is not opml with a body")
        }
    }
}

// MARK: - Finding outlines

extension OPML {
    /// Finds the outlines and reads the feeds in them. The text is well-formed.
    private mutating func locate() {
        var finder = OutlineFinder()
        text.withUnsafeBufferPointer { finder.read($0) }
        outlines = finder.found.sorted { $0.range.lowerBound < $1.range.lowerBound }
        bodyEnd = finder.bodyEnd ?? text.count
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
        feed.group = outline.path.isEmpty ? nil : outline.path.joined(separator: "/")
        feed.language = attributes["language"].flatMap { languageTag($0) }
        feed.interval = attributes["durbeen:interval"].flatMap { duration(written: $0) }
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

private struct OutlineFinder {
    var found: [OPML.Outline] = []
    var bodyEnd: Int?
    private(set) var isOPML = false
    private var open: [OPML.Outline] = []
    /// The prefix that stands for our namespace in this file.
    private var ownPrefix = "durbeen"

    mutating func read(_ bytes: ByteView) {
        var scanner = MarkupScanner(bytes, isXML: true)
        while let token = scanner.next() {
            switch token {
            case .start(let name, let attributes, let isEmpty):
                start(bytes, name, attributes, isEmpty: isEmpty, end: scanner.at)
            case .end(let name): end(bytes, name, end: scanner.at)
            case .text, .cdata, .doctype, .instruction, .comment: break
            }
        }
    }

    private mutating func start(_ bytes: ByteView, _ name: Range<Int>, _ range: Range<Int>, isEmpty: Bool, end: Int) {
        guard bytes[name].elementsEqual("outline".utf8) else {
            if bytes[name].elementsEqual("opml".utf8) {
                isOPML = true
                findPrefix(bytes, range)
            }
            return
        }
        let tag = (name.lowerBound - 1)..<end
        if let last = open.indices.last { open[last].hasChildren = true }
        let path = open.map(\.title).filter { !$0.isEmpty }
        let outline = OPML.Outline(
            range: tag, startTag: tag, contentEnd: nil, attributes: attributes(bytes, range), path: path)
        if isEmpty { found.append(outline) } else { open.append(outline) }
    }

    private mutating func end(_ bytes: ByteView, _ name: Range<Int>, end: Int) {
        if bytes[name].elementsEqual("body".utf8) { bodyEnd = name.lowerBound - 2 }
        guard bytes[name].elementsEqual("outline".utf8), var outline = open.popLast() else { return }
        outline.contentEnd = name.lowerBound - 2
        outline.range = outline.range.lowerBound..<end
        found.append(outline)
    }

    private mutating func findPrefix(_ bytes: ByteView, _ range: Range<Int>) {
        for attribute in scanAttributes(bytes, range) {
            guard bytes[slice: attribute.name].begins(with: "xmlns:", at: 0),
                bytes[attribute.value].elementsEqual(OPML.namespace.utf8)
            else { continue }
            ownPrefix = String(bytes[attribute.name].dropFirst(6))
        }
    }

    /// By name in lower case; ours under the prefix `durbeen`.
    private func attributes(_ bytes: ByteView, _ range: Range<Int>) -> [String: String] {
        var found: [String: String] = [:]
        for attribute in scanAttributes(bytes, range) {
            var name = String(bytes[attribute.name]).asciiLowercased
            if name.hasPrefix(ownPrefix.asciiLowercased + ":") {
                name = "durbeen:" + name.dropFirst(ownPrefix.utf8.count + 1)
            }
            found[name] = unescaped(bytes[slice: attribute.value])
        }
        return found
    }

    private func unescaped(_ raw: ByteView) -> String {
        var out: [UInt8] = []
        var from = 0
        while let ampersand = raw.first(Byte.ampersand, from: from) {
            out.append(contentsOf: raw[slice: from..<ampersand])
            if let (codePoint, end) = Entities.reference(in: raw, at: ampersand) {
                out.append(codePoint: codePoint)
                from = end
            } else {
                out.append(Byte.ampersand)
                from = ampersand + 1
            }
        }
        out.append(contentsOf: raw[slice: from..<raw.count])
        return cleanText(out)
    }
}

// MARK: - Editing

extension OPML {
    private mutating func add(_ feed: Feed) {
        let path = (feed.group ?? "").split(separator: "/").map { String($0).trimmedOrNil ?? "" }.filter { !$0.isEmpty }
        // As deep into the path as there are groups already; the rest is made.
        for depth in stride(from: path.count, through: 1, by: -1) {
            guard let group = group(at: Array(path[..<depth])) else { continue }
            insert(feed, below: Array(path[depth...]), in: group)
            return
        }
        insert(feed, below: path, in: nil)
    }

    private func group(at path: [String]) -> Outline? {
        outlines.first { $0.url == nil && !$0.title.isEmpty && $0.path + [$0.title] == path }
    }

    private mutating func insert(_ feed: Feed, below names: [String], in group: Outline?) {
        let depth = group.map { $0.path.count + 1 } ?? 0
        func indent(_ level: Int) -> String { String(repeating: "  ", count: 2 + depth + level) }
        var lines: [String] = []
        for (level, name) in names.enumerated() {
            lines.append(indent(level) + "<outline text=\"\(escaped(name))\" title=\"\(escaped(name))\">")
        }
        lines.append(indent(names.count) + outline(for: feed))
        for level in names.indices.reversed() { lines.append(indent(level) + "</outline>") }
        let addition = lines.joined(separator: "\n") + "\n"
        if let group, group.contentEnd == nil {
            // `<outline text="x"/>` opens up.
            let slash = group.range.upperBound - 2
            let tail = Array((">\n" + addition + indent(-1) + "</outline>").utf8)
            text.replaceSubrange(slash..<group.range.upperBound, with: tail)
        } else {
            text.insert(contentsOf: Array(addition.utf8), at: lineStart(before: group?.contentEnd ?? bodyEnd))
        }
        locate()
    }

    /// Before the white space that indents the end tag at `index`, so that the addition has lines of its own.
    private func lineStart(before index: Int) -> Int {
        var at = index
        while at > 0, text[at - 1] == Byte.space || text[at - 1] == Byte.tab { at -= 1 }
        return at > 0 && text[at - 1] == Byte.newline ? at : index
    }

    /// Removes the outline with its line; children that it has stay where they are.
    private mutating func remove(_ outline: Outline) {
        if outline.hasChildren, let contentEnd = outline.contentEnd {
            text.removeSubrange(contentEnd..<outline.range.upperBound)
            text.removeSubrange(outline.startTag)
        } else {
            let start = lineStart(before: outline.range.lowerBound)
            var end = outline.range.upperBound
            while end < text.count, text[end] == Byte.space || text[end] == Byte.tab || text[end] == Byte.carriageReturn
            {
                end += 1
            }
            let isWholeLine = start < outline.range.lowerBound || start == 0 || text[start - 1] == Byte.newline
            let endsLine = end < text.count && text[end] == Byte.newline
            text.removeSubrange(isWholeLine && endsLine ? start..<(end + 1) : outline.range)
        }
        locate()
    }

    private func outline(for feed: Feed) -> String {
        let title = feed.title.isEmpty ? feed.url : feed.title
        var attributes: [(String, String?)] = [
            ("type", "rss"), ("text", title), ("title", title), ("xmlUrl", feed.url), ("htmlUrl", feed.siteURL),
            ("language", feed.language), ("durbeen:country", feed.country), ("durbeen:kind", feed.kind?.rawValue),
            ("durbeen:interval", feed.interval.map { written($0) }), ("durbeen:username", feed.username),
            ("durbeen:passwordFile", feed.passwordFile),
        ]
        if feed.allowsInsecureTLS { attributes.append(("durbeen:insecureTLS", "true")) }
        // A file of another program may not bind our prefix.
        if attributes.contains(where: { $0.0.hasPrefix("durbeen:") && $0.1 != nil }), !bindsNamespace {
            attributes.insert(("xmlns:durbeen", Self.namespace), at: 0)
        }
        let pairs = attributes.compactMap { name, value in value.map { "\(name)=\"\(escaped($0))\"" } }
        return "<outline " + pairs.joined(separator: " ") + "/>"
    }

    private var bindsNamespace: Bool {
        let head = Array(text.prefix(65_536))
        let needle = Array("xmlns:durbeen=".utf8)
        guard let found = head.position(of: needle), let root = head.position(of: Array("<opml".utf8)) else {
            return false
        }
        return found > root && !head[root..<found].contains(Byte.greater)
    }
}

/// `text` for an attribute or an element.
private func escaped(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in cleanText(text).utf8 {
        switch byte {
        case Byte.ampersand: out.append("&amp;")
        case Byte.less: out.append("&lt;")
        case Byte.greater: out.append("&gt;")
        case Byte.quote: out.append("&quot;")
        case Byte.newline: out.append("&#10;")
        case Byte.tab: out.append("&#9;")
        case Byte.carriageReturn: out.append("&#13;")
        default: out.append(byte)
        }
    }
    return String(out)
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

private func written(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    if seconds % 86_400 == 0 { return "\(seconds / 86_400)d" }
    if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
    return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
}
