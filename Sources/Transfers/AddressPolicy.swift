import CCurl
import Glibc

/// An address of the Internet Protocol. One is judged for each request, so it is two numbers and nothing that is allocated.
struct IPAddress: Sendable, Hashable {
    /// The bytes in network order as one number of 128 bits; an IPv4 address stands in the last 32.
    let high: UInt64
    let low: UInt64
    let isIPv4: Bool

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
        isIPv4 = false
    }

    init(ipv4 number: UInt32) {
        high = 0
        low = UInt64(number)
        isIPv4 = true
    }

    /// Reads `192.0.2.1` or `2001:db8::1`, in the one strict spelling each has; a zone (`%eth0`) is cut off.
    init?(_ text: String) {
        guard let address = text.withCString({ IPAddress(numeric: $0) }) else { return nil }
        self = address
    }

    /// As above, of a text that libcurl wrote.
    init?(numeric text: UnsafePointer<CChar>) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(four)
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(six)
        } else if let zone = strchr(text, Int32(UInt8(ascii: "%"))) {
            let bytes = UnsafeBufferPointer(start: text, count: UnsafePointer(zone) - text)
            guard bytes.count < INET6_ADDRSTRLEN,
                let address = (bytes + [0]).withUnsafeBufferPointer({ copy in
                    copy.baseAddress.flatMap { IPAddress(numeric: $0) }
                })
            else { return nil }
            self = address
        } else {
            return nil
        }
    }

    /// The address a socket is about to connect to; nil for families that are not the Internet's.
    init?(_ address: UnsafePointer<sockaddr>) {
        // The caller's structure has room for an IPv6 address behind its declared head.
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET: self.init(raw.loadUnaligned(as: sockaddr_in.self).sin_addr)
        case AF_INET6: self.init(raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default: return nil
        }
    }

    private init(_ address: in_addr) { self.init(ipv4: UInt32(bigEndian: address.s_addr)) }

    private init(_ address: in6_addr) {
        let (high, low) = withUnsafeBytes(of: address) {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }

    /// The IPv4 address that an IPv6 one carries inside, by any of the transition schemes.
    var embedded: IPAddress? {
        guard !isIPv4 else { return nil }
        func last(_ bits: UInt64) -> IPAddress { IPAddress(ipv4: UInt32(truncatingIfNeeded: bits)) }
        let isMapped = high == 0 && low >> 32 == 0xFFFF
        let isCompatible = high == 0 && low >> 32 == 0 && low > 1
        let isTranslated = high == 0x64_FF9B_0000_0000 && low >> 32 == 0
        if isMapped || isCompatible || isTranslated { return last(low) }
        // 6to4 (RFC 3056) and Teredo (RFC 4380), whose client address is stored inverted.
        if high >> 48 == 0x2002 { return last(high >> 16) }
        if high >> 32 == 0x2001_0000 { return last(~low) }
        return nil
    }
}

extension IPAddress: CustomStringConvertible {
    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let written: UnsafePointer<CChar>?
        if isIPv4 {
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
            written = inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        } else {
            var address = (high.bigEndian, low.bigEndian)
            written = inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
        }
        guard written != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
        let bits = network.isIPv4 ? 32 : 128
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
        guard address.isIPv4 == network.isIPv4 else { return false }
        if network.isIPv4 { return (address.low ^ network.low) >> UInt64(32 - length) == 0 }
        let high = address.high ^ network.high
        if length <= 64 { return high >> UInt64(64 - length) == 0 }
        return high == 0 && (address.low ^ network.low) >> UInt64(128 - length) == 0
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
        address.isIPv4 || address.high >> 61 == 1
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
