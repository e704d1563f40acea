/// `count` zeros as a compressed stream, made by hand: some 160 to 30,000 times smaller, and endless for all we read of it.
public enum Bomb {
    /// A zlib stream of fixed Huffman codes: one zero, then "the last byte 258 times more", again and again (RFC 1951, 3.2.6).
    public static func deflate(_ count: Int) -> [UInt8] { [0x78, 0x01] + raw(count) }

    public static func gzip(_ count: Int) -> [UInt8] { [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + raw(count) }

    /// 64 MiB of zeros by Brotli's own reference encoder, at its strongest (RFC 7932).
    public static let brotli: [UInt8] = [
        0xCF, 0xFF, 0xFF, 0x7F, 0xF8, 0x27, 0x00, 0xE2, 0xB1, 0x40, 0x20, 0xF7, 0xFE, 0x9F, 0xFF, 0xFF,
        0xFF, 0xF0, 0x4F, 0x00, 0xC4, 0x61, 0x01, 0x80, 0xEE, 0xFD, 0x3F, 0xFF, 0xFF, 0xFF, 0xE1, 0x9F,
        0x00, 0x88, 0xC3, 0x22, 0x00, 0xDD, 0xFB, 0xFF, 0xFC, 0xFF, 0xFF, 0xC7, 0x3F, 0x01, 0x10, 0x87,
        0x05, 0x00, 0xBA, 0xF7, 0xFF,
    ]

    /// No bomb: `text` as it is, in one block of at most 64 KiB (RFC 1951, 3.2.4).
    public static func gzip(storing text: String) -> [UInt8] {
        let count = UInt16(text.utf8.count)
        let lengths = [count, ~count].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x01] + lengths + Array(text.utf8)
    }

    /// Blocks of one repeated byte, 128 KiB each (RFC 8878, 3.1.1.2).
    public static func zstd(_ count: Int) -> [UInt8] {
        var out: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]
        for _ in 0..<(count >> 17) { out += [0x02, 0x00, 0x10, 0x00] }
        return out
    }

    private static func raw(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        // Huffman codes go in from their highest bit, other numbers from their lowest.
        func put(_ value: UInt32, _ length: UInt32, isCode: Bool) {
            for index in 0..<length {
                let bit = value >> (isCode ? length - 1 - index : index) & 1
                buffer |= bit << bits
                bits += 1
                if bits == 8 {
                    out.append(UInt8(buffer))
                    (buffer, bits) = (0, 0)
                }
            }
        }
        put(0, 1, isCode: false)
        put(1, 2, isCode: false)
        put(0x30, 8, isCode: true)
        for _ in 0..<24 {
            put(0xC5, 8, isCode: true)
            put(0, 5, isCode: true)
        }
        // Thirteen bits again and again come round every thirteen bytes.
        let period = Array(out.suffix(13))
        for _ in 0..<(count / 258 / 8) { out += period }
        return out
    }
}
