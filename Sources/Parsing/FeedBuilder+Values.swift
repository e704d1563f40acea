import FeedModel

/// What the value of an element means where it stands.
extension FeedBuilder {
    mutating func take(_ name: ElementName, in parent: Role) {
        if name.element == .source, parent == .entry { return takeSourceText() }
        if construct.takesMarkup { return takeText(name, in: parent) }
        if name.element.isDate {
            if !value.isBlank { takeDate(name.element, in: parent) }
            return
        }
        guard let text = value.withBytes({ trimmedText($0) }) else { return }
        switch parent {
        case .image: takeImagePart(name.element, text)
        case .person: takePersonPart(name.element, text)
        case .skipHours: if let hour = Int(text), (0...24).contains(hour) { add(skippedHour: hour % 24) }
        case .skipDays: add(skippedDay: text)
        case .source: takeSourcePart(name.element, text)
        case .entry, .entryPart: takeEntryPart(name, text)
        case .feed, .root: takeFeedPart(name, text)
        case .none, .itunesCategory, .value: break
        }
    }

    // MARK: Parts of a feed and of an entry

    private mutating func takeFeedPart(_ name: ElementName, _ text: String) {
        switch name.element {
        case .link: take(link: Link(url: resolved(text)), rank: rank(of: name.namespace), in: .feed)
        case .id, .guid: feed.id = rank(of: name.namespace) >= 3 || feed.id == nil ? absoluteID(text) : feed.id
        case .author, .dcCreator, .itunesAuthor: if let person = Person(reading: text) { add(author: person) }
        case .contributor: if let person = Person(reading: text) { add(contributor: person) }
        case .category, .dcSubject, .mediaCategory: add(category: text, isMedia: name.element == .mediaCategory)
        case .keywords, .mediaKeywords: add(keywords: text)
        case .generator: takeGenerator(text)
        case .language: if let tag = languageTag(text) { feed.language = .tag(tag) }
        case .logo: setImage(Image(url: resolved(text)), rank: 3, in: .feed)
        case .image: setImage(Image(url: resolved(text)), rank: 2, in: .feed)
        case .icon: feed.icon = nonEmpty(resolved(text))
        case .ttl: feed.ttlMinutes = wholeNumber(text)
        case .updatePeriod: feed.updatePeriod = text.asciiLowercased
        case .updateFrequency: feed.updateFrequency = wholeNumber(text)
        case .newFeedURL: feed.newFeedURL = nonEmpty(resolved(text))
        default: break
        }
    }

    private mutating func takeEntryPart(_ name: ElementName, _ text: String) {
        switch name.element {
        case .link: take(link: Link(url: resolved(text)), rank: rank(of: name.namespace), in: .entry)
        case .location:
            take(link: Link(url: resolved(text)), rank: 3, in: .entry)
            entry.id = entry.id ?? text
        case .guid:
            guard rank(of: name.namespace) >= entryRanks.id else { return }
            let isPermaLink = valueAttributes.value(.isPermaLink)?.asciiLowercased != "false"
            guid = Guid(text: text, isPermaLink: isPermaLink)
            entry.id = text
            entryRanks.id = rank(of: name.namespace)
        case .id:
            guard rank(of: name.namespace) >= entryRanks.id else { return }
            entry.id = absoluteID(text)
            entryRanks.id = rank(of: name.namespace)
            // An Atom id is a link as well as a guid is, where it is the address of a page: what is only a number names none.
            guard feed.format.isAtom else { return }
            guid = Guid(text: text, isPermaLink: Address.hasScheme(text) || text.utf8.first == Byte.slash)
        case .author, .dcCreator, .itunesAuthor: if let person = Person(reading: text) { add(author: person) }
        case .contributor: if let person = Person(reading: text) { add(contributor: person) }
        case .category, .dcSubject, .mediaCategory: add(category: text, isMedia: name.element == .mediaCategory)
        case .keywords, .mediaKeywords: add(keywords: text)
        case .language: if let tag = languageTag(text) { entry.language = .tag(tag) }
        case .comments: entry.commentsURL = nonEmpty(resolved(text))
        case .duration: entry.durationSeconds = duration(text)
        case .image: setImage(Image(url: resolved(text)), rank: 2, in: .entry)
        default: break
        }
    }

    mutating func finishEntry() {
        if entry.link == nil {
            entry.link = guid.flatMap { $0.isPermaLink ? Address.web(resolved($0.text)) : nil }
        }
        if entry.language == nil { entry.language = language }
    }

    // MARK: Text

    private mutating func takeText(_ name: ElementName, in parent: Role) {
        if construct.isBase64, let decoded = value.withBytes({ decodeBase64($0) }) {
            if name.element == .content || decoded.withUnsafeBufferPointer({ isUTF8($0) }) {
                value.replace(with: decoded)
            } else if construct.declaresBase64 {
                // In an encoding of its own, of which the document says nothing.
                value.replace(with: decoded.withUnsafeBufferPointer { decodeUnlabelled($0).bytes })
            }
        }
        switch (name.element, parent) {
        case (.title, _), (.dcTitle, _), (.mediaTitle, _): takeTitle(name, in: parent)
        case (.rights, .entry): entry.rights = plainValue().text
        case (.rights, .feed), (.rights, .root): feed.rights = plainValue().text
        case (.summary, .image): image.description = plainValue().text
        case (_, .feed), (_, .root): takeSubtitle(name)
        case (.content, .entry), (.encoded, .entry), (.body, .entry): takeContent()
        case (_, .entry), (_, .entryPart): takeSummary(name)
        default: break
        }
    }

    private mutating func takeTitle(_ name: ElementName, in parent: Role) {
        let (text, type) = plainValue()
        // A title of nothing but a picture is no title, but its type was stated.
        guard text != nil || (!value.isBlank && name.element == .title) else { return }
        let rank: UInt8 = name.element == .title ? self.rank(of: name.namespace) : 1
        switch parent {
        case .image: image.title = text
        case .source:
            source.title = text
            source.titleType = type
        case .feed, .root:
            guard rank >= feedRanks.title else { return }
            feedRanks.title = rank
            feed.title = text
            feed.titleType = type
            feed.titleLanguage = titleLanguage
        case .entry, .entryPart:
            guard rank >= entryRanks.title else { return }
            entryRanks.title = rank
            entry.title = text
            entry.titleType = type
            entry.titleLanguage = titleLanguage
        default: break
        }
    }

    /// The language in force at the value that just ended; its own `xml:lang` still counts.
    private var titleLanguage: Language? { language }

    private mutating func takeSubtitle(_ name: ElementName) {
        let rank: UInt8 =
            switch name.element {
            case .subtitle, .summary: self.rank(of: name.namespace)
            case .dcDescription, .mediaDescription: 2
            case .itunesSubtitle: 1
            default: 0
            }
        guard rank > 0 ? rank >= feedRanks.text : feed.subtitle == nil, let text = plainValue().text else { return }
        feedRanks.text = rank
        feed.subtitle = text
    }

    private mutating func takeSummary(_ name: ElementName) {
        let rank: UInt8 =
            switch name.element {
            case .summary: self.rank(of: name.namespace) + 2
            case .dcDescription: 3
            case .mediaDescription: 2
            case .itunesSummary: 1
            default: 0
            }
        guard rank > 0, rank >= entryRanks.text, !value.isBlank else { return }
        entryRanks.text = rank
        entry.summary = block()
    }

    private mutating func takeContent() {
        let source = valueAttributes.value(.src).flatMap { nonEmpty(resolved($0)) }
        guard source != nil || !value.isBlank, hasRoom(entry.content.count) else { return }
        var block = block()
        block.src = source
        entry.content.append(block)
    }

    private mutating func block() -> TextBlock {
        let type = construct.type ?? (value.withBytes { looksLikeHTML($0) } ? "text/html" : "text/plain")
        return TextBlock(
            type: type, text: value.withBytes { String(utf8: $0) }, language: language, base: base)
    }

    /// The value as one line of plain text, and its type.
    private mutating func plainValue() -> (text: String?, type: String) {
        let type = construct.type ?? (value.withBytes { looksLikeHTML($0) } ? "text/html" : "text/plain")
        let text = value.withBytes { plainLine($0, type: type) }
        return (text.isEmpty ? nil : text, type)
    }

    private mutating func takeSourceText() {
        var source = Source()
        source.title = value.withBytes { nonEmpty(plainLine($0, type: "text/plain")) }
        source.url = valueAttributes.value(.url).flatMap { nonEmpty(resolved($0)) }
        if source.title != nil || source.url != nil { entry.source = source }
    }

    // MARK: Small things

    // What only looks at the builder is inlined, for the call would be handed a copy of all that the builder holds.

    /// The feed's own vocabulary before a guest's: Atom's elements in RSS fill gaps and overwrite nothing.
    @inline(__always) func rank(of namespace: Namespace) -> UInt8 {
        guard namespace.isMain || namespace == .sitemap || namespace == .news else { return 1 }
        return namespace.isAtom == feed.format.isAtom || namespace == .core ? 3 : 2
    }

    @inline(__always) func resolved(_ text: String) -> String { Address.resolve(text, base: base) }

    /// Ids are names and stay as they are; only a relative one is resolved, where that is possible.
    @inline(__always) private func absoluteID(_ text: String) -> String {
        guard feed.format.isAtom, !Address.hasScheme(text), base != nil else { return text }
        return resolved(text)
    }

    private mutating func takeDate(_ element: Element, in parent: Role) {
        guard let date = value.withBytes({ FeedDate.parse($0) }) else {
            if hasSaid("date-unreadable") { return }
            return problem(
                "date-unreadable", "no date: \"\(visible(value.withBytes { cleanText($0) }.prefix(bytes: 60)))\"")
        }
        let isPublished = element == .published || element == .publicationDate
        switch parent {
        case .entry, .entryPart: if isPublished { entry.published = date } else { entry.updated = date }
        case .source: if !isPublished { source.updated = date }
        case .feed, .root:
            if element == .updateBase {
                feed.updateBase = date
            } else if isPublished {
                feed.published = date
            } else {
                feed.updated = date
            }
        default: break
        }
    }

    private mutating func takeGenerator(_ text: String) {
        let url = valueAttributes.value(.uri) ?? valueAttributes.value(.url)
        feed.generator = Generator(
            name: text, url: url.flatMap { nonEmpty(resolved($0)) }, version: valueAttributes.value(.version))
    }
}

func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }

/// A count as feeds write it; nil for what is none or is beyond all sense.
func wholeNumber(_ text: String) -> Int? {
    guard let text = text.trimmedOrNil, let number = Int(text), (0...1_000_000_000_000).contains(number) else {
        return nil
    }
    return number
}

/// `1:02:03`, `62:03` or seconds.
func duration(_ text: String) -> Double? {
    var seconds = 0.0
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count) else { return nil }
    for part in parts {
        guard let number = Double(String(part).trimmedOrNil ?? ""), number >= 0, number < 1e9 else { return nil }
        seconds = seconds * 60 + number
    }
    return seconds
}

/// One line of plain text out of `bytes`, which are HTML or plain as `type` says.
func plainLine(_ bytes: ByteView, type: String) -> String {
    if isTidyLine(bytes) { return String(ascii: bytes) }
    // Before a no-break space, which is the second half of many a letter that was encoded twice, is squashed away.
    if let once = encodedTwice(bytes) { return once.withUnsafeBufferPointer { plainLine($0, type: type) } }
    var text = isHTML(type) ? PageText.plain(html: bytes) : PageText.plain(text: bytes, keepsLines: false)
    for index in text.indices where text[index] == Byte.newline { text[index] = Byte.space }
    return cleanText(text)
}

/// Whether `bytes` are ASCII words with single blanks between them, and nothing in them is markup.
func isTidyLine(_ bytes: ByteView) -> Bool {
    guard let first = bytes.first, first != Byte.space, bytes[bytes.count - 1] != Byte.space else {
        return bytes.isEmpty
    }
    var at = 0
    while at + 33 <= bytes.count {
        let these = bytes.thirtyTwo(from: at)
        let marks = (these ^ .all(Byte.ampersand)).bytes(below: 1) | (these ^ .all(Byte.less)).bytes(below: 1)
        let blanks = these.bytes(below: 0x21) & bytes.thirtyTwo(from: at + 1).bytes(below: 0x21)
        let deletes = (these ^ .all(0x7F)).bytes(below: 1)
        guard these.bytes(below: 0x20) | these & .all(0x80) | deletes | marks | blanks == .zero else { return false }
        at += 32
    }
    while at + 9 <= bytes.count {
        let these = bytes.eight(from: at)
        let marks = (these ^ .each(Byte.ampersand)).bytes(below: 1) | (these ^ .each(Byte.less)).bytes(below: 1)
        let blanks = these.bytes(below: 0x21) & bytes.eight(from: at + 1).bytes(below: 0x21)
        let deletes = (these ^ .each(0x7F)).bytes(below: 1)
        guard these.bytes(below: 0x20) | these & .each(0x80) | deletes | marks | blanks == 0 else { return false }
        at += 8
    }
    while at < bytes.count {
        let byte = bytes[at]
        if byte < 0x20 || byte == Byte.ampersand || byte == Byte.less || byte >= 0x7F { return false }
        if byte == Byte.space, bytes[at + 1] == Byte.space { return false }
        at += 1
    }
    return true
}

/// Whether text of this type has markup in it.
func isHTML(_ type: String) -> Bool { type == "text/html" || type == "application/xhtml+xml" || type.hasSuffix("xml") }

/// The bytes that `text` stands for in base 64, white space and all; nil if it is none.
func decodeBase64(_ text: ByteView) -> [UInt8]? {
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 4 * 3)
    var buffer: UInt32 = 0
    var bits = 0
    for byte in text where !byte.isBlank && byte != Byte.equals {
        let six: UInt32
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): six = UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): six = UInt32(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): six = UInt32(byte) + 4
        case Byte.plus, Byte.hyphen: six = 62
        case Byte.slash, UInt8(ascii: "_"): six = 63
        default: return nil
        }
        buffer = (buffer << 6 | six) & 0xFFFF
        bits += 6
        if bits >= 8 {
            bits -= 8
            out.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
        }
    }
    return out
}
