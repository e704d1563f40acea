import FeedModel

/// How the text of an element is marked, which decides how often it must be decoded: once for XML, once more only for
/// HTML.
struct TextConstruct {
    /// The MIME type that the document declared; nil where it says nothing (RSS) and the text must be looked at.
    private(set) var type: String?
    /// Inline XML: character data is escaped while it is collected, for the elements around it are real.
    private(set) var isMarkup = false
    private(set) var isBase64 = false
    /// It says so itself (Atom 0.3), and its type does not only imply it.
    private(set) var declaresBase64 = false
    /// False for dates, links and the like, of which only the text counts.
    private(set) var takesMarkup = false

    init() {}

    /// The construct of an element without attributes.
    init(_ name: ElementName, in format: FeedFormat) {
        switch name.element {
        case .encoded, .body: type = "text/html"
        case .title, .summary, .subtitle, .content, .rights:
            if name.namespace.isAtom || format.isAtom { type = "text/plain" }
        case .mediaTitle, .mediaDescription, .dcTitle, .dcDescription, .itunesSummary, .itunesSubtitle: break
        default: return
        }
        takesMarkup = true
    }

    /// Takes in what the attributes of the element say.
    mutating func read(_ attributes: [Attribute], of name: ElementName) {
        guard takesMarkup else { return }
        let mode = attributes.value(.mode)?.asciiLowercased
        if let declared = attributes.value(.type)?.trimmedOrNil?.asciiLowercased { declare(declared) }
        isMarkup = type == "application/xhtml+xml" && mode != "escaped"
        declaresBase64 = mode == "base64"
        isBase64 = declaresBase64 || (mode == nil && isBinary(type))
    }

    /// An element inside: from here on the text is inline markup.
    mutating func becomeMarkup() {
        guard !isMarkup else { return }
        isMarkup = true
        if type.map({ !$0.hasSuffix("xml") }) ?? true { type = "application/xhtml+xml" }
    }

    private mutating func declare(_ declared: String) {
        switch declared {
        case "text": type = "text/plain"
        case "html": type = "text/html"
        case "xhtml": type = "application/xhtml+xml"
        case _ where declared.utf8.contains(Byte.slash):
            type = declared.split(separator: ";").first.flatMap { String($0).trimmedOrNil } ?? declared
        default: break
        }
    }

    /// RFC 4287, 4.1.3.3: what is neither text nor XML is base64.
    private func isBinary(_ type: String?) -> Bool {
        // As nearly all say.
        guard let type, type != "text/html", type != "text/plain" else { return false }
        return
            !(type.hasPrefix("text/") || type.hasSuffix("+xml") || type.hasSuffix("/xml") || type == "application/json")
    }
}

extension FeedFormat {
    var isAtom: Bool { self == .atom || self == .atom03 || self == .atom10 }
}

/// Whether a text that says nothing of its kind is HTML: it has a tag that HTML knows or a reference, and no tag that HTML
/// does not know. `2 < 3` and `<cough>` are text.
func looksLikeHTML(_ bytes: ByteView) -> Bool {
    var isHTML = false
    var at = 0
    while let less = bytes.first(Byte.less, from: at) {
        var start = less + 1
        if start < bytes.count, bytes[start] == Byte.slash { start += 1 }
        var end = start
        while end < bytes.count, bytes[end].isLetter || bytes[end].isDigit { end += 1 }
        if end > start, bytes[start].isLetter {
            guard knownTags[bytes[slice: start..<end]] != nil else { return false }
            isHTML = true
        } else if bytes.begins(with: "<!--", at: less) {
            isHTML = true
        }
        at = max(end, less + 1)
    }
    at = 0
    while !isHTML, let ampersand = bytes.first(Byte.ampersand, from: at) {
        if let (_, end) = Entities.reference(in: bytes, at: ampersand), bytes[end - 1] == Byte.semicolon {
            isHTML = true
        }
        at = ampersand + 1
    }
    return isHTML
}

private let knownTags: NameTable<Void> = {
    var table = NameTable<Void>()
    table.add(
        """
        a abbr acronym address applet area article aside audio b base basefont big blink blockquote body br button canvas \
        caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset \
        figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd \
        label legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol optgroup option \
        output p param picture pre progress q rp rt ruby s samp script section select small source span strike strong style \
        sub summary sup table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp
        """, ())
    return table
}()
