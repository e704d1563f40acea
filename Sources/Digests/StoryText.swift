import FeedModel
import FoundationEssentials

/// An entry as it is held against others: what it says in its title and lead, and of what sort it is.
struct StoryText {
    /// The roots of the title, and of title and lead.
    let title: Set<String>
    let whole: Set<String>
    /// The numbers in the title.
    let numbers: Set<String>
    /// Whether it explains or sums up instead of telling news.
    let isBackground: Bool
    /// Whether it tells what somebody says about news.
    let isReaction: Bool
    /// Days since 1970 of its date.
    let day: Int
    let feedURL: String
    /// The title's words as they stand; apart, those that are dates or numbers and those that are not.
    let titleWords: [String]
    private let dates: Set<String>
    private let frame: Set<String>

    /// How much of summary and body counts as the lead, in words that say something.
    static let leadWords = 60

    init(_ entry: Entry, at date: Date) {
        titleWords = StoryWords.rawWords(entry.title)
        title = Set(StoryWords.of(entry.title))
        let lead = entry.summary.isEmpty ? String(entry.body.prefix(1200)) : String(entry.summary.prefix(1200))
        whole = title.union(StoryWords.of(lead, limit: Self.leadWords))
        dates = Set(titleWords.filter(Self.isDate))
        frame = Set(titleWords).subtracting(dates)
        numbers = title.filter(StoryWords.isNumber)
        isBackground = Self.isBackground(entry.title, titleWords)
        isReaction = titleWords.contains { word in Self.reactions.contains { word.hasPrefix($0) } }
        day = Int(date.wholeSeconds.flooredDivision(by: 86_400).quotient)
        feedURL = entry.feedURL
    }

    private static func isBackground(_ title: String, _ words: [String]) -> Bool {
        guard let first = words.first else { return false }
        if questionWords.contains(first) || words.contains("explained") || title.hasSuffix("?") { return true }
        guard words.count > 1 else { return false }
        return formats.contains("\(first) \(words[1])") || formats.contains(words.suffix(2).joined(separator: " "))
    }

    private static let questionWords: Set<String> = [
        "how", "why", "what", "explainer", "analysis", "opinion", "timeline", "live", "newsletter", "can", "is",
        "factsheet", "comment", "editorial",
    ]
    private static let formats: Set<String> = [
        "fact sheet", "press briefing", "press gaggle", "in pictures", "the papers", "we know", "live updates",
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

    /// Whether the titles differ in a word that makes two events of one sentence: the House votes, and then the Senate.
    func contradicts(_ other: StoryText) -> Bool {
        Self.contrasts.contains { group in
            let (own, others) = (group.intersection(titleWords), group.intersection(other.titleWords))
            return !own.isEmpty && !others.isEmpty && own.isDisjoint(with: others)
        }
    }

    private static let contrasts: [Set<String>] = [
        ["house", "senate"], ["first", "second", "third", "fourth", "fifth"], ["men", "women"], ["north", "south"],
        ["import", "imports", "export", "exports"],
    ]

    private static func isDate(_ word: String) -> Bool { StoryWords.isNumber(word) || calendarWords.contains(word) }

    private static let calendarWords: Set<String> = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today",
    ]
}
