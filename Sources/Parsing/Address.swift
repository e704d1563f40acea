/// URLs as text: resolving (RFC 3986, section 5) and the schemes that may be shown (S3). Nothing is normalised: ids and
/// links stay as their publisher wrote them.
enum Address {
    /// `reference` made absolute with `base`, blanks round it gone. Without a base a relative one stays as written. Empty
    /// for a scheme that is not shown.
    static func resolve(_ reference: String, base: String?) -> String {
        if isTidyWebURL(reference) { return reference }
        let text = tidy(reference)
        guard !text.isEmpty else { return "" }
        if let scheme = scheme(of: text) { return shown.contains(scheme) ? text : "" }
        guard let base, isAbsolute(base) else { return text }
        return join(text, to: base)
    }

    /// An absolute http or https URL, else nil.
    static func web(_ text: String?) -> String? {
        guard var text else { return nil }
        let hasHost = text.withUTF8 { bytes in
            let length =
                bytes.begins(with: "https://", at: 0) ? 8 : bytes.begins(with: "http://", at: 0) ? 7 : bytes.count
            guard length < bytes.count else { return false }
            return bytes[length] != Byte.slash && bytes[length] != Byte.question && bytes[length] != Byte.hash
        }
        return hasHost ? text : nil
    }

    /// The host of an http or https URL in lower case, without user, port and `www.`.
    static func host(of url: String) -> String? {
        guard let authority = web(url).flatMap({ parts(of: $0).authority }) else { return nil }
        var host = authority[...]
        if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") { host = host[..<colon] }
        let lower = String(host).asciiLowercased
        return lower.hasPrefix("www.") ? String(lower.dropFirst(4)) : lower
    }

    /// Whether relative references can be resolved against `text`: http or https.
    static func isAbsolute(_ text: String) -> Bool { web(text) != nil }

    /// Whether `text` is no relative reference.
    static func hasScheme(_ text: String) -> Bool { schemeLength(of: text) != nil }

    /// The scheme in lower case; nil for a relative reference.
    static func scheme(of text: String) -> String? {
        schemeLength(of: text).map { String(text.utf8.prefix($0)).asciiLowercased }
    }

    private static func schemeLength(of text: String) -> Int? {
        guard let first = text.utf8.first, first.isLetter else { return nil }
        var length = 0
        for byte in text.utf8 {
            if byte == Byte.colon { return length }
            guard byte.isLetter || byte.isDigit || byte == Byte.plus || byte == Byte.hyphen || byte == Byte.dot else {
                return nil
            }
            length += 1
        }
        return nil
    }

    /// Nearly every link: absolute, and nothing to tidy.
    private static func isTidyWebURL(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.holds("https://", at: 0) || bytes.holds("http://", at: 0) else { return false }
            var at = 0
            while at + 8 <= bytes.count {
                let these = bytes.eight(from: at)
                if these.bytes(below: 0x21) | (these ^ .each(0x7F)).bytes(below: 1) != 0 { return false }
                at += 8
            }
            for byte in bytes[at...] where byte <= 0x20 || byte == 0x7F { return false }
            return true
        }
    }

    private static let shown: Set<String> = ["http", "https", "mailto"]

    /// Blanks round a URL and line ends inside it are no part of it (WHATWG URL, 4.4).
    private static func tidy(_ text: String) -> String {
        let needsWork =
            text.utf8.contains { $0 < 0x20 || $0 == 0x7F } || text.utf8.first == Byte.space
            || text.utf8.last == Byte.space
        guard needsWork else { return text }
        return String(Array(text.utf8.filter { ($0 >= 0x20 && $0 != 0x7F) }).trimmed)
    }
}

extension Address {
    struct Parts {
        var scheme: String?
        /// Without the two slashes.
        var authority: String?
        var path = ""
        /// With its question mark.
        var query = ""
        /// With its hash.
        var fragment = ""

        var text: String {
            (scheme.map { $0 + ":" } ?? "") + (authority.map { "//" + $0 } ?? "") + path + query + fragment
        }
    }

    /// The five parts of RFC 3986, appendix B.
    static func parts(of text: String) -> Parts {
        var parts = Parts()
        var rest = text[...]
        if let scheme = scheme(of: text) {
            parts.scheme = scheme
            rest = rest[rest.utf8.index(rest.startIndex, offsetBy: scheme.utf8.count + 1)...]
        }
        if let hash = rest.utf8.firstIndex(of: Byte.hash) {
            parts.fragment = String(rest[hash...])
            rest = rest[..<hash]
        }
        if let question = rest.utf8.firstIndex(of: Byte.question) {
            parts.query = String(rest[question...])
            rest = rest[..<question]
        }
        if rest.utf8.starts(with: "//".utf8) {
            rest = rest[rest.utf8.index(rest.startIndex, offsetBy: 2)...]
            let end = rest.utf8.firstIndex(of: Byte.slash) ?? rest.endIndex
            parts.authority = String(rest[..<end])
            rest = rest[end...]
        }
        parts.path = String(rest)
        return parts
    }

    /// RFC 3986, 5.2.2, for a reference without a scheme.
    private static func join(_ reference: String, to base: String) -> String {
        var target = parts(of: reference)
        let base = parts(of: base)
        target.scheme = base.scheme
        if target.authority != nil {
            target.path = removingDots(target.path)
            return target.text
        }
        target.authority = base.authority
        if target.path.isEmpty {
            target.path = base.path
            if target.query.isEmpty { target.query = base.query }
        } else if target.path.utf8.first == Byte.slash {
            target.path = removingDots(target.path)
        } else if base.path.isEmpty {
            target.path = removingDots("/" + target.path)
        } else {
            let folder = base.path.utf8.lastIndex(of: Byte.slash).map { base.path[...$0] } ?? ""
            target.path = removingDots(folder + target.path)
        }
        return target.text
    }

    /// RFC 3986, 5.2.4.
    private static func removingDots(_ path: String) -> String {
        guard path.utf8.contains(Byte.dot) else { return path }
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                if kept.count > 1 { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return kept.joined(separator: "/")
    }
}
