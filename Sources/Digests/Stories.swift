import FeedModel
import FoundationEssentials

// Which entries are one story: the same page or headline in different feeds, the same text, or, by the likeness of title and
// lead, the same event (decision 14).

/// Entries about one event, with what earlier digests told of it.
struct StoryGroup {
    /// In the order they are shown.
    var candidates: [Candidate]
    /// Those whose text another one shown before them, or told earlier, has too.
    var copies: Set<EntryID> = []
    /// Told in earlier digests, the first first.
    var earlier: [ToldEntry] = []
    /// Whether there is more to tell than what was told.
    var isMaterial = true

    /// The story's name for all time: that under which it was first told, or the entry it begins with.
    var id: String {
        if let first = earlier.first { return first.story }
        let first = candidates.min {
            ($0.effectiveDate, $0.matched.entry.id) < ($1.effectiveDate, $1.matched.entry.id)
        }
        return first?.matched.entry.id.text ?? ""
    }

    var since: LocalDate? { (earlier.map(\.storySince) + retold).min() }

    /// When those of the candidates were told that have been revised since.
    private var retold: [LocalDate] { candidates.compactMap { $0.revision?.told } }

    /// How the story stands on `date`: silent for more than a week, it is revived.
    func state(on date: LocalDate) -> StoryState {
        guard let last = (earlier.map(\.date) + retold).max() else { return .new }
        // What only changed has not come back.
        if retold.count == candidates.count { return .continuing }
        return date.daysSince1970 - last.daysSince1970 > 7 ? .revived : .continuing
    }
}

/// Sorts the candidates of a digest into stories.
struct StoryFinder {
    private let candidates: [Candidate]
    private let earlier: [ToldEntry]
    private let likeness: EventLikeness
    private let copies: TextCopies
    /// Over the candidates, and behind them the earlier entries.
    private var sets: DisjointSets

    /// A share of new words under which an entry repeats what was told.
    private static let materialNovelty = 0.35

    /// - Parameters:
    ///   - candidates: in order of their entries' ids.
    ///   - earlier: what earlier digests of the profile told.
    init(_ candidates: [Candidate], earlier: [ToldEntry], weights: EventWeights = .fitted) {
        self.candidates = candidates
        self.earlier = earlier.sorted { ($0.date, $0.entry.id) < ($1.date, $1.entry.id) }
        let entries = candidates.map(\.matched.entry) + self.earlier.map(\.entry)
        let dates =
            candidates.map(\.effectiveDate)
            + self.earlier.map { told in min(told.entry.published ?? told.firstSeen, told.firstSeen) }
        likeness = EventLikeness(zip(entries, dates).map { StoryText($0, at: $1) }, weights: weights)
        copies = TextCopies(entries)
        sets = DisjointSets(count: entries.count)
        joinEarlier()
        joinByKeys(entries)
        for (left, right) in copies.pairs { sets.join(left, right) }
        joinEvents()
    }

    /// The stories that have a candidate, in order of their first entry's id.
    var groups: [StoryGroup] {
        let byRoot = Dictionary(grouping: 0..<(candidates.count + earlier.count)) { sets.lookUp($0) }
        return byRoot.keys.sorted().compactMap { root in
            let members = byRoot[root] ?? []
            let news = members.filter { $0 < candidates.count }.sorted { isShownBefore(candidates[$0], candidates[$1]) }
            let told = members.filter { $0 >= candidates.count }
            guard !news.isEmpty else { return nil }
            var group = StoryGroup(candidates: news.map { candidates[$0] })
            group.earlier = told.map { earlier[$0 - candidates.count] }
            for (place, index) in news.enumerated() {
                let before = told + news[..<place]
                // It has its own text twice, as it was told and as it is.
                guard candidates[index].revision == nil else { continue }
                if before.contains(where: { copies.areCopies($0, index) }) {
                    group.copies.insert(candidates[index].matched.entry.id)
                }
            }
            let fresh = news.filter { candidates[$0].revision == nil }
            group.isMaterial = fresh.contains { told.isEmpty || isMaterial($0, over: told) }
            return group
        }
    }

    private func isMaterial(_ index: Int, over told: [Int]) -> Bool {
        if candidates[index].matches.contains(where: \.isUrgent) { return true }
        if told.contains(where: { copies.areCopies($0, index) }) { return false }
        return likeness.novelty(of: index, over: told) >= Self.materialNovelty
    }

    private func isShownBefore(_ left: Candidate, _ right: Candidate) -> Bool {
        // What can be opened stands for what cannot.
        let (opens, otherOpens) = (webURL(left.matched.entry.url) != nil, webURL(right.matched.entry.url) != nil)
        if opens != otherOpens { return opens }
        if left.rank != right.rank { return left.rank > right.rank }
        if left.effectiveDate != right.effectiveDate { return left.effectiveDate < right.effectiveDate }
        return left.matched.entry.id < right.matched.entry.id
    }
}

extension StoryFinder {
    private mutating func joinEarlier() {
        var first: [String: Int] = [:]
        let revised = Dictionary(
            candidates.indices.filter { candidates[$0].revision != nil }.map { (candidates[$0].matched.entry.id, $0) },
            uniquingKeysWith: { first, _ in first })
        for (place, told) in earlier.enumerated() {
            let index = candidates.count + place
            if let same = revised[told.entry.id] { sets.join(same, index) }
            if let other = first[told.story] { sets.join(other, index) } else { first[told.story] = index }
        }
    }

    private mutating func joinByKeys(_ entries: [Entry]) {
        let isSearch = candidates.map(\.isSearchResult) + earlier.map { _ in false }
        let pages = entries.map { entry in (entry.canonicalURL ?? entry.url).flatMap { WebURL($0)?.canonical } }
        let headlines = zip(entries, isSearch).map { headlineKey($0, isSearchResult: $1) }
        for keys in [pages, headlines] {
            var members: [String: [Int]] = [:]
            for (index, key) in keys.enumerated() {
                if let key { members[key, default: []].append(index) }
            }
            for indices in members.values { joinAcrossFeeds(indices, of: entries) }
        }
    }

    /// A feed that gives several of its own entries one page or one headline means several entries ("Daily briefing"), so
    /// its second and later ones stay apart.
    private mutating func joinAcrossFeeds(_ indices: [Int], of entries: [Entry]) {
        guard let first = indices.first else { return }
        var feeds: Set<String> = []
        for index in indices where feeds.insert(entries[index].feedURL).inserted { sets.join(first, index) }
    }

    /// Headlines under 25 characters ("Morning briefing") are shared by things that have nothing in common.
    private func headlineKey(_ entry: Entry, isSearchResult: Bool) -> String? {
        let folded = foldedTitle(isSearchResult ? withoutPublisher(entry.title) : entry.title)
        return folded.count >= 25 ? folded : nil
    }

    /// Joins, the likeliest pairs first, what tells of one event. Two stories of several entries become one only if they are alike
    /// on the whole.
    private mutating func joinEvents() {
        var edges: [(probability: Double, left: Int, right: Int)] = []
        for left in candidates.indices {
            for right in likeness.near(left) where right >= candidates.count || right > left {
                let probability = likeness.probability(left, right)
                if probability >= likeness.weights.threshold { edges.append((probability, left, right)) }
            }
        }
        edges.sort {
            $0.probability != $1.probability
                ? $0.probability > $1.probability : ($0.left, $0.right) < ($1.left, $1.right)
        }
        for edge in edges {
            let (left, right) = (sets.members(with: edge.left), sets.members(with: edge.right))
            guard left[0] != right[0], areCompany(left, right) else { continue }
            sets.join(edge.left, edge.right)
        }
    }

    private func areCompany(_ left: [Int], _ right: [Int]) -> Bool {
        guard left.count * right.count > 1 else { return true }
        var sum = 0.0
        // Of long stories the first members speak for the rest.
        let (some, others) = (left.prefix(12), right.prefix(12))
        for a in some { for b in others { sum += likeness.probability(a, b) } }
        return sum / Double(some.count * others.count) >= EventLikeness.company
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
struct DisjointSets {
    private var parent: [Int]
    private var members: [[Int]]

    init(count: Int) {
        parent = Array(0..<count)
        members = (0..<count).map { [$0] }
    }

    func lookUp(_ index: Int) -> Int {
        var root = index
        while parent[root] != root { root = parent[root] }
        return root
    }

    /// The set that `index` is in, in ascending order.
    func members(with index: Int) -> [Int] { members[lookUp(index)] }

    mutating func join(_ left: Int, _ right: Int) {
        let (a, b) = (lookUp(left), lookUp(right))
        guard a != b else { return }
        let (root, other) = (min(a, b), max(a, b))
        parent[other] = root
        members[root] = (members[root] + members[other]).sorted()
        members[other] = []
    }
}
