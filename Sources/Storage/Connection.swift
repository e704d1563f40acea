import CSQLite
import FeedModel
import Glibc

/// One SQLite connection and its prepared statements. Used by one actor only.
final class Connection {
    private var handle: OpaquePointer?
    private let path: String
    private var statements: [String: OpaquePointer] = [:]
    /// The same by where the text lay that each was made of, which for a literal is always the same place: found without
    /// reading the text.
    private var literals: [UnsafePointer<UInt8>: (sql: String, statement: OpaquePointer)] = [:]
    private var isDurable = true
    private var failedSync: StoreError?
    /// Called as each statement begins; for tests that end the process there.
    var onStatement: (() -> Void)?

    enum Mode {
        case readWrite, readOnly
        /// Neither file nor folder can be written by anybody: read with no lock and no journal.
        case immutable
    }

    init(path: String, mode: Mode) throws(StoreError) {
        withoutMemoryStatistics
        self.path = path
        var name = path
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        switch mode {
        // A file is made by `StoreFile` only, never by the way.
        case .readWrite: flags |= SQLITE_OPEN_READWRITE | (path == ":memory:" ? SQLITE_OPEN_CREATE : 0)
        case .readOnly: flags |= SQLITE_OPEN_READONLY
        case .immutable:
            flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            name = "file:\(percentEncoded(path))?immutable=1"
        }
        let code = sqlite3_open_v2(name, &handle, flags, nil)
        guard code == SQLITE_OK else {
            let error = error(code)
            close()
            throw error
        }
        // Longer than a reader needs, short enough for a prompt stop (R20).
        sqlite3_busy_timeout(handle, 2000)
    }

    deinit { close() }

    func close() {
        for statement in statements.values { sqlite3_finalize(statement) }
        statements = [:]
        literals = [:]
        sqlite3_close_v2(handle)
        handle = nil
    }

    /// Runs statements that answer nothing.
    func execute(_ sql: String) throws(StoreError) {
        guard let handle else { throw .closed }
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Runs `sql` with `values` bound in order and hands each row of the answer to `row`.
    @discardableResult
    func run(
        _ sql: String, _ values: [Value] = [],
        row: (Row) throws(StoreError) -> Void = { (_: Row) throws(StoreError) in }
    ) throws(StoreError) -> Int {
        let statement = try prepared(sql)
        onStatement?()
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { try bind(value, to: Int32(index + 1), of: statement) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try row(Row(statement: statement, path: path))
            case SQLITE_DONE: return Int(sqlite3_changes(handle))
            case let code: throw error(code)
            }
        }
    }

    /// A statement to be run for each of many things.
    func statement(_ sql: String) throws(StoreError) -> Statement {
        Statement(handle: try prepared(sql), connection: self)
    }

    /// Runs a statement that answers nothing with what is bound to it.
    ///
    /// - Returns: how many rows it changed.
    func finish(_ statement: OpaquePointer) throws(StoreError) -> Int {
        onStatement?()
        let code = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard code == SQLITE_DONE else { throw error(code) }
        return Int(sqlite3_changes(handle))
    }

    /// The first row's first column, if there is a row.
    func number(_ sql: String, _ values: [Value] = []) throws(StoreError) -> Int64? {
        var answer: Int64?
        try run(sql, values) { (row) throws(StoreError) in answer = answer ?? row.integer(0) }
        return answer
    }

    /// The first column of every row.
    func numbers(_ sql: String, _ values: [Value] = []) throws(StoreError) -> [Int64] {
        var answer: [Int64] = []
        try run(sql, values) { (row) throws(StoreError) in answer.append(row.integer(0)) }
        return answer
    }

    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Runs `body` in one transaction: all of it happens, or nothing.
    ///
    /// - Parameter durably: whether the transaction is on the disk when this returns (`synchronous = FULL`), or only safe
    ///   against a crash of this program (`NORMAL`).
    @discardableResult
    func transaction<Answer>(
        durably: Bool, _ body: () throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        if let failedSync { throw failedSync }
        if durably != isDurable {
            try execute(durably ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
            isDurable = durably
        }
        try run("BEGIN IMMEDIATE")
        do {
            let answer = try body()
            try run("COMMIT")
            return answer
        } catch {
            // Some failures have rolled back already; that this one then fails too is of no interest.
            if let handle, sqlite3_get_autocommit(handle) == 0 { _ = sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            if case .notDurable = error { failedSync = error }
            throw error
        }
    }

    /// Copies the database as it is now into the file `target`, which is there and empty, while it is in use.
    func backup(to target: String) throws(StoreError) {
        guard let handle else { throw .closed }
        let copy = try Connection(path: target, mode: .readWrite)
        guard let backup = sqlite3_backup_init(copy.handle, "main", handle, "main") else {
            throw copy.error(sqlite3_errcode(copy.handle))
        }
        let code = sqlite3_backup_step(backup, -1)
        sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE else { throw copy.error(code) }
    }

    /// Lets statements call `name` with one value; it must answer the same for the same value.
    func define(
        _ name: String,
        _ function: @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void
    ) throws(StoreError) {
        guard let handle else { throw .closed }
        let code = sqlite3_create_function_v2(
            handle, name, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nil, function, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func prepared(_ sql: String) throws(StoreError) -> OpaquePointer {
        guard let handle else { throw .closed }
        let place = sql.utf8.withContiguousStorageIfAvailable { $0.baseAddress } ?? nil
        // Another text may lie where one lay before; two that are the same are known to be by their place alone.
        if let place, let known = literals[place], known.sql == sql { return known.statement }
        // A text that was put together lies elsewhere each time: its later copies are not kept.
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw error(code) }
        statements[sql] = statement
        if let place { literals[place] = (sql, statement) }
        return statement
    }

    private func bind(_ value: Value, to index: Int32, of statement: OpaquePointer) throws(StoreError) {
        // SQLite copies what is bound before the call returns.
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code: Int32 =
            switch value {
            case .null: sqlite3_bind_null(statement, index)
            case .integer(let number): sqlite3_bind_int64(statement, index, number)
            case .real(let number): sqlite3_bind_double(statement, index, number)
            case .text(let text):
                {
                    var text = text
                    return text.withUTF8 { bytes in
                        // An empty text may have no address of its own, and SQLite takes a null pointer for NULL.
                        bytes.isEmpty
                            ? sqlite3_bind_text(statement, index, "", 0, copied)
                            : bytes.withMemoryRebound(to: CChar.self) {
                                sqlite3_bind_text(statement, index, $0.baseAddress, Int32(clamping: $0.count), copied)
                            }
                    }
                }()
            case .key(let key): key.withBytes { sqlite3_bind_blob(statement, index, $0.baseAddress, 16, copied) }
            case .blob(let bytes):
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, Int32(clamping: bytes.count), copied)
            }
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func error(_ code: Int32) -> StoreError {
        let number = sqlite3_system_errno(handle)
        let detail = String(cString: sqlite3_errmsg(handle))
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy(detail: detail)
        case SQLITE_FULL: return .full(detail: detail)
        case SQLITE_READONLY: return .readOnly(detail: detail)
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .damaged(path: path, detail: detail)
        case SQLITE_CANTOPEN:
            return .cannotOpen(path: path, detail: number == 0 ? detail : systemError(number))
        case SQLITE_IOERR:
            if code == durbeen_ioerr_fsync || code == durbeen_ioerr_dir_fsync {
                return .notDurable(detail: number == 0 ? detail : systemError(number))
            }
            // SQLite takes only ENOSPC for a lack of room, and learns too late that a disk became read-only.
            if number == ENOSPC || number == EDQUOT { return .full(detail: systemError(number)) }
            if number == EROFS { return .readOnly(detail: systemError(number)) }
            return .io(detail: "\(detail), code \(code)" + (number == 0 ? "" : ": \(systemError(number))"))
        default: return .other(detail: "\(detail), code \(code)")
        }
    }
}

/// Once, before the first connection: nobody asks SQLite how much memory it has taken, and counting that would take a lock for each
/// of its allocations.
private let withoutMemoryStatistics: Void = { _ = durbeen_sqlite_without_memory_statistics() }()

/// A value that SQLite can hold.
enum Value {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    /// A blob of 16 bytes.
    case key(IdentityKey)

    init(_ text: String?) { self = text.map(Value.text) ?? .null }
    init(_ bytes: [UInt8]?) { self = bytes.map(Value.blob) ?? .null }
    init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .null }
    init(_ number: Int64?) { self = number.map(Value.integer) ?? .null }
    /// 64 bits; SQLite knows no number without a sign.
    init(_ bits: UInt64?) { self = bits.map { .integer(Int64(bitPattern: $0)) } ?? .null }
    /// What is no number is zero: SQLite would make it NULL.
    init(_ number: Double?) { self = number.map { .real($0.isNaN ? 0 : $0) } ?? .null }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
}

/// A path as SQLite's `file:` names want it: everything but letters, digits and `-./_` as `%xx`.
private func percentEncoded(_ path: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in path.utf8 {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D...0x2F, 0x5F: out.append(byte)
        default: out += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
        }
    }
    return String(decoding: out, as: UTF8.self)
}
