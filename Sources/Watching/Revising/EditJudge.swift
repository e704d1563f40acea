import FeedModel
import FoundationEssentials

/// What the change from one text to another comes to. Material is what a reader who knows the old text would want to be told
/// (decision 20): another title, another figure, a negation, a correction, or a good part of other words. All else is cosmetic.
struct EditJudge {
    struct Judgement: Equatable {
        var edit: EditClass
        /// A few words each, the weightiest first.
        var reasons: [String]
        /// False where title and text say what they said.
        var isOfText = true
    }

    /// From so many changed words on that are such a part of the text, or from so many alone, it says something else.
    static let leastWords = 6
    static let leastShare = 0.2
    static let manyWords = 60
    /// Negations count where few words changed about them: a new paragraph has some in any case.
    private static let fewWords = 6

    /// A text made ready, once, to be held against others.
    struct Form {
        fileprivate let text: EntryText
        fileprivate let title: ComparableText
        fileprivate let whole: ComparableText

        init(_ text: EntryText) {
            self.text = text
            title = ComparableText(text.title, isTitle: true)
            whole = ComparableText(text.wholeText)
        }

        /// Whether both have the same words, in the same order, but for what does not count (`ComparableText`).
        func says(theSameAs other: Form) -> Bool {
            title.says(theSameAs: other.title) && whole.says(theSameAs: other.whole)
        }
    }

    /// nil if both say the same.
    static func judge(from old: Form, to new: Form) -> Judgement? {
        let titles = Comparison(old.title, new.title)
        let texts = Comparison(old.whole, new.whole)
        if titles.isEmpty && texts.isEmpty { return nil }
        var reasons = titleReasons(titles)
        let isCut = texts.isOtherCut(old.text.wholeText, new.text.wholeText)
        if !isCut { reasons += textReasons(texts) }
        if let notice = [titles, texts].lazy.compactMap(\.newNotice).first { reasons.append("notice: \(notice)") }
        guard reasons.isEmpty else { return Judgement(edit: .material, reasons: Array(reasons.prefix(4))) }
        return Judgement(
            edit: .cosmetic,
            reasons: [isCut ? "the same text, cut elsewhere" : cosmeticReason(words: titles.changed + texts.changed)])
    }

    private static func cosmeticReason(words: Int) -> String {
        switch words {
        case 0: "only spelling or order"
        case 1: "1 word, of little weight"
        default: "\(words) words, few or of little weight"
        }
    }

    /// A word that carries meaning was replaced, or a quarter of such words came in or went.
    private static func titleReasons(_ title: Comparison) -> [String] {
        let (gone, added) = (title.weightyGone, title.weightyAdded)
        if let figures = title.changedFigures { return ["figures in the title: \(figures)"] }
        if let negation = title.changedNegation(within: .max) { return ["negation in the title: \(negation)"] }
        if !gone.isEmpty, !added.isEmpty {
            return Spelling.isInitials(gone, of: added) || Spelling.isInitials(added, of: gone)
                ? [] : ["title: \(quoted(gone)) became \(quoted(added))"]
        }
        guard max(gone.count, added.count) * 4 >= max(1, title.weightyCount) else { return [] }
        return gone.isEmpty ? ["title: \(quoted(added)) came in"] : ["title: \(quoted(gone)) went"]
    }

    private static func textReasons(_ text: Comparison) -> [String] {
        var reasons: [String] = []
        if let figures = text.changedFigures { reasons.append("figures: \(figures)") }
        if let negation = text.changedNegation(within: fewWords) { reasons.append("negation: \(negation)") }
        let share = Double(text.changed) / Double(max(1, text.count))
        if text.changed >= manyWords || text.changed >= leastWords && share >= leastShare {
            reasons.append("words: \(text.changed) changed, of \(text.count)")
        }
        return reasons
    }

    /// Whether a word weighs much by itself: a figure or a negation.
    static func isTelling(_ word: String) -> Bool {
        Vocabulary.figure(word) != nil || Vocabulary.negations.contains(word)
    }

    /// The number that a word stands for; nil for other words.
    static func figure(_ word: String) -> String? { Vocabulary.figure(word) }

    /// Whether hardly a word of weight stands in both, neither in the titles nor, where both have one, in the texts.
    static func areUnrelated(_ one: EntryText, _ other: EntryText) -> Bool {
        func words(_ text: String, isTitle: Bool) -> Set<String> {
            Set(ComparableText(text, isTitle: isTitle).folded.filter(Vocabulary.isWeighty))
        }
        func isFar(_ left: Set<String>, _ right: Set<String>) -> Bool {
            left.intersection(right).count * 5 <= min(left.count, right.count)
        }
        let titles = (words(one.title, isTitle: true), words(other.title, isTitle: true))
        guard min(titles.0.count, titles.1.count) >= 3, isFar(titles.0, titles.1) else { return false }
        let texts = (words(one.wholeText, isTitle: false), words(other.wholeText, isTitle: false))
        return min(texts.0.count, texts.1.count) < 8 || isFar(texts.0, texts.1)
    }

    private static func quoted(_ words: [String]) -> String {
        "\"\(words.prefix(8).map(shown).joined(separator: " "))\""
    }

    /// A word, as far as a reason names it: it may be as long as the text.
    fileprivate static func shown(_ word: String) -> String { String(word.prefix(40)) }
}

extension EntryText {
    /// Summary and body as one text.
    var wholeText: String { summary.isEmpty || body.isEmpty ? summary + body : summary + "\n" + body }
}

/// Two texts and what sets them apart, other spellings of a word passed over.
private struct Comparison {
    private struct Change {
        var old: [String]
        var new: [String]
    }

    private let old: [String]
    private let new: [String]
    private let changes: [Change]
    private let gone: [String]
    private let added: [String]
    let isEmpty: Bool

    init(_ left: ComparableText, _ right: ComparableText) {
        old = left.folded
        new = right.folded
        let (before, after) = (old, new)
        let diff = WordDiff(before, after)
        isEmpty = diff.changes.isEmpty
        changes = diff.changes.compactMap { change in
            let pair = Change(old: Array(before[change.old]), new: Array(after[change.new]))
            return Spelling.isSame(pair.old, pair.new) ? nil : pair
        }
        // What only moved is neither gone nor added.
        (gone, added) = Self.withoutShared(changes.flatMap(\.old), changes.flatMap(\.new))
    }

    /// How many words the old text has.
    var count: Int { old.count }
    var changed: Int { max(gone.count, added.count) }
    var weightyGone: [String] { gone.filter(Vocabulary.isWeighty) }
    var weightyAdded: [String] { added.filter(Vocabulary.isWeighty) }
    var weightyCount: Int { old.count(where: Vocabulary.isWeighty) }

    /// "12 became 20", if a stretch that was replaced has other figures than the one in its place.
    var changedFigures: String? {
        for change in changes where !change.old.isEmpty && !change.new.isEmpty {
            let (from, to) = (change.old.compactMap(Vocabulary.figure), change.new.compactMap(Vocabulary.figure))
            let (gone, added) = Self.withoutShared(from, to)
            // A figure that turns up in place of words, or goes, is judged as the words are.
            guard let first = gone.first, let second = added.first else { continue }
            return "\(EditJudge.shown(first)) became \(EditJudge.shown(second))"
        }
        return nil
    }

    /// - Parameter limit: of how many words at most the stretch may be in which it was changed.
    func changedNegation(within limit: Int) -> String? {
        for change in changes where change.old.count <= limit && change.new.count <= limit {
            let (gone, added) = Self.withoutShared(
                change.old.filter(Vocabulary.negations.contains), change.new.filter(Vocabulary.negations.contains))
            if let word = added.first { return "\"\(word)\" came in" }
            if let word = gone.first { return "\"\(word)\" went" }
        }
        return nil
    }

    /// A word by which publishers own up to a mistake, new in the text.
    var newNotice: String? {
        let known = Vocabulary.notices.intersection(old)
        for change in changes {
            for (at, word) in change.new.enumerated() {
                if Vocabulary.notices.contains(word), !known.contains(word) { return "\"\(word)\"" }
                if word == "version", at > 0, change.new[at - 1] == "earlier" { return "\"earlier version\"" }
            }
        }
        return nil
    }

    /// Whether one is the beginning of the other, and ends as texts do that were cut.
    func isOtherCut(_ left: String, _ right: String) -> Bool {
        let common = zip(old, new).prefix { $0 == $1 }.count
        func isBeginning(_ words: [String], _ text: String) -> Bool {
            let tail = text.suffix(24).lowercased()
            let isCut = ["\u{2026}", "...", "more"].contains { tail.contains($0) }
            // A word may be cut in two, and a few say that there is more.
            return isCut && words.count >= 8 && common >= words.count - 5
        }
        return isBeginning(old, left) || isBeginning(new, right)
    }

    private static func withoutShared(_ left: [String], _ right: [String]) -> ([String], [String]) {
        var counts: [String: Int] = [:]
        for word in right { counts[word, default: 0] += 1 }
        let onlyLeft = left.filter { word in
            guard let count = counts[word], count > 0 else { return true }
            counts[word] = count - 1
            return false
        }
        counts = [:]
        for word in left { counts[word, default: 0] += 1 }
        let onlyRight = right.filter { word in
            guard let count = counts[word], count > 0 else { return true }
            counts[word] = count - 1
            return false
        }
        return (onlyLeft, onlyRight)
    }
}

/// Other spellings of the same words.
private enum Spelling {
    /// Whether `new` is `old` with misspellings put right, or joined or parted otherwise.
    static func isSame(_ old: [String], _ new: [String]) -> Bool {
        guard !old.isEmpty, !new.isEmpty else { return false }
        if old.joined() == new.joined() { return numbers(old) == numbers(new) }
        return old.count == new.count && zip(old, new).allSatisfy(isSame)
    }

    /// The figures in them, in order; those of "2021executive" are those of "2021 executive", and "1 2" is not 12.
    private static func numbers(_ words: [String]) -> [String] {
        words.flatMap { $0.split { !$0.isNumber }.map(String.init) }
    }

    /// Whether one word is made of the initials of several: US, of United States.
    static func isInitials(_ short: [String], of long: [String]) -> Bool {
        short.count == 1 && long.count >= 2 && short[0] == String(long.compactMap(\.first))
    }

    /// One letter in a word of five or more, two in one of nine, and not the first: Shahbaz and Shehbaz are one, Iran and Iraq,
    /// increase and decrease are not.
    private static func isSame(_ old: String, _ new: String) -> Bool {
        if old == new || old + "s" == new || old == new + "s" { return true }
        let length = min(old.count, new.count)
        guard length >= 5, old.first == new.first, abs(old.count - new.count) <= 1, Vocabulary.figure(old) == nil,
            Vocabulary.figure(new) == nil, !Vocabulary.negations.contains(old), !Vocabulary.negations.contains(new)
        else { return false }
        return editDistance(Array(old), Array(new)) <= (length >= 9 ? 2 : 1)
    }
}

/// Words by their weight.
private enum Vocabulary {
    /// The number that a word stands for; nil for other words.
    static func figure(_ word: String) -> String? {
        if word.first?.isNumber == true { return word }
        return numbers[word]
    }

    static func isWeighty(_ word: String) -> Bool { !light.contains(word) }

    private static let numbers: [String: String] = [
        "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
        "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
        "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30",
        "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
        "hundred": "hundred", "thousand": "thousand",
        "million": "million", "billion": "billion", "trillion": "trillion",
    ]

    static let negations: Set<String> = [
        "not", "no", "never", "without", "neither", "nor", "none", "isnt", "arent", "wasnt", "werent", "wont", "dont",
        "doesnt", "didnt", "cannot", "cant", "couldnt", "shouldnt", "wouldnt", "hasnt", "havent", "denies", "denied",
        "deny", "false", "falsely", "نہیں", "نہ",
    ]

    static let notices: Set<String> = [
        "correction", "corrected", "corrects", "clarification", "retracted", "retraction", "retracts", "withdrawn",
        "erroneously", "erratum", "corrigendum",
    ]

    /// Words that carry little, and the labels that titles are given.
    private static let light: Set<String> = [
        "a", "an", "the", "and", "or", "of", "in", "on", "at", "to", "for", "from", "by", "with", "as", "is", "are",
        "was", "were", "be", "has", "have", "its", "it", "that", "this", "over", "amid", "after", "says", "said",
        "updated",
        "update", "live", "breaking", "exclusive", "video", "watch", "read", "opinion", "photos", "analysis",
        "explainer",
    ]
}
