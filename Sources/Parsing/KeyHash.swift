import CCrypto
import FeedModel

/// The beginning of a SHA-256 over what a key or a name stands for.
struct KeyHash: Hashable {
    /// The first 16 bytes of the hash.
    var key: IdentityKey
    /// The next one; a name is made of 130 bits.
    var next: UInt8

    private init(key: IdentityKey, next: UInt8) {
        self.key = key
        self.next = next
    }

    /// Over the kind and the parts in their order, each with its length before it, so that no two lists of parts look alike.
    init(_ kind: StaticString, _ first: ByteView, _ second: ByteView? = nil, _ third: ByteView? = nil) {
        var parts = (
            durbeen_part(bytes: kind.utf8Start, length: kind.utf8CodeUnitCount), durbeen_part(first),
            durbeen_part(second), durbeen_part(third)
        )
        let count = third != nil ? 4 : second != nil ? 3 : 2
        var digest: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &digest) { digest in
            withUnsafeBytes(of: &parts) { parts in
                durbeen_sha256_parts(
                    parts.assumingMemoryBound(to: durbeen_part.self).baseAddress, count,
                    digest.assumingMemoryBound(to: UInt8.self).baseAddress)
            }
        }
        key = IdentityKey(high: UInt64(bigEndian: digest.0), low: UInt64(bigEndian: digest.1))
        next = UInt8(UInt64(bigEndian: digest.2) >> 56)
    }

    init(_ kind: StaticString, _ text: String) {
        var text = text
        self = text.withUTF8 { KeyHash(kind, $0) }
    }

    /// The same behind the first 25 bits of `place`, for which as many at its end go.
    func behind(_ place: UInt64) -> KeyHash {
        KeyHash(
            key: IdentityKey(
                high: (place >> 39) << 39 | key.high >> 25, low: key.high << 39 | key.low >> 25),
            next: UInt8(truncatingIfNeeded: key.low >> 17))
    }

    /// The first 130 bits in base 32, 26 characters.
    var text: String { withText { String(ascii: $0) } }

    /// `text`, for as long as `body` runs.
    func withText<Answer>(_ body: (ByteView) -> Answer) -> Answer {
        var text = (
            base32Characters(key.high >> 24).bigEndian,
            base32Characters((key.high & 0xFF_FFFF) << 16 | key.low >> 48).bigEndian,
            base32Characters(key.low >> 8).bigEndian,
            base32Characters((key.low & 0xFF) << 32 | UInt64(next) << 24).bigEndian
        )
        return withUnsafeBytes(of: &text) { text in
            body(ByteView(rebasing: text.assumingMemoryBound(to: UInt8.self)[..<26]))
        }
    }
}

extension durbeen_part {
    fileprivate init(_ bytes: ByteView?) { self.init(bytes: bytes?.baseAddress, length: bytes?.count ?? 0) }
}
