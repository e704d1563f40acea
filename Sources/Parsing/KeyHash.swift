import CCrypto
import FeedModel

/// Makes keys: 26 characters of base 32 over the SHA-256 of what they stand for.
struct KeyHash {
    private var bytes: [UInt8] = []
    private var digest = [UInt8](repeating: 0, count: 32)

    struct Key {
        var text: String
        /// The first eight bytes of the hash, to tell keys of one document apart quickly.
        var word: UInt64
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
        let word = digest.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        return Key(text: base32(digest, length: 26), word: word)
    }

    private mutating func addDigits(of number: Int) {
        if number >= 10 { addDigits(of: number / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
