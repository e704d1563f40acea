/// 64-bit FNV-1a over UTF-8: a number that is the same on every run and machine, for phases and tie-breaks.
public func stableHash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    // FNV leaves the high bits of short, similar texts alike; this finaliser (of MurmurHash3) spreads them.
    hash ^= hash >> 33
    hash = hash &* 0xff51_afd7_ed55_8ccd
    hash ^= hash >> 33
    return hash
}
