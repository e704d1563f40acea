public import FoundationEssentials

/// What one host was asked for in a while (P-68).
public struct LedgerLine: Sendable, Equatable {
    public var host: String
    /// Days since 1970, in UTC.
    public var day: Int
    /// Requests, redirects and pages included.
    public var requests = 0
    /// Answers of 304.
    public var notModified = 0
    /// Requests with validators.
    public var conditional = 0
    /// Requests without validators, by reason: the feed's first; the last answer gave none; they came from another address;
    /// asked for in full.
    public var first = 0
    public var withoutValidators = 0
    public var otherAddress = 0
    public var inFull = 0
    /// Requests for pages and robots.txt, which are asked for once.
    public var pages = 0
    public var wireBytes = 0
    /// Answers of 429 and 503.
    public var toldToWait = 0
    /// The shortest time from the end of one check to the start of the next.
    public var closest: Duration?
    /// Checks that began sooner after another than the host's spacing allows.
    public var violations = 0

    public init(host: String, day: Int) {
        self.host = host
        self.day = day
    }
}

extension Store {
    /// The ledger since a day, a line a host, the most asked first.
    public func ledger(sinceDay day: Int) throws(StoreError) -> [LedgerLine] {
        var lines: [LedgerLine] = []
        try connection.run(
            """
            SELECT host, min(day), sum(requests), sum(not_modified), sum(conditional), sum(first), sum(without_validators),
                sum(other_address), sum(in_full), sum(pages), sum(wire_bytes), sum(told_to_wait), min(closest),
                sum(violations)
            FROM ledger WHERE day >= ? GROUP BY host ORDER BY 3 DESC, host
            """, [Value(day)]
        ) { (row) throws(StoreError) in
            var line = LedgerLine(host: row.text(0), day: row.int(1))
            line.requests = row.int(2)
            line.notModified = row.int(3)
            line.conditional = row.int(4)
            line.first = row.int(5)
            line.withoutValidators = row.int(6)
            line.otherAddress = row.int(7)
            line.inFull = row.int(8)
            line.pages = row.int(9)
            line.wireBytes = row.int(10)
            line.toldToWait = row.int(11)
            line.closest = row.optionalDuration(12)
            line.violations = row.int(13)
            lines.append(line)
        }
        return lines
    }

    func add(_ line: LedgerLine) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO ledger (host, day, requests, not_modified, conditional, first, without_validators, other_address,
                in_full, pages, wire_bytes, told_to_wait, closest, violations)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (host, day) DO UPDATE SET requests = requests + excluded.requests,
                not_modified = not_modified + excluded.not_modified, conditional = conditional + excluded.conditional,
                first = first + excluded.first,
                without_validators = without_validators + excluded.without_validators,
                other_address = other_address + excluded.other_address, in_full = in_full + excluded.in_full,
                pages = pages + excluded.pages, wire_bytes = wire_bytes + excluded.wire_bytes,
                told_to_wait = told_to_wait + excluded.told_to_wait,
                closest = min(coalesce(closest, excluded.closest), coalesce(excluded.closest, closest)),
                violations = violations + excluded.violations
            """,
            [
                .text(line.host), Value(line.day), Value(line.requests), Value(line.notModified),
                Value(line.conditional), Value(line.first), Value(line.withoutValidators), Value(line.otherAddress),
                Value(line.inFull), Value(line.pages), Value(line.wireBytes), Value(line.toldToWait),
                Value(line.closest), Value(line.violations),
            ])
    }

    /// Hosts and groups that asked to be left alone for longer than `now` (P-31, P-32), but for what lies further ahead than
    /// `longestPause`: that was written by a clock that was wrong.
    public func pauses(now: Date) throws(StoreError) -> [CheckBatch.Pause] {
        var pauses: [CheckBatch.Pause] = []
        try connection.run(
            "SELECT host, until FROM pauses WHERE until > ? AND until <= ?",
            [Value(now), Value(now.addingTimeInterval(Self.longestPause))]
        ) { (row) throws(StoreError) in
            pauses.append(CheckBatch.Pause(host: row.text(0), until: row.date(1)))
        }
        return pauses
    }

    /// No server is obeyed for longer than seven days; a minute more, for a pause is written a moment before it is read, by a clock
    /// that may be set back a little in between. Known here, and not handed in, because what is beyond it is not only passed over
    /// but removed and written over, whoever wrote it.
    public static let longestPause: TimeInterval = 7 * 86_400 + 60

    /// Makes a pause longer, never shorter, unless a clock that was wrong wrote the longer one; part of a larger transaction.
    func write(_ pause: CheckBatch.Pause) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO pauses (host, until) VALUES (?1, ?2)
            ON CONFLICT (host) DO UPDATE SET until = iif(until > ?3, excluded.until, max(until, excluded.until))
            """,
            [.text(pause.host), Value(pause.until), Value(pause.until.addingTimeInterval(Self.longestPause))])
    }

    /// Writes down what hosts were asked for outside the schedule, and the pauses that they asked for; small, and fit to be
    /// written beside the process that has the store. A pause is made longer, never shorter. That of a feed holds only if that
    /// process reads it (`durbeen reload`) before it next writes a check of the feed: it writes what it has in memory.
    public func note(
        _ lines: [LedgerLine], pauses: [CheckBatch.Pause], feedPauses: [CheckBatch.FeedPause]
    ) throws(StoreError) {
        try connection.transaction(durably: true) { () throws(StoreError) in
            for line in lines { try add(line) }
            for pause in pauses { try write(pause) }
            for pause in feedPauses {
                try connection.run(
                    "UPDATE feeds SET paused_until = max(coalesce(paused_until, 0), ?2) WHERE url = ?1",
                    [.text(pause.url), Value(pause.until)])
            }
        }
    }
}
