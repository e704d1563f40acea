public import FeedModel

extension FeedParser {
    /// 64 bits over what an entry says as its publisher wrote it: title, summary and contents, markup included, link, authors
    /// and tags. Tells at the cost of one look at each byte whether anything was edited. Whoever makes two texts of their own collide hides an edit of
    /// their own, so speed counts here and secrecy does not.
    public func fingerprint(of entry: ParsedEntry) -> UInt64 {
        var print = Fingerprint()
        print.add(entry.title ?? "")
        print.add(entry.summary?.text ?? "")
        for block in entry.content { print.add(block.text) }
        // A link changes as its parameters do that follow readers, and is the same link.
        print.add(entry.link.map(Self.comparableLink) ?? "")
        for author in entry.authors { print.add(author.name ?? author.email ?? "") }
        // Apart from the authors, and not told apart by their order. Added up: of two that are the same both count.
        var tags: UInt64 = 0
        for category in entry.categories {
            var tag = Fingerprint()
            tag.add(category.label ?? category.term)
            tags &+= tag.value
        }
        print.mix(tags)
        return print.value
    }
}

/// A hash of texts in order, eight bytes at a time: each step multiplies to 128 bits and folds the halves together. The same on
/// every machine and in every run, for it is stored.
struct Fingerprint {
    private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while at + 8 <= bytes.count {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at += 8
        }
        var rest: UInt64 = 0
        for byte in bytes[at...] { rest = rest << 8 | UInt64(byte) }
        mix(rest)
        // So that no two lists of texts look alike.
        mix(UInt64(bytes.count))
    }

    fileprivate mutating func mix(_ word: UInt64) {
        let product = (value ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        value = (product.high ^ product.low) &+ 0x9E37_79B9_7F4A_7C15
    }
}
