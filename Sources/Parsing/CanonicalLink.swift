public import FeedModel

extension FeedParser {
    /// The address that a web page gives as its own in its head (`<link rel="canonical">`, RFC 6596), absolute, http or https,
    /// without fragment and the parameters of campaigns; nil if it gives none. Whether to believe it is for others to say.
    public func canonicalURL(of page: Document) -> String? {
        let text = decodeDocument(page.bytes, contentType: page.contentType)
        return text.bytes.withUnsafeBufferPointer { canonicalURL(in: $0, url: page.url) }
    }

    private func canonicalURL(in bytes: ByteView, url: String) -> String? {
        var base = url
        var scanner = MarkupScanner(bytes)
        while let token = scanner.next() {
            guard case .start(let name, let range, _) = token else { continue }
            let tag = String(bytes[name].map(\.lowercased))
            if tag == "body" { return nil }
            if tag == "script" || tag == "style" { _ = scanner.skip(pastEndOf: Array(tag.utf8)) }
            guard tag == "link" || tag == "base" else { continue }
            var attributes: [String: String] = [:]
            for attribute in scanAttributes(bytes, range) {
                let name = String(bytes[attribute.name].map(\.lowercased))
                attributes[name] = attributes[name] ?? plainLine(bytes[slice: attribute.value], type: "text/html")
            }
            guard let href = attributes["href"]?.trimmedOrNil else { continue }
            if tag == "base" { base = Address.web(Address.resolve(href, base: url)) ?? base }
            let relations = (attributes["rel"] ?? "").asciiLowercased.split(separator: " ")
            guard tag == "link", relations.contains("canonical") else { continue }
            let address = Address.web(Address.resolve(href, base: base))
            return address.map { Tracking.removed(from: String($0.prefix { $0 != "#" })) }
        }
        return nil
    }
}
