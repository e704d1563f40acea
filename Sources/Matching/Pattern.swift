import CICU

/// A regular expression as a watchlist has it.
struct PatternText: Hashable, Sendable {
    var text: String
    var ignoresCase: Bool
}

/// A regular expression of ICU, ready to search. Not for two tasks at once; each reading of entries has its own.
final class Pattern {
    /// Why a text is no pattern, and at which of its bytes.
    struct Malformed: Error {
        var offset: Int
        var message: String
    }

    private let handle: OpaquePointer

    init(_ pattern: PatternText) throws(Malformed) {
        var text = pattern.text
        var offset = 0
        var reason: UnsafePointer<CChar>?
        let handle = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                durbeen_icu_pattern_open($0.baseAddress, $0.count, pattern.ignoresCase ? 1 : 0, &offset, &reason)
            }
        }
        guard let handle else {
            let why = reason.map { String(cString: $0) } ?? "no regular expression"
            throw Malformed(offset: offset, message: "the pattern /\(pattern.text)/ has \(why); mend it")
        }
        self.handle = handle
        // A pattern that is content with nothing says nothing.
        if matchesNothing() {
            throw Malformed(
                offset: 0, message: "the pattern /\(pattern.text)/ matches the empty text; write what must be there")
        }
    }

    deinit { durbeen_icu_pattern_close(handle) }

    private func matchesNothing() -> Bool {
        var end = 0
        var start = 0
        return [UInt8(ascii: " ")].withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                durbeen_icu_pattern_begin(handle, $0.baseAddress, 0, 1) == 0
                    || durbeen_icu_pattern_next(handle, &start, &end) != 0
            }
        }
    }

    /// Calls `found` with the bytes of each match, at most `most` of them.
    ///
    /// - Parameter steps: how long the search may take, in units of about a fifth of a millisecond.
    /// - Returns: false if it took longer; then what was found before counts for nothing.
    func search(
        _ text: UnsafeBufferPointer<UInt8>, steps: Int32, most: Int, found: (Range<Int>) -> Void
    ) -> Bool {
        text.withMemoryRebound(to: CChar.self) { text in
            guard durbeen_icu_pattern_begin(handle, text.baseAddress, text.count, steps) != 0 else { return false }
            var start = 0
            var end = 0
            for _ in 0..<most {
                switch durbeen_icu_pattern_next(handle, &start, &end) {
                case 1: if end > start { found(start..<end) }
                case 0: return true
                default: return false
                }
            }
            return true
        }
    }
}
