import FeedModel
import FoundationEssentials
import Storage

/// What the entries of documents are to their feeds: new, known, edited, or another entry under a known name.
extension FeedCheck {
    /// A document of a feed, by what its entries are told apart.
    struct Page: Sendable {
        var contents: Reading.Contents
        var record: FeedRecord
        var rule: IdentityRule
        /// Why the ids tell nothing apart, if that was found in this document.
        var sharedID: String?
    }

    /// What was never seen before in its feed, as entries that the watchlists have judged, and what was.
    struct Sorted: Sendable {
        var new: [MatchedEntry] = []
        var again: [EntryIdentity]
        var changed: [ChangedEntry]
    }

    /// Sorts the entries of each page.
    func sort(_ pages: inout [Page]) async throws(StoreError) -> [Sorted] {
        for at in pages.indices {
            guard let reason = pages[at].contents.sharedID else { continue }
            pages[at] = await demoted(pages[at], strangers: [], because: reason)
        }
        var standings = try await store.standings(
            of: pages.map { ($0.contents.identities, $0.record.feed.url) })
        var sorted: [Sorted] = []
        for at in pages.indices { sorted.append(try await recognise(&pages[at], &standings[at])) }
        let selections = zip(pages, standings).map { page, standings in
            Reading.Selection(
                contents: page.contents, indices: standings.indices.filter { standings[$0] == .new },
                feed: page.record.feed, isFirstFill: page.record.state.lastSuccess == nil)
        }
        let entries = await reading.entries(selections, matcher: matcher, now: time.now())
        for at in sorted.indices { sorted[at].new = entries[at] }
        return sorted
    }

    /// What is known of a page, and what became of it. If its ids turn out to be worthless, page and standings are made anew.
    private func recognise(_ page: inout Page, _ standings: inout [Standing]) async throws(StoreError) -> Sorted {
        let feed = page.record.feed
        if page.record.state.lastNew != nil, Standing.isChurn(standings) {
            try await recogniseByText(page.contents, of: feed, in: &standings)
        }
        let again = standings.indices.filter { standings[$0] != .new }
        var changed: [EntryID: Int] = [:]
        for index in again {
            if case .changed(let id) = standings[index], changed[id] == nil { changed[id] = index }
        }
        let review = EditReview(
            isFeedWide: EditReview.isFeedWide(changed: changed.count, shown: again.count),
            findsStrangers: page.rule.isAutomatic, now: time.now())
        let places = EditReview.places(of: changed, in: page.contents.feed)
        let edits = try await edits(at: places, in: page.contents, of: feed, review: review)
        if let reason = edits.sharedID {
            page = await demoted(page, strangers: edits.strangers, because: reason)
            standings = try await store.standings(of: page.contents.identities, in: feed.url)
            return try await recognise(&page, &standings)
        }
        var sorted = Sorted(again: [], changed: [])
        sorted.changed = places.sorted { $0.key < $1.key }.map { id, place in
            ChangedEntry(id: id, identity: page.contents.identities[place], edit: edits.edits[id])
        }
        sorted.again = again.map { index in
            var identity = page.contents.identities[index]
            switch standings[index] {
            case .known, .knownLoosely, .new: break
            // Its first appearance speaks for it.
            case .repeated: identity.fingerprint = nil
            // What is not looked at now is another source still when the feed is next read.
            case .changed(let id): if places[id] != index { identity.fingerprint = nil }
            }
            return identity
        }
        return sorted
    }

    /// The page of a feed whose ids have proved to stand for several entries each: they count for nothing from now on (D1).
    private func demoted(_ page: Page, strangers: Set<Int>, because reason: String) async -> Page {
        var page = page
        page.rule = page.rule.demoted
        page.sharedID = reason
        page.contents = await reading.identified(
            page.contents.feed, from: page.record.feed, rule: page.rule, strangers: strangers)
        return page
    }

    /// What becomes of the stored entries that the document shows, at these places, with another source than before.
    private func edits(
        at changed: [EntryID: Int], in contents: Reading.Contents, of feed: Feed, review: EditReview
    ) async throws(StoreError) -> Reading.Edits {
        guard !changed.isEmpty else { return Reading.Edits() }
        let histories = try await store.histories(of: changed.keys.sorted())
        return await reading.edits(
            of: histories, at: changed, in: contents, from: feed, matcher: matcher, review: review)
    }

    /// Most of the document is new at once, by ids, links and titles: what nearly has the text of a stored entry is that entry
    /// (D2).
    private func recogniseByText(
        _ contents: Reading.Contents, of feed: Feed, in standings: inout [Standing]
    ) async throws(StoreError) {
        let shown = standings.indices.filter { standings[$0] != .new }.map { contents.identities[$0] }
        let stored = try await store.recentTexts(of: feed.url, notShownAs: shown)
        guard !stored.isEmpty else { return }
        let fresh = standings.indices.filter { standings[$0] == .new }
        for (index, id) in await reading.likest(of: fresh, in: contents, from: feed, among: stored) {
            standings[index] = .changed(id)
        }
    }
}

extension FeedCheck.Findings {
    /// Adds what a page of the feed brought.
    mutating func add(_ sorted: FeedCheck.Sorted, of page: FeedCheck.Page) {
        // Nearly always the only page, whose lists are taken as they are.
        entries = entries.isEmpty ? sorted.new : entries + sorted.new
        seenAgain = seenAgain.isEmpty ? sorted.again : seenAgain + sorted.again
        changed = changed.isEmpty ? sorted.changed : changed + sorted.changed
        identity = page.rule.policy
        sharedID = sharedID ?? page.sharedID
    }
}
