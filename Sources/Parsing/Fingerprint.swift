public import FeedModel

extension FeedParser {
    /// 64 bits over what an entry says as its publisher wrote it: title, summary and contents, markup included, link, authors
    /// and tags. Tells at the cost of one look at each byte whether anything was edited. Whoever makes two texts of their own collide hides an edit of
    /// their own, so speed counts here and secrecy does not. `identities` gives the same with the keys.
    public func fingerprint(of entry: ParsedEntry) -> UInt64 {
        var link = Self.comparableLink(entry.link ?? "")
        return withUnsafePointer(to: entry) { place in
            link.withUTF8 { Fingerprint(of: place, comparableLink: $0).value }
        }
    }
}

/// A hash of texts in order, eight bytes at a time: each step multiplies to 128 bits and folds the halves together. The same on
/// every machine and in every run, for it is stored.
struct Fingerprint {
    private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    init() {}

    /// Of an entry, by its address, for a copy would count references to each of its texts and lists.
    ///
    /// - Parameter comparableLink: a link changes as its parameters do that follow readers, and is the same link.
    init(of place: UnsafePointer<ParsedEntry>, comparableLink: ByteView) {
        add(place.pointee.title ?? "")
        add(place.pointee.summary?.text ?? "")
        for index in place.pointee.content.indices { add(place.pointee.content[index].text) }
        add(UnsafeRawBufferPointer(comparableLink))
        for index in place.pointee.authors.indices {
            add(place.pointee.authors[index].name ?? place.pointee.authors[index].email ?? "")
        }
        // Apart from the authors, and not told apart by their order. Added up: of two that are the same both count.
        var tags: UInt64 = 0
        for index in place.pointee.categories.indices {
            var tag = Fingerprint()
            tag.add(place.pointee.categories[index].label ?? place.pointee.categories[index].term)
            tags &+= tag.value
        }
        mix(tags)
    }

    mutating func add(_ text: String) {
        text.utf8Span.span.withUnsafeBytes { add($0) }
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while at + 8 <= bytes.count {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at += 8
        }
        var rest: UInt64 = 0
        while at < bytes.count {
            rest = rest << 8 | UInt64(bytes[at])
            at += 1
        }
        mix(rest)
        // So that no two lists of texts look alike.
        mix(UInt64(bytes.count))
    }

    @inline(__always) private mutating func mix(_ word: UInt64) {
        let product = (value ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        value = (product.high ^ product.low) &+ 0x9E37_79B9_7F4A_7C15
    }
}
