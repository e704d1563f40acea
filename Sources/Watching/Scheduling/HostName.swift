/// The registrable domain of a URL, in lower case: all hosts under it are one operator's, and count as one (P-48). An
/// address or a name without dots stands for itself, with its port. What has no host counts by its whole text.
func hostKey(of url: String) -> String {
    let authority = authorityBytes(of: url)
    guard !authority.isEmpty else { return url }
    var name = hostRange(of: authority)
    // A dot at the end says that the name is whole.
    if name.last == UInt8(ascii: ".") { name = name.dropLast() }
    // An address of either kind has no domain.
    let lastLabel = name.lastIndex(of: UInt8(ascii: ".")).map { name[($0 + 1)...] } ?? []
    let isName = lastLabel.first.map { !(0x30...0x39).contains($0) } ?? false && !name.contains(UInt8(ascii: ":"))
    return String(decoding: isName ? registrableDomain(name) : authority[...], as: UTF8.self)
}

/// The name itself and one label more than its public suffix. The suffixes of two labels that matter here are told by
/// their form, without a list: `co.uk`, `gov.pk`, `ac.ae`.
private func registrableDomain(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.count > 2 else { return name }
    let isLongSuffix = labels[labels.count - 1].count == 2 && secondLevel.contains(Array(labels[labels.count - 2]))
    return name[labels[labels.count - (isLongSuffix ? 3 : 2)].startIndex...]
}

/// Labels that registries of countries put below their own and sell names under.
private let secondLevel: Set<[UInt8]> = {
    let labels =
        "ac co com edu gob gok gop gos gou gouv gov govt go id info int ltd me mil ne net nhs nic nom or org plc "
        + "police res sch web"
    return Set(labels.utf8.split(separator: UInt8(ascii: " ")).map { Array($0) })
}()

/// The host and port of a URL, `host[:port]` in lower case, user information gone; the whole URL if it has none.
func authority(of url: String) -> String {
    let bytes = authorityBytes(of: url)
    return bytes.isEmpty ? url : String(decoding: bytes, as: UTF8.self)
}

private func authorityBytes(of url: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var slashes = 0
    var isInside = false
    for byte in url.utf8 {
        if isInside {
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { break }
            if byte == UInt8(ascii: "@") {
                bytes.removeAll(keepingCapacity: true)
            } else {
                bytes.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
            }
        } else if byte == UInt8(ascii: ":") {
            slashes = 1
        } else if slashes > 0 {
            // "://" and nothing else begins an authority.
            slashes = byte == UInt8(ascii: "/") ? slashes + 1 : 0
            isInside = slashes == 3
        }
    }
    return bytes
}

/// The host of a `hostKey`, without its port and without the brackets of an IPv6 literal.
func hostName(ofKey key: String) -> String { String(decoding: hostRange(of: Array(key.utf8)), as: UTF8.self) }

private func hostRange(of authority: [UInt8]) -> ArraySlice<UInt8> {
    if authority.first == UInt8(ascii: "["), let close = authority.firstIndex(of: UInt8(ascii: "]")) {
        return authority[1..<close]
    }
    guard let colon = authority.lastIndex(of: UInt8(ascii: ":")), authority.firstIndex(of: UInt8(ascii: ":")) == colon
    else { return authority[...] }
    return authority[..<colon]
}
