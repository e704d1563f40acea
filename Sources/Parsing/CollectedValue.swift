/// The text of an element while it is collected: the place in the document where it stands in one piece, or else a copy of
/// its pieces.
struct CollectedValue {
    private var pieces: [UInt8] = []
    /// Lives as long as the document is read; nil when `pieces` count.
    private var place: ByteView?

    /// `isLasting` tells that the bytes stay where they are until the document has been read.
    mutating func append(_ bytes: ByteView, isLasting: Bool) {
        if isLasting, pieces.isEmpty, place == nil {
            place = bytes
        } else {
            copyPlace()
            pieces.append(contentsOf: bytes)
        }
    }

    mutating func append(_ byte: UInt8) {
        copyPlace()
        pieces.append(byte)
    }

    mutating func append(_ text: StaticString) {
        copyPlace()
        pieces.append(text)
    }

    /// `bytes` with the characters escaped that would be markup.
    mutating func appendEscaped(_ bytes: ByteView) {
        copyPlace()
        for byte in bytes {
            switch byte {
            case Byte.ampersand: pieces.append("&amp;")
            case Byte.less: pieces.append("&lt;")
            case Byte.greater: pieces.append("&gt;")
            default: pieces.append(byte)
            }
        }
    }

    mutating func append(codePoint: UInt32) {
        copyPlace()
        pieces.append(codePoint: codePoint)
    }

    mutating func removeAll() {
        place = nil
        if !pieces.isEmpty { pieces.removeAll(keepingCapacity: true) }
    }

    mutating func replace(with bytes: [UInt8]) {
        place = nil
        pieces = bytes
    }

    /// In bytes.
    var count: Int { place?.count ?? pieces.count }

    /// Whether there is nothing but white space.
    var isBlank: Bool {
        withBytes { bytes in
            for byte in bytes where !byte.isBlank { return false }
            return true
        }
    }

    func withBytes<Answer>(_ body: (ByteView) -> Answer) -> Answer {
        if let place { return body(place) }
        return pieces.withUnsafeBufferPointer(body)
    }

    private mutating func copyPlace() {
        guard let place else { return }
        self.place = nil
        pieces.append(contentsOf: place)
    }
}
