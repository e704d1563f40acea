/// The one of `candidates` that `word` was most likely meant to be; nil if none is near (Levenshtein's distance with
/// transpositions, at most a third of the word).
public func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(word.lowercased())
    var best: (distance: Int, name: String)?
    for candidate in candidates {
        let distance = editDistance(wanted, Array(candidate.lowercased()))
        if distance <= max(1, min(wanted.count, candidate.count) / 3), distance < best?.distance ?? .max {
            best = (distance, candidate)
        }
    }
    return best?.name
}

/// How many letters must be added, left out, replaced or swapped with their neighbour to make `b` of `a`; `Int.max` for what is
/// longer than 64 letters.
public func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    // What is long is no misspelling of anything here, and must cost nothing.
    guard a.count <= 64, b.count <= 64 else { return .max }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var distance = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, beforeLast[j - 1] + 1) }
            row.append(distance)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
