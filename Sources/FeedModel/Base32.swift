/// RFC 4648 base 32 in lower case, without padding: safe in file names, URLs and mail headers. At most `length`
/// characters, where one is given.
public func base32(_ bytes: [UInt8], length: Int? = nil) -> String {
    let whole = (bytes.count * 8 + 4) / 5
    let wanted = length.map { max(0, min($0, whole)) } ?? whole
    return String(unsafeUninitializedCapacity: wanted) { out in
        var next = 0
        for start in stride(from: 0, to: wanted, by: 8) {
            var five: UInt64 = 0
            for index in next..<(next + 5) {
                // Past the last byte come zeros.
                five = five << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0)
            }
            next += 5
            var characters = base32Characters(five)
            for index in start..<min(start + 8, wanted) {
                out[index] = UInt8(truncatingIfNeeded: characters >> 56)
                characters <<= 8
            }
        }
        return wanted
    }
}

/// The eight characters of 40 bits in that alphabet, in ASCII, the first of them in the highest byte. `bits` above the 40 are
/// left out.
@inlinable public func base32Characters(_ bits: UInt64) -> UInt64 {
    // Halved three times over, until five bits stand in each byte.
    var five = (bits & 0xFF_FFF0_0000) << 12 | bits & 0xF_FFFF
    five = (five & 0x000F_FC00_000F_FC00) << 6 | five & 0x0000_03FF_0000_03FF
    five = (five & 0x03E0_03E0_03E0_03E0) << 3 | five & 0x001F_001F_001F_001F
    // From 26 on they are digits; 1 marks each of these.
    let digits = (five &+ 0x6666_6666_6666_6666) >> 7 & 0x0101_0101_0101_0101
    return five &+ 0x6161_6161_6161_6161 &- digits &* 0x49
}
