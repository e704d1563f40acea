import FeedModel
import FoundationEssentials
import Parsing
import Storage

/// Which changes of entries are followed, and what each comes to in the light of the texts that the entry had before.
struct EditReview {
    /// When most of what a feed shows changed at once, its form did, and not its entries: a new template, longer excerpts.
    var isFeedWide: Bool
    /// Whether another entry may be found under a known name.
    var findsStrangers = false
    var now: Date

    /// So many entries changed at once, and so many of a hundred shown, are a change of the feed.
    private static let leastForFeed = 5
    private static let feedShare = 60
    /// More changes than this are looked at when the feed is next read, so that no document takes long (R6).
    static let mostAtOnce = 60
    /// Nor are more bytes of them than this: to compare a megabyte takes a second.
    private static let mostBytes = 512 << 10
    /// Cosmetic edits after one another that are kept; text that never rests is not followed any further.
    private static let mostCosmetic = 3
    /// Titles that are tried out on readers come and go.
    private static let mostReturns = 2
    /// After so many texts an entry is no longer followed.
    private static let mostVersions = 100

    /// - Parameters:
    ///   - changed: entries whose source is not what it was.
    ///   - shown: entries that were known, these included.
    static func isFeedWide(changed: Int, shown: Int) -> Bool {
        changed >= leastForFeed && changed * 100 > shown * feedShare || changed > mostAtOnce
    }

    /// Those of the changed entries that are looked at now, the first of the document; at least one.
    static func places(of changed: [EntryID: Int], in document: ParsedFeed) -> [EntryID: Int] {
        var places: [EntryID: Int] = [:]
        var bytes = 0
        for (id, place) in changed.sorted(by: { $0.value < $1.value }).prefix(mostAtOnce) {
            let entry = document.entries[place]
            bytes += ([entry.summary].compactMap { $0 } + entry.content).reduce(0) { $0 + $1.text.utf8.count }
            if bytes > mostBytes, !places.isEmpty { break }
            places[id] = place
        }
        return places
    }

    /// What the change to an entry as it is shown now comes to; nil if nothing is to be recorded.
    func judgement(on history: EntryHistory, entry: Entry) -> EditJudge.Judgement? {
        guard isFollowed(history) else { return nil }
        let particulars = Particulars.changes(from: history.matched.entry, to: entry)
        var judgement = textJudgement(on: history, text: entry.text)
        if judgement == nil, !particulars.isEmpty {
            judgement = EditJudge.Judgement(edit: .cosmetic, reasons: [], isOfText: false)
        }
        judgement?.reasons += particulars
        let cosmetic = history.versions.reversed().prefix { $0.edit == .cosmetic }.count
        // Where the entry is now counts however often the rest changed: a digest must not link to where it was.
        let isWorthRoom = cosmetic < Self.mostCosmetic || Particulars.hasMoved(from: history.matched.entry, to: entry)
        return judgement?.edit != .cosmetic || isWorthRoom ? judgement : nil
    }

    /// What the change to `text` comes to; nil if it says the same, or what it said before once too often.
    private func textJudgement(on history: EntryHistory, text: EntryText) -> EditJudge.Judgement? {
        let current = history.matched.entry.text
        guard text != current else { return nil }
        let (old, new) = (EditJudge.Form(current), EditJudge.Form(text))
        guard !new.says(theSameAs: old) else { return nil }
        let earlier = history.versions.dropLast().compactMap(\.text)
        if earlier.contains(where: {
            $0 == text || $0.isAboutAsLong(as: text) && new.says(theSameAs: EditJudge.Form($0))
        }) {
            let returns = history.versions.count { $0.edit == .returned }
            return returns < Self.mostReturns
                ? EditJudge.Judgement(edit: .returned, reasons: ["a text that it had before"]) : nil
        }
        // Small edits add up: each is held against the last text that was no mere other form of the one before.
        let base = history.versions.last { $0.edit != .cosmetic && $0.text != nil }?.text ?? earlier.first ?? current
        guard var judgement = EditJudge.judge(from: base == current ? old : EditJudge.Form(base), to: new) else {
            return nil
        }
        if isFeedWide, judgement.edit == .material {
            judgement = EditJudge.Judgement(
                edit: .cosmetic, reasons: ["changed together with most of its feed"] + judgement.reasons)
        }
        return judgement
    }

    /// Whether what is shown under a known name is another entry: title and text have nothing in common with those that were
    /// there, and neither has the link, or there is no id that would stand for it.
    func isStranger(_ entry: Entry, hasID: Bool, to history: EntryHistory) -> Bool {
        guard findsStrangers, isFollowed(history) else { return false }
        let links = [history.matched.entry.url] + history.versions.map(\.url)
        guard !hasID || !links.contains(entry.url) else { return false }
        let texts = [history.matched.entry.text] + history.versions.compactMap(\.text)
        return texts.allSatisfy { EditJudge.areUnrelated($0, entry.text) }
    }

    /// Why the ids of a document tell nothing apart, if one of them stands on entries that have nothing in common.
    static func sharedID(in document: ParsedFeed) -> String? {
        for (first, second) in FeedParser().repeatedIDs(in: document) {
            let texts = [first, second].map { place in
                let entry = document.entries[place]
                return EntryText(title: entry.title ?? "", body: entry.summary?.text ?? "")
            }
            if EditJudge.areUnrelated(texts[0], texts[1]) { return reason(texts[0].title, texts[1].title) }
        }
        return nil
    }

    /// Why ids tell nothing apart, in words.
    static func reason(_ one: String, _ other: String) -> String {
        "one id stands for \"\(one.prefix(80))\" and for \"\(other.prefix(80))\""
    }

    /// As long as its body is kept.
    private func isFollowed(_ history: EntryHistory) -> Bool {
        guard history.matched.version < Self.mostVersions else { return false }
        let age: Duration = .seconds(max(0, now.timeIntervalSince(history.matched.firstSeen)))
        return history.matched.verdict.isRelevant || age < Retention().unmatchedBodies
    }
}

extension EntryText {
    /// Whether the two may have the same words: counters and stamps make little of a text.
    fileprivate func isAboutAsLong(as other: EntryText) -> Bool {
        let (one, two) = (wholeText.utf8.count, other.wholeText.utf8.count)
        return abs(one - two) <= 200 + max(one, two) / 10
    }
}
