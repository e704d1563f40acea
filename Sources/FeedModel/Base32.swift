private let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

/// RFC 4648 base 32 in lower case, without padding: safe in file names, URLs and mail headers. At most `length`
/// characters, where one is given.
public func base32(_ bytes: [UInt8], length: Int? = nil) -> String {
    let whole = (bytes.count * 8 + 4) / 5
    let wanted = length.map { max(0, min($0, whole)) } ?? whole
    return String(unsafeUninitializedCapacity: wanted) { out in
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        var next = 0
        for index in 0..<wanted {
            if bits < 5 {
                // Past the last byte come zeros.
                buffer = (buffer << 8 | (next < bytes.count ? UInt32(bytes[next]) : 0)) & 0xFFFF
                next += 1
                bits += 8
            }
            bits -= 5
            out[index] = alphabet[Int(buffer >> bits & 31)]
        }
        return wanted
    }
}
