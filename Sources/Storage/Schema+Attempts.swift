extension Schema {
    /// Attempts that were written together stand in one row, and nothing is removed from it: a feed's check says when it ends
    /// which attempt it answers. What costs is a row, not what is in it.
    static let attemptsTogether = """
        -- Checks that have begun: feeds by row, each with when it is due should nobody ever report back, as a JSON object (P-24).
        -- A row goes when the last of its checks is answered, and its number never comes back.
        CREATE TABLE attempts (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, feeds TEXT NOT NULL) STRICT;
        INSERT INTO attempts (at, feeds) SELECT at, json_object(CAST(feed AS TEXT), next_check) FROM asked;
        DROP TABLE asked;
        -- This attempt at the feed is answered, and so is every one before it: of those, rows may be left on record for the sake of
        -- other feeds, also when the later row is gone.
        ALTER TABLE times ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
        -- What is on record when a feed is added was written for others, perhaps for one whose row had the same number.
        DROP TRIGGER feeds_added;
        CREATE TRIGGER feeds_added AFTER INSERT ON feeds BEGIN
            INSERT INTO times (feed, answered) VALUES (new.id, (SELECT coalesce(max(id), 0) FROM attempts));
        END;
        -- The latest attempt on record at each feed. It is under way, or was when a process ended, if its number is above that of
        -- the one that was answered.
        CREATE VIEW asked AS
            SELECT CAST(e.key AS INTEGER) AS feed, max(a.id) AS attempt, a.at AS at, e.value AS next_check
            FROM attempts a, json_each(a.feeds) e GROUP BY 1;
        """
}
