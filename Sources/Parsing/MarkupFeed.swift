import FeedModel

/// A feed in XML, or in what was meant to be: first by libxml2, and again by `SoupReader` if it is not well-formed.
struct MarkupFeed {
    let limits: ParseLimits
    let base: String?

    /// The feed in `bytes`; nil if no feed begins there.
    func read(_ bytes: ByteView) -> ParsedFeed? {
        let prologue = Prologue(bytes)
        let problem: Problem?
        if let refusal = refusal(of: bytes) {
            problem = refusal
        } else {
            var reader = XMLReader(FeedBuilder(limits: limits, base: base), entities: prologue.entities)
            prologue.withoutDoctype(bytes) { reader.read($0) }
            guard let builder = reader.builder, builder.hasRoot || reader.error != nil else { return nil }
            problem = prologue.problem ?? reader.error
            if reader.error == nil {
                var feed = builder.feed
                if let problem = problem ?? reader.namespaceProblem { feed.problems.append(problem) }
                return feed
            }
        }
        return readAsSoup(bytes, prologue, because: problem)
    }

    private func readAsSoup(_ bytes: ByteView, _ prologue: Prologue, because problem: Problem?) -> ParsedFeed? {
        guard !looksLikePage(bytes) else { return nil }
        var reader = SoupReader(FeedBuilder(limits: limits, base: base), entities: prologue.entities)
        reader.read(bytes)
        guard reader.builder.hasRoot else { return nil }
        var feed = reader.builder.feed
        if let problem { feed.problems.append(problem) }
        if reader.isCut { feed.problems.append(Problem("truncated", "the document ends in the middle")) }
        return feed
    }

    /// A web page may hold anything; feeds inside it are not what was asked for.
    private func looksLikePage(_ bytes: ByteView) -> Bool {
        let start = bytes.firstIndex { !$0.isBlank } ?? 0
        return bytes.begins(with: "<!doctype html", at: start) || bytes.begins(with: "<html", at: start)
    }

    /// libxml2 takes time with the square of a tag's attributes (32 s for 100,000 of them), so such tags are counted
    /// before it sees them.
    private func refusal(of bytes: ByteView) -> Problem? {
        var work = 0
        var at = 0
        while let less = bytes.first(Byte.less, from: at) {
            let next = bytes.first(Byte.less, from: less + 1) ?? bytes.count
            at = next
            guard next - less > 1024, less + 1 < bytes.count, bytes[less + 1].beginsName else { continue }
            let span = bytes[slice: less..<next]
            // Where the tag has ended soon, the rest is text.
            let end = tagEnd(span)
            guard end > 1024 else { continue }
            if end > limits.startTag {
                return Problem("not-well-formed", "a start tag is longer than \(limits.startTag) bytes")
            }
            let attributes = span[..<end].count { $0 == Byte.equals }
            work += attributes * attributes
            if work > 20_000_000 { return Problem("not-well-formed", "start tags with too many attributes") }
        }
        return nil
    }

    private func tagEnd(_ tag: ByteView) -> Int {
        var quote: UInt8 = 0
        for (index, byte) in tag.enumerated() {
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == Byte.quote || byte == Byte.apostrophe {
                quote = byte
            } else if byte == Byte.greater {
                return index
            }
        }
        return tag.count
    }
}

/// What stands before the root: the XML declaration and the document type. libxml2 sees neither. The declaration lies after
/// decoding, and a DTD is a way to attack.
struct Prologue {
    /// The internal subset's general entities: name to text, expanded once and not again.
    private(set) var entities: [String: [UInt8]] = [:]
    /// White space before the XML declaration.
    private(set) var problem: Problem?
    private var hidden: [Range<Int>] = []

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
            while index < subset.count, !subset[index].isBlank, subset[index] != Byte.greater { index += 1 }
            let name = String(subset[start..<index])
            skipBlanks()
            guard index < subset.count, subset[index] == Byte.quote || subset[index] == Byte.apostrophe,
                let end = subset.first(subset[index], from: index + 1), end - index < 4096
            else { continue }
            if entities[name] == nil { entities[name] = expanded(subset[slice: (index + 1)..<end]) }
            at = end
        }
    }

    /// Numbers and HTML's names only: an entity that names another shows that name.
    private func expanded(_ raw: ByteView) -> [UInt8] {
        var out: [UInt8] = []
        var from = 0
        while let ampersand = raw.first(Byte.ampersand, from: from) {
            out.append(contentsOf: raw[slice: from..<ampersand])
            if let (codePoint, end) = Entities.reference(in: raw, at: ampersand) {
                out.append(codePoint: codePoint)
                from = end
            } else {
                out.append(Byte.ampersand)
                from = ampersand + 1
            }
        }
        out.append(contentsOf: raw[slice: from..<raw.count])
        return out
    }

    /// `bytes` with declaration and document type blanked out, line ends kept so that line numbers stay true.
    func withoutDoctype(_ bytes: ByteView, _ body: (ByteView) -> Void) {
        guard let last = hidden.last else { return body(bytes) }
        if hidden.count == 1, hidden[0].lowerBound == 0, !bytes[hidden[0]].dropLast().contains(Byte.newline) {
            return body(bytes[slice: last.upperBound..<bytes.count])
        }
        var copy = Array(bytes)
        for range in hidden {
            for index in range where copy[index] != Byte.newline { copy[index] = Byte.space }
        }
        copy.withUnsafeBufferPointer { body($0) }
    }
}
