public import FeedModel
import FoundationEssentials

/// Makes the digest of one period for one reader. Pure: no clock, no file, no chance.
///
/// Each entry with a match that the profile wants appears exactly once: as a story, under a story of other sources that says
/// the same, among the `more` titles of its topic, or among the notices. `Digest.entryIDs` tells which entries these are; an entry none of whose
/// matches the profile wants is in no digest of it, unless it comes near.
public struct DigestBuilder: Sendable {
    private let weights: EventWeights

    public init() { weights = .fitted }

    /// - Parameter weights: by which entries are taken for one event, where they are to be measured.
    package init(weights: EventWeights) { self.weights = weights }

    public func build(_ request: DigestRequest) -> Digest {
        let candidates = unique(request.entries).compactMap { Candidate($0, in: request) }
        let news = candidates.filter { !$0.isNotice }
        let wanted = news.filter(\.isWanted)
        let groups = StoryFinder(wanted, earlier: request.earlier, weights: weights).groups
        let stories = groups.map { ranked($0, in: request) }
        var coverage = request.coverage
        coverage.medianAge = medianAge(of: stories, at: request.to)
        return Digest(
            id: digestID(installation: request.installation, key: request.key), key: request.key,
            zone: request.zone.name, from: request.from, to: request.to, sections: sections(of: stories, in: request),
            coverage: coverage, title: request.title,
            possible: byTitle(possible(news, besides: stories, in: request), in: request),
            notices: byTitle(candidates.filter(\.isNotice), in: request),
            trends: request.trends)
    }
}

/// A story with what decides where it stands.
struct RankedStory {
    var story: Story
    var area: Area
    var topic: String
    var rank: Double
    /// Whether it says more than earlier digests did.
    var isMaterial: Bool
    /// When the story counts as published; never after the cut-off.
    var effectiveDate: Date
}

extension DigestBuilder {
    /// The entries without repeats of one id, in order of id, so that their order in the request changes nothing.
    private func unique(_ entries: [MatchedEntry]) -> [MatchedEntry] {
        var seen: Set<EntryID> = []
        return entries.filter { seen.insert($0.entry.id).inserted }.sorted { $0.entry.id < $1.entry.id }
    }

    private func ranked(_ group: StoryGroup, in request: DigestRequest) -> RankedStory {
        // The group is in order, the entry shown first at its head, but the topic is that of the best match of all.
        let shown = group.candidates[0]
        let best = group.candidates.dropFirst().reduce(shown) {
            $1.best.normalisedScore > $0.best.normalisedScore ? $1 : $0
        }
        var also: [String] = []
        for match in ([best] + group.candidates).flatMap(\.matches) where match.watch.topic != best.best.watch.topic {
            let title = title(of: match.watch.topic, in: request)
            if !also.contains(title) { also.append(title) }
        }
        // The shown entry explains itself with its own match of that topic; where it has none, with its best.
        let match = shown.matches.first { $0.watch == best.best.watch } ?? shown.best
        let entry = shown.matched.entry
        let state = group.state(on: request.key.date)
        let story = Story(
            title: entry.shownTitle, url: webURL(entry.url), source: shown.source, date: shown.date,
            dateQuality: shown.dateQuality, passage: Passages.best(of: entry, hits: match.hits),
            because: because(match.hits),
            isUrgent: group.candidates.contains { $0.matches.contains(where: \.isUrgent) },
            normalisedScore: best.best.normalisedScore, alsoUnder: also,
            language: entry.language,
            entries: group.candidates.map {
                StoryEntry(
                    id: $0.matched.entry.id, url: webURL($0.matched.entry.url), title: $0.matched.entry.shownTitle,
                    source: $0.source.name, isCopy: group.copies.contains($0.matched.entry.id),
                    version: $0.matched.version, revision: $0.revision)
            }, id: group.id, state: state, since: group.since)
        return RankedStory(
            story: story, area: best.best.watch.area, topic: best.best.watch.topic,
            rank: (group.candidates.map(\.rank).max() ?? 0) * Self.weight(of: story),
            isMaterial: group.isMaterial || state == .revived, effectiveDate: shown.effectiveDate)
    }

    /// What many tell independently matters more, and what is new more than what goes on.
    private static func weight(of story: Story) -> Double {
        let sources = min(Double(max(1, story.independentSources)), 8)
        let novelty: Double =
            switch story.state {
            case .new: 1
            case .revived: 0.9
            case .continuing: 0.8
            }
        return (1 + 0.12 * (sources - 1)) * novelty
    }

    private func sections(of stories: [RankedStory], in request: DigestRequest) -> [DigestSection] {
        struct Place: Hashable {
            var area: Area
            var topic: String
        }
        let byPlace = Dictionary(grouping: stories) { Place(area: $0.area, topic: $0.topic) }
        let order = TopicOrder(wanted: request.topics)
        let places = byPlace.keys.sorted { order.key($0.area, $0.topic) < order.key($1.area, $1.topic) }
        return places.map { place in
            let inOrder = (byPlace[place] ?? []).sorted(by: goesFirst)
            let news = inOrder.filter(\.isMaterial).map(\.story)
            let shown = max(0, request.perTopic)
            return DigestSection(
                area: place.area, topic: place.topic,
                title: title(of: place.topic, in: request),
                stories: Array(news.prefix(shown)), more: Array(news.dropFirst(shown)),
                continuing: inOrder.filter { !$0.isMaterial }.map(\.story))
        }
    }

    private func title(of topic: String, in request: DigestRequest) -> String {
        request.topicTitles[topic] ?? TopicOrder.title(of: topic)
    }

    /// What falls short of what the profile asks for, and the best of what falls short of every watch: a story that is told
    /// needs no such hint.
    private func possible(
        _ news: [Candidate], besides stories: [RankedStory], in request: DigestRequest
    ) -> [Candidate] {
        var told = Set(stories.flatMap { $0.story.entries.map { foldedTitle($0.title) } })
        let nearest = news.filter(\.isNearMiss).sorted {
            $0.best.normalisedScore != $1.best.normalisedScore
                ? $0.best.normalisedScore > $1.best.normalisedScore : $0.matched.entry.id < $1.matched.entry.id
        }.filter { told.insert(foldedTitle($0.matched.entry.shownTitle)).inserted }
        return news.filter { !$0.isWanted && !$0.isNearMiss } + nearest.prefix(max(0, request.mostNearMisses))
    }

    /// What is carried by its title only: each entry for itself, the best first.
    private func byTitle(_ candidates: [Candidate], in request: DigestRequest) -> [Story] {
        let inOrder = candidates.sorted {
            $0.best.normalisedScore != $1.best.normalisedScore
                ? $0.best.normalisedScore > $1.best.normalisedScore : $0.matched.entry.id < $1.matched.entry.id
        }
        return inOrder.map { candidate in
            var story = ranked(StoryGroup(candidates: [candidate]), in: request).story
            story.passage = Passage()
            return story
        }
    }

    private func goesFirst(_ left: RankedStory, _ right: RankedStory) -> Bool {
        if left.story.isUrgent != right.story.isUrgent { return left.story.isUrgent }
        if left.rank != right.rank { return left.rank > right.rank }
        return left.story.entries[0].id < right.story.entries[0].id
    }

    private func medianAge(of stories: [RankedStory], at cutOff: Date) -> Duration? {
        guard !stories.isEmpty else { return nil }
        let ages = stories.map { cutOff.wholeSeconds - $0.effectiveDate.wholeSeconds }.sorted()
        let middle = ages.count / 2
        return .seconds(ages.count % 2 == 1 ? ages[middle] : (ages[middle - 1] + ages[middle]) / 2)
    }
}

/// The order of topics within an area and their names.
struct TopicOrder {
    /// The topics that are shipped, in the order of their areas.
    private static let shipped: [(id: String, title: String)] = [
        ("counterterrorism", "Counterterrorism"), ("defence", "Defence"),
        ("nuclear-sanctions", "Nuclear issues and sanctions"), ("critical-minerals", "Critical minerals"),
        ("trade-investment", "Trade and investment"), ("technology", "Technology"),
        ("energy-climate", "Energy and climate"), ("education-people", "Education and people"),
        ("aid-humanitarian", "Aid and humanitarian affairs"), ("diplomacy-regional", "Diplomacy and the region"),
    ]

    let wanted: [String]

    func key(_ area: Area, _ topic: String) -> (Int, Int, String) {
        let areas = Area.allCases.firstIndex(of: area) ?? Area.allCases.count
        let place =
            wanted.firstIndex(of: topic)
            ?? Self.shipped.firstIndex { $0.id == topic }.map { wanted.count + $0 }
            ?? wanted.count + Self.shipped.count
        return (areas, place, topic)
    }

    /// The name of a topic: the shipped one, or the id made readable ("water-security" is "Water security").
    static func title(of topic: String) -> String {
        if let known = shipped.first(where: { $0.id == topic }) { return known.title }
        let words = cleaned(topic).split { $0 == "-" || $0 == "_" }.joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
