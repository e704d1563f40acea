/// 64-bit FNV-1a (Fowler, Noll and Vo) over UTF-8: the same on every run and machine, as Swift's own hashes are not. No
/// protection against whoever wants two texts to meet.
public struct FNV1a: Sendable {
    public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    public init(_ text: String = "") { add(text) }

    /// Goes on as if `text` had stood behind what was added before.
    public mutating func add(_ text: String) {
        var text = text
        // From a buffer: letter by letter from a text costs five times as much.
        value = text.withUTF8 { bytes in bytes.reduce(value) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } }
    }
}

/// A number for phases and tie-breaks, the same on every run and machine.
public func stableHash(_ text: String) -> UInt64 {
    var hash = FNV1a(text).value
    // FNV leaves the high bits of short, similar texts alike; this finaliser (of MurmurHash3) spreads them.
    hash ^= hash >> 33
    hash = hash &* 0xff51_afd7_ed55_8ccd
    hash ^= hash >> 33
    return hash
}
