extension Schema {
    /// Attempts that were written together stand in one row, and nothing is removed from it: a feed's check says when it ends
    /// which attempt it answers. What costs is a row, not what is in it.
    static let attemptsTogether = """
        -- Checks that have begun: feeds by row, each with when it is due should nobody ever report back, as a JSON object (P-24).
        -- A row goes when the last of its checks is answered.
        CREATE TABLE attempts (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, feeds TEXT NOT NULL) STRICT;
        INSERT INTO attempts (at, feeds) SELECT at, json_object(CAST(feed AS TEXT), next_check) FROM asked;
        DROP TABLE asked;
        -- The moment of the attempt that the last result answers.
        ALTER TABLE times ADD COLUMN answered INTEGER;
        -- The latest attempt at each feed. It is under way, or was when a process ended, unless it is the one that was answered.
        CREATE VIEW asked AS
            SELECT CAST(e.key AS INTEGER) AS feed, max(a.id) AS attempt, a.at AS at, e.value AS next_check
            FROM attempts a, json_each(a.feeds) e GROUP BY 1;
        """
}
