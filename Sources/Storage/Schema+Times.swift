extension Schema {
    /// What every check changes apart from what few change: a narrow row a feed, many of them to a page, and a short list of the
    /// checks that have begun and not ended.
    static let narrowTimes = """
        CREATE TABLE times (
            feed INTEGER PRIMARY KEY,
            last_attempt INTEGER, last_success INTEGER, next_check INTEGER, permitted INTEGER, interval INTEGER,
            -- Checks on end that brought nothing, up to last_success; not in `checks` until one that did.
            unchanged INTEGER NOT NULL DEFAULT 0, unchanged_since INTEGER,
            -- The terms of the last decision, a line each.
            decision TEXT
        ) STRICT;
        INSERT INTO times
            SELECT id, last_attempt, last_success, next_check, permitted, interval, unchanged, unchanged_since, decision
            FROM feeds;
        CREATE TRIGGER feeds_added AFTER INSERT ON feeds BEGIN INSERT INTO times (feed) VALUES (new.id); END;
        ALTER TABLE feeds DROP COLUMN last_attempt;
        ALTER TABLE feeds DROP COLUMN last_success;
        ALTER TABLE feeds DROP COLUMN next_check;
        ALTER TABLE feeds DROP COLUMN permitted;
        ALTER TABLE feeds DROP COLUMN interval;
        ALTER TABLE feeds DROP COLUMN unchanged;
        ALTER TABLE feeds DROP COLUMN unchanged_since;
        ALTER TABLE feeds DROP COLUMN decision;

        -- Written before a request leaves, removed with what came of it (P-24). While a feed is listed here, this is when it was
        -- asked last and when it is due; what stands in `times` is older.
        CREATE TABLE asked (feed INTEGER PRIMARY KEY, at INTEGER NOT NULL, next_check INTEGER NOT NULL) STRICT;
        """
}
