/// RFC 4648 base 32 in lower case, without padding: safe in file names, URLs and mail headers.
public func base32(_ bytes: some Sequence<UInt8>, length: Int? = nil) -> String {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    var out: [UInt8] = []
    var buffer: UInt32 = 0
    var bits = 0
    for byte in bytes {
        buffer = (buffer << 8 | UInt32(byte)) & 0xFFFF
        bits += 8
        while bits >= 5 {
            bits -= 5
            out.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
        }
    }
    if bits > 0 { out.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
    return String(decoding: length.map { out.prefix($0) } ?? out[...], as: UTF8.self)
}
