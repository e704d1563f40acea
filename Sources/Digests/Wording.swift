import FeedModel
import FoundationEssentials

// What the renderers say in words. Every text from outside leaves here cleaned; escaping is left to the renderer.

extension Area {
    var title: String {
        switch self {
        case .security: "Security"
        case .economy: "Economy"
        case .people: "People"
        case .diplomacy: "Diplomacy"
        }
    }
}

extension SourceKind {
    var word: String {
        switch self {
        case .thinkTank: "think tank"
        case .government: "government"
        case .press: "press"
        case .academic: "academic"
        case .organisation: "organisation"
        case .search: "search"
        }
    }
}

/// A digest with its zone, put into words.
struct Wording {
    let digest: Digest
    let zone: Zone

    init(_ digest: Digest) {
        self.digest = digest
        zone = Zone(named: digest.zone)
    }

    var title: String { cleaned(digest.title) }

    /// "Wednesday, 25 November 2026", and the edition where it is not the first.
    var dateLine: String {
        let alert = digest.key.isAlert ? ", urgent, \(zone.clockText(digest.to))" : ""
        return digest.key.date.longText + alert
            + (digest.key.edition > 1 && !digest.key.isAlert ? ", edition \(digest.key.edition)" : "")
    }

    /// "Asia/Karachi, UTC+5".
    var zoneLine: String {
        let offset = zone.offsetText(at: digest.to)
        return zone.name == offset ? offset : "\(zone.name), \(offset)"
    }

    /// "From 24 Nov 2026, 07:00 to 25 Nov 2026, 07:00".
    var periodLine: String {
        let end = zone.shortText(digest.to)
        return digest.from.map { "From \(zone.shortText($0)) to \(end)" } ?? "All that is known up to \(end)"
    }

    var urgent: [Story] { digest.allStories.filter(\.isUrgent) }

    /// The one line that says what the day was: counts, sources, median age.
    var summary: String {
        let stories = digest.allStories
        let coverage = digest.coverage
        var parts: [String] = []
        if stories.isEmpty {
            parts.append("Nothing new matched")
        } else {
            let entries = stories.reduce(0) { $0 + $1.entries.count }
            var first = count(stories.count, "story", "stories")
            let kinds = StoryState.allCases.map { state in (state, stories.count { $0.state == state }) }
            if kinds[0].1 != stories.count {
                first +=
                    " (" + kinds.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ") + ")"
            }
            if entries != stories.count { first += " from " + count(entries, "entry", "entries") }
            parts.append(first + " in " + count(digest.sections.count, "topic", "topics"))
        }
        if !urgent.isEmpty { parts.append("\(urgent.count) urgent") }
        if digest.key.isAlert { return parts.joined(separator: " · ") }
        parts.append("\(coverage.feedsReached) of " + count(coverage.feeds, "source", "sources") + " reached")
        if let age = coverage.medianAge { parts.append("median age " + ageText(age)) }
        return parts.joined(separator: " · ")
    }

    /// "Dawn · press · PK".
    func source(_ source: StorySource) -> String {
        ([cleaned(source.name)] + details(of: source)).joined(separator: " · ")
    }

    /// Kind and country, as far as they are known.
    func details(of source: StorySource) -> [String] {
        [source.kind?.word, source.country.map { cleaned($0) }].compactMap { $0 }.filter { !$0.isEmpty }
    }

    /// "25 Nov 2026, 06:40", with what must be known of it: "first seen 25 Nov 2026, 06:40".
    func date(of story: Story) -> String {
        guard let date = story.date else { return "undated" }
        let text = zone.shortText(date)
        return switch story.dateQuality {
        case .published: text
        case .datedEarlier: text + " (dated earlier)"
        case .firstSeen: "undated, first seen " + text
        case .future: text + " (dated in the future)"
        }
    }

    /// "continuing since 23 Nov 2026"; nil for a new story.
    func state(of story: Story) -> String? {
        guard story.state != .new else { return nil }
        return story.state.rawValue + (story.since.map { ", first told \($0.shortText)" } ?? "")
    }

    /// "82 % of the score asked for: tariff +3"; nil for a story that passed its watch.
    func shortfall(of story: Story) -> String? {
        guard story.normalisedScore < 1 else { return nil }
        let because = cleaned(story.because)
        return "\(percent(story.normalisedScore)) of the score asked for" + (because.isEmpty ? "" : ": \(because)")
    }

    /// "also: 4 sources; the same text in 1 more"; nil if there is nothing to list. A source counts once, and only those that tell
    /// it in their own words count as sources of their own.
    func also(_ story: Story) -> String? {
        let others = others(story)
        guard !others.isEmpty else { return nil }
        let own = Set(others.filter { !$0.isCopy }.map(\.source)).subtracting([story.entries[0].source])
        let copying = Set(others.filter(\.isCopy).map(\.source)).subtracting(own.union([story.entries[0].source]))
        var parts: [String] = []
        if !own.isEmpty { parts.append("also: " + count(own.count, "source", "sources")) }
        if !copying.isEmpty {
            parts.append(
                "the same text in "
                    + (own.isEmpty ? count(copying.count, "more source", "more sources") : "\(copying.count) more"))
        }
        return parts.isEmpty ? "also: \(others.count) more of the same source" : parts.joined(separator: "; ")
    }

    /// The other entries of a story as they are listed: one page of one source once, whoever carried it how often.
    func others(_ story: Story) -> [StoryEntry] {
        var seen: Set<[String]> = []
        return story.entries.enumerated().filter { place, entry in
            let isNew = seen.insert([entry.source, webURL(entry.url) ?? "", foldedTitle(entry.title)]).inserted
            return place > 0 && isNew
        }.map(\.element)
    }

    /// Whether another entry's headline says nothing that the story's own does not.
    func isSameHeadline(_ entry: StoryEntry, _ story: Story) -> Bool {
        foldedTitle(entry.title) == foldedTitle(story.title)
    }

    /// "Sources from PK, last 30 days (21): Security 40 %, Economy 30 %, …", the four most prolific in these days first.
    var countryLines: [String] {
        let counted = (digest.trends?.byCountry ?? []).map { country in
            (country, all: country.balance.reduce(0) { $0 + $1.last30 })
        }
        return counted.filter { $0.all > 0 }.sorted { (-$0.all, $0.0.country) < (-$1.all, $1.0.country) }.prefix(4).map
        {
            country, all in
            let shares = country.balance.map { "\($0.area.title) \(percent($0.share30))" }.joined(separator: ", ")
            return "Sources from \(cleaned(country.country)), last 30 days (\(all)): \(shares)"
        }
    }

    /// What each revised entry of a story says otherwise, one line each, in pieces: "revised since 25 Nov 2026: the title was ",
    /// and then what is quoted.
    func revisions(of story: Story) -> [[(text: String, isQuoted: Bool)]] {
        story.entries.compactMap { entry in
            guard let revision = entry.revision else { return nil }
            let source = story.entries.count > 1 ? " (\(cleaned(entry.source)))" : ""
            var line = [(text: "revised since \(revision.told.shortText)\(source)", isQuoted: false)]
            if let title = revision.oldTitle { line += [(": the title was ", false), (cleaned(title), true)] }
            let (was, now) = (cleaned(revision.was), cleaned(revision.now))
            let link = revision.oldTitle == nil ? ": " : "; "
            if !was.isEmpty, !now.isEmpty {
                line += [(link, false), (was, true), (" is now ", false), (now, true)]
            } else if !now.isEmpty {
                line += [("\(link)new is ", false), (now, true)]
            } else if !was.isEmpty {
                line += [("\(link)gone is ", false), (was, true)]
            }
            return line
        }
    }

    /// What is unusual: surges and silences, one line each.
    var unusualLines: [String] {
        guard let trends = digest.trends else { return [] }
        let text = TrendsText(trends: trends, width: 72)
        return text.surgeLines + text.silenceLines
    }

    /// "Critical minerals: 21 in 7 days; 30-day mean 5.2 in 7", the busiest topics first.
    var volumeLines: [String] {
        (digest.trends?.topics ?? []).prefix(12).map {
            "\(TopicOrder.title(of: $0.topic)): \($0.last7) in 7 days; 30-day mean \(tenths($0.mean30)) in 7"
        }
    }

    /// The areas' shares; empty where there is nothing to show.
    var balance: [AreaShare] {
        let shares = digest.trends?.balance ?? []
        return shares.contains { $0.last30 > 0 || $0.before90 > 0 } ? shares : []
    }

    /// What the renderers put below the stories: coverage, one line each.
    var coverageLines: [String] {
        guard !digest.key.isAlert else {
            return ["Told at once, because it passes the urgent score of its watch. The day's digest leaves it out."]
                + digest.coverage.notes.map { cleaned($0) }.filter { !$0.isEmpty }
        }
        let coverage = digest.coverage
        var lines = [
            periodLine + ".",
            "\(coverage.feedsReached) of " + count(coverage.feeds, "source", "sources") + " reached; "
                + count(coverage.newEntries, "new entry", "new entries") + " read, \(coverage.matchedEntries) matched.",
        ]
        lines += coverage.notes.map { cleaned($0) }.filter { !$0.isEmpty }
        return lines
    }

    /// What a reader can do about it (5.8).
    var helpLines: [String] {
        [
            "Vote: durbeen rate ID + or -, with an id of the JSON edition. Change what is found: edit the watchlists; "
                + "durbeen watch test tries a text.",
            "Where it comes by mail: unsubscribe with your mail program, or by a mail to the sender with the subject "
                + "\"unsubscribe \(cleaned(digest.key.profile))\".",
        ]
    }

    /// The sources that were not reached for long, one line each, at most so many; the JSON edition names them all.
    var failingLines: [String] {
        let failing = digest.coverage.failing
        let rest = failing.count - Self.mostFailing
        return failing.prefix(Self.mostFailing).map(line) + (rest > 0 ? ["and \(rest) more"] : [])
    }

    private static let mostFailing = 40

    private func line(on feed: FailingFeed) -> String {
        let name = shortened(cleaned(feed.title).isEmpty ? hostName(of: feed.url) : cleaned(feed.title), to: 80)
        return "\(name), since \(zone.shortText(feed.since)): \(shortened(cleaned(feed.reason), to: 160))"
    }

    func count(_ number: Int, _ one: String, _ many: String) -> String {
        number == 1 ? "1 \(one)" : "\(number) \(many)"
    }

    /// "35 min", "5 h", "3 days".
    func ageText(_ age: Duration) -> String {
        let minutes = age.components.seconds / 60
        if minutes < 60 { return "\(minutes) min" }
        return minutes < 48 * 60 ? "\(minutes / 60) h" : "\(minutes / 1440) days"
    }
}

extension DigestSection {
    /// Of the stories that go on, those with an entry that was revised.
    var revised: [Story] { continuing.filter(\.isRevised) }
    var unchanged: [Story] { continuing.filter { !$0.isRevised } }
}

extension Passage {
    /// The text as pieces, marked or not, in order; marks that do not lie in the text are passed over.
    var pieces: [(text: String, isMarked: Bool)] {
        let scalars = Array(text.unicodeScalars)
        var pieces: [(String, Bool)] = []
        var at = 0
        func add(_ range: Range<Int>, marked: Bool) {
            guard !range.isEmpty else { return }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[range])
            pieces.append((String(view), marked))
        }
        for mark in marks where mark.lowerBound >= at && mark.upperBound <= scalars.count && !mark.isEmpty {
            add(at..<mark.lowerBound, marked: false)
            add(mark, marked: true)
            at = mark.upperBound
        }
        add(at..<scalars.count, marked: false)
        return pieces
    }
}

/// Line ends and steering characters out of a piece of a passage, blanks at its ends kept.
func cleanedPiece(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch TextRole(scalar) {
        case .shown: out.append(scalar)
        case .space: out.append(" ")
        case .hidden: break
        }
    }
    return String(out)
}

/// True where text of this language, or text that looks like this, runs from right to left.
func isRightToLeft(_ text: String, language: String?) -> Bool {
    // The first strong letter decides, as in UAX 9: a feed that calls itself Urdu may carry English titles.
    for scalar in text.unicodeScalars.prefix(200) {
        switch scalar.value {
        case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
            if scalar.properties.isAlphabetic { return true }
        default: if scalar.properties.isAlphabetic { return false }
        }
    }
    let primary = language?.split(separator: "-").first?.lowercased() ?? ""
    return ["ur", "ar", "fa", "ps", "he", "sd", "ug", "yi"].contains(primary)
}

/// `language` if it has the form of a BCP 47 tag.
func languageTag(_ language: String?) -> String? {
    guard let language, (2...35).contains(language.utf8.count),
        language.utf8.allSatisfy({
            $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        }), !language.hasPrefix("-"), !language.hasSuffix("-")
    else { return nil }
    return language
}
