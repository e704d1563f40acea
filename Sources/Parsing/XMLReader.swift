import CXML2
import FeedModel
import Glibc

/// A well-formed document read by libxml2's SAX 2 interface, with our own handlers only: no tree, no DTD, no entity but
/// those of HTML and of the internal subset, no network. Stops at the first error in form: what is broken is read by
/// `SoupReader`, which keeps more of it than libxml2's recovery. An undeclared prefix is reported and read on.
struct XMLReader {
    /// What hears of the document; without it only its form is checked.
    private(set) var builder: FeedBuilder?
    private let entities: [String: [UInt8]]
    private var context: xmlParserCtxtPtr?
    private var names = NameCache()
    private var hasStarted = false
    private var defaultNamespace: String?
    /// How many namespaces each open element binds, and all of them.
    private var bindings: [Int] = []
    private var bound = 0
    private static let mostBindings = 256
    /// Entities handed to libxml2, freed with this reader.
    private var handedOut: [String: UnsafeMutablePointer<xmlEntity>] = [:]
    /// The first error in form, if there was one.
    private(set) var error: Problem?
    private(set) var namespaceProblem: Problem?
    /// Where in its line the first error lies, counted from 1.
    private(set) var column: Int?

    /// `entities` are those of the internal subset: name to text.
    init(_ builder: FeedBuilder?, entities: [String: [UInt8]] = [:]) {
        self.builder = builder
        self.entities = entities
    }

    /// Reads `bytes`, which are UTF-8 whatever a declaration in them says.
    mutating func read(_ bytes: ByteView) {
        guard let base = bytes.baseAddress, bytes.count < Int32.max else { return }
        LibXML.start()
        let context = base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
            xmlCreateMemoryParserCtxt($0, Int32(bytes.count))
        }
        guard let context else {
            error = Problem("not-well-formed", "nothing to read")
            return
        }
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_RECOVER.rawValue | XML_PARSE_IGNORE_ENC.rawValue
        xmlCtxtUseOptions(context, Int32(options))
        context.pointee.sax.pointee = Self.handlers()
        self.context = context
        // The callbacks reach this value by its address, which holds until the document has been read.
        withUnsafeMutablePointer(to: &self) { reader in
            context.pointee.userData = UnsafeMutableRawPointer(reader)
            xmlParseDocument(context)
        }
        self.context = nil
        // A second document type makes libxml2 keep entities in a document of its own, which the context does not free.
        if let document = context.pointee.myDoc { xmlFreeDoc(document) }
        context.pointee.myDoc = nil
        xmlFreeParserCtxt(context)
        freeEntities()
    }

    private mutating func freeEntities() {
        for entity in handedOut.values {
            free(UnsafeMutableRawPointer(mutating: entity.pointee.name))
            free(entity.pointee.content)
            // What libxml2 hangs there where the document declares an entity of that name.
            free(UnsafeMutableRawPointer(mutating: entity.pointee.orig))
            entity.deallocate()
        }
        handedOut = [:]
    }
}

extension UnsafeMutableRawPointer {
    /// What libxml2 hands back to the callbacks.
    fileprivate var reader: UnsafeMutablePointer<XMLReader> { assumingMemoryBound(to: XMLReader.self) }
}

/// libxml2 is started once, before its first use by any thread.
enum LibXML {
    static func start() { _ = started }
    private static let started: Void = xmlInitParser()
}

extension XMLReader {
    private static func handlers() -> xmlSAXHandler {
        var handlers = xmlSAXHandler()
        handlers.initialized = 0xDEED_BEAF
        handlers.startElementNs = { context, local, prefix, uri, namespaceCount, namespaces, count, _, attributes in
            guard let context, let local else { return }
            if !context.reader.pointee.hasStarted, let namespaces {
                context.reader.pointee.noteDefaultNamespace(namespaces, count: Int(namespaceCount))
            }
            context.reader.pointee.enter(binding: Int(namespaceCount))
            context.reader.pointee.start(local, prefix: prefix, uri: uri, count: Int(count), attributes)
            context.reader.pointee.stopIfDone()
        }
        handlers.endElementNs = { context, _, _, _ in
            guard let context else { return }
            context.reader.pointee.end()
            context.reader.pointee.stopIfDone()
        }
        let characters: charactersSAXFunc = { context, bytes, count in
            guard let context, let bytes, count > 0 else { return }
            context.reader.pointee.builder?.text(ByteView(start: bytes, count: Int(count)))
            // A text of millions of errors has no tags to stop at.
            if context.reader.pointee.error != nil { context.reader.pointee.stopIfDone() }
        }
        handlers.characters = characters
        handlers.ignorableWhitespace = characters
        handlers.cdataBlock = characters
        handlers.getEntity = { context, name in
            guard let context, let name else { return nil }
            return context.reader.pointee.entity(name)
        }
        handlers.serror = { context, error in
            guard let context, let error else { return }
            context.reader.pointee.note(error.pointee)
        }
        return handlers
    }

    /// An RDF root says which RSS it holds only by the default namespace: given as an attribute `xmlns` of the root.
    private mutating func noteDefaultNamespace(
        _ namespaces: UnsafeMutablePointer<UnsafePointer<xmlChar>?>, count: Int
    ) {
        for index in 0..<count where namespaces[index * 2] == nil {
            defaultNamespace = namespaces[index * 2 + 1].map { String(cString: $0) }
        }
    }

    /// Stops behind a tag or a text, never where an error is reported: there libxml2 2.9 goes on reading the memory that
    /// stopping has freed.
    private func stopIfDone() {
        guard error != nil || builder?.isFull == true, let context else { return }
        xmlStopParser(context)
    }

    /// libxml2 looks through the bound namespaces one by one, for each element: 1,500 in the root make 500,000 elements
    /// take a second and a half.
    private mutating func enter(binding count: Int) {
        bindings.append(count)
        bound += count
        if bound > Self.mostBindings, error == nil {
            error = Problem("too-many-namespaces", "more than \(Self.mostBindings) namespaces at once")
        }
    }

    private mutating func start(
        _ local: UnsafePointer<xmlChar>, prefix: UnsafePointer<xmlChar>?, uri: UnsafePointer<xmlChar>?, count: Int,
        _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    ) {
        guard error == nil, builder != nil else { return }
        let name = names.name(local, prefix: prefix, uri: uri)
        var found: [Attribute] = []
        if !hasStarted {
            hasStarted = true
            if let defaultNamespace { found.append(Attribute(name: .xmlns, namespace: .xml, value: defaultNamespace)) }
        }
        if count > 0, let attributes, builder?.wantsAttributes == true {
            found.reserveCapacity(found.count + count)
            for index in 0..<count {
                let five = attributes + index * 5
                guard let local = five[0], let start = five[3], let end = five[4],
                    let known = AttributeName.all[ByteView(start: local, count: Int(xmlStrlen(local)))]
                else { continue }
                let namespace = names.namespace(ofAttributeWith: five[1], uri: five[2])
                let value = value(ByteView(start: start, count: end - start))
                found.append(Attribute(name: known, namespace: namespace, value: value))
            }
        }
        builder?.start(name, &found)
    }

    private mutating func end() {
        bound -= bindings.popLast() ?? 0
        if error == nil { builder?.end() }
    }

    /// libxml2 leaves references to entities in an attribute as they are, and writes `&#38;` for an ampersand.
    private func value(_ raw: ByteView) -> String {
        guard raw.first(Byte.ampersand, from: 0) != nil else { return cleanText(raw) }
        var out: [UInt8] = []
        var from = 0
        while let ampersand = raw.first(Byte.ampersand, from: from) {
            out.append(contentsOf: raw[slice: from..<ampersand])
            let end = raw.first(Byte.semicolon, from: ampersand) ?? raw.count - 1
            let name = raw[slice: (ampersand + 1)..<end]
            if name.first == Byte.hash {
                out.append(Byte.ampersand)
            } else {
                out += expansion(of: String(name))
            }
            from = end + 1
        }
        out.append(contentsOf: raw[slice: from..<raw.count])
        return cleanText(out)
    }

    /// The text of a reference by name: HTML's, the internal subset's, or the reference itself.
    private func expansion(of name: String) -> [UInt8] {
        if let text = entities[name] { return text }
        if let codePoint = Entities.codePoint(named: Array(name.utf8)) {
            var out: [UInt8] = []
            out.append(codePoint: codePoint)
            return out
        }
        return Array("&\(name);".utf8)
    }

    /// To libxml2 every name is an entity, so that none makes a document ill-formed. In an attribute the reference is
    /// kept for `value`; in text it is as good as predefined.
    private mutating func entity(_ name: UnsafePointer<xmlChar>) -> UnsafeMutablePointer<xmlEntity>? {
        let isInAttribute = context?.pointee.instate == XML_PARSER_ATTRIBUTE_VALUE
        let text = String(cString: name)
        let key = isInAttribute ? " " + text : text
        if let known = handedOut[key] { return known }
        // As many as a document of honest size can name; more are dropped.
        guard handedOut.count < 4096 else { return nil }
        let entity = UnsafeMutablePointer<xmlEntity>.allocate(capacity: 1)
        entity.initialize(to: xmlEntity())
        entity.pointee.type = XML_ENTITY_DECL
        entity.pointee.name = UnsafePointer(copy(Array(text.utf8)))
        entity.pointee.etype = isInAttribute ? XML_INTERNAL_GENERAL_ENTITY : XML_INTERNAL_PREDEFINED_ENTITY
        entity.pointee.checked = 2
        if !isInAttribute { entity.pointee.content = copy(expansion(of: text)) }
        handedOut[key] = entity
        return entity
    }

    private func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<xmlChar>? {
        guard let start = malloc(bytes.count + 1)?.assumingMemoryBound(to: xmlChar.self) else { return nil }
        for (index, byte) in bytes.enumerated() { start[index] = byte }
        start[bytes.count] = 0
        return start
    }

    private mutating func note(_ raised: xmlError) {
        // The first of each kind counts.
        guard raised.domain == Int32(XML_FROM_NAMESPACE.rawValue) ? namespaceProblem == nil : error == nil else {
            return
        }
        let message = raised.message.map { String(cString: $0).trimmedOrNil ?? "" } ?? "broken"
        let problem = Problem(code(of: message), visible(message.prefix(bytes: 200)), line: Int(raised.line))
        if raised.domain == Int32(XML_FROM_NAMESPACE.rawValue) {
            if raised.code == Int32(XML_NS_ERR_UNDEFINED_NAMESPACE.rawValue) {
                namespaceProblem = problem
            }
            return
        }
        guard raised.level == XML_ERR_FATAL || raised.level == XML_ERR_ERROR else { return }
        error = problem
        column = raised.int2 > 0 ? Int(raised.int2) : nil
    }

    /// What is only too much for libxml2 may be well-formed all the same. It gives these errors codes that others have as well.
    private func code(of message: String) -> String {
        let isTooMuch =
            message.hasPrefix("Excessive depth") || message.containsASCII("too big")
            || message.containsASCII("too long")
        return isTooMuch ? "too-complex" : "not-well-formed"
    }
}

/// What a name means, remembered by the addresses of its parts, which libxml2 keeps unique within a document.
struct NameCache {
    private struct Slot {
        var local: UnsafePointer<xmlChar>
        var uri: UnsafePointer<xmlChar>?
        var prefix: UnsafePointer<xmlChar>?
        var name: ElementName
    }

    private var slots: [Slot?] = Array(repeating: nil, count: 256)
    /// The namespace URL of the root: a wrong one there is meant as the feed's own.
    private var root: String??

    mutating func name(
        _ local: UnsafePointer<xmlChar>, prefix: UnsafePointer<xmlChar>?, uri: UnsafePointer<xmlChar>?
    ) -> ElementName {
        let index = (Int(bitPattern: local) >> 3 ^ Int(bitPattern: uri) >> 2) & 255
        if let slot = slots[index], slot.local == local, slot.uri == uri, slot.prefix == prefix { return slot.name }
        let name = resolve(local, prefix: prefix, uri: uri)
        slots[index] = Slot(local: local, uri: uri, prefix: prefix, name: name)
        return name
    }

    private mutating func resolve(
        _ local: UnsafePointer<xmlChar>, prefix: UnsafePointer<xmlChar>?, uri: UnsafePointer<xmlChar>?
    ) -> ElementName {
        let url = uri.map { String(cString: $0) }
        let local = ByteView(start: local, count: Int(xmlStrlen(local)))
        let namespace = elementNamespace(of: url, prefix: prefix.map { String(cString: $0) }, root: root ?? url)
        if root == nil { root = .some(url) }
        return ElementName(element: Element(local, in: namespace), namespace: namespace, local: local)
    }

    func namespace(ofAttributeWith prefix: UnsafePointer<xmlChar>?, uri: UnsafePointer<xmlChar>?) -> Namespace {
        if let uri { return Namespace(url: String(cString: uri)) }
        return prefix.map { Namespace(undeclaredPrefix: String(cString: $0)) } ?? .core
    }
}

/// The namespace of an element: that of `url`, or the one that everybody means by `prefix` where it is not declared.
/// `root` is the URL of the root's namespace: an unknown one is meant as the feed's own.
func elementNamespace(of url: String?, prefix: String?, root: String?) -> Namespace {
    guard let url else { return prefix.map { Namespace(undeclaredPrefix: $0) } ?? .core }
    let namespace = Namespace(url: url)
    return namespace == .unknown && url == root ? .core : namespace
}
