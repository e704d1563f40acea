import CXML2
import Glibc

/// Finds the part of a page that holds its main text: each paragraph votes for the elements around it by its length and
/// its commas, names of classes vote for and against, and lists of links count for little. The weights are those that
/// readers of web pages have used since Arc90's Readability.
struct ArticleText {
    private typealias Node = PageTree.Node

    private var scores: [Node: Double] = [:]
    private var order: [Node] = []

    /// The main text as HTML; nil where nothing stands out. Takes out of `page` what no article is made of.
    static func html(of page: borrowing PageTree) -> [UInt8]? {
        guard let root = page.root else { return nil }
        for node in root.elements().reversed() where isNoText(node) { PageTree.remove(node) }
        var finder = ArticleText()
        finder.vote(in: root)
        guard let best = finder.best() else { return nil }
        var parts: [UInt8] = []
        for part in finder.withNeighbours(best) {
            for node in part.elements().dropFirst().reversed() where isAside(node) { PageTree.remove(node) }
            parts += page.html(of: part)
        }
        return parts
    }

    private mutating func vote(in root: Node) {
        for node in root.elements() where Self.paragraphs.contains(node.elementName) {
            let text = Self.ownText(of: node)
            guard text.letters >= 25 else { continue }
            let vote = 1 + Double(text.commas) + min(Double(text.letters) / 100, 3)
            var ancestor = node.pointee.parent
            for share in [1, 2, 6] {
                guard let holder = ancestor, holder.pointee.type == XML_ELEMENT_NODE else { break }
                if scores[holder] == nil {
                    scores[holder] = Self.weight(of: holder)
                    order.append(holder)
                }
                scores[holder, default: 0] += vote / Double(share)
                ancestor = holder.pointee.parent
            }
        }
        for node in order { scores[node, default: 0] *= 1 - Self.linkShare(of: node) }
    }

    /// The first of those with the highest score.
    private func best() -> Node? {
        var best: (node: Node, score: Double)?
        for node in order {
            let score = scores[node, default: 0]
            if score > best?.score ?? 0 { best = (node, score) }
        }
        return best?.node
    }

    /// `best`, and what stands beside it and belongs to it: articles come in pieces.
    private func withNeighbours(_ best: Node) -> [Node] {
        let least = max(10, scores[best, default: 0] / 5)
        guard let parent = best.pointee.parent, parent.pointee.type == XML_ELEMENT_NODE else { return [best] }
        var found: [Node] = []
        var next = parent.pointee.children
        while let node = next {
            next = node.pointee.next
            guard node.pointee.type == XML_ELEMENT_NODE else { continue }
            let isParagraph = node.elementName == "p" && Self.ownText(of: node).letters > 80
            if node == best || scores[node, default: 0] >= least || (isParagraph && Self.linkShare(of: node) < 0.25) {
                found.append(node)
            }
        }
        return found
    }
}

// MARK: - What elements are worth

extension ArticleText {
    private static let paragraphs: Set = ["p", "pre", "td", "blockquote", "div", "section", "article"]

    private static let noText: Set = [
        "script", "style", "noscript", "template", "iframe", "form", "nav", "button", "select", "textarea", "svg",
        "object", "embed", "head",
    ]

    /// Words in the names of classes and ids.
    private static let good = [
        "article", "body", "content", "entry", "main", "page", "post", "story", "text", "report", "publication",
    ]
    private static let bad = [
        "comment", "combx", "contact", "foot", "masthead", "media", "meta", "promo", "related", "scroll", "share",
        "shout", "sidebar", "sponsor", "tags", "tool", "widget", "nav", "menu", "subscribe", "newsletter", "cookie",
        "popup", "breadcrumb", "social", "advert", "banner", "most-read", "trending", "byline",
    ]
    /// Of these nothing is an article's, whatever else the name says.
    private static let worst = [
        "sidebar", "comment", "cookie", "newsletter", "subscribe", "related", "share", "social",
    ]

    private static func isNoText(_ node: Node) -> Bool { noText.contains(node.elementName) }

    private static func weight(of node: Node) -> Double {
        let base: Double =
            switch node.elementName {
            case "article", "main": 25
            case "div", "section": 5
            case "pre", "td", "blockquote": 3
            case "ol", "ul", "dl", "dd", "dt", "li", "aside", "footer", "header": -3
            case "h1", "h2", "h3", "h4", "h5", "h6", "th": -5
            default: 0
            }
        let names = (node.attribute("class") + " " + node.attribute("id")).asciiLowercased
        var weight = base
        if bad.contains(where: { names.containsASCII($0) }) { weight -= 25 }
        if good.contains(where: { names.containsASCII($0) }) { weight += 25 }
        return weight
    }

    /// A box inside an article that is none of it: links to others, a form to subscribe, what readers wrote.
    private static func isAside(_ node: Node) -> Bool {
        let name = node.elementName
        if name == "aside" || name == "footer" { return true }
        guard ["div", "section", "ul", "ol", "table"].contains(name) else { return false }
        let names = (node.attribute("class") + " " + node.attribute("id")).asciiLowercased
        if worst.contains(where: { names.containsASCII($0) }) { return true }
        return linkShare(of: node) > 0.6
    }

    /// How much there is to read directly in an element, in its text and in the inline elements around words.
    private static func ownText(of node: Node) -> (letters: Int, commas: Int) {
        var letters = 0
        var commas = 0
        var child = node.pointee.children
        while let part = child {
            child = part.pointee.next
            let isInline = ["a", "b", "i", "em", "strong", "span", "u", "small", "cite", "q", "font"].contains(
                part.elementName)
            guard part.pointee.type == XML_TEXT_NODE || isInline else { continue }
            let text = measure(part)
            letters += text.letters
            commas += text.commas
        }
        return (letters, commas)
    }

    /// The share of an element's text that is links.
    private static func linkShare(of node: Node) -> Double {
        let all = measure(node).letters
        guard all > 0 else { return 0 }
        let links = node.elements().filter { $0.elementName == "a" }.reduce(0) { $0 + measure($1).letters }
        return min(1, Double(links) / Double(all))
    }

    /// What is not white space counts, and commas of the scripts that we read.
    private static func measure(_ node: Node) -> (letters: Int, commas: Int) {
        guard let content = xmlNodeGetContent(node) else { return (0, 0) }
        defer { free(content) }
        let bytes = UnsafeBufferPointer(start: content, count: Int(xmlStrlen(content)))
        var letters = 0
        var commas = 0
        for (index, byte) in bytes.enumerated() where !byte.isBlank && byte & 0xC0 != 0x80 {
            letters += 1
            let isArabicComma = byte == 0xD8 && index + 1 < bytes.count && bytes[index + 1] == 0x8C
            if byte == Byte.comma || isArabicComma { commas += 1 }
        }
        return (letters, commas)
    }
}
