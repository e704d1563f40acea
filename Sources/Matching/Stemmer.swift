import CStemmer

/// Snowball's English stemmer. Not shared between threads: each user makes its own.
final class Stemmer {
    private let handle: OpaquePointer
    private var known: [String: String] = [:]

    init() {
        guard let handle = sb_stemmer_new("english", "UTF_8") else { preconditionFailure("libstemmer has no English") }
        self.handle = handle
    }

    deinit { sb_stemmer_delete(handle) }

    func stem(_ word: String) -> String {
        if let stem = known[word] { return stem }
        let bytes = Array(word.utf8)
        guard let start = sb_stemmer_stem(handle, bytes, Int32(clamping: bytes.count)) else { return word }
        let stem = String(
            decoding: UnsafeBufferPointer(start: start, count: Int(sb_stemmer_length(handle))), as: UTF8.self)
        known[word] = stem
        return stem
    }
}
