public import FeedModel

extension FeedParser {
    /// The words of a text block, markup gone.
    public func plainText(of block: TextBlock) -> String { block.plainText() }

    /// `feed` with every text block made plain, as `durbeen parse` prints it.
    public func inPlainText(_ feed: ParsedFeed) -> ParsedFeed {
        var feed = feed
        for index in feed.entries.indices {
            if let summary = feed.entries[index].summary { feed.entries[index].summary = summary.inPlainText() }
            feed.entries[index].content = feed.entries[index].content.map { $0.inPlainText() }
        }
        return feed
    }
}

extension TextBlock {
    func inPlainText() -> TextBlock {
        var block = self
        block.text = plainText()
        return block
    }

    /// The words of the block, after at most about `limit` bytes no more.
    func plainText(limit: Int = .max) -> String {
        var plain: [UInt8] = []
        Self.read(text, type: type, limit: limit, into: &plain)
        return cleanText(plain)
    }

    /// Likewise, before what is forbidden in text was taken out; `plain` keeps its memory from block to block.
    static func read(_ text: String, type: String, limit: Int, into plain: inout [UInt8]) {
        let isASCII = text.utf8Span.isKnownASCII
        text.utf8Span.span.withUnsafeBufferPointer { bytes in
            if !isASCII, let once = encodedTwice(bytes) {
                once.withUnsafeBufferPointer { read($0, type, limit: limit, into: &plain) }
            } else {
                read(bytes, type, limit: limit, into: &plain)
            }
        }
    }

    private static func read(_ bytes: ByteView, _ type: String, limit: Int, into plain: inout [UInt8]) {
        if isHTML(type) {
            PageText.read(html: bytes, limit: limit, into: &plain)
        } else {
            PageText.read(text: bytes, limit: limit, into: &plain)
        }
    }
}
