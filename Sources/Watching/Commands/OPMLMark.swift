import FeedModel

/// The text of an OPML file with the mark of `feeds check` in the outline of a feed: `durbeen:verified="2026-11-25"`. Every
/// other byte stays. Nil if there is no such outline, or if the file does not bind our name space to the usual prefix.
func opml(_ text: [UInt8], markingVerified url: String, as mark: String) -> [UInt8]? {
    let binding = Array("xmlns:durbeen=\"urn:durbeen:opml:1\"".utf8)
    var tags = StartTags(text: text)
    var isBound = false
    while let tag = tags.next() {
        let attributes = tags.attributes(of: tag)
        if !isBound { isBound = firstRange(of: binding, in: text[tag]) != nil }
        guard isBound, attributes.contains(where: { $0.name == "xmlUrl" && $0.value == url }) else { continue }
        if let old = attributes.first(where: { $0.name == "durbeen:verified" }) {
            return Array(text[..<old.place.lowerBound]) + Array(mark.utf8) + Array(text[old.place.upperBound...])
        }
        guard let last = attributes.last else { return nil }
        // Behind the closing quote of the last attribute.
        let at = last.place.upperBound + 1
        return Array(text[..<at]) + Array(" durbeen:verified=\"\(mark)\"".utf8) + Array(text[at...])
    }
    return nil
}

private func firstRange(of needle: [UInt8], in text: ArraySlice<UInt8>) -> Range<Int>? {
    guard text.count >= needle.count else { return nil }
    for start in text.startIndex...(text.endIndex - needle.count) where text[start...].starts(with: needle) {
        return start..<(start + needle.count)
    }
    return nil
}

/// Walks over the start tags of well-formed XML in UTF-8, past comments and other sections.
private struct StartTags {
    let text: [UInt8]
    private var at = 0

    init(text: [UInt8]) { self.text = text }

    /// From `<` to behind `>`.
    mutating func next() -> Range<Int>? {
        while let start = text[at...].firstIndex(of: UInt8(ascii: "<")) {
            at = start
            if stands("<!--") {
                skip(past: "-->")
            } else if stands("<![CDATA[") {
                skip(past: "]]>")
            } else if stands("<?") {
                skip(past: "?>")
            } else {
                let isStart = !stands("</") && !stands("<!")
                let end = endOfTag(from: start)
                at = end
                if isStart { return start..<end }
            }
        }
        return nil
    }

    private func stands(_ mark: String) -> Bool { text[at...].starts(with: mark.utf8) }

    private mutating func skip(past mark: String) {
        let mark = Array(mark.utf8)
        at = firstRange(of: mark, in: text[at...])?.upperBound ?? text.count
    }

    /// Behind the `>` that ends the tag; one inside quotes does not.
    private func endOfTag(from start: Int) -> Int {
        var quote: UInt8?
        for index in start..<text.count {
            let byte = text[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return index + 1
            }
        }
        return text.count
    }

    /// The attributes of a tag, with the place of the value between its quotes.
    func attributes(of tag: Range<Int>) -> [(name: String, value: String, place: Range<Int>)] {
        var found: [(name: String, value: String, place: Range<Int>)] = []
        var index = tag.lowerBound
        while let equals = text[index..<tag.upperBound].firstIndex(of: UInt8(ascii: "=")) {
            let name = text[index..<equals].split(whereSeparator: { $0 <= 0x20 }).last ?? []
            guard let open = text[equals..<tag.upperBound].firstIndex(where: { $0 == 0x22 || $0 == 0x27 }),
                let close = text[(open + 1)..<tag.upperBound].firstIndex(of: text[open])
            else { break }
            let place = (open + 1)..<close
            found.append((String(decoding: name, as: UTF8.self), unescaped(text[place]), place))
            index = close + 1
        }
        return found
    }

    private func unescaped(_ value: ArraySlice<UInt8>) -> String {
        var text = ""
        var rest = String(decoding: value, as: UTF8.self)[...]
        let names = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#38;", "&")]
        while let at = rest.firstIndex(of: "&") {
            text += rest[..<at]
            rest = rest[at...]
            if let (name, plain) = names.first(where: { rest.hasPrefix($0.0) }) {
                text += plain
                rest = rest.dropFirst(name.count)
            } else {
                text += "&"
                rest = rest.dropFirst()
            }
        }
        return text + rest
    }
}
