/// Meanings of short ASCII names, looked up by bytes whatever their case: for the tags of HTML, of which a document has
/// thousands.
struct NameTable<Meaning: Sendable>: Sendable {
    private var slots: [(key: UInt128, meaning: Meaning)?]

    /// The longest name that is kept.
    private static var longest: Int { 16 }

    /// - Parameter slots: a power of 2, at least twice the number of names.
    init(slots: Int = 512) {
        precondition(slots.nonzeroBitCount == 1, "a table has a power of 2 of slots")
        self.slots = Array(repeating: nil, count: slots)
    }

    /// `names` stand apart by blanks, in lower case, at most 16 bytes each.
    mutating func add(_ names: String, _ meaning: Meaning) {
        for name in names.split(separator: " ") {
            var name = String(name)
            name.withUTF8 { name in
                precondition((1...Self.longest).contains(name.count), "names of a table are short")
                let key = Self.key(name)
                var slot = slot(of: key)
                while slots[slot] != nil { slot = (slot + 1) & (slots.count - 1) }
                slots[slot] = (key, meaning)
            }
        }
    }

    subscript(name: ByteView) -> Meaning? {
        guard name.count > 0, name.count <= Self.longest else { return nil }
        let key = Self.key(name)
        var slot = slot(of: key)
        while let found = slots[slot] {
            if found.key == key { return found.meaning }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private static func key(_ name: ByteView) -> UInt128 {
        var low: UInt64 = 0
        var high: UInt64 = 0
        for byte in name {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte.lowercased)
        }
        return UInt128(high) << 64 | UInt128(low)
    }

    private func slot(of key: UInt128) -> Int {
        let mixed = (UInt64(truncatingIfNeeded: key) ^ UInt64(truncatingIfNeeded: key >> 64)) &* 0x9E37_79B9_7F4A_7C15
        return Int(mixed >> 48) & (slots.count - 1)
    }
}
