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
    func plainText(limit: Int = .max) -> String { cleanText(plainBytes(limit: limit)) }

    /// Likewise, before what is forbidden in text was taken out.
    func plainBytes(limit: Int) -> [UInt8] {
        var text = text
        return text.withUTF8 { bytes in
            if let once = encodedTwice(bytes) {
                return once.withUnsafeBufferPointer { Self.plain($0, type, limit: limit) }
            }
            return Self.plain(bytes, type, limit: limit)
        }
    }

    private static func plain(_ bytes: ByteView, _ type: String, limit: Int) -> [UInt8] {
        isHTML(type) ? PageText.plain(html: bytes, limit: limit) : PageText.plain(text: bytes, limit: limit)
    }
}
