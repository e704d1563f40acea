import FeedModel
public import FoundationEssentials

extension Store {
    /// Takes all times of feeds along that were asked, by what is stored, after `now`: the clock was ahead then, and is right now,
    /// or at least no further off. Each feed is due as long from now as it was from its last check, which is an interval at most
    /// (P-26, R14). Known only to the store this would begin anew at each start, and a round by hand would never ask them.
    public func followClock(_ now: Date) throws(StoreError) {
        // As much as clocks are set while nobody minds.
        let bound = Value(now.addingTimeInterval(60))
        guard
            try connection.number(
                """
                SELECT 1 WHERE EXISTS (SELECT 1 FROM times WHERE last_attempt > ?1)
                    OR EXISTS (SELECT 1 FROM attempts WHERE at > ?1)
                """, [bound]) != nil
        else { return }
        try writing(durably: true) { () throws(StoreError) in
            // Of a check that never ended it is not known how long ago it began.
            try connection.run(
                """
                UPDATE times SET answered = max(answered, (SELECT max(id) FROM attempts WHERE at > ?1))
                WHERE feed IN (SELECT feed FROM asked WHERE at > ?1)
                """, [bound])
            try connection.run(
                """
                UPDATE feeds SET paused_until = paused_until - (
                    SELECT last_attempt - ?2 FROM times WHERE times.feed = feeds.id)
                WHERE paused_until IS NOT NULL AND id IN (SELECT feed FROM times WHERE last_attempt > ?1)
                """, [bound, Value(now)])
            try connection.run(
                """
                UPDATE times SET next_check = next_check - (last_attempt - ?2), permitted = permitted - (last_attempt - ?2),
                    last_success = min(last_success, ?2), last_attempt = ?2
                WHERE last_attempt > ?1
                """, [bound, Value(now)])
        }
    }
}
