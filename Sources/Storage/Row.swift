import CSQLite
import FeedModel
import Glibc

/// One row of an answer; valid until the next.
struct Row {
    let statement: OpaquePointer
    let path: String

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }
    func real(_ column: Int32) -> Double { sqlite3_column_double(statement, column) }
    func flag(_ column: Int32) -> Bool { sqlite3_column_int64(statement, column) != 0 }

    func text(_ column: Int32) -> String { optionalText(column) ?? "" }

    func optionalText(_ column: Int32) -> String? {
        guard let start = sqlite3_column_text(statement, column) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// Whether the column holds `text`, without reading it into a value.
    func equals(_ column: Int32, _ text: String) -> Bool {
        guard let start = sqlite3_column_text(statement, column) else { return false }
        let count = Int(sqlite3_column_bytes(statement, column))
        var text = text
        return text.withUTF8 { bytes in
            bytes.count == count && bytes.baseAddress.map { memcmp($0, start, count) == 0 } ?? true
        }
    }

    func equals(_ column: Int32, _ text: [UInt8]) -> Bool {
        guard let start = sqlite3_column_text(statement, column) else { return false }
        let count = Int(sqlite3_column_bytes(statement, column))
        return count == text.count
            && text.withUnsafeBytes { bytes in bytes.baseAddress.map { memcmp($0, start, count) == 0 } ?? true }
    }

    func optionalBytes(_ column: Int32) -> [UInt8]? {
        guard !isNull(column) else { return nil }
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }

    /// The keys of 16 bytes each that a blob holds.
    func keys(_ column: Int32) -> [IdentityKey] {
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
        return (0..<bytes.count / 16).map { number in
            IdentityKey(
                high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16 * number, as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16 * number + 8, as: UInt64.self)))
        }
    }

    func optionalInt(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }

    /// A column that holds one of a few words.
    func word<Answer: RawRepresentable<String>>(_ column: Int32, _ type: Answer.Type) throws(StoreError) -> Answer {
        guard let answer = Answer(rawValue: text(column)) else { throw unreadable(column) }
        return answer
    }

    func day(_ column: Int32) throws(StoreError) -> LocalDate {
        guard let date = LocalDate(text(column)) else { throw unreadable(column) }
        return date
    }

    /// The store reads back what it wrote; a value that is something else was changed by somebody else.
    func unreadable(_ column: Int32) -> StoreError {
        let name = sqlite3_column_name(statement, column).map { String(cString: $0) } ?? "\(column)"
        return .damaged(path: path, detail: "column \(name) holds \"\(visible(String(text(column).prefix(40))))\"")
    }
}
