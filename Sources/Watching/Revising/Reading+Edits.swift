import FeedModel
import FoundationEssentials
import Matching

extension Reading {
    /// What becomes of stored entries that a document shows with another source.
    ///
    /// - Parameter places: for each of `histories` its place in the document.
    func edits(
        of histories: [EntryHistory], at places: [EntryID: Int], in contents: Contents, from feed: Feed,
        matcher: Matcher, review: EditReview
    ) -> Edits {
        var found = Edits()
        for history in histories {
            guard let place = places[history.matched.entry.id] else { continue }
            let entry = plainEntry(at: place, of: contents, from: feed)
            let hasID = contents.feed.entries[place].id?.isEmpty == false
            if review.isStranger(entry, hasID: hasID, to: history) {
                found.strangers.insert(place)
                found.sharedID = found.sharedID ?? EditReview.reason(history.matched.entry.title, entry.title)
            } else {
                found.edits[history.matched.entry.id] = edit(
                    of: history, to: entry, at: place, in: contents, from: feed, matcher: matcher, review: review)
            }
        }
        return found
    }

    struct Edits: Sendable {
        var edits: [EntryID: EntryEdit] = [:]
        /// Places of entries that stand under a name that is another's.
        var strangers: Set<Int> = []
        /// Why the ids of the feed tell nothing apart; nil without strangers.
        var sharedID: String?
    }

    private func edit(
        of history: EntryHistory, to shown: Entry, at place: Int, in contents: Contents, from feed: Feed,
        matcher: Matcher, review: EditReview
    ) -> EntryEdit? {
        let stored = history.matched
        var entry = shown
        entry.id = stored.entry.id
        entry.published = stored.entry.published
        if history.hasPageText { entry.body = stored.entry.body }
        guard let judgement = review.judgement(on: history, entry: entry) else { return nil }
        entry.url = entry.url ?? stored.entry.url
        if entry.authors.isEmpty { entry.authors = stored.entry.authors }
        if entry.tags.isEmpty { entry.tags = stored.entry.tags }
        if !judgement.isOfText {
            (entry.title, entry.summary, entry.body) = (stored.entry.title, stored.entry.summary, stored.entry.body)
        }
        var verdict = judge(&entry, at: place, of: contents, from: feed, matcher: matcher, now: review.now)
        if history.isTold, !verdict.isRelevant {
            // Readers were told of it under these watches, and hear under them what became of it.
            verdict.matches = stored.verdict.matches.map { Match(watch: $0.watch, score: $0.score, hits: []) }
        }
        var matched = stored
        matched.entry = entry
        matched.verdict = verdict
        matched.version += 1
        return EntryEdit(matched: matched, edit: judgement.edit, reasons: judgement.reasons)
    }

    /// For each of the entries at `places` the stored one whose text it nearly has, if any; no stored one twice.
    func likest(
        of places: [Int], in contents: Contents, from feed: Feed, among stored: [(id: EntryID, text: EntryText)]
    ) -> [Int: EntryID] {
        var known = stored.map { (id: $0.id, hash: Simhash($0.text)) }
        var found: [Int: EntryID] = [:]
        for place in places {
            let hash = Simhash(plainEntry(at: place, of: contents, from: feed).text)
            var best: (at: Int, distance: Int)?
            for (at, other) in known.enumerated() {
                if let distance = hash.distance(to: other.hash), distance < best?.distance ?? .max {
                    best = (at, distance)
                }
            }
            if let best { found[place] = known.remove(at: best.at).id }
        }
        return found
    }
}
