import FeedModel
import FoundationEssentials

/// An entry as it is held against others: what it says in its title and lead, and of what sort it is.
struct StoryText {
    /// The roots of the title, and of title and lead. What has no title is called by its first sentence.
    let title: Set<String>
    let whole: Set<String>
    /// Whether it explains or sums up instead of telling news.
    let isBackground: Bool
    /// Whether it tells what came after something else, or despite it.
    let isSequel: Bool
    /// In a title that tells what somebody says of news, the roots of who says it.
    let reactors: [String]?
    /// Days since 1970 of its date.
    let day: Int
    let feedURL: String
    /// The title's words as they stand; apart, those that are dates or numbers and those that are not.
    let titleWords: [String]
    private let dates: Set<String>
    private let frame: Set<String>

    var isReaction: Bool { reactors != nil }

    /// How much of summary and body counts as the lead, in words that say something.
    static let leadWords = 60

    init(_ entry: Entry, at date: Date) {
        let lead = String((entry.summary.isEmpty ? entry.body : entry.summary).prefix(1200))
        let headline = entry.title.isEmpty ? Self.firstSentence(of: lead) : entry.title
        let words = StoryWords.rawWords(headline)
        titleWords = words
        title = Set(StoryWords.of(headline))
        whole = title.union(StoryWords.of(lead, limit: Self.leadWords))
        dates = Set(words.filter(Self.isDate))
        frame = Set(words).subtracting(dates)
        isBackground = Self.isBackground(headline, words)
        isSequel = words.indices.dropLast().contains { place in
            Self.sequelWords.contains(words[place]) && Self.roots(of: words[..<place]).count >= 2
        }
        let verb = words.firstIndex { word in Self.reactions.contains { word.hasPrefix($0) } }
        reactors = verb.map { Self.roots(of: words[..<$0]) }
        day = Int(date.wholeSeconds.flooredDivision(by: 86_400).quotient)
        feedURL = entry.feedURL
    }

    private static func roots(of words: ArraySlice<String>) -> [String] {
        StoryWords.of(words.joined(separator: " "))
    }

    private static func firstSentence(of text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        guard let first = Sentences(scalars).ranges.first else { return text }
        var sentence = String.UnicodeScalarView()
        sentence.append(contentsOf: scalars[first])
        return String(sentence)
    }
}

extension StoryText {
    private static func isBackground(_ title: String, _ words: [String]) -> Bool {
        guard let first = words.first else { return false }
        if title.contains("?") || questionWords.contains(first) { return true }
        if words.contains(where: forms.contains) { return true }
        let line = " " + words.joined(separator: " ") + " "
        return phrases.contains { line.contains(" \($0) ") }
    }

    private static let questionWords: Set<String> = ["how", "why", "what", "can", "is"]
    private static let forms: Set<String> = [
        "explainer", "explained", "explains", "analysis", "opinion", "comment", "commentary", "editorial", "essay",
        "review", "interview", "profile", "timeline", "live", "newsletter", "briefing", "podcast", "factsheet",
        "photos", "pictures",
    ]
    private static let phrases = [
        "fact sheet", "press gaggle", "in pictures", "the papers", "we know", "what to know", "things to", "a look at",
    ]
    /// What stands behind them in a title is known already.
    private static let sequelWords: Set<String> = [
        "after", "amid", "amidst", "despite", "following", "as", "before", "ahead", "since", "while", "until",
        "although", "though", "when",
    ]
    private static let reactions = [
        "welcom", "congratulat", "condemn", "react", "urge", "hail", "slam", "prais", "thank", "support", "tribute",
        "respon", "denounc", "mock", "applaud",
    ]
}

extension StoryText {
    /// Whether two entries of one feed are two of a series ("Press briefing, 3 December", "Gold rate today", twice "Daily briefing"): alike by their form,
    /// and each a thing of its own.
    func isOfOneSeries(with other: StoryText) -> Bool {
        guard feedURL == other.feedURL else { return false }
        if titleWords == other.titleWords { return true }
        let shared = Double(frame.intersection(other.frame).count) / Double(max(1, frame.union(other.frame).count))
        if shared >= 0.5, dates != other.dates { return true }
        if min(frame.count, other.frame.count) < 5, shared < 1 { return true }
        let begun = zip(titleWords, other.titleWords).prefix { $0 == $1 }.count
        let longest = max(titleWords.count, other.titleWords.count)
        return begun >= 3 && begun * 2 >= longest && begun < longest
    }

    /// Whether the titles differ in what makes two events of one sentence: the House votes, and then the Senate; part I and part II;
    /// India congratulates, and so does Nepal.
    func contradicts(_ other: StoryText) -> Bool {
        let isContrast = Self.contrasts.contains { sides in
            let own = sides.indices.filter { !sides[$0].isDisjoint(with: titleWords) }
            let others = sides.indices.filter { !sides[$0].isDisjoint(with: other.titleWords) }
            return !own.isEmpty && !others.isEmpty && !own.contains(where: others.contains)
        }
        if isContrast { return true }
        if let part, let otherPart = other.part, part != otherPart { return true }
        return isOtherReaction(than: other)
    }

    /// Whether both are reactions, and neither entry knows of the one who reacts in the other.
    private func isOtherReaction(than other: StoryText) -> Bool {
        guard let reactors, let others = other.reactors, let first = reactors.first, let otherFirst = others.first
        else { return false }
        return Set(reactors).isDisjoint(with: others) && !other.whole.contains(first) && !whole.contains(otherFirst)
    }

    /// Of "part II" and "part 2" the number as it stands.
    private var part: String? {
        guard let place = titleWords.firstIndex(of: "part"), place + 1 < titleWords.count else { return nil }
        let word = titleWords[place + 1]
        return StoryWords.isNumber(word) || word.allSatisfy("ivx".contains) ? word : nil
    }

    /// Each with its sides, and each side with the words that stand for it.
    private static let contrasts: [[Set<String>]] = [
        [["house"], ["senate"]], [["first"], ["second"], ["third"], ["fourth"], ["fifth"]], [["men"], ["women"]],
        [["north"], ["south"]], [["import", "imports"], ["export", "exports"]],
    ]

    private static func isDate(_ word: String) -> Bool { StoryWords.isNumber(word) || calendarWords.contains(word) }

    private static let calendarWords: Set<String> = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today",
    ]
}
