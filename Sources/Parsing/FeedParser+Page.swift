public import FeedModel

extension FeedParser {
    /// The main text of a web page, at most 64 KiB: what a rule for its site picks, else the part that reads like an
    /// article, else all of the page. Empty for what is no page.
    public func pageText(_ page: Document, rules: PageRules = PageRules()) -> String {
        let type = page.contentType?.split(separator: ";").first.map { String($0).asciiLowercased } ?? "text/html"
        guard type.containsASCII("html") || type.containsASCII("xml") || type == "text/plain" else { return "" }
        let limit = 65_536
        let text = decodeDocument(page.bytes, contentType: page.contentType)
        return text.bytes.withUnsafeBufferPointer { bytes in
            let main = mainHTML(of: bytes, expression: rules.expression(for: page.url))
            let found = main.map { $0.withUnsafeBufferPointer { cleanText(PageText.plain(html: $0, limit: limit)) } }
            // A few words are a caption and no article.
            if let found, found.utf8.count >= 140 { return found.prefix(bytes: limit) }
            return cleanText(PageText.plain(html: bytes, limit: limit)).prefix(bytes: limit)
        }
    }

    private func mainHTML(of bytes: ByteView, expression: String?) -> [UInt8]? {
        guard let tree = PageTree(bytes) else { return nil }
        if let expression, let nodes = tree.nodes(expression), !nodes.isEmpty {
            return nodes.flatMap { tree.html(of: $0) }
        }
        return ArticleText.html(of: tree)
    }
}
