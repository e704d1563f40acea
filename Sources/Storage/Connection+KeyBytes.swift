import CSQLite
import FeedModel

extension Connection {
    /// Lets statements call `key_bytes(text)`: the 16 bytes of a key that older stores hold as 26 characters of base 32;
    /// NULL for any other value.
    func defineKeyBytes() throws(StoreError) {
        try define("key_bytes") { call, _, values in
            guard let value = values?.pointee, let start = sqlite3_value_text(value),
                let key = key(base32: UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value))))
            else { return sqlite3_result_null(call) }
            // SQLite copies the bytes before the call returns.
            let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            key.withBytes { sqlite3_result_blob(call, $0.baseAddress, 16, copied) }
        }
    }
}

/// The key whose first 130 bits `text` spells out (RFC 4648, section 6, in lower case); nil if it is no such text.
private func key(base32 text: UnsafeBufferPointer<UInt8>) -> IdentityKey? {
    guard text.count == 26 else { return nil }
    var bytes: [UInt8] = []
    var buffer: UInt32 = 0
    var bits = 0
    for character in text {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): buffer = buffer << 5 | UInt32(character - UInt8(ascii: "a"))
        case UInt8(ascii: "2")...UInt8(ascii: "7"): buffer = buffer << 5 | UInt32(character - UInt8(ascii: "2") + 26)
        default: return nil
        }
        bits += 5
        guard bits >= 8 else { continue }
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
    }
    return IdentityKey(bytes)
}
