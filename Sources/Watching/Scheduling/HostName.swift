/// The registrable domain of a URL, in lower case: all hosts under it are one operator's, and count as one (P-48). An
/// address or a name without dots stands for itself, with its port. What has no host counts by its whole text.
func hostKey(of url: String) -> String {
    let authority = authority(of: url)
    let name = hostName(ofKey: authority)
    // A dot at the end says that the name is whole.
    let labels = (name.last == "." ? name.dropLast() : name[...]).split(
        separator: ".", omittingEmptySubsequences: false)
    // An address of either kind has no domain.
    let isName = labels.count > 1 && !name.contains(":") && labels.last?.first?.isNumber == false
    return isName ? registrableDomain(labels) : authority
}

/// The name itself and one label more than its public suffix. The suffixes of two labels that matter here are told by
/// their form, without a list: `co.uk`, `gov.pk`, `ac.ae` (docs/decisions).
private func registrableDomain(_ labels: [Substring]) -> String {
    guard labels.count > 2 else { return labels.joined(separator: ".") }
    let hasLongSuffix = labels[labels.count - 1].count == 2 && secondLevel.contains(labels[labels.count - 2])
    return labels.suffix(hasLongSuffix ? 3 : 2).joined(separator: ".")
}

/// Labels that registries of countries put below their own and sell names under.
private let secondLevel: Set<Substring> = [
    "ac", "co", "com", "edu", "gob", "gok", "gop", "gos", "gou", "gouv", "gov", "govt", "go", "id", "info", "int",
    "ltd",
    "me", "mil", "ne", "net", "nhs", "nic", "nom", "or", "org", "plc", "police", "res", "sch", "web",
]

/// The host and port of a URL, `host[:port]` in lower case, user information gone.
func authority(of url: String) -> String {
    guard let scheme = url.utf8Range(of: "://") else { return url }
    var rest = url[scheme.upperBound...]
    if let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" || $0 == "#" }) { rest = rest[..<end] }
    if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
    return rest.isEmpty ? url : rest.lowercased()
}

/// The host of a `hostKey`, without its port and without the brackets of an IPv6 literal.
func hostName(ofKey key: String) -> String {
    if key.hasPrefix("["), let close = key.firstIndex(of: "]") {
        return String(key[key.index(after: key.startIndex)..<close])
    }
    guard let colon = key.lastIndex(of: ":"), key.firstIndex(of: ":") == colon else { return key }
    return String(key[..<colon])
}

/// 64-bit FNV-1a over UTF-8: a number that is the same on every run and machine, for phases and tie-breaks.
func stableHash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    // FNV leaves the high bits of short, similar texts alike; this finaliser (of MurmurHash3) spreads them.
    hash ^= hash >> 33
    hash = hash &* 0xff51_afd7_ed55_8ccd
    hash ^= hash >> 33
    return hash
}

extension String {
    fileprivate func utf8Range(of other: String) -> Range<String.Index>? {
        let needle = Array(other.utf8)
        var start = utf8.startIndex
        while start != utf8.endIndex {
            let rest = utf8[start...]
            if rest.starts(with: needle) {
                return start..<utf8.index(start, offsetBy: needle.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
