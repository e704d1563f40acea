/// What a site's robots.txt lets this program read (RFC 9309).
struct Robots: Sendable {
    private var rules: [(path: [UInt8], allows: Bool)] = []

    /// What is said of a site that cannot be asked (RFC 9309, 2.3.1.4).
    static let allForbidden = "User-agent: *\nDisallow: /\n"
    /// The name that rules for this program stand under.
    private static let product = "durbeen"
    /// What is read of a file; the RFC asks for no less.
    private static let limit = 500 << 10

    init(_ text: String) {
        var ours: [(path: [UInt8], allows: Bool)]?
        var everybody: [(path: [UInt8], allows: Bool)] = []
        var names: [String] = []
        var isNaming = false
        for line in text.utf8.prefix(Self.limit).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let line = String(decoding: line.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = Self.trimmed(line[..<colon]).lowercased()
            let value = Self.trimmed(line[line.index(after: colon)...])
            switch key {
            case "user-agent":
                if !isNaming { names = [] }
                names.append(value.lowercased())
                isNaming = true
                // A group for this program counts even if it holds no rule.
                if names.contains(Self.product) { ours = ours ?? [] }
            case "allow", "disallow":
                isNaming = false
                // An empty rule says nothing.
                guard !value.isEmpty else { continue }
                let rule = (path: Array(value.utf8), allows: key == "allow")
                if names.contains(Self.product) {
                    ours = (ours ?? []) + [rule]
                } else if names.contains("*") {
                    everybody.append(rule)
                }
            default: continue
            }
        }
        rules = ours ?? everybody
    }

    /// Whether `path` (with its query) may be read: the longest rule that fits decides, and of equal ones the kinder.
    func allows(_ path: String) -> Bool {
        let path = Array((path.isEmpty ? "/" : path).utf8)
        var best: (length: Int, allows: Bool) = (0, true)
        for rule in rules where Self.fits(rule.path[...], path[...]) {
            if rule.path.count > best.length || (rule.path.count == best.length && rule.allows) {
                best = (rule.path.count, rule.allows)
            }
        }
        return best.allows
    }

    /// `*` stands for anything, a `$` at the end for the end. Steps back to the last star only, so that no pattern explodes.
    private static func fits(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
        var (at, seen) = (pattern.startIndex, path.startIndex)
        var star: (pattern: Int, path: Int)?
        while true {
            if at == pattern.endIndex { return true }
            let sign = pattern[at]
            if sign == UInt8(ascii: "$"), at == pattern.endIndex - 1 {
                if seen == path.endIndex { return true }
            } else if sign == UInt8(ascii: "*") {
                star = (at + 1, seen)
                at += 1
                continue
            } else if seen < path.endIndex, sign == path[seen] {
                at += 1
                seen += 1
                continue
            }
            guard let last = star, last.path < path.endIndex else { return false }
            star = (last.pattern, last.path + 1)
            (at, seen) = (last.pattern, last.path + 1)
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text.drop { $0 == " " || $0 == "\t" || $0 == "\u{FEFF}" }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return String(rest)
    }
}
