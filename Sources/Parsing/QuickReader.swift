import FeedModel

/// Reads a well-formed document with nothing unusual about it where it lies, several times as fast as libxml2, and checks
/// its form as it goes. Whatever it is not sure of (names that are not ASCII, entities that nobody knows, markup that is
/// not well-formed) it leaves to `XMLReader`, which reads the document anew: so this reader is strict, and short.
struct QuickReader {
    private var builder: FeedBuilder
    private let bytes: ByteView
    private let startTagLimit: Int
    /// Carriage returns, which stand for line ends, occur.
    private let hasReturns: Bool
    private var at = 0
    private var names = QuickNames()
    /// The elements around `at`, outermost first.
    private var open: [Open] = []
    private var tag = QuickTag()
    /// The attributes of `tag` that mean something; kept so that its memory is used again, as `tag` is.
    private var found: [Attribute] = []
    private let attributeNames = AttributeName.all
    private var hasRoot = false

    private struct Open {
        /// As the start tag writes it, prefix and all.
        var name: ByteView
        /// How many namespaces were bound before it.
        var bindings: Int
    }

    /// libxml2 gives up at 256.
    private static let deepest = 200

    /// The feed that `builder` makes of the document; nil if anything in it is unusual, or if it is no feed. `bytes` are
    /// valid UTF-8, without an XML declaration and without a document type.
    static func read(_ bytes: ByteView, with builder: FeedBuilder, limits: ParseLimits) -> ParsedFeed? {
        guard !holdsForbidden(bytes) else { return nil }
        var reader = QuickReader(bytes, builder, limits)
        return reader.readDocument() && reader.builder.hasRoot ? reader.builder.feed : nil
    }

    private init(_ bytes: ByteView, _ builder: FeedBuilder, _ limits: ParseLimits) {
        self.bytes = bytes
        self.builder = builder
        hasReturns = bytes.first(Byte.carriageReturn, from: 0) != nil
        startTagLimit = limits.startTag
        open.reserveCapacity(8)
        found.reserveCapacity(8)
    }

    private mutating func readDocument() -> Bool {
        while let less = bytes.first(Byte.less, from: at) {
            guard less == at || text(at..<less), less + 1 < bytes.count else { return false }
            at = less + 1
            let isUsual =
                switch bytes[at] {
                case Byte.slash: endTag()
                case Byte.exclamation: declaration()
                case Byte.question: instruction()
                default: startTag()
                }
            guard isUsual else { return false }
            if builder.isFull { return true }
        }
        return open.isEmpty && hasRoot && isBlank(bytes[slice: at..<bytes.count])
    }

    /// Whether there are characters that XML forbids, in valid UTF-8.
    private static func holdsForbidden(_ bytes: ByteView) -> Bool {
        typealias Block = SIMD32<UInt8>
        let raw = UnsafeRawBufferPointer(bytes)
        var forbidden = SIMDMask<SIMD32<Int8>>(repeating: false)
        func look(at block: Block) {
            let isAllowed =
                (block .== Block(repeating: Byte.newline)) .| (block .== Block(repeating: Byte.tab))
                .| (block .== Block(repeating: Byte.carriageReturn))
            forbidden .|= (block .< Block(repeating: 0x20)) .& .!isAllowed
        }
        var at = 0
        while at + 32 <= bytes.count {
            look(at: raw.loadUnaligned(fromByteOffset: at, as: Block.self))
            at += 32
        }
        var last = Block(repeating: Byte.space)
        for index in at..<bytes.count { last[index - at] = bytes[index] }
        look(at: last)
        if any(forbidden) { return true }
        // U+FFFE and U+FFFF begin with EF BF; their harmless neighbours are unusual enough.
        var from = 0
        while let found = bytes.first(0xEF, from: from) {
            if found + 1 < bytes.count, bytes[found + 1] == 0xBF { return true }
            from = found + 1
        }
        return false
    }
}

// MARK: - Text

extension QuickReader {
    private mutating func text(_ range: Range<Int>) -> Bool {
        if isBlank(bytes[slice: range]) {
            if !open.isEmpty { plain(range) }
            return true
        }
        guard !open.isEmpty else { return false }
        let text = bytes[slice: 0..<range.upperBound]
        guard !QuickText.holdsSectionEnd(text, from: range.lowerBound) else { return false }
        var from = range.lowerBound
        while let ampersand = text.first(Byte.ampersand, from: from) {
            plain(from..<ampersand)
            guard let reference = QuickText.reference(in: text, at: ampersand) else { return false }
            builder.text(codePoint: reference.codePoint)
            from = reference.end
        }
        plain(from..<range.upperBound)
        return true
    }

    private mutating func plain(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let text = bytes[slice: range]
        guard hasReturns, text.first(Byte.carriageReturn, from: 0) != nil else {
            return builder.text(text, isLasting: true)
        }
        QuickText.withLinesNormalised(text) { builder.text($0) }
    }
}

private func isBlank(_ bytes: ByteView) -> Bool {
    for byte in bytes where !byte.isBlank { return false }
    return true
}

// MARK: - Markup

extension QuickReader {
    private mutating func declaration() -> Bool {
        if bytes.holds("![CDATA[", at: at), !open.isEmpty {
            var from = at + 8
            while let bracket = bytes.first(UInt8(ascii: "]"), from: from) {
                if bracket + 2 < bytes.count, bytes[bracket + 1] == UInt8(ascii: "]"),
                    bytes[bracket + 2] == Byte.greater
                {
                    plain((at + 8)..<bracket)
                    at = bracket + 3
                    return true
                }
                from = bracket + 1
            }
            return false
        }
        // A comment, in which no two hyphens stand together.
        guard bytes.holds("!--", at: at) else { return false }
        var from = at + 3
        while let hyphen = bytes.first(Byte.hyphen, from: from), hyphen + 2 < bytes.count {
            if bytes[hyphen + 1] == Byte.hyphen {
                at = hyphen + 3
                return bytes[hyphen + 2] == Byte.greater
            }
            from = hyphen + 1
        }
        return false
    }

    private mutating func instruction() -> Bool {
        let start = at + 1
        var end = start
        while end < bytes.count, bytes[end].isLetter || bytes[end] == Byte.hyphen { end += 1 }
        // Another XML declaration is none, and a document with one is two documents.
        guard end > start, bytes[start].isLetter, !(end == start + 3 && bytes.begins(with: "xml", at: start)),
            end < bytes.count, bytes[end].isBlank || bytes[end] == Byte.question
        else { return false }
        while let question = bytes.first(Byte.question, from: end) {
            if question + 1 < bytes.count, bytes[question + 1] == Byte.greater {
                at = question + 2
                return true
            }
            // What follows the name at once must be its end.
            guard question > end || bytes[end].isBlank else { return false }
            end = question + 1
        }
        return false
    }

    private mutating func endTag() -> Bool {
        guard let last = open.popLast() else { return false }
        let start = at + 1
        var end = start + last.name.count
        guard end < bytes.count, bytes[slice: start..<end].isSame(as: last.name) else { return false }
        while end < bytes.count, bytes[end].isBlank { end += 1 }
        guard end < bytes.count, bytes[end] == Byte.greater else { return false }
        at = end + 1
        names.unbind(downTo: last.bindings)
        builder.end()
        return true
    }

    private mutating func startTag() -> Bool {
        // One root, and not too deep.
        guard !open.isEmpty || !hasRoot, open.count < Self.deepest, let end = tag.read(bytes, from: at),
            end - at <= startTagLimit
        else { return false }
        at = end
        let bindings = names.bindings
        for index in 0..<tag.count where tag[index].bindsNamespace(in: bytes) {
            guard names.bind(tag[index], in: bytes) else { return false }
        }
        guard let name = names.name(bytes[slice: tag.name], colon: tag.colon), collectAttributes() else { return false }
        builder.start(name, &found)
        if tag.isEmpty {
            names.unbind(downTo: bindings)
            builder.end()
        } else {
            open.append(Open(name: bytes[slice: tag.name], bindings: bindings))
        }
        return true
    }

    /// Puts into `found` those attributes that the builder asks about. False if any is unusual.
    private mutating func collectAttributes() -> Bool {
        // One after the other: to empty a list that is to be filled again costs more than the few that are in it.
        while !found.isEmpty { found.removeLast() }
        if !hasRoot {
            hasRoot = true
            if let url = names.defaultURL { found.append(Attribute(name: .xmlns, namespace: .xml, value: url)) }
        }
        for index in 0..<tag.count where !tag[index].bindsNamespace(in: bytes) {
            let attribute = tag[index]
            guard let namespace = names.namespace(of: attribute, in: bytes) else { return false }
            if builder.wantsAttributes, let name = attributeNames[bytes[slice: attribute.local]] {
                guard let value = QuickText.value(of: attribute, in: bytes) else { return false }
                found.append(Attribute(name: name, namespace: namespace, value: value))
            } else if attribute.needsWork {
                guard QuickText.value(of: attribute, in: bytes) != nil else { return false }
            }
        }
        return true
    }
}
