import Digests
import Glibc

// What the configuration asks of addresses. Whether something answers there is for those who connect to find out.

/// Bytes of an address that mail tells in its header (RFC 2369): percent-encoded they may become three times as many, a reader's
/// token comes to them, and `MailMessage.longestURL` fit in a line.
let longestListURL = 240

/// Why `text` is not a URL of one of `schemes` with a host, or nil if it is one (RFC 3986, 3). User information is refused,
/// because it would be a password in a file that others may read.
///
/// - Parameter limit: how many bytes it may have.
func addressProblem(_ text: String, schemes: [String], limit: Int = 2048) -> String? {
    let shown = "\"\(text)\""
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
        return "\(shown) is not a web address"
    }
    guard schemes.contains(text[..<colon].lowercased()) else {
        return "\(shown) does not begin with \(schemes.map { $0 + "://" }.joined(separator: " or "))"
    }
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
        !text.utf8.contains(where: { "<>\"\\^`{|}".utf8.contains($0) })
    else { return "\(shown) holds a space or another character that a web address cannot have" }
    let rest = text[text.index(colon, offsetBy: 3)...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.contains("@") else { return "a user or password stands in the address" }
    guard !hostName(ofKey: String(authority)).isEmpty else { return "\(shown) names no host" }
    guard text.utf8.count <= limit else { return "the address is longer than \(limit) bytes" }
    return nil
}

/// Whether `text` is an address or a range in CIDR notation (RFC 4632): `10.1.0.0/16`, `::1/128`, `10.1.2.3`.
func isAddressRange(_ text: String) -> Bool {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let bits = addressBits(String(parts[0])) else { return false }
    guard parts.count == 2 else { return true }
    guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let prefix = Int(parts[1]) else {
        return false
    }
    return prefix <= bits
}

/// 32 for an IPv4 address, 128 for an IPv6 address, nil for anything else.
private func addressBits(_ text: String) -> Int? {
    var room = in6_addr()
    if inet_pton(AF_INET, text, &room) == 1 { return 32 }
    if inet_pton(AF_INET6, text, &room) == 1 { return 128 }
    return nil
}

/// Whether `text` can be a host's name in ASCII (RFC 1123, 2.1), or is an address.
func isHostName(_ text: String) -> Bool {
    if addressBits(text) != nil { return true }
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return text.utf8.count <= 253
        && labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
}

/// Whether `host` always means this machine.
func isLoopback(_ host: String) -> Bool {
    if host.lowercased() == "localhost" { return true }
    var v4 = in_addr()
    if inet_pton(AF_INET, host, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
    return addressBits(host) == 128 && ["::1", "0:0:0:0:0:0:0:1"].contains(host)
}

/// Whether `text` is a bare mail address in ASCII: a dot-atom, `@` and a domain (RFC 5322, 3.4.1). Quoted local parts are
/// lawful, but nobody's, and a favourite of those who inject.
func isMailAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].utf8.count), isHostName(String(parts[1])),
        !parts[1].contains(":")
    else { return false }
    return parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
        !atom.isEmpty && atom.utf8.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
    }
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}

/// Whether `text` is the name of an IANA time zone that this machine knows.
public func isZoneName(_ text: String) -> Bool { Zone(text) != nil }
