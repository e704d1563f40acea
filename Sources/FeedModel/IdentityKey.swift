/// One thing by which an entry is known again: the first 128 bits of a SHA-256 over it. Holds no publisher text, and costs
/// the same for a guid of ten bytes as for one of a megabyte.
public struct IdentityKey: Sendable, Hashable {
    /// The first eight bytes, the first of them in the highest bits.
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The key in the first 16 of `bytes`; nil if there are fewer.
    public init?(_ bytes: some Collection<UInt8>) {
        let bytes = bytes.prefix(16)
        guard bytes.count == 16 else { return nil }
        func number(_ bytes: some Collection<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
    }

    /// Half of a hash is hash enough.
    public func hash(into hasher: inout Hasher) { hasher.combine(high) }

    /// Its 16 bytes, the same on every machine.
    public func withBytes<Answer>(_ body: (UnsafeRawBufferPointer) -> Answer) -> Answer {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { body($0) }
    }
}
