import CStemmer

/// Snowball's English stemmer. Not for two tasks at once.
final class Stemmer {
    private let handle: OpaquePointer

    init() {
        guard let handle = sb_stemmer_new("english", "UTF_8") else { preconditionFailure("libstemmer has no English") }
        self.handle = handle
    }

    deinit { sb_stemmer_delete(handle) }

    func stem(_ word: String) -> String {
        let bytes = Array(word.utf8)
        return bytes.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return word }
            return withStem(of: start, bytes.count) { stem, length in
                String(decoding: UnsafeBufferPointer(start: stem, count: length), as: UTF8.self)
            }
        }
    }

    /// Hands over the stem of a word in small letters; it is there only until `use` returns.
    func withStem<Answer>(
        of word: UnsafePointer<UInt8>, _ count: Int, use: (UnsafePointer<UInt8>, Int) -> Answer
    ) -> Answer {
        // Without memory for its answer the stemmer has none; the word stands for itself then.
        guard let stem = sb_stemmer_stem(handle, word, Int32(clamping: count)) else { return use(word, count) }
        return use(stem, Int(sb_stemmer_length(handle)))
    }
}
