/// The words of an HTML text: markup gone, references decoded, blocks as line breaks, white space squashed. What no
/// reader sees (scripts, styles, comments, templates, what stands in for a frame) goes with its contents; the text of
/// every other element stays, known or not.
struct PageText {
    private var out: [UInt8] = []
    /// What stands between the last word and the next.
    private var gap = Gap.none
    private var preformatted = 0
    private let limit: Int
    private let elements = HTMLElement.all

    private enum Gap: Int { case none, blank, line }

    private init(limit: Int) { self.limit = limit }

    /// `html` as plain text. Stops soon after `limit` bytes.
    static func plain(html: ByteView, limit: Int = .max) -> [UInt8] {
        var out: [UInt8] = []
        read(html: html, limit: limit, into: &out)
        return out
    }

    /// Text that is plain already, with its white space squashed: runs of blanks become one, lines stay lines.
    static func plain(text bytes: ByteView, keepsLines: Bool = true, limit: Int = .max) -> [UInt8] {
        var out: [UInt8] = []
        read(text: bytes, keepsLines: keepsLines, limit: limit, into: &out)
        return out
    }

    /// As `plain`, into memory that is used again: what was in `out` goes.
    static func read(html: ByteView, limit: Int = .max, into out: inout [UInt8]) {
        var text = PageText(limit: limit)
        swap(&text.out, &out)
        text.out.removeAll(keepingCapacity: true)
        text.read(html)
        swap(&text.out, &out)
    }

    /// Likewise for text that is plain already.
    static func read(text bytes: ByteView, keepsLines: Bool = true, limit: Int = .max, into out: inout [UInt8]) {
        var text = PageText(limit: limit)
        swap(&text.out, &out)
        text.out.removeAll(keepingCapacity: true)
        text.preformatted = keepsLines ? 1 : 0
        text.reserve(bytes.count)
        text.append(bytes)
        swap(&text.out, &out)
    }
}

extension PageText {
    /// Makes room for the text in so many bytes; a word goes on past the limit.
    private mutating func reserve(_ count: Int) {
        out.reserveCapacity(out.count + min(count, limit < .max - 64 ? limit + 64 : limit))
    }

    private mutating func read(_ html: ByteView, depth: Int = 0) {
        reserve(html.count)
        var scanner = MarkupScanner(html)
        while out.count < limit, let token = scanner.next() {
            switch token {
            case .text(let range): decode(html[slice: range])
            case .cdata(let range): if depth == 0 { read(html[slice: range], depth: 1) }
            case .start(let name, _, let isEmpty): start(html[slice: name], isEmpty: isEmpty, &scanner)
            case .end(let name): end(html[slice: name])
            case .doctype, .instruction, .comment: break
            }
        }
    }

    private mutating func start(_ name: ByteView, isEmpty: Bool, _ scanner: inout MarkupScanner) {
        switch elements[name] ?? .inline {
        case .inline: break
        case .block, .line: separate(.line)
        case .cell: separate(.blank)
        case .preformatted:
            separate(.line)
            preformatted += 1
        case .hidden(let isSafeToKeep):
            guard !isEmpty || !isSafeToKeep else { return }
            let lower = name.map(\.lowercased)
            if lower.elementsEqual("template".utf8) {
                skipTemplate(&scanner)
            } else if !scanner.skip(pastEndOf: lower), !isSafeToKeep {
                // A script that never ends takes the rest with it, as in a browser.
                scanner = MarkupScanner(scanner.bytes, from: scanner.bytes.count)
            }
        }
    }

    private mutating func end(_ name: ByteView) {
        switch elements[name] ?? .inline {
        case .block: separate(.line)
        case .cell: separate(.blank)
        case .preformatted:
            separate(.line)
            preformatted = max(0, preformatted - 1)
        case .inline, .line, .hidden: break
        }
    }

    /// Templates nest.
    private func skipTemplate(_ scanner: inout MarkupScanner) {
        var depth = 1
        let name = Array("template".utf8)
        while depth > 0, let token = scanner.next() {
            switch token {
            case .start(let found, _, false) where isSame(scanner.bytes[slice: found], name): depth += 1
            case .end(let found) where isSame(scanner.bytes[slice: found], name): depth -= 1
            default: break
            }
        }
    }

    private func isSame(_ bytes: ByteView, _ name: [UInt8]) -> Bool {
        bytes.count == name.count && bytes.begins(with: name, at: 0)
    }

    private mutating func separate(_ wider: Gap) {
        if wider.rawValue > gap.rawValue { gap = wider }
    }

    private mutating func decode(_ bytes: ByteView) {
        var from = 0
        while let ampersand = bytes.first(Byte.ampersand, from: from) {
            append(bytes[slice: from..<ampersand])
            if let (codePoint, end) = Entities.reference(in: bytes, at: ampersand) {
                append(codePoint)
                from = end
            } else {
                append(UInt32(Byte.ampersand))
                from = ampersand + 1
            }
        }
        append(bytes[slice: from..<bytes.count])
    }

    private mutating func append(_ codePoint: UInt32) {
        if isSpace(codePoint) {
            separate(codePoint == 0x0A && preformatted > 0 ? .line : .blank)
        } else if !isForbidden(codePoint) {
            closeGap()
            out.append(codePoint: codePoint)
        }
    }

    /// Text in which references are decoded: words are copied run by run.
    private mutating func append(_ bytes: ByteView) {
        var at = 0
        while at < bytes.count, out.count < limit {
            let byte = bytes[at]
            if byte <= 0x20 {
                separate(preformatted > 0 && (byte == Byte.newline || byte == Byte.carriageReturn) ? .line : .blank)
                at += 1
                continue
            }
            let length = spaceLength(bytes, at)
            if length > 0 {
                separate(.blank)
                at += length
                continue
            }
            let end = runEnd(bytes, from: at)
            closeGap()
            out.append(contentsOf: bytes[slice: at..<end])
            at = end
        }
    }

    /// The end of the words from `start` on that stand apart by single blanks: they are copied as they are. Soon after the
    /// limit it is the end of a character.
    private func runEnd(_ bytes: ByteView, from start: Int) -> Int {
        let enough = start + min(bytes.count - start, limit - out.count)
        var at = start
        while at < enough {
            at = endOfPlain(bytes, from: at, to: enough)
            guard at < enough else { break }
            let byte = bytes[at]
            if byte > 0x20, byte < 0xC2 || spaceLength(bytes, at) == 0 {
                at += 1
                // Alphabets of several bytes a letter.
                while at < enough, bytes[at] >= 0x80, bytes[at] < 0xC2 || spaceLength(bytes, at) == 0 { at += 1 }
            } else if byte == Byte.space, at + 1 < enough, bytes[at + 1] > 0x20, spaceLength(bytes, at + 1) == 0 {
                at += 2
            } else {
                return at
            }
        }
        while at < bytes.count, bytes[at] & 0xC0 == 0x80 { at += 1 }
        return at
    }

    /// A place from `start` on before which no character of several bytes begins and no blank has another beside it: the end
    /// of such text or somewhat before it.
    @inline(__always) private func endOfPlain(_ bytes: ByteView, from start: Int, to end: Int) -> Int {
        var at = start
        while at + 33 <= end {
            let these = bytes.thirtyTwo(from: at)
            let next = bytes.thirtyTwo(from: at + 1)
            let blanks = these.bytes(below: 0x21) & next.bytes(below: 0x21)
            let controls = these.bytes(below: 0x20) | next.bytes(below: 0x20)
            guard blanks | controls | these.leadBytes | next.leadBytes == .zero else { break }
            at += 32
        }
        while at + 9 <= end {
            let these = bytes.eight(from: at)
            let next = bytes.eight(from: at + 1)
            let blanks = these.bytes(below: 0x21) & next.bytes(below: 0x21)
            let controls = these.bytes(below: 0x20) | next.bytes(below: 0x20)
            let marks = blanks | controls | these.leadBytes | next.leadBytes
            // Of the marks the lowest is sure.
            guard marks == 0 else { return at + marks.trailingZeroBitCount / 8 }
            at += 8
        }
        return at
    }

    private mutating func closeGap() {
        if gap != .none {
            if !out.isEmpty { out.append(gap == .line ? Byte.newline : Byte.space) }
            gap = .none
        }
    }

    private func isSpace(_ value: UInt32) -> Bool {
        value <= 0x20 || value == 0xA0 || (0x2000...0x200A).contains(value) || value == 0x2028 || value == 0x2029
            || value == 0x202F || value == 0x205F || value == 0x3000
    }

    /// The length of the space of more than one byte at `at`; 0 if there is none.
    @inline(__always) private func spaceLength(_ bytes: ByteView, _ at: Int) -> Int {
        switch bytes[at] {
        case 0xC2: at + 1 < bytes.count && bytes[at + 1] == 0xA0 ? 2 : 0
        case 0xE2 where at + 2 < bytes.count:
            (bytes[at + 1] == 0x80 && (bytes[at + 2] <= 0x8A || [0xA8, 0xA9, 0xAF].contains(bytes[at + 2])))
                || (bytes[at + 1] == 0x81 && bytes[at + 2] == 0x9F) ? 3 : 0
        case 0xE3: at + 2 < bytes.count && bytes[at + 1] == 0x80 && bytes[at + 2] == 0x80 ? 3 : 0
        default: 0
        }
    }
}

/// What an element of HTML does to the text in and around it.
enum HTMLElement: Equatable {
    case inline
    /// Its text stands on lines of its own.
    case block
    /// A line break.
    case line
    /// Its text stands apart from its neighbour's.
    case cell
    case preformatted
    /// Not shown, nor its contents; `isSafeToKeep` tells what may stay if its end is missing.
    case hidden(isSafeToKeep: Bool)

    /// By name; an element that is not in here is inline.
    static let all: NameTable<HTMLElement> = {
        var table = NameTable<HTMLElement>()
        table.add(
            """
            address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption \
            figure footer form frameset h1 h2 h3 h4 h5 h6 head header html legend li main menu nav ol optgroup option p \
            search section summary table tbody tfoot thead title tr ul
            """, .block)
        table.add("br hr", .line)
        table.add("td th", .cell)
        table.add("pre xmp listing plaintext", .preformatted)
        table.add("script style", .hidden(isSafeToKeep: false))
        table.add("template noframes noembed", .hidden(isSafeToKeep: true))
        return table
    }()
}
