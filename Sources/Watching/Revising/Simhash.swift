import FeedModel

/// 64 bits of a title and lead that are nearly the same for texts that are nearly the same (Charikar, 2002). What tells an entry
/// again when its feed has changed every id, link and title at once (D2).
struct Simhash {
    private let bits: UInt64
    private let words: Int
    private let figures: [String]

    /// Words of the text that count as its lead.
    private static let lead = 60
    /// Fewer words say too little.
    private static let fewest = 12
    /// Texts of which a tenth of the words differ are about 11 bits apart, strange ones about 30.
    private static let near = 12

    init(_ text: EntryText) {
        let title = ComparableText(text.title, isTitle: true).folded
        let lead = ComparableText(String(text.wholeText.prefix(1200))).folded.prefix(Self.lead)
        let all = title + lead
        words = all.count
        figures = all.filter { EditJudge.figure($0) != nil }.sorted()
        var sums = [Int](repeating: 0, count: 64)
        func add(_ feature: String) {
            let hash = Self.hash(feature)
            for bit in 0..<64 { sums[bit] += hash >> UInt64(bit) & 1 == 1 ? 1 : -1 }
        }
        for word in all { add(word) }
        for (one, next) in zip(all, all.dropFirst()) { add(one + " " + next) }
        var bits: UInt64 = 0
        for bit in 0..<64 where sums[bit] > 0 { bits |= 1 << UInt64(bit) }
        self.bits = bits
    }

    /// In how many bits the two differ; nil if they are not one text in two forms. Other figures make another entry: prices of
    /// today and of yesterday are told in the same words.
    func distance(to other: Simhash) -> Int? {
        guard min(words, other.words) >= Self.fewest, figures == other.figures else { return nil }
        let distance = (bits ^ other.bits).nonzeroBitCount
        return distance <= Self.near ? distance : nil
    }

    /// Mixed so that every bit depends on every letter.
    private static func hash(_ text: String) -> UInt64 {
        let product = FNV1a(text).value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
