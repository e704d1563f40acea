import FeedModel

/// A feed in XML, or in what was meant to be: by `QuickReader` where nothing in it is unusual, else by libxml2, and again by
/// `SoupReader` if it is not well-formed.
struct MarkupFeed {
    let limits: ParseLimits
    let base: String?
    /// Only the beginning of the document is there, for the rest was too much for us.
    var isCut = false

    /// The feed in `bytes`; nil if no feed begins there.
    func read(_ bytes: ByteView) -> ParsedFeed? {
        let prologue = Prologue(bytes)
        if let feed = readQuickly(bytes, prologue) { return feed }
        // What is cut is not well-formed, and libxml2 would take its memory to find that out.
        return isCut ? readAsSoup(bytes, prologue, because: prologue.problem) : readThoroughly(bytes, prologue)
    }

    /// The feed in a document that has nothing unusual about it; nil for any other.
    func readQuickly(_ bytes: ByteView, _ prologue: Prologue) -> ParsedFeed? {
        guard prologue.entities.isEmpty, prologue.problem == nil, prologue.advice == nil else { return nil }
        return prologue.withoutDoctype(bytes) {
            QuickReader.read($0, with: FeedBuilder(limits: limits, base: base), limits: limits)
        }
    }

    /// The feed as libxml2 sees it, or, where that stops, as `SoupReader` does.
    func readThoroughly(_ bytes: ByteView, _ prologue: Prologue) -> ParsedFeed? {
        var reader = XMLReader(FeedBuilder(limits: limits, base: base), entities: prologue.entities)
        let shortening = prologue.withoutDoctype(bytes) { shown -> Problem? in
            guard let (shorter, problem) = LongTags.cut(from: shown, limit: limits.startTag) else {
                reader.read(shown)
                return nil
            }
            shorter.withUnsafeBufferPointer { reader.read($0) }
            return problem
        }
        guard let builder = reader.builder, builder.hasRoot || reader.error != nil else { return nil }
        guard reader.error == nil else { return readAsSoup(bytes, prologue, because: prologue.problem ?? reader.error) }
        var feed = builder.feed
        if let problem = prologue.problem ?? reader.namespaceProblem { feed.problems.append(problem) }
        if let advice = prologue.advice { feed.problems.append(advice) }
        if let shortening { feed.problems.append(shortening) }
        return feed
    }

    private func readAsSoup(_ bytes: ByteView, _ prologue: Prologue, because problem: Problem?) -> ParsedFeed? {
        guard !looksLikePage(bytes) else { return nil }
        var reader = SoupReader(FeedBuilder(limits: limits, base: base), entities: prologue.entities)
        reader.read(bytes)
        guard reader.builder.hasRoot else { return nil }
        var feed = reader.builder.feed
        if let problem { feed.problems.append(problem) }
        if let advice = prologue.advice { feed.problems.append(advice) }
        // What we cut ourselves is said by whoever cut it.
        if reader.isCut, !isCut { feed.problems.append(Problem("truncated", "the document ends in the middle")) }
        return feed
    }

    /// A web page may hold anything; feeds inside it are not what was asked for.
    private func looksLikePage(_ bytes: ByteView) -> Bool {
        let start = bytes.firstIndex { !$0.isBlank } ?? 0
        return bytes.begins(with: "<!doctype html", at: start) || bytes.begins(with: "<html", at: start)
    }
}

/// What stands before the root: the XML declaration and the document type. libxml2 sees neither. The declaration lies after
/// decoding, and a DTD is a way to attack.
struct Prologue {
    /// The internal subset's general entities: name to text, expanded once and not again.
    private(set) var entities: [String: [UInt8]] = [:]
    /// White space before the XML declaration.
    private(set) var problem: Problem?
    /// The document declares entities that are not used.
    private(set) var advice: Problem?
    private var hidden: [Range<Int>] = []

    /// The most that a document's own entities may add to it, in bytes.
    private static let mostExpansion = 4 << 20

    init(_ bytes: ByteView) {
        var at = bytes.firstIndex { !$0.isBlank && $0 != 0 } ?? bytes.count
        if bytes.begins(with: "<?xml", at: at), at + 5 < bytes.count, bytes[at + 5].isBlank {
            let end = (bytes.first(Byte.greater, from: at) ?? bytes.count - 1) + 1
            hidden.append(0..<end)
            if at > 0 { problem = Problem("not-well-formed", "white space before the XML declaration", line: 1) }
            at = end
        } else if at > 0 {
            hidden.append(0..<at)
        }
        skipToDoctype(bytes, from: at)
    }

    private mutating func skipToDoctype(_ bytes: ByteView, from start: Int) {
        var at = start
        while at < bytes.count {
            if bytes[at].isBlank {
                at += 1
            } else if bytes.begins(with: "<!--", at: at) {
                guard let end = bytes.position(of: Array("-->".utf8), from: at + 4) else { return }
                at = end + 3
            } else if bytes.begins(with: "<?", at: at) {
                guard let end = bytes.position(of: Array("?>".utf8), from: at + 2) else { return }
                at = end + 2
            } else if bytes.begins(with: "<!doctype", at: at) {
                let end = doctypeEnd(bytes, from: at)
                hidden.append(at..<end)
                readEntities(bytes[slice: at..<end])
                refuseBomb(in: bytes)
                return
            } else {
                return
            }
        }
    }

    /// `<!ENTITY name "text">`; external and parameter entities are passed over.
    private mutating func readEntities(_ subset: ByteView) {
        var at = 0
        while entities.count < 256, let found = subset.position(of: Array("<!entity".utf8), from: at) {
            var index = found + 8
            func skipBlanks() { while index < subset.count, subset[index].isBlank { index += 1 } }
            at = index
            skipBlanks()
            let start = index
            // A name without end would be read again and again.
            let furthest = min(subset.count, start + 128)
            while index < furthest, !subset[index].isBlank, subset[index] != Byte.greater { index += 1 }
            let name = String(subset[start..<index])
            skipBlanks()
            guard index < subset.count, subset[index] == Byte.quote || subset[index] == Byte.apostrophe,
                let end = subset.first(subset[index], from: index + 1), end - index < 4096
            else { continue }
            // Numbers and HTML's names only: an entity that names another shows that name.
            if entities[name] == nil { entities[name] = Entities.expanded(subset[slice: (index + 1)..<end]) }
            at = end
        }
    }

    /// If every reference of the document were to its longest entity, would that be too much? Then all of its entities stay
    /// what they are written as.
    private mutating func refuseBomb(in bytes: ByteView) {
        guard let longest = entities.values.map(\.count).max() else { return }
        let references = bytes.count { $0 == Byte.ampersand }
        guard references * longest > Self.mostExpansion else { return }
        entities = [:]
        advice = Problem("entities-refused", "the entities that the document declares would make it too large")
    }

    /// `bytes` with declaration and document type blanked out, line ends kept so that line numbers stay true.
    func withoutDoctype<Answer>(_ bytes: ByteView, _ body: (ByteView) -> Answer) -> Answer {
        guard let last = hidden.last else { return body(bytes) }
        if hidden.count == 1, hidden[0].lowerBound == 0, !bytes[hidden[0]].dropLast().contains(Byte.newline) {
            return body(bytes[slice: last.upperBound..<bytes.count])
        }
        var copy = Array(bytes)
        for range in hidden {
            for index in range where copy[index] != Byte.newline { copy[index] = Byte.space }
        }
        return copy.withUnsafeBufferPointer { body($0) }
    }
}
