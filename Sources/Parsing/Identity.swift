public import FeedModel

extension FeedParser {
    /// By what each entry of `feed` is known again, in their order. An entry is known if any of its keys was seen in the
    /// same feed before. Dates are no part of any key: some publishers write the time of the request.
    ///
    /// A guid counts only if no other entry of the document has it. Beside it stand link, title and lead together, so that
    /// a change of every guid makes nothing new; an entry without a guid is known by pairs of them.
    ///
    /// - Parameter policy: what alone counts, where that is not all of it.
    public func identities(
        of feed: ParsedFeed, feedURL: String, policy: IdentityPolicy? = nil
    ) -> [IdentifiedEntry] {
        var maker = IdentityMaker()
        let marks = feed.entries.map { maker.marks(of: $0) }
        let repeated = (guids: repeats(marks.map(\.guidKey)), links: repeats(marks.map(\.linkKey)))
        let ownPages = [feed.link, feedURL].compactMap { $0 }.map { maker.linkKey(of: $0).key.high }
        return marks.map { marks in
            let isNamed = marks.guidKey.map { !repeated.guids.contains($0.key.high) } ?? false
            let isOwnLink =
                marks.linkKey.map { !repeated.links.contains($0.key.high) && !ownPages.contains($0.key.high) } ?? false
            return maker.identified(marks, isNamed: isNamed, isOwnLink: isOwnLink, policy: policy)
        }
    }

    /// The keys that more than one entry has.
    private func repeats(_ keys: [KeyHash.Key?]) -> Set<UInt64> {
        let words = keys.compactMap { $0?.key.high }.sorted()
        return Set(zip(words, words.dropFirst()).filter { $0 == $1 }.map(\.0))
    }
}

/// By what an entry is known again, and its id: made only when asked for, since most entries of a document were there before.
public struct IdentifiedEntry: Sendable {
    public let identity: EntryIdentity
    fileprivate let strongest: KeyHash.Key

    /// The name of the entry in the feed at `feedURL`.
    public func id(in feedURL: String) -> EntryID {
        var hash = KeyHash()
        hash.begin("entry")
        hash.add(feedURL)
        hash.add(strongest.text)
        return EntryID(hash.finish().text)
    }
}

/// What of an entry can tell it from others, in the form in which it is compared: places in the text of `IdentityMaker`.
private struct Marks {
    var guidKey: KeyHash.Key?
    var linkKey: KeyHash.Key?
    var link = 0..<0
    var title = 0..<0
    /// The beginning of the text, letters and digits only.
    var lead = 0..<0
    /// All text there is; only filled where there is nothing else.
    var everything = ""
}

/// Holds the marks of a document's entries in one piece, for a document has thousands.
private struct IdentityMaker {
    private var text: [UInt8] = []
    private var hash = KeyHash()

    private static let leadLength = 200

    mutating func marks(of entry: ParsedEntry) -> Marks {
        var marks = Marks()
        if let id = entry.id, !id.isEmpty {
            hash.begin("guid")
            hash.add(id)
            marks.guidKey = hash.finish()
        }
        if let link = entry.link {
            marks.link = add { appendComparable(link: link, to: &$0) }
            if !marks.link.isEmpty { marks.linkKey = key("link", marks.link) }
        }
        if let title = entry.title { marks.title = add { appendFolded(title, limit: 1000, to: &$0) } }
        marks.lead = lead(of: entry.summary) ?? lead(of: entry.content.first) ?? 0..<0
        if marks.guidKey == nil, marks.link.isEmpty, marks.title.isEmpty || marks.lead.count < 80 {
            let blocks = ([entry.summary].compactMap { $0 } + entry.content).map { $0.plainText(limit: 65_536) }
            let texts = [entry.title ?? ""] + blocks + entry.enclosures.map(\.url) + entry.categories.map(\.term)
            marks.everything = texts.joined(separator: "\n")
        }
        return marks
    }

    mutating func linkKey(of url: String) -> KeyHash.Key { key("link", add { appendComparable(link: url, to: &$0) }) }

    mutating func identified(
        _ marks: Marks, isNamed: Bool, isOwnLink: Bool, policy: IdentityPolicy?
    ) -> IdentifiedEntry {
        var keys = keys(of: marks, isNamed: isNamed, isOwnLink: isOwnLink, policy: policy)
        if keys.isEmpty {
            hash.begin("everything")
            hash.add(marks.everything)
            keys.append(hash.finish())
        }
        var looseKeys: [IdentityKey] = []
        if !isNamed || keys.count > 1 {
            looseKeys.reserveCapacity(2)
            if isOwnLink, let link = marks.linkKey { looseKeys.append(link.key) }
            if !marks.title.isEmpty { looseKeys.append(key("title", marks.title).key) }
        }
        return IdentifiedEntry(
            identity: EntryIdentity(keys: keys.map(\.key), looseKeys: looseKeys), strongest: keys[0])
    }

    /// Strongest first; empty for an entry that has nothing of what counts.
    private mutating func keys(
        of marks: Marks, isNamed: Bool, isOwnLink: Bool, policy: IdentityPolicy?
    ) -> [KeyHash.Key] {
        if policy == .guid, let guid = marks.guidKey { return [guid] }
        if policy == .link, let link = marks.linkKey { return [link] }
        let isNamed = isNamed && policy == nil
        var keys: [KeyHash.Key] = []
        keys.reserveCapacity(4)
        if isNamed, let guid = marks.guidKey { keys.append(guid) }
        if !marks.link.isEmpty, !marks.title.isEmpty || !marks.lead.isEmpty {
            keys.append(key("link+title+lead", marks.link, marks.title, marks.lead))
            if policy == .hash { return keys }
        }
        let hasTelling = !marks.title.isEmpty && marks.lead.count >= 80
        if !isNamed {
            if !marks.link.isEmpty, !marks.lead.isEmpty { keys.append(key("link+lead", marks.link, marks.lead)) }
            if hasTelling { keys.append(key("title+lead", marks.title, marks.lead)) }
            if policy == .composite, !marks.link.isEmpty, !marks.title.isEmpty, !marks.lead.isEmpty {
                keys.append(key("link+title", marks.link, marks.title))
            }
            if isOwnLink, policy != .composite, let link = marks.linkKey { keys.append(link) }
        } else if keys.count == 1, hasTelling {
            keys.append(key("title+lead", marks.title, marks.lead))
        }
        return keys
    }

    private mutating func add(_ append: (inout [UInt8]) -> Void) -> Range<Int> {
        let start = text.count
        append(&text)
        return start..<text.count
    }

    private mutating func key(_ kind: StaticString, _ parts: Range<Int>...) -> KeyHash.Key {
        hash.begin(kind)
        text.withUnsafeBufferPointer { text in
            for part in parts { hash.add(text[slice: part]) }
        }
        return hash.finish()
    }

    /// Folded to its first letters; nil if there are no words at all. White space and marks fold away, so more text is
    /// made plain than is kept, and yet more where that was not enough.
    private mutating func lead(of block: TextBlock?) -> Range<Int>? {
        guard let block else { return nil }
        let some = Self.leadLength + 100
        let plain = block.plainBytes(limit: some)
        guard !plain.isEmpty else { return nil }
        let start = text.count
        appendFolded(plain, limit: Self.leadLength, to: &text)
        if text.count - start < Self.leadLength, plain.count >= some {
            text.removeLast(text.count - start)
            appendFolded(block.plainBytes(limit: 1000), limit: Self.leadLength, to: &text)
        }
        return start..<text.count
    }
}

/// A link as it is compared: without scheme, `www.`, fragment, final slash and the parameters that campaigns add, which
/// change while the page stays.
private func appendComparable(link: String, to out: inout [UInt8]) {
    var link = link
    link.withUTF8 { url in
        var from = url.begins(with: "https://", at: 0) ? 8 : url.begins(with: "http://", at: 0) ? 7 : 0
        guard from > 0 else { return out.append(contentsOf: url) }
        let start = out.count
        let end = url.first(Byte.hash, from: from) ?? url.count
        let query = url[slice: 0..<end].first(Byte.question, from: from) ?? end
        let path = url[slice: 0..<query].first(Byte.slash, from: from) ?? query
        if url.begins(with: "www.", at: from) { from += 4 }
        for byte in url[from..<max(from, path)] { out.append(byte.lowercased) }
        out.append(contentsOf: url[path..<query])
        while out.count > start, out.last == Byte.slash { out.removeLast() }
        guard query < end else { return }
        var separator = Byte.question
        for parameter in url[min(query + 1, end)..<end].split(separator: Byte.ampersand) {
            guard !Tracking.isTracking(parameter: ByteView(rebasing: parameter)) else { continue }
            out.append(separator)
            out.append(contentsOf: parameter)
            separator = Byte.ampersand
        }
    }
}

private func appendFolded(_ text: String, limit: Int, to out: inout [UInt8]) {
    var text = text
    text.withUTF8 { appendFolded($0, limit: limit, to: &out) }
}

private func appendFolded(_ text: [UInt8], limit: Int, to out: inout [UInt8]) {
    text.withUnsafeBufferPointer { appendFolded($0, limit: limit, to: &out) }
}

/// Letters and digits in lower case, at most about `limit` bytes: what survives a new quotation mark or blank. `text` is
/// valid UTF-8.
private func appendFolded(_ text: ByteView, limit: Int, to out: inout [UInt8]) {
    let start = out.count
    var at = 0
    while at < text.count, out.count - start < limit {
        if text[at] < 0x80 {
            at += appendFoldedASCII(text[slice: at..<text.count], room: limit - (out.count - start), to: &out)
            continue
        }
        let length = max(1, sequenceLength(text, at: at))
        for scalar in String(text[at..<(at + length)]).unicodeScalars
        where scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
            out += scalar.properties.lowercaseMapping.utf8
        }
        at += length
    }
}

/// - Returns: how many bytes were read.
private func appendFoldedASCII(_ text: ByteView, room: Int, to out: inout [UInt8]) -> Int {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: min(room, text.count)) { buffer in
        var at = 0
        var count = 0
        while at < text.count, count < buffer.count, text[at] < 0x80 {
            // Written in any case, and kept if it counts: quicker than a branch that nobody can foresee.
            let byte = text[at]
            buffer[count] = byte.isLetter ? byte | 0x20 : byte
            count += byte.isLetter || byte.isDigit ? 1 : 0
            at += 1
        }
        out.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<count]))
        return at
    }
}
