import FeedModel
import Storage

extension Revision {
    /// What an entry that was told says otherwise now.
    init(_ revised: RevisedEntry) {
        let now = revised.matched.entry
        let title = ComparableText(revised.told.title, isTitle: true)
        let isRenamed = !title.says(theSameAs: ComparableText(now.title, isTitle: true))
        let passage = ChangedPassage(from: revised.told.wholeText, to: now.text.wholeText)
        self.init(
            version: revised.matched.version, told: revised.toldOn, oldTitle: isRenamed ? revised.told.title : nil,
            was: passage.was, now: passage.now)
    }
}

/// A stretch of a text that changed, in both its forms, cut out with some words around it.
struct ChangedPassage: Equatable {
    /// Empty where there was, or is, nothing.
    var was = ""
    var now = ""

    /// Words shown before and after what changed, and of what changed itself.
    private static let around = 6
    private static let most = 30
    /// Characters shown at most: a word may be as long as the text.
    private static let longest = 400

    /// The stretch in which most changed; empty where nothing did.
    init(from old: String, to new: String) {
        let (left, right) = (ComparableText(old), ComparableText(new))
        let changes = WordDiff(left.folded, right.folded).changes
        // A figure or a negation in place of another says more than many words.
        let weights = changes.map { change in
            let words = left.folded[change.old] + right.folded[change.new]
            let isReplaced = !change.old.isEmpty && !change.new.isEmpty
            return min(max(change.old.count, change.new.count), Self.most)
                + (isReplaced && words.contains(where: EditJudge.isTelling) ? Self.most : 0)
        }
        guard let best = weights.indices.max(by: { weights[$0] < weights[$1] }) else { return }
        was = Self.cut(old, left.words, changes[best].old)
        now = Self.cut(new, right.words, changes[best].new)
    }

    private init(was: String, now: String) {
        self.was = was
        self.now = now
    }

    /// Every stretch that changed, in the order of the text.
    static func all(from old: String, to new: String) -> [ChangedPassage] {
        let (left, right) = (ComparableText(old, isTitle: true), ComparableText(new, isTitle: true))
        return WordDiff(left.folded, right.folded).changes.map { change in
            ChangedPassage(was: cut(old, left.words, change.old), now: cut(new, right.words, change.new))
        }
    }

    private static func cut(_ text: String, _ words: [ComparableText.Word], _ range: Range<Int>) -> String {
        guard !range.isEmpty else { return "" }
        let first = max(0, range.lowerBound - around)
        let last = min(words.count, min(range.upperBound, range.lowerBound + most) + around)
        let passage = text[words[first].place.lowerBound..<words[last - 1].place.upperBound]
        let isCut = last < words.count || passage.utf8.count > 4 * longest || passage.count > longest
        return (first > 0 ? "… " : "") + passage.prefix(longest) + (isCut ? " …" : "")
    }
}
