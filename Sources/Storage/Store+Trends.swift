public import FeedModel
public import FoundationEssentials

extension Store {
    /// Matched entries by day, topic of their best match and country of their source. An entry counts on the day it was published
    /// or, where that is not known or lies ahead of it, on the day it was first seen.
    ///
    /// - Parameters:
    ///   - start: entries of earlier days are left out.
    ///   - offset: seconds east of UTC of the days.
    public func volumes(since start: Date, before end: Date, offset: Int) throws(StoreError) -> [Volume] {
        var volumes: [Volume] = []
        try connection.run(
            """
            SELECT day, area, topic, country, count(*) FROM (
                SELECT (min(coalesce(published, first_seen), first_seen) + ?3) / 86400000 AS day, area, topic,
                    json_extract(feeds.config, '$.country') AS country
                FROM entries JOIN matches ON matches.entry = entries.id AND matches.rank = 0
                    JOIN feeds ON feeds.id = entries.feed
                WHERE entries.matched = 1 AND first_seen >= ?1 AND first_seen < ?2
                    AND min(coalesce(published, first_seen), first_seen) >= ?1)
            GROUP BY day, area, topic, country ORDER BY day, area, topic, country
            """, [Value(start), Value(end), .integer(Int64(offset) * 1000)]
        ) { (row) throws(StoreError) in
            volumes.append(
                Volume(
                    day: row.int(0), area: try row.word(1, Area.self), topic: row.text(2), country: row.optionalText(3),
                    count: row.int(4)))
        }
        return volumes
    }

    /// The feeds that are watched and do not fail, with the days since `start` on which each had something new.
    public func sourceActivity(since start: Date, offset: Int) throws(StoreError) -> [SourceActivity] {
        var activities: [SourceActivity] = []
        try connection.run(
            """
            SELECT coalesce(nullif(json_extract(config, '$.title'), ''), document_title, url), url, count(DISTINCT day),
                min(day), max(day)
            FROM feeds JOIN (
                SELECT feed, (min(coalesce(published, first_seen), first_seen) + ?2) / 86400000 AS day FROM entries
                WHERE first_seen >= ?1) ON feed = feeds.id
            WHERE active > 0 AND failures = 0 GROUP BY feeds.id ORDER BY url
            """, [Value(start), .integer(Int64(offset) * 1000)]
        ) { (row) throws(StoreError) in
            activities.append(
                SourceActivity(
                    title: row.text(0), url: row.text(1), activeDays: row.int(2), firstDay: row.int(3),
                    lastDay: row.int(4)))
        }
        return activities
    }
}
