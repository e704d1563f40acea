private import CCrypto
public import FeedModel

// Every name a digest gets is made from what it is, so that the same digest made again has the same names (J5, X10).

/// 26 characters of base 32 (130 bits) that stand for `key` on this installation.
public func digestID(installation: String, key: DigestKey) -> String {
    identifier(["digest", installation, key.profile, key.date.description, editionName(key)])
}

/// 26 characters of base 32 that stand for handing the digest of `key` to one recipient of one sink.
public func deliveryID(installation: String, key: DigestKey, sink: SinkKind, recipient: String) -> String {
    identifier([
        "delivery", installation, key.profile, key.date.description, editionName(key), sink.rawValue, recipient,
    ])
}

/// 26 characters of base 32 by which a request to end a subscription is known to be about this recipient of this profile. Nobody
/// without the installation's id, which is random and secret, can make one.
public func unsubscribeToken(installation: String, profile: String, recipient: String) -> String {
    identifier(["unsubscribe", installation, profile, recipient])
}

/// What tells the editions and alerts of one date apart.
func editionName(_ key: DigestKey) -> String { key.isAlert ? "alert\(key.edition)" : String(key.edition) }

/// A hash over the parts, each with its length before it so that no two lists of parts read alike.
func identifier(_ parts: [String], length: Int = 26) -> String {
    var bytes: [UInt8] = []
    for part in parts {
        bytes.append(contentsOf: "\(part.utf8.count):".utf8)
        bytes.append(contentsOf: part.utf8)
    }
    return base32(sha256(bytes), length: length)
}

/// SHA-256 in hexadecimal.
public func hexSHA256(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: sha256(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    durbeen_sha256(bytes, bytes.count, &digest)
    return digest
}
