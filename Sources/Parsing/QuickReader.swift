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
    /// The attributes of `tag` that mean something; kept so that its memory is used again.
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
        let kinds = kinds(of: bytes)
        guard !kinds.hasForbidden else { return nil }
        var reader = QuickReader(bytes, builder, hasReturns: kinds.hasReturns, limits)
        return reader.readDocument() && reader.builder.hasRoot ? reader.builder.feed : nil
    }

    private init(_ bytes: ByteView, _ builder: FeedBuilder, hasReturns: Bool, _ limits: ParseLimits) {
        self.bytes = bytes
        self.builder = builder
        self.hasReturns = hasReturns
        startTagLimit = limits.startTag
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
        return open.isEmpty && hasRoot && isBlank(at..<bytes.count)
    }

    /// Whether there are characters that XML forbids, and whether there are carriage returns.
    private static func kinds(of bytes: ByteView) -> (hasForbidden: Bool, hasReturns: Bool) {
        typealias Block = SIMD32<UInt8>
        let raw = UnsafeRawBufferPointer(bytes)
        var forbidden = SIMDMask<SIMD32<Int8>>(repeating: false)
        var returns = forbidden
        var high = forbidden
        func look(at block: Block) {
            let isReturn = block .== Block(repeating: Byte.carriageReturn)
            let isAllowed =
                (block .== Block(repeating: Byte.newline)) .| (block .== Block(repeating: Byte.tab)) .| isReturn
            forbidden .|= (block .< Block(repeating: 0x20)) .& .!isAllowed
            returns .|= isReturn
            high .|= block .>= Block(repeating: 0xEF)
        }
        var at = 0
        while at + 32 <= bytes.count {
            look(at: raw.loadUnaligned(fromByteOffset: at, as: Block.self))
            at += 32
        }
        var last = Block(repeating: Byte.space)
        for index in at..<bytes.count { last[index - at] = bytes[index] }
        look(at: last)
        guard !any(forbidden), any(high) else { return (any(forbidden), any(returns)) }
        // U+FFFE and U+FFFF begin with EF BF; their harmless neighbours are unusual enough.
        var from = 0
        while let found = bytes.first(0xEF, from: from) {
            if found + 1 < bytes.count, bytes[found + 1] == 0xBF { return (true, any(returns)) }
            from = found + 1
        }
        return (false, any(returns))
    }
}

// MARK: - Text

extension QuickReader {
    private func isBlank(_ range: Range<Int>) -> Bool {
        for index in range where !bytes[index].isBlank { return false }
        return true
    }

    private mutating func text(_ range: Range<Int>) -> Bool {
        guard !open.isEmpty else { return isBlank(range) }
        guard holdsSigns(range) else {
            plain(range)
            return true
        }
        let text = bytes[slice: 0..<range.upperBound]
        guard !holdsSectionEnd(text, from: range.lowerBound) else { return false }
        var from = range.lowerBound
        while let ampersand = text.first(Byte.ampersand, from: from) {
            plain(from..<ampersand)
            guard let reference = reference(in: text, at: ampersand) else { return false }
            builder.text(codePoint: reference.codePoint)
            from = reference.end
        }
        plain(from..<range.upperBound)
        return true
    }

    /// Whether the text has a character at which to look more closely.
    private func holdsSigns(_ range: Range<Int>) -> Bool {
        var found: UInt8 = 0
        for byte in bytes[range] { found |= byte == Byte.ampersand || byte == Byte.greater ? 1 : 0 }
        return found != 0
    }

    /// `]]>` may not stand in text.
    private func holdsSectionEnd(_ text: ByteView, from start: Int) -> Bool {
        var from = start
        while let greater = text.first(Byte.greater, from: from) {
            if greater - start >= 2, text[greater - 1] == UInt8(ascii: "]"), text[greater - 2] == UInt8(ascii: "]") {
                return true
            }
            from = greater + 1
        }
        return false
    }

    /// A carriage return, with the line feed after it or alone, is one line feed (XML 1.0, 2.11).
    private mutating func plain(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let text = bytes[slice: range]
        guard hasReturns, text.first(Byte.carriageReturn, from: 0) != nil else {
            return builder.text(text, isLasting: true)
        }
        withLinesNormalised(text) { builder.text($0) }
    }

    /// A reference as XML has it, or one of HTML's names; nil for any other. Unlike in HTML, a number means just what it
    /// says.
    private func reference(in text: ByteView, at ampersand: Int) -> (codePoint: UInt32, end: Int)? {
        let start = ampersand + 1
        guard let end = text[slice: 0..<min(text.count, start + 12)].first(Byte.semicolon, from: start), end > start
        else { return nil }
        if text[start] == Byte.hash { return number(text, (start + 1)..<end).map { ($0, end + 1) } }
        let name = text[slice: start..<end]
        switch name.count {
        case 2 where name[1] == UInt8(ascii: "t") && name[0] == UInt8(ascii: "l"): return (0x3C, end + 1)
        case 2 where name[1] == UInt8(ascii: "t") && name[0] == UInt8(ascii: "g"): return (0x3E, end + 1)
        case 3 where name.elementsEqual("amp".utf8): return (0x26, end + 1)
        default: return Entities.codePoint(named: name).map { ($0, end + 1) }
        }
    }

    private func number(_ text: ByteView, _ digits: Range<Int>) -> UInt32? {
        let isHex = text[digits.lowerBound] == UInt8(ascii: "x")
        let digits = isHex ? digits.dropFirst() : digits[...]
        guard (1...7).contains(digits.count),
            let value = UInt32(String(text[digits.startIndex..<digits.endIndex]), radix: isHex ? 16 : 10)
        else { return nil }
        // XML 1.0, 2.2. A sign that `UInt32` would take is no digit.
        let isCharacter =
            value == 0x09 || value == 0x0A || value == 0x0D || (0x20...0xD7FF).contains(value)
            || (0xE000...0xFFFD).contains(value) || (0x10000...0x10FFFF).contains(value)
        return isCharacter && text[digits.startIndex] != Byte.plus ? value : nil
    }
}

/// Hands `text` over with a line feed for each carriage return and the line feed that may follow it.
private func withLinesNormalised(_ text: ByteView, _ take: (ByteView) -> Void) {
    var lines: [UInt8] = []
    lines.reserveCapacity(text.count)
    for index in text.indices {
        if text[index] != Byte.carriageReturn {
            lines.append(text[index])
        } else if index + 1 == text.count || text[index + 1] != Byte.newline {
            lines.append(Byte.newline)
        }
    }
    lines.withUnsafeBufferPointer(take)
}

// MARK: - Markup

extension QuickReader {
    private mutating func declaration() -> Bool {
        if bytes.begins(with: "![cdata[", at: at), !open.isEmpty {
            // `begins` does not mind the case.
            guard bytes[slice: at..<(at + 8)].elementsEqual("![CDATA[".utf8) else { return false }
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
        guard bytes.begins(with: "!--", at: at) else { return false }
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
        for attribute in tag.attributes where attribute.bindsNamespace(in: bytes) {
            guard names.bind(attribute, in: bytes) else { return false }
        }
        guard let name = names.name(bytes[slice: tag.name], colon: tag.colon), collectAttributes() else { return false }
        builder.start(name, found)
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
        found.removeAll(keepingCapacity: true)
        if !hasRoot {
            hasRoot = true
            if let url = names.defaultURL { found.append(Attribute(name: .xmlns, namespace: .xml, value: url)) }
        }
        for attribute in tag.attributes where !attribute.bindsNamespace(in: bytes) {
            guard let namespace = names.namespace(of: attribute, in: bytes) else { return false }
            if builder.wantsAttributes, let name = attributeNames[bytes[slice: attribute.local]] {
                guard let value = value(of: attribute) else { return false }
                found.append(Attribute(name: name, namespace: namespace, value: value))
            } else if attribute.needsWork {
                guard value(of: attribute) != nil else { return false }
            }
        }
        return true
    }

    /// The value with references decoded and every white space a blank (XML 1.0, 3.3.3); nil if it is unusual.
    private func value(of attribute: QuickAttribute) -> String? {
        let raw = bytes[slice: attribute.value]
        guard attribute.needsWork else { return cleanText(raw) }
        var out: [UInt8] = []
        out.reserveCapacity(raw.count)
        var at = 0
        while at < raw.count {
            let byte = raw[at]
            if byte == Byte.ampersand {
                guard let reference = reference(in: raw, at: at) else { return nil }
                out.append(codePoint: reference.codePoint)
                at = reference.end
                continue
            }
            // Of a carriage return and line feed, one blank.
            if !byte.isBlank {
                out.append(byte)
            } else if byte != Byte.newline || at == 0 || raw[at - 1] != Byte.carriageReturn {
                out.append(Byte.space)
            }
            at += 1
        }
        return cleanText(out)
    }
}
