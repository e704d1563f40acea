import FeedModel

// Which entries are one story. Today: the same page, or the same headline, in different feeds. Grouping by likeness of the
// text belongs here too: it would be a third kind of key.

extension DigestBuilder {
    /// The candidates as stories, each in the order its entries are shown; the stories in order of their first entry's id.
    func grouped(_ candidates: [Candidate]) -> [[Candidate]] {
        var groups = DisjointSets(count: candidates.count)
        for key in [pageKey, headlineKey] as [(Candidate) -> String?] {
            var members: [String: [Int]] = [:]
            for (index, candidate) in candidates.enumerated() {
                guard let key = key(candidate) else { continue }
                members[key, default: []].append(index)
            }
            for indices in members.values {
                joinAcrossFeeds(indices, of: candidates, in: &groups)
            }
        }
        let byRoot = Dictionary(grouping: candidates.indices) { groups.root(of: $0) }
        return byRoot.keys.sorted().map { root in
            (byRoot[root] ?? []).map { candidates[$0] }.sorted(by: isShownBefore)
        }
    }

    /// A feed that gives several of its own entries one page or one headline means several entries ("Daily briefing"), so
    /// its second and later ones stay apart.
    private func joinAcrossFeeds(_ indices: [Int], of candidates: [Candidate], in groups: inout DisjointSets) {
        guard let first = indices.first else { return }
        var feeds: Set<String> = []
        for index in indices where feeds.insert(candidates[index].matched.entry.feedURL).inserted {
            groups.join(first, index)
        }
    }

    private func pageKey(_ candidate: Candidate) -> String? {
        candidate.matched.entry.url.flatMap { WebURL($0)?.canonical }
    }

    /// Headlines under 25 characters ("Morning briefing") are shared by things that have nothing in common.
    private func headlineKey(_ candidate: Candidate) -> String? {
        let title = candidate.matched.entry.title
        let folded = foldedTitle(candidate.isSearchResult ? withoutPublisher(title) : title)
        return folded.count >= 25 ? folded : nil
    }

    private func isShownBefore(_ left: Candidate, _ right: Candidate) -> Bool {
        if left.rank != right.rank { return left.rank > right.rank }
        if left.effectiveDate != right.effectiveDate { return left.effectiveDate < right.effectiveDate }
        return left.matched.entry.id < right.matched.entry.id
    }
}

/// A headline in lower case with only its letters and digits, words parted by one space.
func foldedTitle(_ title: String) -> String {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    for scalar in title.lowercased().unicodeScalars {
        if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
            word.append(scalar)
        } else if isApostropheOrMark(scalar) {
            continue
        } else if !word.isEmpty {
            words.append(String(word))
            word = String.UnicodeScalarView()
        }
    }
    if !word.isEmpty { words.append(String(word)) }
    return words.joined(separator: " ")
}

private func isApostropheOrMark(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "'" || scalar == "\u{2019}" || scalar.properties.generalCategory == .nonspacingMark
        || scalar.properties.generalCategory == .format
}

/// Search feeds end their headlines with the publisher's name, "… - Dawn".
private func withoutPublisher(_ title: String) -> String {
    let characters = Array(title)
    guard characters.count > 3 else { return title }
    for at in stride(from: characters.count - 3, through: 0, by: -1)
    where characters[at] == " " && characters[at + 1] == "-" && characters[at + 2] == " " {
        return String(characters[..<at])
    }
    return title
}

/// Sets of indices that are joined pair by pair. The root of a set is its smallest index.
private struct DisjointSets {
    private var parent: [Int]

    init(count: Int) { parent = Array(0..<count) }

    mutating func root(of index: Int) -> Int {
        var root = index
        while parent[root] != root { root = parent[root] }
        var step = index
        while parent[step] != root { (step, parent[step]) = (parent[step], root) }
        return root
    }

    mutating func join(_ left: Int, _ right: Int) {
        let (a, b) = (root(of: left), root(of: right))
        parent[max(a, b)] = min(a, b)
    }
}
