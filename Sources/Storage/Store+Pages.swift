public import FeedModel
public import FoundationEssentials

/// How the one look at an entry's page ended.
public enum PageOutcome: String, Sendable, Equatable {
    /// Its text was kept.
    case read
    /// robots.txt asks not to.
    case forbidden
    /// It held no text, or could not be fetched, perhaps not yet.
    case failed
}

extension Store {
    /// Whether nothing is to be asked of a page now: none is asked for twice, unless it could not be had; and then not before its
    /// next try is due (P-50). One that lies further ahead than any that is planned was planned by a clock that was wrong.
    public func pageWasAsked(_ url: String, now: Date) throws(StoreError) -> Bool {
        try connection.number(
            "SELECT 1 FROM pages WHERE url = ? AND tries > 0 AND (retry_at IS NULL OR retry_at > ? AND retry_at <= ?)",
            [.text(url), Value(now), Value(now.addingTimeInterval(Self.pageWaits.max() ?? 0))]) != nil
    }

    /// Writes down, before the request leaves, that an entry's page is asked for; what comes of it is that entry's, also if another
    /// one's try failed before.
    public func recordPage(_ url: String, of entry: EntryID, at now: Date) throws(StoreError) {
        try connection.transaction(durably: false) { () throws(StoreError) in
            try connection.run(
                """
                INSERT INTO pages (url, entry, asked_at, outcome) VALUES (?, ?, ?, ?)
                ON CONFLICT (url) DO UPDATE
                SET entry = excluded.entry, asked_at = excluded.asked_at, tries = tries + 1, retry_at = NULL
                """, [.text(url), .text(entry.text), Value(now), .text(PageOutcome.failed.rawValue)])
        }
    }

    /// Writes down that a page is to be looked at, so that it is after a restart, too; part of a larger transaction. One that was
    /// asked for, or waits already, stays as it is.
    func write(_ look: CheckBatch.Look) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO pages (url, entry, asked_at, outcome, tries, retry_at) VALUES (?1, ?2, ?3, ?4, 0, ?3)
            ON CONFLICT (url) DO NOTHING
            """, [.text(look.url), .text(look.entry.text), Value(look.at), .text(PageOutcome.failed.rawValue)])
    }

    /// The waits before a page that could not be had is asked for a second and a third time.
    private static let pageWaits: [TimeInterval] = [2 * 3600, 20 * 3600]

    /// Plans another try for a page that was recorded and could not be had, for now.
    ///
    /// - Returns: when; nil if it has been tried often enough.
    public func postponePage(_ url: String, now: Date) throws(StoreError) -> Date? {
        guard let tries = try connection.number("SELECT tries FROM pages WHERE url = ?", [.text(url)]),
            let wait = Self.pageWaits.dropFirst(Int(clamping: max(0, tries - 1))).first
        else { return nil }
        let next = now.addingTimeInterval(wait)
        try connection.transaction(durably: false) { () throws(StoreError) in
            try connection.run("UPDATE pages SET retry_at = ? WHERE url = ?", [Value(next), .text(url)])
        }
        return next
    }

    /// A page that is to be asked for, or to be asked for again.
    public struct WaitingPage: Sendable, Equatable {
        public var url: String
        public var entry: EntryID
        public var feedURL: String
        public var at: Date
    }

    /// The pages of listed feeds that a try is planned of, the earliest first; at most a thousand.
    public func waitingPages() throws(StoreError) -> [WaitingPage] {
        var pages: [WaitingPage] = []
        try connection.run(
            """
            SELECT pages.url, pages.entry, feeds.url, retry_at FROM pages
            JOIN entries ON entries.entry = pages.entry JOIN feeds ON feeds.id = entries.feed
            WHERE retry_at IS NOT NULL AND feeds.active > 0 ORDER BY retry_at LIMIT 1000
            """
        ) { (row) throws(StoreError) in
            pages.append(
                WaitingPage(url: row.text(0), entry: EntryID(row.text(1)), feedURL: row.text(2), at: row.date(3)))
        }
        return pages
    }

    /// The pages, and sites for their robots.txt, that were asked for after a moment.
    public func pagesAsked(since moment: Date) throws(StoreError) -> [(url: String, at: Date)] {
        var pages: [(url: String, at: Date)] = []
        try connection.run(
            """
            SELECT url, asked_at FROM pages WHERE asked_at > ?1 AND tries > 0
            UNION ALL SELECT origin, fetched_at FROM robots WHERE fetched_at > ?1
            """, [Value(moment)]
        ) { (row) throws(StoreError) in pages.append((row.text(0), row.date(1))) }
        return pages
    }

    /// Writes how it ended and, where a text was found, the text and the new verdict, together.
    ///
    /// - Parameter canonical: the address that the page gives as its own, if it can be believed.
    public func settlePage(
        _ url: String, of entry: EntryID, outcome: PageOutcome, text: String?, verdict: Verdict?,
        canonical: String? = nil
    ) throws(StoreError) {
        try connection.transaction(durably: true) { () throws(StoreError) in
            try connection.run(
                "UPDATE pages SET outcome = ?, canonical = ? WHERE url = ?",
                [.text(outcome.rawValue), Value(canonical), .text(url)])
            guard let text, let verdict,
                let row = try connection.number("SELECT id FROM entries WHERE entry = ?", [.text(entry.text)])
            else { return }
            try connection.run(
                "UPDATE entries SET body = ?, relevance = ?, matched = ? WHERE id = ?",
                [.text(text), Value(verdict.relevance), Value(verdict.isRelevant), .integer(row)])
            try removeVerdict(ofRow: row)
            try write(verdict, ofRow: row, isNotice: false)
        }
    }

    /// The robots.txt of an origin as it was last fetched, and when; nil if it never was.
    public func robots(of origin: String) throws(StoreError) -> (text: String, at: Date)? {
        var found: (text: String, at: Date)?
        try connection.run("SELECT text, fetched_at FROM robots WHERE origin = ?", [.text(origin)]) {
            (row) throws(StoreError) in found = (row.text(0), row.date(1))
        }
        return found
    }

    public func keepRobots(_ text: String, of origin: String, at now: Date) throws(StoreError) {
        try connection.transaction(durably: false) { () throws(StoreError) in
            try connection.run(
                "INSERT OR REPLACE INTO robots (origin, fetched_at, text) VALUES (?, ?, ?)",
                [.text(origin), Value(now), .text(text)])
        }
    }
}
