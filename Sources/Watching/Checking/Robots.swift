/// What a site's robots.txt lets this program read (RFC 9309). Whoever writes one decides how much work it is: each byte of it
/// is looked at once when it is read, and no question costs more than `mostSteps`.
struct Robots: Sendable {
    private struct Rule: Sendable {
        var path: ArraySlice<UInt8>
        var allows: Bool
    }

    private var rules: [Rule] = []

    /// What stands for a site that could not be asked: all of it is taken to be forbidden (RFC 9309, 2.3.1.4), until it can be.
    static let unreachable = "# unreachable\nUser-agent: *\nDisallow: /\n"
    /// The name that rules for this program stand under.
    private static let product = Array("durbeen".utf8)
    /// What is read of a file; the RFC asks for no less (2.5).
    static let limit = 500 << 10
    /// Bytes of rules held against bytes of one path. Some 500 rules take a hundredth of it; where it does not suffice, the page
    /// is left alone.
    static let mostSteps = 4 << 20

    init(_ text: String) { self.init(bytes: Array(text.utf8)) }

    init(bytes: [UInt8]) {
        let rest = Self.cut(bytes)
        var (ours, everybodys): ([Rule], [Rule]) = ([], [])
        var hasOurs = false
        var group = (isOurs: false, isEverybodys: false, isNaming: false)
        for line in rest.split(whereSeparator: Self.endsLine) {
            let line = line.prefix { $0 != UInt8(ascii: "#") }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let key = Self.lowercased(Self.trimmed(line[..<colon]))
            let value = Self.trimmed(line[(colon + 1)...])
            if key == Self.userAgent {
                if !group.isNaming { group = (false, false, true) }
                group.isOurs = group.isOurs || Self.lowercased(value) == Self.product
                group.isEverybodys = group.isEverybodys || value.elementsEqual([UInt8(ascii: "*")])
                // A group for this program counts even if it holds no rule.
                hasOurs = hasOurs || group.isOurs
            } else if key == Self.allow || key == Self.disallow {
                group.isNaming = false
                // An empty rule says nothing.
                guard !value.isEmpty else { continue }
                let rule = Rule(path: value, allows: key == Self.allow)
                if group.isOurs { ours.append(rule) } else if group.isEverybodys { everybodys.append(rule) }
            }
        }
        rules = hasOurs ? ours : everybodys
    }

    private static let userAgent = Array("user-agent".utf8)
    private static let allow = Array("allow".utf8)
    private static let disallow = Array("disallow".utf8)

    /// The rules that concern this program and no others, as a robots.txt of their own: all that needs to be kept.
    var text: String {
        var bytes = Array("User-agent:*\n".utf8)
        for rule in rules {
            bytes += rule.allows ? Self.allow : Self.disallow
            bytes.append(UInt8(ascii: ":"))
            bytes += rule.path
            bytes.append(UInt8(ascii: "\n"))
        }
        guard !rules.isEmpty else { return "" }
        // What is no UTF-8 grows when it becomes text.
        return String(decoding: Self.cut(Array(String(decoding: bytes, as: UTF8.self).utf8)), as: UTF8.self)
    }

    /// Whether `path` (with its query) may be read: the longest rule that fits decides, and of equal ones the kinder.
    func allows(_ path: String) -> Bool { verdict(on: path).allows }

    /// As `allows`, with what it cost.
    func verdict(on path: String) -> (allows: Bool, steps: Int) {
        let path = Array((path.isEmpty ? "/" : path).utf8)
        var best: (length: Int, allows: Bool) = (0, true)
        var steps = 0
        for rule in rules {
            let length = rule.path.count
            // What would change nothing need not be looked at.
            guard length > best.length || (length == best.length && rule.allows && !best.allows) else { continue }
            guard let fits = Self.fits(rule.path, path[...], &steps) else { return (false, steps) }
            if fits { best = (length, rule.allows) }
        }
        return (best.allows, steps)
    }

    /// `*` stands for anything, a `$` at the end for the end. Steps back to the last star only, so that no pattern explodes.
    ///
    /// - Returns: nil when it is not known after `mostSteps`.
    private static func fits(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>, _ steps: inout Int) -> Bool? {
        var (at, seen) = (pattern.startIndex, path.startIndex)
        var star: (pattern: Int, path: Int)?
        while true {
            steps += 1
            if steps > mostSteps { return nil }
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

    /// As many whole lines as are read: a rule that is cut short says something else.
    private static func cut(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let start = bytes.prefix(limit)
        guard start.count < bytes.count else { return start }
        return start[...(start.lastIndex(where: endsLine) ?? start.startIndex)]
    }

    private static func endsLine(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    private static func lowercased(_ text: ArraySlice<UInt8>) -> [UInt8] {
        text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        // A mark at the beginning of the file, in UTF-8.
        var rest = text.starts(with: [0xEF, 0xBB, 0xBF]) ? text.dropFirst(3) : text
        rest = rest.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return rest
    }
}
