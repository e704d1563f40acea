/// What sets two lists of words apart: the stretches that one has in place of the other's, in order.
struct WordDiff {
    struct Change: Equatable {
        /// Words of the old list that are gone; empty for what was only added.
        var old: Range<Int>
        var new: Range<Int>
    }

    private(set) var changes: [Change] = []

    /// The longest common subsequence is looked for in tables of at most this many cells (half a megabyte, a millisecond).
    /// Larger stretches are parted first at runs of words that both lists have once; where there are none, the whole
    /// stretch counts as changed.
    private static let mostCells = 250_000
    private static let anchorLength = 3

    private let old: [Int32]
    private let new: [Int32]

    init(_ old: [String], _ new: [String]) {
        var numbers: [String: Int32] = [:]
        func numbered(_ words: [String]) -> [Int32] {
            words.map { word in
                if let number = numbers[word] { return number }
                let number = Int32(numbers.count)
                numbers[word] = number
                return number
            }
        }
        self.old = numbered(old)
        self.new = numbered(new)
        compare(0..<old.count, 0..<new.count)
    }
}

extension WordDiff {
    /// - Parameter isParted: whether the stretch lies between anchors already.
    private mutating func compare(_ left: Range<Int>, _ right: Range<Int>, isParted: Bool = false) {
        var (a, b) = (left, right)
        while !a.isEmpty, !b.isEmpty, old[a.lowerBound] == new[b.lowerBound] {
            a = a.lowerBound + 1..<a.upperBound
            b = b.lowerBound + 1..<b.upperBound
        }
        while !a.isEmpty, !b.isEmpty, old[a.upperBound - 1] == new[b.upperBound - 1] {
            a = a.lowerBound..<a.upperBound - 1
            b = b.lowerBound..<b.upperBound - 1
        }
        guard !a.isEmpty, !b.isEmpty else { return add(a, b) }
        if a.count * b.count <= Self.mostCells { return compareInTable(a, b) }
        let anchors = isParted ? [] : anchors(a, b)
        guard !anchors.isEmpty else { return add(a, b) }
        var (fromOld, fromNew) = (a.lowerBound, b.lowerBound)
        for anchor in anchors + [Anchor(old: a.upperBound, new: b.upperBound)] {
            // The words of the anchors themselves go when the next stretch is trimmed.
            compare(fromOld..<anchor.old, fromNew..<anchor.new, isParted: true)
            (fromOld, fromNew) = (anchor.old, anchor.new)
        }
    }

    private mutating func add(_ a: Range<Int>, _ b: Range<Int>) {
        guard !a.isEmpty || !b.isEmpty else { return }
        if let last = changes.last, last.old.upperBound == a.lowerBound, last.new.upperBound == b.lowerBound {
            changes[changes.count - 1] = Change(
                old: last.old.lowerBound..<a.upperBound, new: last.new.lowerBound..<b.upperBound)
        } else {
            changes.append(Change(old: a, new: b))
        }
    }

    private mutating func compareInTable(_ a: Range<Int>, _ b: Range<Int>) {
        let width = b.count + 1
        // lengths[i * width + j]: the longest common subsequence of what follows i in a and j in b.
        var lengths = [UInt16](repeating: 0, count: (a.count + 1) * width)
        for i in stride(from: a.count - 1, through: 0, by: -1) {
            for j in stride(from: b.count - 1, through: 0, by: -1) {
                lengths[i * width + j] =
                    old[a.lowerBound + i] == new[b.lowerBound + j]
                    ? lengths[(i + 1) * width + j + 1] + 1
                    : max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
            }
        }
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            if i < a.count, j < b.count, old[a.lowerBound + i] == new[b.lowerBound + j] {
                i += 1
                j += 1
            } else if j == b.count || i < a.count && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
                add(a.lowerBound + i..<a.lowerBound + i + 1, b.lowerBound + j..<b.lowerBound + j)
                i += 1
            } else {
                add(a.lowerBound + i..<a.lowerBound + i, b.lowerBound + j..<b.lowerBound + j + 1)
                j += 1
            }
        }
    }

    private struct Anchor {
        var old: Int
        var new: Int
    }

    /// Places where both lists have the same run of words, each run once in either; as many as stand in one order in both.
    private func anchors(_ a: Range<Int>, _ b: Range<Int>) -> [Anchor] {
        let places = Self.uniqueRuns(of: old, in: a)
        let others = Self.uniqueRuns(of: new, in: b)
        let shared = places.compactMap { run, place in others[run].map { Anchor(old: place, new: $0) } }
            .sorted { $0.old < $1.old }
        // The longest ascending subsequence, by patience sorting.
        var tails: [Int] = []
        var before = [Int](repeating: -1, count: shared.count)
        for (index, anchor) in shared.enumerated() {
            var (low, high) = (0, tails.count)
            while low < high {
                let middle = (low + high) / 2
                if shared[tails[middle]].new < anchor.new { low = middle + 1 } else { high = middle }
            }
            before[index] = low > 0 ? tails[low - 1] : -1
            if low == tails.count { tails.append(index) } else { tails[low] = index }
        }
        var chain: [Anchor] = []
        var at = tails.last ?? -1
        while at >= 0 {
            chain.append(shared[at])
            at = before[at]
        }
        return chain.reversed()
    }

    private static func uniqueRuns(of words: [Int32], in range: Range<Int>) -> [[Int32]: Int] {
        var places: [[Int32]: Int] = [:]
        guard range.count >= anchorLength else { return [:] }
        for at in range.lowerBound...(range.upperBound - anchorLength) {
            let run = Array(words[at..<at + anchorLength])
            places[run] = places[run] == nil ? at : -1
        }
        return places.filter { $0.value >= 0 }
    }
}
