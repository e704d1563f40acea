/// The registrable domain of a URL, in lower case: all hosts under it are one operator's, and count as one (P-48). An
/// address or a name without dots stands for itself, with its port. What has no host counts by its whole text.
func hostKey(of url: String) -> String {
    withAuthority(of: url) { authority in
        guard !authority.isEmpty else { return url }
        var name = authority[hostRange(of: authority)]
        // A dot at the end says that the name is whole.
        if name.last == dot { name = name.dropLast() }
        // An address of either kind has no domain.
        let top = name.lastIndex(of: dot).flatMap { name[($0 + 1)...].first }
        let isName = top.map { !(0x30...0x39).contains($0) } ?? false && !name.contains(colon)
        return String(decoding: isName ? registrableDomain(name) : authority[...], as: UTF8.self)
    }
}

private typealias Bytes = UnsafeBufferPointer<UInt8>
private let dot = UInt8(ascii: ".")
private let colon = UInt8(ascii: ":")

/// The name itself and one label more than its public suffix. The suffixes of two labels that matter here are told by
/// their form, without a list: `co.uk`, `gov.pk`, `ac.ae`.
private func registrableDomain(_ name: Slice<Bytes>) -> Slice<Bytes> {
    guard let last = name.lastIndex(of: dot), let second = name[..<last].lastIndex(of: dot) else { return name }
    let isLongSuffix = name[(last + 1)...].count == 2 && secondLevel.contains(packed(name[(second + 1)..<last]))
    guard isLongSuffix else { return name[(second + 1)...] }
    return name[..<second].lastIndex(of: dot).map { name[($0 + 1)...] } ?? name
}

/// Labels that registries of countries put below their own and sell names under.
private let secondLevel: Set<UInt64> = {
    let labels =
        "ac co com edu gob gok gop gos gou gouv gov govt go id info int ltd me mil ne net nhs nic nom or org plc "
        + "police res sch web"
    return Set(labels.utf8.split(separator: UInt8(ascii: " ")).map { packed($0) })
}()

/// A label of at most eight bytes as a number, which no longer one has.
private func packed(_ label: some Collection<UInt8>) -> UInt64 {
    label.count > 8 ? .max : label.reduce(0) { $0 << 8 | UInt64($1) }
}

/// The host and port of a URL, `host[:port]` in lower case, user information gone; the whole URL if it has none.
func authority(of url: String) -> String {
    withAuthority(of: url) { $0.isEmpty ? url : String(decoding: $0, as: UTF8.self) }
}

/// Calls `body` with the host and port of a URL in lower case; with nothing if it has none.
private func withAuthority(of url: String, _ body: (Bytes) -> String) -> String {
    var url = url
    return url.withUTF8 { bytes in
        let authority = Bytes(rebasing: bytes[authorityRange(of: bytes)])
        guard authority.contains(where: { (0x41...0x5A).contains($0) }) else { return body(authority) }
        return authority.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }.withUnsafeBufferPointer(body)
    }
}

/// "://" and nothing else begins an authority.
private func authorityRange(of url: Bytes) -> Range<Int> {
    let slash = UInt8(ascii: "/")
    let mark = url.indices.dropLast(2).first { url[$0] == colon && url[$0 + 1] == slash && url[$0 + 2] == slash }
    guard let mark else { return 0..<0 }
    var start = mark + 3
    var end = start
    while end < url.count, url[end] != slash, url[end] != UInt8(ascii: "?"), url[end] != UInt8(ascii: "#") {
        end += 1
        if url[end - 1] == UInt8(ascii: "@") { start = end }
    }
    return start..<end
}

/// The host of a `hostKey`, without its port and without the brackets of an IPv6 literal.
func hostName(ofKey key: String) -> String {
    var key = key
    return key.withUTF8 { String(decoding: $0[hostRange(of: $0)], as: UTF8.self) }
}

private func hostRange(of authority: Bytes) -> Range<Int> {
    if authority.first == UInt8(ascii: "["), let close = authority.firstIndex(of: UInt8(ascii: "]")) {
        return 1..<close
    }
    guard let port = authority.lastIndex(of: colon), authority.firstIndex(of: colon) == port else {
        return authority.indices
    }
    return 0..<port
}
