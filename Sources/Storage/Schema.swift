import FeedModel
import Glibc

/// The layout of the store, as steps from one version to the next. A step, once released, is never edited.
enum Schema {
    /// Marks the file as ours ("DRBN"), for `file(1)` and for the check at opening.
    static let applicationID: Int64 = 0x4452_424E

    static let steps = [
        version1, polling, votesAndKinds, leanerEntries, stories, keysAsBytes, sharedBytes, mailLimits, nearMisses,
        narrowTimes, editedEntries, canonicalPages, pagesOfEntries, attemptsTogether, linksOfVersions,
        pagesTried, looseKeysBeside, leanerAdditions, documentIDs, pollsCounted,
    ]
    static var current: Int { steps.count }

    private static let version1 = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        -- A subscription (config: the reader's own words, as JSON) and what is known of it. Times and durations are in ms.
        CREATE TABLE feeds (
            id INTEGER PRIMARY KEY,
            url TEXT NOT NULL UNIQUE,
            active INTEGER NOT NULL,
            config TEXT NOT NULL,
            etag BLOB, last_modified BLOB, validators_url TEXT,
            failures INTEGER NOT NULL DEFAULT 0, failing_since INTEGER, failure TEXT,
            last_attempt INTEGER, last_success INTEGER, last_new INTEGER,
            next_check INTEGER, paused_until INTEGER, interval INTEGER, publisher_interval INTEGER,
            document_title TEXT,
            -- When a document was last read; the identities it showed are younger than this less a week.
            last_document INTEGER,
            -- Checks on end that brought nothing, up to last_success; not in `checks` until one that did.
            unchanged INTEGER NOT NULL DEFAULT 0, unchanged_since INTEGER
        ) STRICT;

        -- The last checks of each feed that brought something or failed, and how often the others came between.
        CREATE TABLE checks (
            id INTEGER PRIMARY KEY,
            feed INTEGER NOT NULL REFERENCES feeds (id),
            since INTEGER NOT NULL, at INTEGER NOT NULL, times INTEGER NOT NULL,
            added INTEGER, matched INTEGER, failure TEXT
        ) STRICT;
        CREATE INDEX checks_of_feed ON checks (feed, id);
        CREATE TABLE failures (
            feed INTEGER NOT NULL REFERENCES feeds (id), kind TEXT NOT NULL,
            count INTEGER NOT NULL, last_at INTEGER NOT NULL, sample TEXT NOT NULL,
            PRIMARY KEY (feed, kind)
        ) STRICT, WITHOUT ROWID;

        -- By what entries are known again. Outlives the entries. The loose keys apart, with how many entries had each.
        CREATE TABLE seen (
            feed INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            last_seen INTEGER NOT NULL,
            PRIMARY KEY (feed, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE seen_loosely (
            feed INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            last_seen INTEGER NOT NULL, entries INTEGER NOT NULL,
            PRIMARY KEY (feed, key)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            entry TEXT NOT NULL UNIQUE,
            feed INTEGER NOT NULL REFERENCES feeds (id),
            title TEXT NOT NULL, url TEXT, summary TEXT NOT NULL,
            authors TEXT NOT NULL, tags TEXT NOT NULL, language TEXT,
            published INTEGER, updated INTEGER,
            first_seen INTEGER NOT NULL, first_fill INTEGER NOT NULL,
            relevance REAL NOT NULL, matched INTEGER NOT NULL,
            -- Last, so that nothing else is read from behind it; empty once past its retention.
            body TEXT NOT NULL
        ) STRICT;
        CREATE INDEX entries_matched ON entries (first_seen, id, first_fill, published, entry) WHERE matched = 1;
        CREATE INDEX entries_age ON entries (first_seen);
        CREATE INDEX entries_url ON entries (url);

        CREATE TABLE matches (
            entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
            rank INTEGER NOT NULL,
            watch TEXT NOT NULL, topic TEXT NOT NULL, area TEXT NOT NULL,
            threshold REAL NOT NULL, urgent REAL, file TEXT NOT NULL, line INTEGER NOT NULL,
            score REAL NOT NULL, hits TEXT NOT NULL,
            PRIMARY KEY (entry, rank)
        ) STRICT, WITHOUT ROWID;

        CREATE VIRTUAL TABLE entries_text USING fts5(
            title, summary, body, content = 'entries', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
        CREATE TRIGGER entries_added AFTER INSERT ON entries BEGIN
            INSERT INTO entries_text (rowid, title, summary, body) VALUES (new.id, new.title, new.summary, new.body);
        END;
        CREATE TRIGGER entries_removed AFTER DELETE ON entries BEGIN
            INSERT INTO entries_text (entries_text, rowid, title, summary, body)
            VALUES ('delete', old.id, old.title, old.summary, old.body);
        END;

        CREATE TRIGGER entries_cut AFTER UPDATE OF body ON entries BEGIN
            INSERT INTO entries_text (entries_text, rowid, title, summary, body)
            VALUES ('delete', old.id, old.title, old.summary, old.body);
            INSERT INTO entries_text (rowid, title, summary, body) VALUES (new.id, new.title, new.summary, new.body);
        END;

        CREATE TABLE profiles (name TEXT PRIMARY KEY, known_since INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE digests (
            id INTEGER PRIMARY KEY,
            profile TEXT NOT NULL, date TEXT NOT NULL, edition INTEGER NOT NULL,
            digest TEXT NOT NULL,
            made_at INTEGER NOT NULL, period_from INTEGER, period_to INTEGER NOT NULL,
            stories INTEGER NOT NULL, entries INTEGER NOT NULL, json BLOB NOT NULL,
            UNIQUE (profile, date, edition)
        ) STRICT;

        -- An entry goes to one digest of a profile. Kept when the entry itself is pruned.
        CREATE TABLE allocations (
            profile TEXT NOT NULL, entry TEXT NOT NULL, digest INTEGER NOT NULL REFERENCES digests (id),
            PRIMARY KEY (profile, entry)
        ) STRICT, WITHOUT ROWID;

        -- The outbox, and, once accepted, the log of what was delivered.
        CREATE TABLE deliveries (
            id TEXT PRIMARY KEY,
            digest INTEGER NOT NULL REFERENCES digests (id),
            sink TEXT NOT NULL, recipient TEXT NOT NULL,
            state TEXT NOT NULL, attempts INTEGER NOT NULL,
            first_attempt INTEGER, next_attempt INTEGER NOT NULL, last_error TEXT, settled_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deliveries_open ON deliveries (next_attempt)
            WHERE state IN ('planned', 'frozen', 'deferred', 'unknown');
        CREATE TABLE delivery_files (
            delivery TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
            rank INTEGER NOT NULL, extension TEXT NOT NULL, bytes BLOB NOT NULL,
            PRIMARY KEY (delivery, rank)
        ) STRICT;
        """

    /// What the schedule remembers, how hosts were asked, pages, and a text index that is filled behind the commits.
    private static let polling = """
        -- permitted: the earliest moment that all rules but the adaptive interval allow. decision: the terms of the last
        -- decision, a line each. memory: JSON, NULL for most feeds. The rate's columns are those of PublishingRate.
        ALTER TABLE feeds ADD COLUMN permitted INTEGER;
        ALTER TABLE feeds ADD COLUMN decision TEXT;
        ALTER TABLE feeds ADD COLUMN memory TEXT;
        ALTER TABLE feeds ADD COLUMN rate_items REAL;
        ALTER TABLE feeds ADD COLUMN rate_matched REAL;
        ALTER TABLE feeds ADD COLUMN rate_days REAL;
        ALTER TABLE feeds ADD COLUMN rate_at INTEGER;
        ALTER TABLE feeds ADD COLUMN rate_hours BLOB;

        -- Hosts and groups that asked to be left alone (P-31).
        CREATE TABLE pauses (host TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        -- What each host was asked for, by day since 1970 (P-68). closest: the shortest time from the end of one request to
        -- the start of the next, in ms.
        CREATE TABLE ledger (
            host TEXT NOT NULL, day INTEGER NOT NULL,
            requests INTEGER NOT NULL, not_modified INTEGER NOT NULL, conditional INTEGER NOT NULL,
            first INTEGER NOT NULL, without_validators INTEGER NOT NULL, other_address INTEGER NOT NULL,
            in_full INTEGER NOT NULL, pages INTEGER NOT NULL,
            wire_bytes INTEGER NOT NULL, told_to_wait INTEGER NOT NULL,
            closest INTEGER, violations INTEGER NOT NULL,
            PRIMARY KEY (host, day)
        ) STRICT, WITHOUT ROWID;

        -- Pages that were asked for once and never again, and the robots.txt of their hosts (P-50).
        CREATE TABLE pages (
            url TEXT PRIMARY KEY, entry TEXT NOT NULL, asked_at INTEGER NOT NULL, outcome TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE robots (
            origin TEXT PRIMARY KEY, fetched_at INTEGER NOT NULL, text TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- The text index holds the entries up to this one; those behind it are added some hundred at a time, which costs a
        -- fraction of adding each with its commit.
        CREATE TABLE indexed (one INTEGER PRIMARY KEY CHECK (one = 1), upto INTEGER NOT NULL) STRICT;
        INSERT INTO indexed VALUES (1, (SELECT coalesce(max(id), 0) FROM entries));
        DROP TRIGGER entries_added;
        DROP TRIGGER entries_removed;
        DROP TRIGGER entries_cut;
        -- Row numbers are used again once the last entry is gone.
        CREATE TRIGGER entries_added AFTER INSERT ON entries WHEN new.id <= (SELECT upto FROM indexed) BEGIN
            INSERT INTO entries_text (rowid, title, summary, body) VALUES (new.id, new.title, new.summary, new.body);
        END;
        CREATE TRIGGER entries_removed AFTER DELETE ON entries WHEN old.id <= (SELECT upto FROM indexed) BEGIN
            INSERT INTO entries_text (entries_text, rowid, title, summary, body)
            VALUES ('delete', old.id, old.title, old.summary, old.body);
        END;
        CREATE TRIGGER entries_cut AFTER UPDATE OF body ON entries WHEN old.id <= (SELECT upto FROM indexed) BEGIN
            INSERT INTO entries_text (entries_text, rowid, title, summary, body)
            VALUES ('delete', old.id, old.title, old.summary, old.body);
            INSERT INTO entries_text (rowid, title, summary, body) VALUES (new.id, new.title, new.summary, new.body);
        END;
        """

    private static let votesAndKinds = """
        -- What readers said of entries; outlives the entries.
        CREATE TABLE votes (
            entry TEXT PRIMARY KEY, is_for INTEGER NOT NULL, at INTEGER NOT NULL, labels TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- What sort of publication an entry is, where that was recognised.
        CREATE TABLE kinds (
            entry INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
            kind TEXT NOT NULL
        ) STRICT;
        """

    /// Entries are looked up by their address only where a person asks what became of a page, and each would pay for an index.
    private static let leanerEntries = "DROP INDEX entries_url"

    /// The story that an entry was told as part of; null for what was told before there were any.
    private static let stories = """
        ALTER TABLE allocations ADD COLUMN story TEXT;
        CREATE INDEX allocations_story ON allocations (profile, story) WHERE story IS NOT NULL;
        CREATE INDEX allocations_digest ON allocations (digest);
        """

    /// Keys as the 16 bytes of which 26 characters of base 32 held the text: less than half the room, and nothing to spell out
    /// for each entry that is looked up. A key that no such text is was never one of ours, and is found by nobody.
    private static let keysAsBytes = """
        CREATE TABLE seen_by_bytes (
            feed INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
            key BLOB NOT NULL,
            last_seen INTEGER NOT NULL,
            PRIMARY KEY (feed, key)
        ) STRICT, WITHOUT ROWID;
        INSERT OR IGNORE INTO seen_by_bytes SELECT feed, key_bytes(key), last_seen FROM seen;
        DROP TABLE seen;
        ALTER TABLE seen_by_bytes RENAME TO seen;
        CREATE TABLE seen_loosely_by_bytes (
            feed INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
            key BLOB NOT NULL,
            last_seen INTEGER NOT NULL, entries INTEGER NOT NULL,
            PRIMARY KEY (feed, key)
        ) STRICT, WITHOUT ROWID;
        INSERT OR IGNORE INTO seen_loosely_by_bytes SELECT feed, key_bytes(key), last_seen, entries FROM seen_loosely;
        DROP TABLE seen_loosely;
        ALTER TABLE seen_loosely_by_bytes RENAME TO seen_loosely;
        """

    /// What the recipients of a digest share, kept once: what follows the bytes of their own in `delivery_files`.
    private static let sharedBytes = """
        CREATE TABLE shared_bytes (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        ALTER TABLE delivery_files ADD COLUMN shared INTEGER REFERENCES shared_bytes (id);
        CREATE INDEX delivery_files_shared ON delivery_files (shared) WHERE shared IS NOT NULL;
        """

    /// Recipients that refused everything since they last took something, and how many messages were begun, by day since 1970.
    private static let mailLimits = """
        CREATE TABLE refusals (
            recipient TEXT PRIMARY KEY, count INTEGER NOT NULL, last_at INTEGER NOT NULL, reason TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE mail_days (day INTEGER PRIMARY KEY, messages INTEGER NOT NULL) STRICT;
        """

    /// The watch that an entry nearly passed, for those few that passed none. Columns as in `matches`.
    private static let nearMisses = """
        CREATE TABLE near_misses (
            entry INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
            watch TEXT NOT NULL, topic TEXT NOT NULL, area TEXT NOT NULL,
            threshold REAL NOT NULL, urgent REAL, file TEXT NOT NULL, line INTEGER NOT NULL,
            score REAL NOT NULL, hits TEXT NOT NULL
        ) STRICT;
        """

    /// By what a feed's documents name themselves (P-43), 8 bytes of hash each; NULL until one was read.
    private static let documentIDs = "ALTER TABLE feeds ADD COLUMN document_ids BLOB"

    /// What a feed without dates shows of how often it changes (P-59); NULL for others.
    private static let pollsCounted = """
        ALTER TABLE feeds ADD COLUMN rate_polls REAL;
        ALTER TABLE feeds ADD COLUMN rate_changes REAL;
        """

    /// Brings the store to the current layout, keeping a copy of an older one beside it first.
    ///
    /// - Parameter steps: those that lead elsewhere than to `layout`, for tests.
    static func migrate(
        _ connection: Connection, path: String, steps: [String]? = nil
    ) throws(StoreError) {
        let current = steps?.count ?? Schema.current
        let found = Int(try connection.number("PRAGMA user_version") ?? 0)
        guard found <= current else { throw .newerSchema(path: path, found: found, known: current) }
        if found == 0 {
            let tables = try connection.number("SELECT count(*) FROM sqlite_schema") ?? 0
            guard tables == 0 else { throw .damaged(path: path, detail: "a database, but not one of Durbeen's") }
        } else {
            let id = try connection.number("PRAGMA application_id") ?? 0
            guard id == applicationID else {
                throw .damaged(path: path, detail: "a database, but not one of Durbeen's")
            }
        }
        guard found < current else { return }
        if found > 0 {
            let copy = "\(path).before-\(current)"
            // One is there already when the last attempt to migrate ended early.
            unlink(copy)
            try StoreFile.createEmpty(copy)
            try connection.backup(to: copy)
        }
        try connection.defineKeyBytes()
        try connection.transaction(durably: true) { () throws(StoreError) in
            let isNew = found == 0 && steps == nil
            for step in isNew ? [layout] : (steps ?? Schema.steps)[found...] { try connection.execute(step) }
            try connection.execute("PRAGMA application_id = \(applicationID)")
            try connection.execute("PRAGMA user_version = \(current)")
        }
    }
}
