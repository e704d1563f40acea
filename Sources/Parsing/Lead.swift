import FeedModel

/// Reads the beginning of a text block, letters and digits only: what an entry is known by besides its title and link.
struct LeadReader {
    /// A block made plain; used from block to block.
    private var plain: [UInt8] = []
    private let elements = HTMLElement.all

    /// How long a lead is, in bytes.
    static let length = 200
    /// White space and marks fold away, so more text is looked at than is kept...
    private static let some = length + 100
    /// ...and yet more where that was not enough.
    private static let more = 1000

    /// Where in `text` the lead of `block` now stands; nil, and nothing is appended, if the block has no words at all.
    mutating func appendLead(of block: String, type: String, to text: inout [UInt8]) -> Range<Int>? {
        let start = text.count
        if appendUsualLead(of: block, type: type, to: &text) { return start..<text.count }
        text.removeLast(text.count - start)
        return appendAnyLead(of: block, type: type, to: &text) ? start..<text.count : nil
    }

    /// Makes as much of the block plain as a lead is likely to need. False if there are no words.
    mutating func appendAnyLead(of block: String, type: String, to text: inout [UInt8]) -> Bool {
        let start = text.count
        TextBlock.read(block, type: type, limit: Self.some, into: &plain)
        guard !plain.isEmpty else { return false }
        appendFolded(plain, limit: Self.length, to: &text)
        if text.count - start < Self.length, plain.count >= Self.some {
            text.removeLast(text.count - start)
            TextBlock.read(block, type: type, limit: Self.more, into: &plain)
            appendFolded(plain, limit: Self.length, to: &text)
        }
        return true
    }

    /// Finds the same lead without making the text plain first. False, and `out` may hold a part of it, for a block with
    /// anything unusual before the lead ends, and for a lead that might end beyond the first `some` bytes of plain text.
    func appendUsualLead(of block: String, type: String, to out: inout [UInt8]) -> Bool {
        let isKnownASCII = block.utf8Span.isKnownASCII
        return block.utf8Span.span.withUnsafeBufferPointer { bytes in
            // Of text that was encoded twice, what is ASCII stands for itself.
            let furthest = min(bytes.count, 1024)
            let isASCII =
                isKnownASCII || endOfASCII(in: bytes[slice: 0..<furthest]) == furthest
            guard isASCII || encodedTwice(bytes) == nil else { return false }
            let start = out.count
            guard isHTML(type) else {
                return appendPart(of: bytes, 0..<bytes.count, room: Self.some, isHTML: false, from: start, to: &out)
                    && start < out.count
            }
            // What stands between two texts is a blank or a line end at most.
            var room = Self.some
            var scanner = MarkupScanner(bytes)
            while out.count - start < Self.length, let token = scanner.next() {
                switch token {
                case .text(let range):
                    guard appendPart(of: bytes, range, room: room, isHTML: true, from: start, to: &out) else {
                        return false
                    }
                    room -= range.count
                case .start(let name, _, _):
                    if case .hidden = elements[bytes[slice: name]] { return false }
                    room -= 1
                case .end: room -= 1
                case .cdata, .comment, .doctype, .instruction: return false
                }
                guard room > 0 || out.count - start >= Self.length, scanner.at <= furthest || !isASCII else {
                    return false
                }
            }
            return start < out.count
        }
    }

    /// Appends what folds out of `range`, as far as there is room for it in plain text and until the lead, which began at
    /// `start`, is complete. False if more of it was wanted than there was room for.
    private func appendPart(
        of bytes: ByteView, _ range: Range<Int>, room: Int, isHTML: Bool, from start: Int, to out: inout [UInt8]
    ) -> Bool {
        var end = range.upperBound
        if range.count > room {
            end = range.lowerBound + max(0, room)
            // A word is not cut, nor a reference.
            while end > range.lowerBound, !bytes[end - 1].isBlank { end -= 1 }
        }
        let part = bytes[slice: range.lowerBound..<end]
        var from = 0
        while isHTML, let ampersand = part.first(Byte.ampersand, from: from) {
            appendFolded(part[slice: from..<ampersand], limit: Self.length - (out.count - start), to: &out)
            from = ampersand + 1
            guard let reference = Entities.reference(in: part, at: ampersand) else { continue }
            if out.count - start < Self.length, let scalar = Unicode.Scalar(reference.codePoint) {
                appendFolded(scalar, to: &out)
            }
            from = reference.end
        }
        appendFolded(part[slice: from..<part.count], limit: Self.length - (out.count - start), to: &out)
        return end == range.upperBound || out.count - start >= Self.length
    }
}

/// Letters and digits in lower case, at most about `limit` bytes: what survives a new quotation mark or blank.
func appendFolded(_ text: String, limit: Int, to out: inout [UInt8]) {
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
        // Not much more than there is room for.
        let end = endOfASCII(in: text[slice: 0..<min(text.count, at + 256)], from: at)
        if at < end {
            at += appendFoldedASCII(text[slice: at..<end], room: limit - (out.count - start), to: &out)
            continue
        }
        let length = sequenceLength(text, at: at)
        if let scalar = scalar(of: text[slice: at..<at + length]) { appendFolded(scalar, to: &out) }
        at += max(1, length)
    }
}

/// What a valid sequence of two to four bytes stands for; nil for none.
private func scalar(of sequence: ByteView) -> Unicode.Scalar? {
    guard let lead = sequence.first else { return nil }
    // The lead of n bytes begins with n ones and a zero.
    let value = sequence.dropFirst().reduce(UInt32(lead) & 0x7F >> UInt32(sequence.count)) {
        $0 << 6 | UInt32($1 & 0x3F)
    }
    return Unicode.Scalar(value)
}

private func appendFolded(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
    // Dashes, quotation marks and spaces, as most characters are in English that are not ASCII.
    if (0x2000...0x206F).contains(scalar.value) { return }
    let properties = scalar.properties
    guard properties.isAlphabetic || properties.numericType != nil else { return }
    if properties.changesWhenLowercased {
        out += properties.lowercaseMapping.utf8
    } else {
        out.append(codePoint: scalar.value)
    }
}

/// - Returns: how many bytes were read.
private func appendFoldedASCII(_ text: ByteView, room: Int, to out: inout [UInt8]) -> Int {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: min(room, text.count)) { buffer in
        foldedASCII.withUnsafeBufferPointer { table in
            var at = 0
            var count = 0
            while at < text.count, count < buffer.count {
                // As many as there is room for if all of them are kept.
                let end = at + min(text.count - at, buffer.count - count)
                while at < end {
                    // Written in any case, and kept if it counts: quicker than a branch that nobody can foresee.
                    let folded = table[Int(text[at])]
                    buffer[count] = UInt8(truncatingIfNeeded: folded)
                    count &+= Int(folded >> 8)
                    at &+= 1
                }
            }
            out.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<count]))
            return at
        }
    }
}

/// Letters in lower case and digits, with how many bytes are kept in the upper byte: 0 of what folds away.
private let foldedASCII: [UInt16] = (0..<128).map { (byte: UInt8) in
    byte.isLetter || byte.isDigit ? 0x100 | UInt16(byte.lowercased) : 0
}
