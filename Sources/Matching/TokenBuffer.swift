import FeedModel

/// Room for the tokens of an entry, kept from one entry to the next. Not for two tasks at once.
final class TokenBuffer {
    let tokens: UnsafeMutablePointer<Token>
    let folded: UnsafeMutablePointer<UInt8>
    let capacity: Int
    private let foldedCapacity: Int
    private var tokeniser: Tokeniser

    /// - Parameter capacity: tokens past this many are not looked at. Memory is touched only as far as it is used.
    init(capacity: Int) {
        self.capacity = capacity
        foldedCapacity = capacity * 16 + 4096
        tokens = .allocate(capacity: capacity)
        folded = .allocate(capacity: foldedCapacity)
        tokeniser = Tokeniser(
            scalars: ScalarTable(), tokens: tokens, capacity: capacity, folded: folded, foldedCapacity: foldedCapacity)
    }

    deinit {
        tokens.deallocate()
        folded.deallocate()
    }

    var count: Int { tokeniser.count }

    func clear() { tokeniser.clear() }

    /// Appends the tokens of a field.
    ///
    /// - Returns: whether the text has letters and all are capitals.
    @discardableResult
    func read(_ text: String, _ field: EntryField) -> Bool {
        var text = text
        return text.withUTF8 { tokeniser.read($0, field: UInt8(field.place)) }
    }

    func bytes(of token: Token) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: folded + Int(token.text), count: Int(token.length))
    }
}
