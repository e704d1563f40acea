public import FeedModel

extension FeedParser {
    /// The text of a web page, at most 64 KiB: that of its `article` or `main` element where there is one with some length,
    /// else of the whole page. Empty for what is no page.
    public func pageText(_ page: Document) -> String {
        let type = page.contentType?.split(separator: ";").first.map { String($0).asciiLowercased } ?? "text/html"
        guard type.containsASCII("html") || type.containsASCII("xml") || type == "text/plain" else { return "" }
        let limit = 65_536
        let text = decodeDocument(page.bytes, contentType: page.contentType)
        return text.bytes.withUnsafeBufferPointer { bytes in
            for element in ["article", "main"] {
                let parts = contents(of: Array(element.utf8), in: bytes)
                let found = parts.map { cleanText(PageText.plain(html: bytes[slice: $0], limit: limit)) }
                if let longest = found.max(by: { $0.utf8.count < $1.utf8.count }), longest.utf8.count >= 500 {
                    return longest.prefix(bytes: limit)
                }
            }
            return cleanText(PageText.plain(html: bytes, limit: limit)).prefix(bytes: limit)
        }
    }

    /// Where the outermost elements of this name stand, tags left out; at most 50.
    private func contents(of name: [UInt8], in bytes: ByteView) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var depth = 0
        var start = 0
        var scanner = MarkupScanner(bytes)
        while found.count < 50, let token = scanner.next() {
            switch token {
            case .start(let tag, let range, false) where isSame(bytes[slice: tag], name):
                if depth == 0 { start = range.upperBound }
                depth += 1
            case .end(let tag) where depth > 0 && isSame(bytes[slice: tag], name):
                depth -= 1
                if depth == 0 { found.append(start..<max(start, tag.lowerBound - 2)) }
            default: break
            }
        }
        return found
    }

    private func isSame(_ bytes: ByteView, _ name: [UInt8]) -> Bool {
        bytes.count == name.count && bytes.begins(with: name, at: 0)
    }
}
