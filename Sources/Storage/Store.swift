import CSQLite
import FeedModel
public import FoundationEssentials
import Glibc

/// What is known, on disk: feeds and their state, entries and their matches, digests, the outbox. Every verb is one
/// transaction. One process writes to a store at a time; others may read beside it, or amend what it says of stored entries.
///
/// An actor on a queue of its own, because SQLite blocks.
public actor Store {
    /// Made once, at random: what sets this installation's message ids apart from another's.
    public nonisolated let installationID: String
    /// When the store was made.
    public nonisolated let createdAt: Date
    public nonisolated let path: String

    /// Whether the process that had the store before ended without closing it.
    public nonisolated let wasLeftOpen: Bool

    private nonisolated let queue: QueueExecutor
    let connection: Connection
    private var lock: StoreLock?
    /// Whether loose keys are left that a version before wrote each in a row of its own.
    let hasOldLooseKeys: Bool
    /// The rows of the feeds that were read; one that is forgotten goes from here, too.
    var rows: [String: Int64] = [:]
    /// The attempts at checks that are on record and not answered yet; empty beside a writer.
    var attempts = OpenAttempts()
    /// For statements that run for many rows on end.
    var bindings = Bindings()
    /// How deliveries ended that the disk could not take note of.
    var outstandingMarks: [DeliveryMark] = []

    /// How long the journal grows before it is written into the database.
    private static let journalBytes: Int64 = 12 << 20

    public nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Opens the store at `path`, makes it if there is none, and brings an older one to today's layout.
    ///
    /// - Parameter path: a file, or `:memory:` for a store that ends with this value.
    public init(path: String) throws(StoreError) {
        let inMemory = path == ":memory:"
        let file = StoreFile(path: path)
        var lock: StoreLock?
        if !inMemory {
            try file.makeFolder()
            lock = try StoreLock(besides: path)
            if try !file.exists() {
                try file.create { (connection) throws(StoreError) in
                    try Schema.migrate(connection, path: path)
                    _ = try Self.identity(of: connection)
                }
            }
        }
        wasLeftOpen = !inMemory && file.hasJournal
        let connection = try Connection(path: path, mode: .readWrite)
        try connection.execute("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2048")
        if !inMemory {
            // Stores that were made before have pages of 4 KiB. The journal's file is cut only if it grew well beyond that, not in
            // each cycle.
            let pages = Self.journalBytes / max(512, try connection.number("PRAGMA page_size") ?? 4096)
            try connection.execute(
                """
                PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = \(pages);
                PRAGMA journal_size_limit = \(Self.journalBytes + (4 << 20))
                """)
        }
        try connection.execute("PRAGMA synchronous = FULL")
        try Schema.migrate(connection, path: path)
        (installationID, createdAt) = try Self.identity(of: connection)
        // What was on its way when the last process ended may or may not have arrived (M-08).
        try connection.run("UPDATE deliveries SET state = 'unknown', next_attempt = 0 WHERE state = 'sending'")
        attempts = try Self.openAttempts(on: connection)
        hasOldLooseKeys = try connection.number("SELECT 1 FROM seen_loosely LIMIT 1") != nil
        self.lock = lock
        self.connection = connection
        self.path = path
        queue = QueueExecutor(label: "durbeen.store")
    }

    /// Opens the store at `path` for reading, beside whatever process writes to it.
    public init(readingOnly path: String) throws(StoreError) {
        try self.init(path: path, besideWriter: Self.currentConnection(StoreFile(path: path), mode: .readOnly))
    }

    /// Opens the store at `path` beside the process that writes to it, for what people say of stored entries: votes, and the
    /// verdicts of other watchlists; to revive feeds that the writer has given up; and for what a command asked of hosts and what
    /// they answered (`note`). Such a transaction is small and builds on nothing that the other holds in memory; SQLite
    /// orders it among the other's. Of a feed, the writer goes on by what it has in memory, and writes that over it, until it
    /// reads the feeds again. Everything else is for `init(path:)`.
    public init(amendingBeside path: String) throws(StoreError) {
        let connection = try Self.currentConnection(StoreFile(path: path), mode: .readWrite)
        try connection.execute("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL")
        try self.init(path: path, besideWriter: connection)
    }

    init(path: String, besideWriter connection: Connection) throws(StoreError) {
        lock = nil
        wasLeftOpen = false
        hasOldLooseKeys = false
        (installationID, createdAt) = try Self.identity(of: connection)
        self.connection = connection
        self.path = path
        queue = QueueExecutor(label: "durbeen.store")
    }

    /// Writes what is in the journal into the database, and lets go of both. Whatever is asked afterwards is answered with
    /// `StoreError.closed`.
    public func close() {
        // A store that cannot do this now will do it when it is next opened.
        try? checkpoint()
        connection.close()
        lock = nil
    }

    /// Writes what is in the journal into the database and empties the journal, unless somebody reads from it just now.
    public func checkpoint() throws(StoreError) { try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)") }

    /// The process that has the store at `path` open for writing; nil if none has.
    public static func holder(of path: String) -> Int? { StoreLock.holder(besides: path) }

    /// Copies the store as it is now into a new file, while it is in use.
    ///
    /// - Throws: `StoreError.cannotOpen` if there is a file of that name; nothing is ever written over.
    public func backup(to target: String) throws(StoreError) {
        try StoreFile.createEmpty(target)
        do { try connection.backup(to: target) } catch {
            unlink(target)
            throw error
        }
    }

    /// Looks through the whole file for damage; empty if there is none.
    public func quickCheck() throws(StoreError) -> [String] {
        var lines: [String] = []
        try connection.run("PRAGMA quick_check") { (row) throws(StoreError) in lines.append(row.text(0)) }
        return lines == ["ok"] ? [] : lines
    }
}

extension Store {
    /// A connection to a store that is there and has today's layout.
    static func currentConnection(_ file: StoreFile, mode: Connection.Mode) throws(StoreError) -> Connection {
        guard try file.exists() else {
            throw .cannotOpen(path: file.path, detail: "there is none yet; `durbeen once` makes it")
        }
        let connection = mode == .readOnly ? try readingConnection(file) : try Connection(path: file.path, mode: mode)
        let found = Int(try connection.number("PRAGMA user_version") ?? 0)
        guard found == Schema.current else {
            if found > Schema.current { throw .newerSchema(path: file.path, found: found, known: Schema.current) }
            throw .cannotOpen(path: file.path, detail: "has an older layout; `durbeen once` brings it up to date")
        }
        return connection
    }

    /// The journal's index must be written even for reading. Where nobody can write, nobody changes anything either.
    private static func readingConnection(_ file: StoreFile) throws(StoreError) -> Connection {
        do {
            let connection = try Connection(path: file.path, mode: .readOnly)
            _ = try connection.number("SELECT count(*) FROM sqlite_schema")
            return connection
        } catch {
            guard !file.folderIsWritable, !file.hasJournal else { throw error }
            return try Connection(path: file.path, mode: .immutable)
        }
    }

    private static func identity(of connection: Connection) throws(StoreError) -> (String, Date) {
        var values: [String: String] = [:]
        try connection.run("SELECT key, value FROM meta") { (row) throws(StoreError) in
            values[row.text(0)] = row.text(1)
        }
        if let id = values["installation"], let made = values["created"].flatMap({ Int64($0) }) {
            return (id, Date(timeIntervalSince1970: Double(made) / 1000))
        }
        let id = base32((0..<17).map { _ in UInt8.random(in: .min ... .max) }, length: 26)
        // The clock is read here once, when the store is made: its age is a fact of the store.
        let made = Date()
        try connection.transaction(durably: true) { () throws(StoreError) in
            for (key, value) in [("installation", id), ("created", "\(milliseconds(made))")] {
                try connection.run(
                    "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [.text(key), .text(value)])
            }
        }
        return (id, Date(timeIntervalSince1970: Double(milliseconds(made)) / 1000))
    }
}
