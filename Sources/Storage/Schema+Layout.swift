extension Schema {
    /// The layout that all steps together lead to, for a new store: it is made at once, where the steps would make, change and
    /// remake tables for a fifth of the time that a first poll of 500 feeds takes. A test holds the two together, so whoever adds a
    /// step changes this, too.
    ///
    /// Times and durations are in ms.
    static let layout = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        -- A subscription (config: the reader's own words, as JSON) and what is known of it. last_document: when a document was
        -- last read; the identities it showed are younger than this less a week. memory: JSON, NULL for most feeds. The rate's
        -- columns are those of PublishingRate. document_ids: by what the feed's documents name themselves, 8 bytes of hash each.
        CREATE TABLE feeds (
            id INTEGER PRIMARY KEY,
            url TEXT NOT NULL UNIQUE,
            active INTEGER NOT NULL,
            config TEXT NOT NULL,
            etag BLOB, last_modified BLOB, validators_url TEXT,
            failures INTEGER NOT NULL DEFAULT 0, failing_since INTEGER, failure TEXT,
            last_new INTEGER,
            paused_until INTEGER, publisher_interval INTEGER,
            document_title TEXT,
            last_document INTEGER,
            memory TEXT, rate_items REAL, rate_matched REAL, rate_days REAL, rate_at INTEGER, rate_hours BLOB, document_ids BLOB,
            rate_polls REAL, rate_changes REAL
        ) STRICT;
        -- What every check changes apart from what few change: a narrow row a feed, many of them to a page. unchanged: checks on end
        -- that brought nothing, up to last_success; not in `checks` until one that did. decision: the terms of the last decision,
        -- a line each. answered: this attempt is, and so is every one before it.
        CREATE TABLE times (
            feed INTEGER PRIMARY KEY,
            last_attempt INTEGER, last_success INTEGER, next_check INTEGER, permitted INTEGER, interval INTEGER,
            unchanged INTEGER NOT NULL DEFAULT 0, unchanged_since INTEGER,
            decision TEXT, answered INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        -- Checks that have begun: feeds by row, each with when it is due should nobody ever report back, as a JSON object (P-24).
        -- A row goes when the last of its checks is answered, and its number never comes back.
        CREATE TABLE attempts (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, feeds TEXT NOT NULL) STRICT;
        -- What is on record when a feed is added was written for others, perhaps for one whose row had the same number.
        CREATE TRIGGER feeds_added AFTER INSERT ON feeds BEGIN
            INSERT INTO times (feed, answered) VALUES (new.id, (SELECT coalesce(max(id), 0) FROM attempts));
        END;
        -- The latest attempt on record at each feed. It is under way, or was when a process ended, if its number is above that of
        -- the one that was answered.
        CREATE VIEW asked AS
            SELECT CAST(e.key AS INTEGER) AS feed, max(a.id) AS attempt, a.at AS at, e.value AS next_check
            FROM attempts a, json_each(a.feeds) e GROUP BY 1;

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

        -- By what entries are known again. Outlives the entries. With the first key of each entry its fingerprint, which is what its
        -- source was when it was last shown, and the loose keys, 16 bytes each, those shown last first. entry: below zero if
        -- it is gone and its number another's.
        CREATE TABLE seen (
            feed INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
            key BLOB NOT NULL,
            last_seen INTEGER NOT NULL, entry INTEGER, fingerprint INTEGER, loose BLOB,
            PRIMARY KEY (feed, key)
        ) STRICT, WITHOUT ROWID;
        -- Loose keys as they were written once, with how many entries had each: empty in a new store.
        CREATE TABLE seen_loosely (
            feed INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
            key BLOB NOT NULL,
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
        CREATE TABLE matches (
            entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
            rank INTEGER NOT NULL,
            watch TEXT NOT NULL, topic TEXT NOT NULL, area TEXT NOT NULL,
            threshold REAL NOT NULL, urgent REAL, file TEXT NOT NULL, line INTEGER NOT NULL,
            score REAL NOT NULL, hits TEXT NOT NULL,
            PRIMARY KEY (entry, rank)
        ) STRICT, WITHOUT ROWID;
        -- The watch that an entry nearly passed, for those few that passed none.
        CREATE TABLE near_misses (
            entry INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
            watch TEXT NOT NULL, topic TEXT NOT NULL, area TEXT NOT NULL,
            threshold REAL NOT NULL, urgent REAL, file TEXT NOT NULL, line INTEGER NOT NULL,
            score REAL NOT NULL, hits TEXT NOT NULL
        ) STRICT;
        -- What sort of publication an entry is, where that was recognised.
        CREATE TABLE kinds (
            entry INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
            kind TEXT NOT NULL
        ) STRICT;
        -- The texts of entries that changed, number 0 the one they came with. The newest stands in `entries`, so its columns
        -- here are null; what goes beyond the bounds goes row by row. edit: null for number 0. reasons: a line each.
        CREATE TABLE versions (
            entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE, number INTEGER NOT NULL,
            at INTEGER NOT NULL, edit TEXT, reasons TEXT NOT NULL,
            title TEXT, summary TEXT, body TEXT, url TEXT,
            PRIMARY KEY (entry, number)
        ) STRICT;
        CREATE INDEX versions_material ON versions (at) WHERE edit = 'material';
        -- What readers said of entries; outlives the entries.
        CREATE TABLE votes (
            entry TEXT PRIMARY KEY, is_for INTEGER NOT NULL, at INTEGER NOT NULL, labels TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- The text index holds the entries up to this one; those behind it are added some hundred at a time, which costs a
        -- fraction of adding each with its commit.
        CREATE VIRTUAL TABLE entries_text USING fts5(
            title, summary, body, content = 'entries', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
        CREATE TABLE indexed (one INTEGER PRIMARY KEY CHECK (one = 1), upto INTEGER NOT NULL) STRICT;
        INSERT INTO indexed VALUES (1, 0);
        CREATE TRIGGER entries_cut AFTER UPDATE OF title, summary, body ON entries
        WHEN old.id <= (SELECT upto FROM indexed) BEGIN
            INSERT INTO entries_text (entries_text, rowid, title, summary, body)
            VALUES ('delete', old.id, old.title, old.summary, old.body);
            INSERT INTO entries_text (rowid, title, summary, body) VALUES (new.id, new.title, new.summary, new.body);
        END;
        -- The row number of the last entry is used again, and must then lie behind the mark.
        CREATE TRIGGER entries_removed AFTER DELETE ON entries BEGIN
            INSERT INTO entries_text (entries_text, rowid, title, summary, body)
            SELECT 'delete', old.id, old.title, old.summary, old.body WHERE old.id <= (SELECT upto FROM indexed);
            UPDATE indexed SET upto = (SELECT coalesce(max(id), 0) FROM entries)
            WHERE upto > (SELECT coalesce(max(id), 0) FROM entries);
        END;
        -- With its own WHEN: as a condition of the UPDATE it would be asked of every key, for every entry that goes.
        CREATE TRIGGER entries_forgotten AFTER DELETE ON entries
        WHEN old.id > (SELECT coalesce(max(id), 0) FROM entries) BEGIN
            UPDATE seen SET entry = -entry WHERE entry > (SELECT coalesce(max(id), 0) FROM entries);
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
        -- An entry goes to one digest of a profile. Kept when the entry itself is pruned. story: that it was told as part of.
        -- version: of the entry, that was told first; null for number 0.
        CREATE TABLE allocations (
            profile TEXT NOT NULL, entry TEXT NOT NULL, digest INTEGER NOT NULL REFERENCES digests (id),
            story TEXT, version INTEGER,
            PRIMARY KEY (profile, entry)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX allocations_story ON allocations (profile, story) WHERE story IS NOT NULL;
        CREATE INDEX allocations_digest ON allocations (digest);
        CREATE INDEX allocations_entry ON allocations (entry);
        -- That an entry was told again, as revised.
        CREATE TABLE retellings (
            profile TEXT NOT NULL, entry TEXT NOT NULL, version INTEGER NOT NULL,
            digest INTEGER NOT NULL REFERENCES digests (id),
            PRIMARY KEY (profile, entry, version)
        ) STRICT, WITHOUT ROWID;

        -- The outbox, and, once accepted, the log of what was delivered. What the recipients of a digest share is kept once, in
        -- shared_bytes: it follows the bytes of their own.
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
            shared INTEGER REFERENCES shared_bytes (id),
            PRIMARY KEY (delivery, rank)
        ) STRICT;
        CREATE TABLE shared_bytes (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        CREATE INDEX delivery_files_shared ON delivery_files (shared) WHERE shared IS NOT NULL;
        -- Recipients that refused everything since they last took something, and how many messages were begun, by day since 1970.
        CREATE TABLE refusals (
            recipient TEXT PRIMARY KEY, count INTEGER NOT NULL, last_at INTEGER NOT NULL, reason TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE mail_days (day INTEGER PRIMARY KEY, messages INTEGER NOT NULL) STRICT;

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
        -- Pages that were asked for, how often, and when again: null once nothing more is to be done (P-50). One that waits for its
        -- first turn has tries 0, and asked_at is when it was planned. canonical: the address
        -- that the page gives as its own. Where an entry's address led elsewhere, the page stands under that other address.
        CREATE TABLE pages (
            url TEXT PRIMARY KEY, entry TEXT NOT NULL, asked_at INTEGER NOT NULL, outcome TEXT NOT NULL,
            canonical TEXT, tries INTEGER NOT NULL DEFAULT 1, retry_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX pages_entry ON pages (entry) WHERE outcome = 'read';
        CREATE INDEX pages_retried ON pages (retry_at) WHERE retry_at IS NOT NULL;
        CREATE TABLE robots (
            origin TEXT PRIMARY KEY, fetched_at INTEGER NOT NULL, text TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
