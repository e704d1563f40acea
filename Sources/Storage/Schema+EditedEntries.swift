extension Schema {
    /// What entries said before they were edited, and what readers were told of it (decision 20).
    static let editedEntries = """
        -- The stored entry that a key is of, and with the first key of each what its source was when it was last shown.
        ALTER TABLE seen ADD COLUMN entry INTEGER;
        ALTER TABLE seen ADD COLUMN fingerprint INTEGER;
        -- Row numbers are used again once the last entry is gone: no key may then lead to another's entry.
        CREATE TRIGGER entries_forgotten AFTER DELETE ON entries
        WHEN old.id > (SELECT coalesce(max(id), 0) FROM entries) BEGIN
            UPDATE seen SET entry = NULL WHERE entry > (SELECT coalesce(max(id), 0) FROM entries);
        END;

        -- The texts of entries that changed, number 0 the one they came with. The newest stands in `entries`, so its columns
        -- here are null; what goes beyond the bounds goes row by row. edit: null for number 0. reasons: a line each.
        CREATE TABLE versions (
            entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE, number INTEGER NOT NULL,
            at INTEGER NOT NULL, edit TEXT, reasons TEXT NOT NULL,
            title TEXT, summary TEXT, body TEXT,
            PRIMARY KEY (entry, number)
        ) STRICT;
        CREATE INDEX versions_material ON versions (at) WHERE edit = 'material';

        -- The version of an entry that a digest told first; null for number 0. And that it was told again, as revised.
        ALTER TABLE allocations ADD COLUMN version INTEGER;
        CREATE INDEX allocations_entry ON allocations (entry);
        CREATE TABLE retellings (
            profile TEXT NOT NULL, entry TEXT NOT NULL, version INTEGER NOT NULL,
            digest INTEGER NOT NULL REFERENCES digests (id),
            PRIMARY KEY (profile, entry, version)
        ) STRICT, WITHOUT ROWID;

        DROP TRIGGER entries_cut;
        CREATE TRIGGER entries_cut AFTER UPDATE OF title, summary, body ON entries
        WHEN old.id <= (SELECT upto FROM indexed) BEGIN
            INSERT INTO entries_text (entries_text, rowid, title, summary, body)
            VALUES ('delete', old.id, old.title, old.summary, old.body);
            INSERT INTO entries_text (rowid, title, summary, body) VALUES (new.id, new.title, new.summary, new.body);
        END;
        """

    /// The address that a page that was looked at gives as its own.
    static let canonicalPages = "ALTER TABLE pages ADD COLUMN canonical TEXT"

    /// Where an entry's address led elsewhere, the page that was read stands under that other address.
    static let pagesOfEntries = "CREATE INDEX pages_entry ON pages (entry) WHERE outcome = 'read'"

    /// The link that goes with the text: an entry that comes back under an earlier one of its links is no other entry.
    static let linksOfVersions = "ALTER TABLE versions ADD COLUMN url TEXT"

    /// Links and titles beside the first key of the entry that had them, 16 bytes each, those shown last first: looked at seldom,
    /// and a row and a place in an index cost more than all else of a key. `seen_loosely` holds what was written before, until
    /// it is too old to matter.
    static let looseKeysBeside = "ALTER TABLE seen ADD COLUMN loose BLOB"

    /// Nothing is asked as entries are added, of which there are many, but as they go: the row number of the last one is used
    /// again, and must then lie behind the mark of the text index. Keys of an entry whose number will be another's keep it with
    /// a minus: they lead nowhere, and still tell how many entries there were.
    static let leanerAdditions = """
        DROP TRIGGER entries_added;
        DROP TRIGGER entries_removed;
        DROP TRIGGER entries_forgotten;
        UPDATE indexed SET upto = min(upto, (SELECT coalesce(max(id), 0) FROM entries));
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
        """
    /// How often a page was asked for, and when it is to be asked again; null once nothing more is to be done.
    static let pagesTried = """
        ALTER TABLE pages ADD COLUMN tries INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE pages ADD COLUMN retry_at INTEGER;
        CREATE INDEX pages_retried ON pages (retry_at) WHERE retry_at IS NOT NULL;
        """
}
