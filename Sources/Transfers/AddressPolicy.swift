import CCurl

/// An address of the Internet Protocol, as bytes in network order: 4 of them or 16.
struct IPAddress: Sendable, Hashable {
    let bytes: [UInt8]

    /// Reads `192.0.2.1` or `2001:db8::1`, in the one strict spelling each has; a zone (`%eth0`) is cut off.
    init?(_ text: String) {
        let text = text.utf8.contains(UInt8(ascii: "%")) ? String(text.prefix { $0 != "%" }) : text
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    /// The address a socket is about to connect to; nil for families that are not the Internet's.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            bytes = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                var value = pointer.pointee.sin_addr
                return withUnsafeBytes(of: &value) { Array($0) }
            }
        case AF_INET6:
            // The caller's structure has room for an IPv6 address behind its declared head.
            let raw = UnsafeRawPointer(address)
            var value = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            bytes = withUnsafeBytes(of: &value) { Array($0) }
        default: return nil
        }
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The IPv4 address that an IPv6 one carries inside, by any of the transition schemes.
    var embedded: IPAddress? {
        guard bytes.count == 16 else { return nil }
        let head = bytes.prefix(12)
        let mapped = head.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let compatible = head.allSatisfy { $0 == 0 } && bytes[12...] != [0, 0, 0, 0] && bytes[12...] != [0, 0, 0, 1]
        let translated = head.elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        if mapped || compatible || translated { return IPAddress(bytes: Array(bytes[12...])) }
        // 6to4 (RFC 3056) and Teredo (RFC 4380), whose client address is stored inverted.
        if bytes[0] == 0x20, bytes[1] == 0x02 { return IPAddress(bytes: Array(bytes[2..<6])) }
        if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] == 0, bytes[3] == 0 {
            return IPAddress(bytes: bytes[12...].map { ~$0 })
        }
        return nil
    }
}

/// A range of addresses in CIDR notation.
public struct AddressRange: Sendable, Hashable {
    private let network: IPAddress
    private let length: Int

    /// Reads `127.0.0.0/8`, `fd00::/8` or a single address; nil for anything else.
    public init?(_ cidr: String) {
        let parts = cidr.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let network = IPAddress(String(first)) else { return nil }
        let bits = network.bytes.count * 8
        // Int alone would take a sign.
        guard parts.count == 1 || parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = parts.count == 2 ? Int(parts[1]) : bits, (0...bits).contains(length)
        else { return nil }
        self.network = network
        self.length = length
    }

    /// Whether `address`, written as a number, lies in the range. A name lies in none.
    public func contains(_ address: String) -> Bool {
        IPAddress(address).map { contains($0) } ?? false
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == network.bytes.count else { return false }
        let whole = length / 8
        let rest = length % 8
        guard address.bytes[..<whole] == network.bytes[..<whole] else { return false }
        guard rest > 0 else { return true }
        let mask = UInt8.max << UInt8(8 - rest)
        return address.bytes[whole] & mask == network.bytes[whole] & mask
    }
}

extension [AddressRange] {
    /// Whether a URL's host is an address in one of the ranges. A name is not looked up, and lies in none, but for the one that
    /// always means this machine.
    public func contains(host: String) -> Bool {
        guard !isEmpty else { return false }
        let address = host == "localhost" ? "127.0.0.1" : host
        return contains { $0.contains(address) }
    }
}

/// Which addresses may be asked: public ones, and those the operator allowed (P-58, S1). Judged on the address of the
/// connection, never on the text of a URL.
struct AddressPolicy: Sendable {
    var allowed: [AddressRange] = []

    func permits(_ address: IPAddress) -> Bool {
        if allowed.contains(where: { $0.contains(address) }) { return true }
        if let inner = address.embedded { return permits(inner) }
        return !Self.reserved.contains { $0.contains(address) } && isGlobal(address)
    }

    /// Of IPv6, only what is given out for global use (RFC 4291, 2.4) is public.
    private func isGlobal(_ address: IPAddress) -> Bool {
        address.bytes.count == 4 || address.bytes[0] & 0xE0 == 0x20
    }

    /// The special-purpose addresses of RFC 6890 and its registries, and multicast.
    private static let reserved: [AddressRange] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20",
    ].compactMap { AddressRange($0) }
}

/// Whether `host` is an address written as a number that is not the public Internet's.
public func isReservedAddress(_ host: String) -> Bool {
    IPAddress(host).map { !AddressPolicy().permits($0) } ?? false
}
