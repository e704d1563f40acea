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

    /// Well-formed XML in UTF-8.
    var text: [UInt8]
    public internal(set) var feeds: [Feed] = []
    var outlines: [Outline] = []
    /// Where the end tag of `body` begins.
    var bodyEnd = 0
    /// The prefix that stands for our namespace in this file; nil if it binds none.
    var ownPrefix: String?

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

    /// The list with the mark of `feeds check` in each outline that subscribes to `url`: `durbeen:verified="2026-11-25"`. It
    /// stays as it is where the file does not bind our namespace.
    public func marking(_ url: String, verifiedOn day: String) -> OPML {
        var copy = self
        copy.mark(url, verifiedOn: day)
        return copy
    }

    /// The file: UTF-8, all else as it was read.
    public func bytes() -> [UInt8] { text }
}

extension OPML {
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
        // To libxml2 it is the end of the file where the root has ended, and what follows would be taken for a part of the list.
        if let index = text.firstIndex(of: 0) {
            let start = text[..<index].lastIndex(of: Byte.newline).map { $0 + 1 } ?? 0
            throw OPMLError(
                line: 1 + text[..<index].count { $0 == Byte.newline }, column: 1 + index - start,
                message: "a NUL byte, which no XML has; remove it")
        }
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
