public import FeedModel

extension IdentityKey {
    /// A key that stands for `text`, in tests that do not care how keys are made (FNV-1a).
    public init(_ text: String) {
        func hash(_ start: UInt64) -> UInt64 { text.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
        self.init(high: hash(0xCBF2_9CE4_8422_2325), low: hash(0x6C62_272E_07BB_0142))
    }
}

extension EntryIdentity {
    /// Keys that stand for these texts.
    public init(keys: [String], looseKeys: [String] = [], fingerprint: UInt64? = nil) {
        self.init(
            keys: keys.map { IdentityKey($0) }, looseKeys: looseKeys.map { IdentityKey($0) }, fingerprint: fingerprint)
    }
}
