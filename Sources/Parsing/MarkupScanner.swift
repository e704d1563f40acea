/// Walks tag soup: HTML as browsers read it, and XML that no XML parser takes. Never fails, never goes back further than
/// to the start of the tag it reads, and takes time in proportion to the text.
struct MarkupScanner {
    enum Token {
        /// Character data, references still in it. Empty at times.
        case text(Range<Int>)
        case cdata(Range<Int>)
        /// A start tag; its attributes lie in `attributes`.
        case start(name: Range<Int>, attributes: Range<Int>, isEmpty: Bool)
        case end(name: Range<Int>)
        case doctype(Range<Int>)
        case instruction(Range<Int>)
        /// A comment or something between `<!` and `>` that is nothing.
        case comment
    }

    let bytes: ByteView
    private(set) var at: Int
    /// A tag, comment or CDATA section was cut by the end of the text.
    private(set) var isCut = false
    /// No quote of this kind follows: looking again and again would make hostile text slow.
    private var hasNoMoreQuotes = false
    private var hasNoMoreApostrophes = false
    private var hasNoMoreComments = false
    private var hasNoMoreCDATA = false

    /// XML has document types with declarations inside.
    private let isXML: Bool
    /// A parser of XML has found it so: what it took for a comment, an instruction or a tag is one here, too.
    private let isWellFormed: Bool

    init(_ bytes: ByteView, from start: Int = 0, isXML: Bool = false, isWellFormed: Bool = false) {
        self.bytes = bytes
        at = start
        self.isXML = isXML
        self.isWellFormed = isWellFormed
    }

    mutating func next() -> Token? {
        guard at < bytes.count else { return nil }
        if bytes[at] != Byte.less || !opensMarkup(at) { return text() }
        switch bytes[at + 1] {
        case Byte.exclamation: return declaration()
        case Byte.question: return instruction()
        case Byte.slash: return endTag()
        default: return startTag()
        }
    }

    /// Moves behind the end tag of a raw-text element called `name`, in lower case. False, and nothing moves, if there is
    /// none.
    mutating func skip(pastEndOf name: [UInt8]) -> Bool {
        let needle = [Byte.less, Byte.slash] + name
        var from = at
        while let found = bytes.position(ofTag: needle, from: from) {
            let after = found + needle.count
            if after >= bytes.count || bytes[after].isBlank || bytes[after] == Byte.greater
                || bytes[after] == Byte.slash
            {
                at = bytes.first(Byte.greater, from: min(after, bytes.count)).map { $0 + 1 } ?? bytes.count
                return true
            }
            from = after
        }
        return false
    }
}

extension ByteView {
    /// Where `needle`, which begins with `<` and is in lower case, first occurs at or after `start`.
    fileprivate func position(ofTag needle: [UInt8], from start: Int) -> Int? {
        var from = start
        while let less = first(Byte.less, from: from) {
            if begins(with: needle, at: less) { return less }
            from = less + 1
        }
        return nil
    }
}

extension MarkupScanner {
    /// Whether the `<` at `index` begins markup and not "a < b".
    private mutating func opensMarkup(_ index: Int) -> Bool {
        guard index + 1 < bytes.count else { return false }
        if isWellFormed { return true }
        let byte = bytes[index + 1]
        if byte.beginsName { return byte != Byte.colon }
        if byte == Byte.slash { return index + 2 < bytes.count && bytes[index + 2].beginsName }
        guard byte == Byte.exclamation, !isXML else { return byte == Byte.exclamation || byte == Byte.question }
        // "<!'" begins nothing.
        guard index + 2 < bytes.count else { return false }
        return bytes[index + 2].isLetter || bytes[index + 2] == Byte.hyphen
            || (bytes.begins(with: "<![cdata[", at: index) && closes(cdataFrom: index))
    }

    /// HTML knows no CDATA sections; where one is closed it was meant, else it is text.
    private mutating func closes(cdataFrom index: Int) -> Bool {
        if hasNoMoreCDATA { return false }
        hasNoMoreCDATA = bytes.position(of: [0x5D, 0x5D, Byte.greater], from: index) == nil
        return !hasNoMoreCDATA
    }

    private mutating func text() -> Token {
        let start = at
        var from = bytes[at] == Byte.less ? at + 1 : at
        while let less = bytes.first(Byte.less, from: from) {
            if opensMarkup(less) {
                at = less
                return .text(start..<less)
            }
            from = less + 1
        }
        at = bytes.count
        return .text(start..<bytes.count)
    }

    private mutating func declaration() -> Token {
        let start = at
        if bytes.begins(with: "<!--", at: at) { return comment() }
        if bytes.begins(with: "<![cdata[", at: at) {
            let body = at + 9
            let end = bytes.position(of: [0x5D, 0x5D, Byte.greater], from: body)
            isCut = isCut || end == nil
            at = end.map { $0 + 3 } ?? bytes.count
            return .cdata(body..<(end ?? bytes.count))
        }
        let isDoctype = bytes.begins(with: "<!doctype", at: at)
        at =
            isDoctype && isXML
            ? doctypeEnd(bytes, from: at) : bytes.first(Byte.greater, from: at).map { $0 + 1 } ?? bytes.count
        return isDoctype ? .doctype(start..<at) : .comment
    }

    /// `<!-->` and `<!--->` are whole comments, and `--!>` ends one (HTML, 13.2.5.43 and on).
    private mutating func comment() -> Token {
        var from = at + 4
        if isWellFormed {
            at = bytes.position(of: Array("-->".utf8), from: from).map { $0 + 3 } ?? bytes.count
            return .comment
        }
        if bytes.begins(with: ">", at: from) || bytes.begins(with: "->", at: from) {
            at = (bytes.first(Byte.greater, from: from) ?? from) + 1
            return .comment
        }
        while !hasNoMoreComments, let close = bytes.position(of: [Byte.hyphen, Byte.hyphen], from: from) {
            var end = close + 2
            while end < bytes.count, bytes[end] == Byte.hyphen { end += 1 }
            let behind = end
            if end < bytes.count, bytes[end] == Byte.exclamation { end += 1 }
            if end < bytes.count, bytes[end] == Byte.greater {
                at = end + 1
                return .comment
            }
            from = behind
        }
        // Never closed: what follows the next > is shown, as old browsers did.
        hasNoMoreComments = true
        isCut = true
        at = bytes.first(Byte.greater, from: at).map { $0 + 1 } ?? bytes.count
        return .comment
    }

    private mutating func instruction() -> Token {
        let start = at
        if isWellFormed {
            at = bytes.position(of: Array("?>".utf8), from: at + 2).map { $0 + 2 } ?? bytes.count
        } else {
            at = bytes.first(Byte.greater, from: at).map { $0 + 1 } ?? bytes.count
        }
        return .instruction(start..<at)
    }

    private mutating func endTag() -> Token {
        let name = nameEnd(from: at + 2)
        let range = (at + 2)..<name
        let end = bytes.first(Byte.greater, from: name)
        let less = bytes.first(Byte.less, from: name)
        // "</title <link>": the missing > is made good at the next tag.
        if let less, less < end ?? .max {
            isCut = true
            at = less
        } else {
            isCut = isCut || end == nil
            at = end.map { $0 + 1 } ?? bytes.count
        }
        return .end(name: range)
    }

    private func nameEnd(from start: Int) -> Int {
        var at = start
        while at < bytes.count, !bytes[at].isBlank, bytes[at] != Byte.greater, bytes[at] != Byte.slash,
            bytes[at] != Byte.less, bytes[at] != Byte.equals, bytes[at] != Byte.quote
        {
            at += 1
        }
        return at
    }

    private mutating func startTag() -> Token {
        let start = at + 1
        let name = start..<nameEnd(from: start)
        at = name.upperBound
        let end = tagEnd(from: at)
        let attributes = at..<end
        at = end < bytes.count ? end + (bytes[end] == Byte.greater ? 1 : 0) : end
        if end == bytes.count { isCut = true }
        let isEmpty = !attributes.isEmpty && bytes[end - 1] == Byte.slash
        return .start(name: name, attributes: isEmpty ? attributes.dropLast().range : attributes, isEmpty: isEmpty)
    }

    /// The index of the `>` that ends the tag, or of the `<` of the next one, or the end of the text. A `>` between quotes
    /// counts for nothing, unless the quote is never closed.
    private mutating func tagEnd(from start: Int) -> Int {
        var index = start
        var isAfterEquals = false
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case Byte.greater: return index
            case Byte.less: return index
            case Byte.quote, Byte.apostrophe:
                if isAfterEquals, let close = closingQuote(byte, from: index + 1) { index = close }
                isAfterEquals = false
            case Byte.equals: isAfterEquals = true
            case _ where byte.isBlank: break
            default: isAfterEquals = false
            }
            index += 1
        }
        return bytes.count
    }

    private mutating func closingQuote(_ quote: UInt8, from start: Int) -> Int? {
        if quote == Byte.quote ? hasNoMoreQuotes : hasNoMoreApostrophes { return nil }
        if let found = bytes.first(quote, from: start) { return found }
        if quote == Byte.quote { hasNoMoreQuotes = true } else { hasNoMoreApostrophes = true }
        return nil
    }
}

extension Range<Int>.SubSequence {
    fileprivate var range: Range<Int> { startIndex..<endIndex }
}

/// The index behind the `>` of the document type declaration at `start`, its internal subset included.
func doctypeEnd(_ bytes: ByteView, from start: Int) -> Int {
    var at = start
    var depth = 0
    while at < bytes.count {
        switch bytes[at] {
        case Byte.quote, Byte.apostrophe:
            // A quote that is never closed is none.
            if let close = bytes.first(bytes[at], from: at + 1) { at = close }
        case UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "]"): depth = max(0, depth - 1)
        case Byte.less where depth > 0 && bytes.begins(with: "<!--", at: at):
            guard let close = bytes.position(of: Array("-->".utf8), from: at + 4) else { return bytes.count }
            at = close + 2
        case Byte.greater where depth == 0: return at + 1
        default: break
        }
        at += 1
    }
    return bytes.count
}

/// One attribute of a tag, its references still in the value.
struct RawAttribute {
    var name: Range<Int>
    var value: Range<Int>
}

/// More attributes than this a tag does not have.
let mostAttributes = 256

/// The first attributes between `range`, quoted with either quote, unquoted, or without a value; at most `mostAttributes`.
func scanAttributes(_ bytes: ByteView, _ range: Range<Int>) -> [RawAttribute] {
    var found: [RawAttribute] = []
    var at = range.lowerBound
    let end = range.upperBound
    while at < end, found.count < mostAttributes {
        while at < end, bytes[at].isBlank || bytes[at] == Byte.slash { at += 1 }
        let start = at
        while at < end, !bytes[at].isBlank, bytes[at] != Byte.equals, bytes[at] != Byte.slash { at += 1 }
        let name = start..<at
        while at < end, bytes[at].isBlank { at += 1 }
        guard at < end, bytes[at] == Byte.equals else {
            if !name.isEmpty { found.append(RawAttribute(name: name, value: at..<at)) }
            continue
        }
        at += 1
        while at < end, bytes[at].isBlank { at += 1 }
        var value = at..<at
        if at < end, bytes[at] == Byte.quote || bytes[at] == Byte.apostrophe,
            let close = bytes.first(bytes[at], from: at + 1), close < end
        {
            value = (at + 1)..<close
            at = close + 1
        } else {
            let first = at
            while at < end, !bytes[at].isBlank { at += 1 }
            value = first..<at
        }
        if !name.isEmpty { found.append(RawAttribute(name: name, value: value)) }
    }
    return found
}
