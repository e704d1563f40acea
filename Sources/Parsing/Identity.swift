public import FeedModel

extension FeedParser {
    /// By what each entry of `feed` is known again, in their order. An entry is known if any of its keys was seen in the
    /// same feed before. Dates are no part of any key: some publishers write the time of the request.
    ///
    /// A guid counts only if no other entry of the document has it. Beside it stand link, title and lead together, so that
    /// a change of every guid makes nothing new; an entry without a guid is known by pairs of them.
    ///
    /// - Parameters:
    ///   - policy: what alone counts, where that is not all of it.
    ///   - fingerprints: whether each identity is to have the entry's `fingerprint`.
    public func identities(
        of feed: ParsedFeed, feedURL: String, policy: IdentityPolicy? = nil, fingerprints: Bool = false
    ) -> [IdentifiedEntry] {
        var maker = IdentityMaker(entries: feed.entries.count, fingerprints: fingerprints)
        var marks: [Marks] = []
        marks.reserveCapacity(feed.entries.count)
        feed.entries.withUnsafeBufferPointer { entries in
            guard let first = entries.baseAddress else { return }
            for index in entries.indices { marks.append(maker.marks(of: first + index)) }
        }
        let repeatedGuids = repeats(marks) { $0.guidKey?.key }
        let repeatedLinks = repeats(marks) { $0.linkKey?.key }
        let ownPages = [feed.link, feedURL].compactMap { $0 }.map { maker.linkKey(of: $0).key }
        return marks.map { marks in
            let isNamed = marks.guidKey.map { !repeatedGuids.contains($0.key) } ?? false
            let isOwnLink = marks.linkKey.map { !repeatedLinks.contains($0.key) && !ownPages.contains($0.key) } ?? false
            return maker.identified(marks, isNamed: isNamed, isOwnLink: isOwnLink, policy: policy)
        }
    }

    /// A link as it is compared: without scheme, `www.`, fragment, final slash and the parameters that campaigns add, which
    /// change while the page stays.
    public static func comparableLink(_ link: String) -> String {
        var text: [UInt8] = []
        appendComparable(link: link, to: &text)
        return String(text)
    }

    /// The keys that more than one entry has; seldom any.
    private func repeats(_ marks: [Marks], _ key: (Marks) -> IdentityKey?) -> Set<IdentityKey> {
        var keys: [IdentityKey] = []
        keys.reserveCapacity(marks.count)
        for marks in marks { if let key = key(marks) { keys.append(key) } }
        keys.sort { $0.high < $1.high }
        var repeated: Set<IdentityKey> = []
        for index in keys.indices.dropFirst() where keys[index].high == keys[index - 1].high {
            repeated.insert(keys[index])
        }
        return repeated
    }
}

/// By what an entry is known again, and the name it bears.
public struct IdentifiedEntry: Sendable {
    public let identity: EntryIdentity
    fileprivate let strongest: KeyHash

    /// The name of the entry in the feed at `feedURL`. Its first five characters are the feed's, in the order in which feeds are
    /// asked that are due together: an index of names then grows where it grew last, and not all over.
    public func id(in feedURL: String) -> EntryID {
        let place = stableHash(feedURL)
        var feedURL = feedURL
        let hash = feedURL.withUTF8 { url in strongest.withText { KeyHash("entry", url, $0) } }
        return EntryID(hash.behind(place).text)
    }
}

/// What of an entry can tell it from others, in the form in which it is compared: places in the text of `IdentityMaker`.
private struct Marks {
    var guidKey: KeyHash?
    var linkKey: KeyHash?
    var link = 0..<0
    var title = 0..<0
    /// The beginning of the text, letters and digits only.
    var lead = 0..<0
    /// All text there is; only where there is nothing else.
    var everything = 0..<0
    var fingerprint: UInt64?
}

/// Holds the marks of a document's entries in one piece, for a document has thousands.
private struct IdentityMaker {
    private var text: [UInt8] = []
    private var reader = LeadReader()
    private let fingerprints: Bool

    init(entries count: Int, fingerprints: Bool) {
        self.fingerprints = fingerprints
        // About a link, a title and a lead each.
        text.reserveCapacity(count * 384)
    }

    /// By its address, for a copy would count references to each of its texts and lists.
    mutating func marks(of place: UnsafePointer<ParsedEntry>) -> Marks {
        var marks = Marks()
        if let id = place.pointee.id, !id.isEmpty { marks.guidKey = KeyHash("guid", id) }
        if let link = place.pointee.link {
            marks.link = add { appendComparable(link: link, to: &$0) }
            if !marks.link.isEmpty { marks.linkKey = key("link", marks.link) }
        }
        if let title = place.pointee.title { marks.title = add { appendFolded(title, limit: 1000, to: &$0) } }
        marks.lead = lead(of: place)
        if fingerprints {
            marks.fingerprint = text.withUnsafeBufferPointer {
                Fingerprint(of: place, comparableLink: $0[slice: marks.link]).value
            }
        }
        if marks.guidKey == nil, marks.link.isEmpty, marks.title.isEmpty || marks.lead.count < 80 {
            let entry = place.pointee
            let blocks = ([entry.summary].compactMap { $0 } + entry.content).map { $0.plainText(limit: 65_536) }
            let texts = [entry.title ?? ""] + blocks + entry.enclosures.map(\.url) + entry.categories.map(\.term)
            marks.everything = add { $0 += texts.joined(separator: "\n").utf8 }
        }
        return marks
    }

    mutating func linkKey(of url: String) -> KeyHash {
        let link = add { appendComparable(link: url, to: &$0) }
        return key("link", link)
    }

    func identified(_ marks: Marks, isNamed: Bool, isOwnLink: Bool, policy: IdentityPolicy?) -> IdentifiedEntry {
        var keys = Keys()
        add(to: &keys, of: marks, isNamed: isNamed, isOwnLink: isOwnLink, policy: policy)
        let strongest = keys.strongest ?? key("everything", marks.everything)
        if keys.list.isEmpty { keys.append(strongest) }
        var looseKeys: [IdentityKey] = []
        if !isNamed || keys.list.count > 1 {
            looseKeys.reserveCapacity(2)
            if isOwnLink, let link = marks.linkKey { looseKeys.append(link.key) }
            if !marks.title.isEmpty { looseKeys.append(key("title", marks.title).key) }
        }
        return IdentifiedEntry(
            identity: EntryIdentity(keys: keys.list, looseKeys: looseKeys, fingerprint: marks.fingerprint),
            strongest: strongest)
    }

    /// Strongest first.
    private struct Keys {
        var list: [IdentityKey] = []
        var strongest: KeyHash?

        mutating func append(_ hash: KeyHash) {
            if strongest == nil {
                strongest = hash
                list.reserveCapacity(2)
            }
            list.append(hash.key)
        }
    }

    /// None for an entry that has nothing of what counts.
    private func add(
        to keys: inout Keys, of marks: Marks, isNamed: Bool, isOwnLink: Bool, policy: IdentityPolicy?
    ) {
        if policy == .guid, let guid = marks.guidKey { return keys.append(guid) }
        if policy == .link, let link = marks.linkKey { return keys.append(link) }
        let isNamed = isNamed && policy == nil
        if isNamed, let guid = marks.guidKey { keys.append(guid) }
        if !marks.link.isEmpty, !marks.title.isEmpty || !marks.lead.isEmpty {
            keys.append(key("link+title+lead", marks.link, marks.title, marks.lead))
            if policy == .hash { return }
        }
        let hasTelling = !marks.title.isEmpty && marks.lead.count >= 80
        if !isNamed {
            if !marks.link.isEmpty, !marks.lead.isEmpty { keys.append(key("link+lead", marks.link, marks.lead)) }
            if hasTelling { keys.append(key("title+lead", marks.title, marks.lead)) }
            if policy == .composite, !marks.link.isEmpty, !marks.title.isEmpty, !marks.lead.isEmpty {
                keys.append(key("link+title", marks.link, marks.title))
            }
            if isOwnLink, policy != .composite, let link = marks.linkKey { keys.append(link) }
        } else if keys.list.count == 1, hasTelling {
            keys.append(key("title+lead", marks.title, marks.lead))
        }
    }

    private mutating func add(_ append: (inout [UInt8]) -> Void) -> Range<Int> {
        let start = text.count
        append(&text)
        return start..<text.count
    }

    private func key(
        _ kind: StaticString, _ part: Range<Int>, _ second: Range<Int>? = nil, _ third: Range<Int>? = nil
    ) -> KeyHash {
        text.withUnsafeBufferPointer { text in
            KeyHash(
                kind, text[slice: part], second.map { text[slice: $0] }, third.map { text[slice: $0] })
        }
    }

    private mutating func lead(of place: UnsafePointer<ParsedEntry>) -> Range<Int> {
        if let summary = place.pointee.summary?.text, let type = place.pointee.summary?.type,
            let lead = reader.appendLead(of: summary, type: type, to: &text)
        {
            return lead
        }
        guard let content = place.pointee.content.first else { return 0..<0 }
        return reader.appendLead(of: content.text, type: content.type, to: &text) ?? 0..<0
    }
}

/// Appends what `FeedParser.comparableLink` answers.
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
        out.append(contentsOf: url[slice: from..<max(from, path)])
        out.withUnsafeMutableBufferPointer { out in
            for index in start..<out.count { out[index] = out[index].lowercased }
        }
        out.append(contentsOf: url[slice: path..<query])
        while out.count > start, out.last == Byte.slash { out.removeLast() }
        guard query < end else { return }
        var separator = Byte.question
        var at = query + 1
        while at < end {
            let parameter = url[slice: at..<(url[slice: 0..<end].first(Byte.ampersand, from: at) ?? end)]
            at += parameter.count + 1
            guard !parameter.isEmpty, !Tracking.isTracking(parameter: parameter) else { continue }
            out.append(separator)
            out.append(contentsOf: parameter)
            separator = Byte.ampersand
        }
    }
}
