import CCrypto
import FeedModel

/// Makes keys: the beginning of the SHA-256 of what they stand for.
struct KeyHash {
    private var list = durbeen_sha256_list()

    struct Key: Hashable {
        /// The first 16 bytes of the hash.
        var key: IdentityKey
        /// The next one; an id is made of 130 bits.
        var next: UInt8

        /// The first 130 bits in base 32.
        var text: String { key.withBytes { base32(Array($0) + [next], length: 26) } }
    }

    /// Begins a key of this kind. `add` its parts, then `finish`.
    init(_ kind: StaticString) {
        durbeen_sha256_begin(&list)
        durbeen_sha256_add(&list, kind.utf8Start, kind.utf8CodeUnitCount)
    }

    /// Each part's length goes before it, so that no two lists of parts look alike.
    mutating func add(_ part: ByteView) { durbeen_sha256_add(&list, part.baseAddress, part.count) }

    mutating func add(_ part: String) {
        var part = part
        part.withUTF8 { add($0) }
    }

    consuming func finish() -> Key {
        var digest: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &digest) { digest in
            durbeen_sha256_finish(&list, digest.bindMemory(to: UInt8.self).baseAddress)
        }
        let key = IdentityKey(high: UInt64(bigEndian: digest.0), low: UInt64(bigEndian: digest.1))
        return Key(key: key, next: UInt8(UInt64(bigEndian: digest.2) >> 56))
    }
}
