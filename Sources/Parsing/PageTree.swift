import CXML2
import Glibc

/// A web page as libxml2's tree of its HTML. Owns the tree; nodes are valid as long as it lives.
struct PageTree: ~Copyable {
    typealias Node = UnsafeMutablePointer<xmlNode>

    private let document: UnsafeMutablePointer<xmlDoc>

    /// More of a page than this is not read.
    static let mostBytes = 2 << 20
    /// libxml2 walks the open elements at each end tag, so that a page of nothing but open ones takes time with the square.
    static let deepest = 128

    /// nil for what is nested deeper than any page is, and where memory is short.
    init?(_ html: ByteView) {
        let html = html[slice: 0..<min(html.count, Self.mostBytes)]
        guard Self.depth(of: html) <= Self.deepest, let start = html.baseAddress else { return nil }
        LibXML.start()
        let options = HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
        let read = start.withMemoryRebound(to: CChar.self, capacity: html.count) {
            htmlReadMemory($0, Int32(html.count), nil, "UTF-8", Int32(options | HTML_PARSE_NONET.rawValue))
        }
        guard let read else { return nil }
        document = read
    }

    deinit { xmlFreeDoc(document) }

    var root: Node? { xmlDocGetRootElement(document) }

    /// The deepest that elements are open at once, those counted that are never closed.
    private static func depth(of html: ByteView) -> Int {
        var scanner = MarkupScanner(html)
        var depth = 0
        var deepest = 0
        while let token = scanner.next() {
            switch token {
            case .start(let name, _, false):
                if !isVoid(html[slice: name]) { depth += 1 }
                deepest = max(deepest, depth)
            case .end: depth = max(0, depth - 1)
            default: break
            }
        }
        return deepest
    }

    private static let voids: NameTable<Void> = {
        var table = NameTable<Void>()
        table.add("area base br col embed hr img input link meta param source track wbr p li dt dd option td tr th", ())
        return table
    }()

    /// Has no end tag, or may do without.
    private static func isVoid(_ name: ByteView) -> Bool { voids[name] != nil }

    /// The nodes that an XPath expression selects, in the order of the document; nil if it is none or is too much work.
    func nodes(_ expression: String) -> [Node]? {
        guard let context = xmlXPathNewContext(document) else { return nil }
        defer { xmlXPathFreeContext(context) }
        // Steps, so that no page and no expression takes long.
        context.pointee.opLimit = 1_000_000
        xmlSetStructuredErrorFunc(nil) { _, _ in }
        defer { xmlSetStructuredErrorFunc(nil, nil) }
        guard let found = xmlXPathEvalExpression(expression, context) else { return nil }
        defer { xmlXPathFreeObject(found) }
        guard found.pointee.type == XPATH_NODESET else { return nil }
        guard let set = found.pointee.nodesetval, let table = set.pointee.nodeTab else { return [] }
        return (0..<Int(set.pointee.nodeNr)).compactMap { table[$0] }.filter { $0.pointee.type == XML_ELEMENT_NODE }
    }

    /// Whether libxml2 can make anything of an XPath expression.
    static func isExpression(_ text: String) -> Bool {
        LibXML.start()
        xmlSetStructuredErrorFunc(nil) { _, _ in }
        defer { xmlSetStructuredErrorFunc(nil, nil) }
        guard let compiled = xmlXPathCompile(text) else { return false }
        xmlXPathFreeCompExpr(compiled)
        return true
    }

    /// The element and all in it as HTML, in UTF-8.
    func html(of node: Node) -> [UInt8] {
        guard let buffer = xmlBufferCreate() else { return [] }
        defer { xmlBufferFree(buffer) }
        guard htmlNodeDump(buffer, document, node) >= 0, let start = xmlBufferContent(buffer) else { return [] }
        return Array(UnsafeBufferPointer(start: start, count: Int(xmlBufferLength(buffer))))
    }

    /// Takes the element with all in it out of the tree.
    static func remove(_ node: Node) {
        xmlUnlinkNode(node)
        xmlFreeNode(node)
    }
}

extension UnsafeMutablePointer<xmlNode> {
    /// The element's name in lower case; empty for what is no element.
    var elementName: String {
        guard pointee.type == XML_ELEMENT_NODE, let name = pointee.name else { return "" }
        return String(cString: name)
    }

    func attribute(_ name: String) -> String {
        guard let value = xmlGetNoNsProp(self, name) else { return "" }
        defer { free(value) }
        return String(cString: value)
    }

    /// The elements in the order of the document from this one on, all inside it; found step by step, for pages nest deeply.
    func elements() -> [UnsafeMutablePointer<xmlNode>] {
        var found: [UnsafeMutablePointer<xmlNode>] = []
        var next: UnsafeMutablePointer<xmlNode>? = self
        while let node = next {
            if node.pointee.type == XML_ELEMENT_NODE { found.append(node) }
            next = node.pointee.type == XML_ELEMENT_NODE ? node.pointee.children : nil
            var at = node
            while next == nil, at != self {
                next = at.pointee.next
                guard next == nil, let parent = at.pointee.parent else { break }
                at = parent
            }
        }
        return found
    }
}
