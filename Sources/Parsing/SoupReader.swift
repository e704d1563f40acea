import FeedModel

/// Reads a document that is not well-formed XML as well as it can be: ampersands and angle brackets that are only
/// characters, tags never closed or closed in the wrong order, attributes without quotes, an end that is missing.
struct SoupReader {
    private(set) var builder: FeedBuilder
    private let entities: [String: [UInt8]]
    private var open: [Open] = []
    /// Elements open below the deepest that is told apart.
    private var tooDeep = 0
    private var prefixes: [Binding] = []
    private var root: String??
    private var names: [String: ElementName] = [:]
    /// Names live here until the document has been read.
    private var storage: [UnsafeMutableBufferPointer<UInt8>] = []
    /// The root was never closed.
    private(set) var isCut = false

    private struct Open {
        var name: [UInt8]
        var element: Element
        var bindings: Int
    }

    private struct Binding {
        var prefix: String
        var url: String
    }

    private static let deepest = 256

    init(_ builder: FeedBuilder, entities: [String: [UInt8]] = [:]) {
        self.builder = builder
        self.entities = entities
    }

    mutating func read(_ bytes: ByteView) {
        var scanner = MarkupScanner(bytes, isXML: true)
        while !builder.isFull, let token = scanner.next() {
            switch token {
            case .text(let range) where !open.isEmpty: text(bytes[slice: range])
            case .cdata(let range) where !open.isEmpty: plain(bytes[slice: range])
            case .start(let name, let attributes, let isEmpty):
                start(bytes, name, attributes, isEmpty: isEmpty)
            case .end(let name): end(bytes[slice: name])
            case .text, .cdata, .doctype, .instruction, .comment: break
            }
        }
        isCut = !open.isEmpty && !builder.isFull
        // The entry in which the document ends may be half of one; the next check brings it whole (R9).
        builder.abandonEntry()
        while !open.isEmpty { close() }
        for name in storage { name.deallocate() }
        storage = []
    }
}

extension SoupReader {
    private mutating func start(_ bytes: ByteView, _ range: Range<Int>, _ attributes: Range<Int>, isEmpty: Bool) {
        let isEmpty = isEmpty || (!builder.wantsAttributes && isVoid(bytes[slice: range]))
        guard open.count < Self.deepest else {
            if !isEmpty { tooDeep += 1 }
            return
        }
        let raw = scanAttributes(bytes, attributes)
        if raw.count == mostAttributes {
            builder.problem("too-long-tag", "of a start tag only the first \(mostAttributes) attributes were read")
        }
        var bindings = prefixes.count
        bind(raw, in: bytes)
        let name = self.name(bytes[slice: range])
        // Before anything but a feed begins, there is nothing to keep: warnings that a script printed, say.
        if open.isEmpty, !name.isRoot {
            prefixes.removeLast(prefixes.count - bindings)
            return
        }
        // An entry inside an entry is one whose end is missing.
        if name.element == .item || name.element == .entry, !isEmpty, isOpen(name.element) {
            // What the new one binds stands above what the old one bound, which goes.
            prefixes.removeLast(prefixes.count - bindings)
            closeEntry(name.element)
            bindings = prefixes.count
            bind(raw, in: bytes)
        }
        var attributes = builder.wantsAttributes ? raw.compactMap { attribute($0, in: bytes) } : []
        if open.isEmpty, let url = prefixes.last(where: { $0.prefix.isEmpty })?.url {
            attributes.append(Attribute(name: .xmlns, namespace: .xml, value: url))
        }
        open.append(Open(name: Array(bytes[slice: range]), element: name.element, bindings: bindings))
        builder.start(name, &attributes)
        if isEmpty { close() }
    }

    private mutating func end(_ name: ByteView) {
        // An end tag that fits no open element is dropped; else all inside the one it fits ends with it.
        let index = open.lastIndex { $0.name.count == name.count && $0.name.elementsEqual(name) }
        if tooDeep > 0, index.map({ open[$0].element == .other }) ?? true {
            tooDeep -= 1
            return
        }
        guard let index else { return }
        tooDeep = 0
        while open.count > index { close() }
    }

    /// Elements of HTML that have no end tag, where the text of a value holds them.
    private func isVoid(_ name: ByteView) -> Bool {
        ["br", "hr", "img", "wbr", "input", "area", "col", "embed", "param"].contains {
            $0.utf8.count == name.count && name.begins(with: Array($0.utf8), at: 0)
        }
    }

    private mutating func close() {
        guard let last = open.popLast() else { return }
        prefixes.removeLast(prefixes.count - last.bindings)
        builder.end()
    }

    private func isOpen(_ element: Element) -> Bool { open.contains { $0.element == element } }

    private mutating func closeEntry(_ element: Element) {
        guard let index = open.lastIndex(where: { $0.element == element }) else { return }
        while open.count > index { close() }
    }

    private mutating func bind(_ attributes: [RawAttribute], in bytes: ByteView) {
        // Looked through one by one.
        for attribute in attributes where prefixes.count < 256 {
            let name = bytes[slice: attribute.name]
            guard name.begins(with: "xmlns", at: 0) else { continue }
            if name.count == 5 {
                prefixes.append(Binding(prefix: "", url: decoded(bytes[slice: attribute.value])))
            } else if name[5] == Byte.colon {
                prefixes.append(
                    Binding(prefix: String(name.dropFirst(6)), url: decoded(bytes[slice: attribute.value])))
            }
        }
    }

    private mutating func name(_ bytes: ByteView) -> ElementName {
        let (prefix, local) = split(bytes)
        let url = prefixes.last { $0.prefix == prefix ?? "" }?.url
        let key = (url ?? prefix ?? "") + " " + local
        if let known = names[key] { return known }
        let namespace = elementNamespace(of: url, prefix: prefix, root: root ?? url)
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, local.utf8.count))
        let end = copy.initialize(fromContentsOf: Array(local.utf8))
        storage.append(copy)
        let view = ByteView(rebasing: UnsafeBufferPointer(copy)[0..<end])
        let name = ElementName(element: Element(view, in: namespace), namespace: namespace, local: view)
        if root == nil, name.isRoot { root = .some(url) }
        // Hostile text may hold any number of names.
        if names.count < 4096 { names[key] = name }
        return name
    }

    private func split(_ name: ByteView) -> (prefix: String?, local: String) {
        guard let colon = name.firstIndex(of: Byte.colon) else { return (nil, String(name)) }
        return (String(name[..<colon]), String(name[(colon + 1)...]))
    }

    /// nil for one that means nothing.
    private func attribute(_ raw: RawAttribute, in bytes: ByteView) -> Attribute? {
        let whole = bytes[slice: raw.name]
        let colon = whole.firstIndex(of: Byte.colon)
        guard let name = AttributeName.all[whole[slice: (colon.map { $0 + 1 } ?? 0)..<whole.count]] else { return nil }
        var namespace = Namespace.core
        if let colon {
            let prefix = String(whole[..<colon])
            let url = prefixes.last { $0.prefix == prefix }?.url
            namespace = url.map { Namespace(url: $0) } ?? Namespace(undeclaredPrefix: prefix)
        }
        return Attribute(name: name, namespace: namespace, value: decoded(bytes[slice: raw.value]))
    }

    private func decoded(_ raw: ByteView) -> String {
        guard raw.first(Byte.ampersand, from: 0) != nil else { return cleanText(raw) }
        var out: [UInt8] = []
        Self.decode(raw, entities) { out.append(contentsOf: $0) }
        return cleanText(out)
    }

    private mutating func text(_ raw: ByteView) {
        guard raw.first(Byte.ampersand, from: 0) != nil else { return plain(raw) }
        Self.decode(raw, entities) { plain($0) }
    }

    private mutating func plain(_ bytes: ByteView) {
        if !bytes.isEmpty { builder.text(bytes) }
    }

    /// `raw` with its references decoded, in pieces; what is none stays as it is. Static, because what a piece is added to
    /// would be copied for each text if it were read from at the same time.
    private static func decode(_ raw: ByteView, _ entities: [String: [UInt8]], piece: (ByteView) -> Void) {
        var from = 0
        var next = 0
        while let ampersand = raw.first(Byte.ampersand, from: next) {
            next = ampersand + 1
            var out: [UInt8] = []
            if let (text, end) = declared(raw, at: ampersand, entities) {
                out = text
                next = end
            } else if let (codePoint, end) = Entities.reference(in: raw, at: ampersand) {
                out.append(codePoint: codePoint)
                next = end
            } else {
                // Only a character, of which there may be millions.
                continue
            }
            piece(raw[slice: from..<ampersand])
            out.withUnsafeBufferPointer { piece($0) }
            from = next
        }
        piece(raw[slice: from..<raw.count])
    }

    private static func declared(
        _ raw: ByteView, at start: Int, _ entities: [String: [UInt8]]
    ) -> (text: [UInt8], end: Int)? {
        guard !entities.isEmpty, let end = raw.first(Byte.semicolon, from: start), end - start < 100,
            let text = entities[String(raw[(start + 1)..<end])]
        else { return nil }
        return (text, end + 1)
    }
}
