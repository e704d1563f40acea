import FeedModel

// Changes to the text of a file: only the outlines concerned.

extension OPML {
    mutating func add(_ feed: Feed) {
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
    mutating func remove(_ outline: Outline) {
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

    mutating func mark(_ url: String, verifiedOn day: String) {
        // From the end, so that the places of those before stay.
        for outline in outlines.reversed() where outline.url == url {
            let (attributes, own) = text.withUnsafeBufferPointer { bytes in
                let attributes = scanAttributes(bytes, outline.attributeRange)
                return (attributes.map { (String(bytes[$0.name]), $0.value) }, boundPrefix(bytes, attributes))
            }
            guard let prefix = own ?? ownPrefix else { continue }
            let name = prefix + ":verified"
            if let (_, place) = attributes.first(where: { $0.0 == name }) {
                text.replaceSubrange(place, with: day.utf8)
            } else if let (_, place) = attributes.last {
                // Behind the closing quote.
                text.insert(contentsOf: Array(" \(name)=\"\(escaped(day))\"".utf8), at: place.upperBound + 1)
            }
        }
        locate()
    }

    private func outline(for feed: Feed) -> String {
        let title = feed.title.isEmpty ? feed.url : feed.title
        var attributes: [(String, String?)] = [
            ("type", "rss"), ("text", title), ("title", title), ("xmlUrl", feed.url), ("htmlUrl", feed.siteURL),
            ("language", feed.language), ("durbeen:country", feed.country), ("durbeen:kind", feed.kind?.rawValue),
            ("durbeen:identity", feed.identity?.rawValue),
            ("durbeen:interval", feed.interval.map { written($0) }), ("durbeen:username", feed.username),
            ("durbeen:passwordFile", feed.passwordFile), ("durbeen:priority", feed.priority.map { "\($0)" }),
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
func escaped(_ text: String) -> String {
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

private func written(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    if seconds % 86_400 == 0 { return "\(seconds / 86_400)d" }
    if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
    return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
}
