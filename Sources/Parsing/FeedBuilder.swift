import FeedModel

/// Turns the elements of a document into a `ParsedFeed`, for every XML format at once: the formats differ in the names of
/// their elements, which `Element` evens out, and in how text is marked, which `TextConstruct` knows. This file keeps
/// track of where the reader is; `FeedBuilder+Roles` says what an element is there, `FeedBuilder+Values` what its value means.
struct FeedBuilder {
    /// What an open element is to those directly inside it.
    enum Role: UInt8 {
        /// Foreign or unknown: what it holds belongs to nobody.
        case none
        case root, feed, entry, source, image, person, itunesCategory, skipHours, skipDays
        /// A wrapper inside an entry (`media:group`, `news:news`): only modules' elements count in it.
        case entryPart
        /// Its text is being collected.
        case value
    }

    struct Frame {
        var name: ElementName
        var role: Role
        var pushedBase = false
        var pushedLanguage = false
    }

    let limits: ParseLimits
    /// The feed as far as it was read. An entry that the document's end cut off is not in it.
    var feed = ParsedFeed(format: .unknown)
    var entry = ParsedEntry()
    var source = Source()
    var image = Image(url: "")
    var person = Person()
    var feedRanks = Ranks()
    var entryRanks = Ranks()
    var guid: Guid?
    /// A root that is a feed's was seen.
    var hasRoot = false
    private(set) var isFull = false
    private(set) var frames: [Frame] = []
    private var elements = 0
    var isInsideEntry = false

    /// The value being collected, its markup inside escaped where it is inline.
    var value = CollectedValue()
    var construct = TextConstruct()
    var valueAttributes: [Attribute] = []
    private var isCollecting = false
    private var depthInValue = 0
    /// The names of the elements open inside the value, which live until the document has been read.
    private var openInValue: [ByteView] = []

    private var bases: [String?]
    private var languages: [Language?] = [nil]
    var base: String? { bases[bases.count - 1] }
    /// From `xml:lang` alone.
    var language: Language? { languages[languages.count - 1] }
    var wantsAttributes: Bool { !isCollecting || depthInValue == 0 }

    init(limits: ParseLimits, base: String?) {
        self.limits = limits
        bases = [base]
        frames.reserveCapacity(8)
    }

    /// How sure one may be that a value belongs where it stands; a surer one replaces it and is never replaced.
    struct Ranks {
        var title: UInt8 = 0
        var text: UInt8 = 0
        var id: UInt8 = 0
        var link: UInt8 = 0
        var image: UInt8 = 0
    }

    struct Guid {
        var text: String
        var isPermaLink: Bool
    }

    // MARK: - Events

    /// The memory of `attributes` may be kept; what is in it afterwards means nothing.
    mutating func start(_ name: ElementName, _ attributes: inout [Attribute]) {
        elements += 1
        guard elements <= limits.elements else {
            return stop("too-many-elements", "more than \(limits.elements) elements")
        }
        if isCollecting {
            if depthInValue > 0 || !becomesContainer(name) { return startInValue(name) }
        }
        var frame = Frame(name: name, role: .none)
        if !attributes.isEmpty { pushScope(attributes, &frame) }
        frame.role = role(of: name, attributes, in: frames.last?.role)
        frames.append(frame)
        if frame.role == .value { collect(name, &attributes) }
    }

    mutating func end() {
        if isCollecting, depthInValue > 0 { return endInValue() }
        guard let frame = frames.last else { return }
        frames.removeLast()
        close(frame)
        if frame.pushedBase { bases.removeLast() }
        if frame.pushedLanguage { languages.removeLast() }
    }

    /// `isLasting` tells that the bytes stay where they are until the document has been read.
    mutating func text(_ bytes: ByteView, isLasting: Bool = false) {
        guard isCollecting else { return }
        guard bytes.count <= limits.field - value.count else { return cut(bytes, isLasting: isLasting) }
        if construct.isMarkup { value.appendEscaped(bytes) } else { value.append(bytes, isLasting: isLasting) }
    }

    /// As much of the text as there is room for, up to the end of a character.
    private mutating func cut(_ bytes: ByteView, isLasting: Bool) {
        if !hasSaid("too-long") {
            problem("too-long", "a title or body of more than \(limits.field >> 10) KiB was cut")
        }
        var end = max(0, limits.field - value.count)
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        if end > 0 { text(bytes[slice: 0..<end], isLasting: isLasting) }
    }

    /// One character that a reference stood for.
    mutating func text(codePoint: UInt32) {
        guard isCollecting, value.count < limits.field else { return }
        switch codePoint {
        case 0x26 where construct.isMarkup: value.append("&amp;")
        case 0x3C where construct.isMarkup: value.append("&lt;")
        case 0x3E where construct.isMarkup: value.append("&gt;")
        default: value.append(codePoint: codePoint)
        }
    }

    /// The entry that is being read, if any, will not be given.
    mutating func abandonEntry() { isInsideEntry = false }

    mutating func problem(_ code: String, _ message: String) {
        // One of each kind says enough.
        if !hasSaid(code) { feed.problems.append(Problem(code, message)) }
    }

    /// Asked before a message is made that there may be a million times.
    @inline(__always) func hasSaid(_ code: String) -> Bool { feed.problems.contains { $0.code == code } }

    mutating func stop(_ code: String, _ message: String) {
        problem(code, message)
        isFull = true
    }
}

// MARK: - Ends of elements

extension FeedBuilder {
    private mutating func close(_ frame: Frame) {
        let parent = frames.last?.role ?? .root
        switch frame.role {
        case .value:
            isCollecting = false
            take(frame.name, in: parent)
        case .entry:
            let isWhole = isInsideEntry
            isInsideEntry = false
            guard isWhole else { return }
            finishEntry()
            if feed.entries.isEmpty { feed.entries.reserveCapacity(16) }
            // Moved, for a copy would count references to each of its texts and lists.
            feed.entries.append(ParsedEntry())
            swap(&feed.entries[feed.entries.count - 1], &entry)
        case .person: takePerson(frame.name.element, in: parent)
        case .image: takeImage(in: parent)
        case .source: entry.source = source
        case .none, .root, .feed, .itunesCategory, .skipHours, .skipDays, .entryPart: break
        }
    }

    /// An author with a name inside, a source with a title, an image with a URL: not a text after all.
    private mutating func becomesContainer(_ child: ElementName) -> Bool {
        guard let frame = frames.last else { return false }
        switch frame.name.element {
        case .author, .contributor:
            guard child.element.isPartOfPerson else { return false }
            person = Person()
            frames[frames.count - 1].role = .person
        case .source where child.element != .other:
            source = Source()
            source.url = valueAttributes.value(.url).map { Address.resolve($0, base: base) }
            frames[frames.count - 1].role = .source
        case .image where child.element != .other:
            image = Image(url: "")
            frames[frames.count - 1].role = .image
        default: return false
        }
        isCollecting = false
        return true
    }
}

// MARK: - Scopes and values

extension FeedBuilder {
    /// `xml:base` and `xml:lang` hold until their element ends. A base with an unsafe scheme is skipped.
    private mutating func pushScope(_ attributes: [Attribute], _ frame: inout Frame) {
        if let text = attributes.value(.base, in: .xml)?.trimmedOrNil {
            let resolved = Address.resolve(text, base: base)
            if Address.isAbsolute(resolved) {
                bases.append(resolved)
                frame.pushedBase = true
            }
        }
        if let text = attributes.value(.lang, in: .xml) {
            languages.append(languageTag(text).map { .tag($0) } ?? Language.none)
            frame.pushedLanguage = true
        }
    }

    private mutating func collect(_ name: ElementName, _ attributes: inout [Attribute]) {
        isCollecting = true
        depthInValue = 0
        value.removeAll()
        while !openInValue.isEmpty { openInValue.removeLast() }
        construct = TextConstruct(name, in: feed.format)
        while !valueAttributes.isEmpty { valueAttributes.removeLast() }
        guard !attributes.isEmpty else { return }
        construct.read(attributes, of: name)
        if name.element.needsAttributesWithText { swap(&valueAttributes, &attributes) }
    }

    private mutating func startInValue(_ name: ElementName) {
        depthInValue += 1
        guard construct.takesMarkup else { return }
        construct.becomeMarkup()
        guard frames.count + depthInValue <= limits.depth else {
            if !hasSaid("too-deep") {
                problem("too-deep", "elements nested deeper than \(limits.depth) lost their tags")
            }
            return
        }
        value.append(Byte.less)
        value.append(name.local, isLasting: false)
        value.append(Byte.greater)
        openInValue.append(name.local)
    }

    private mutating func endInValue() {
        depthInValue -= 1
        guard construct.takesMarkup, frames.count + depthInValue < limits.depth, let name = openInValue.popLast()
        else {
            return
        }
        value.append(Byte.less)
        value.append(Byte.slash)
        value.append(name, isLasting: false)
        value.append(Byte.greater)
    }
}

/// A language tag as BCP 47 writes it, with hyphens; nil for none.
func languageTag(_ text: String) -> String? {
    text.trimmedOrNil.map { tag in
        tag.holds(UInt8(ascii: "_")) ? String(tag.utf8.map { $0 == 0x5F ? Byte.hyphen : $0 }) : tag
    }
}
