public import FeedModel
public import FoundationEssentials

/// How the one look at an entry's page ended.
public enum PageOutcome: String, Sendable, Equatable {
    /// Its text was kept.
    case read
    /// robots.txt asks not to.
    case forbidden
    /// It could not be fetched, or held no text.
    case failed
}

extension Store {
    /// Whether a page was asked for before: none is asked for twice (P-50).
    public func pageWasAsked(_ url: String) throws(StoreError) -> Bool {
        try connection.number("SELECT 1 FROM pages WHERE url = ?", [.text(url)]) != nil
    }

    /// Writes down, before the request leaves, that an entry's page is asked for.
    public func recordPage(_ url: String, of entry: EntryID, at now: Date) throws(StoreError) {
        try connection.transaction(durably: false) { () throws(StoreError) in
            try connection.run(
                "INSERT OR IGNORE INTO pages (url, entry, asked_at, outcome) VALUES (?, ?, ?, ?)",
                [.text(url), .text(entry.text), Value(now), .text(PageOutcome.failed.rawValue)])
        }
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
