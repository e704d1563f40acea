import CCrypto
import FeedModel

/// Makes keys: the beginning of the SHA-256 of what they stand for.
struct KeyHash {
    private var bytes: [UInt8] = []
    private var digest = [UInt8](repeating: 0, count: 32)

    struct Key: Hashable {
        /// The first 16 bytes of the hash.
        var key: IdentityKey
        /// The next one; an id is made of 130 bits.
        var next: UInt8

        /// The first 130 bits in base 32.
        var text: String { key.withBytes { base32(Array($0) + [next], length: 26) } }
    }

    /// Begins a key of this kind. `add` its parts, then `finish`.
    mutating func begin(_ kind: StaticString) {
        bytes.removeAll(keepingCapacity: true)
        add(UnsafeBufferPointer(start: kind.utf8Start, count: kind.utf8CodeUnitCount))
    }

    /// Each part's length goes before it, so that no two lists of parts look alike.
    mutating func add(_ part: ByteView) {
        addDigits(of: part.count)
        bytes.append(Byte.colon)
        bytes.append(contentsOf: part)
    }

    mutating func add(_ part: String) {
        var part = part
        part.withUTF8 { add($0) }
    }

    mutating func finish() -> Key {
        durbeen_sha256(bytes, bytes.count, &digest)
        return digest.withUnsafeBytes { digest in
            let high = UInt64(bigEndian: digest.loadUnaligned(as: UInt64.self))
            let low = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return Key(key: IdentityKey(high: high, low: low), next: digest[16])
        }
    }

    private mutating func addDigits(of number: Int) {
        if number >= 10 { addDigits(of: number / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
