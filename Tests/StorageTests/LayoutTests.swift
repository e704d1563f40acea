import FeedModel
import FoundationEssentials
import TestSupport
import Testing

@testable import Storage

@Suite struct LayoutTests {
    @Test func `A new store has the layout that all steps together lead to`() throws {
        let new = try Connection(path: ":memory:", mode: .readWrite)
        try Schema.migrate(new, path: ":memory:")
        let migrated = try Connection(path: ":memory:", mode: .readWrite)
        try Schema.migrate(migrated, path: ":memory:", steps: Schema.steps)
        let (layout, steps) = (try definitions(new), try definitions(migrated))
        #expect(Set(layout.keys) == Set(steps.keys))
        for (name, definition) in steps { #expect(layout[name] == definition) }
        #expect(steps.count > 50)
        for table in steps.keys where !table.hasPrefix("sqlite") && !table.contains("entries_text") {
            #expect(try rows(of: table, new) == rows(of: table, migrated), "\(table)")
        }
        for pragma in ["user_version", "application_id"] {
            #expect(try new.number("PRAGMA \(pragma)") == migrated.number("PRAGMA \(pragma)"))
        }
    }

    @Test func `A new store has pages of 8 KiB, and one with pages of 4 KiB goes on with them`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s.sqlite"
        _ = try Store(path: path)
        func pageSize() throws -> Int64? {
            try Connection(path: path, mode: .readOnly).number("PRAGMA page_size")
        }
        #expect(try pageSize() == 8192)
        let old = try Connection(path: path, mode: .readWrite)
        try old.execute("PRAGMA journal_mode = DELETE; PRAGMA page_size = 4096; VACUUM")
        old.close()
        let store = try Store(path: path)
        try await store.setFeeds([Feed(url: "https://a.example/")], now: .init(timeIntervalSince1970: 0))
        #expect(try await store.feeds().count == 1)
        await store.close()
        #expect(try pageSize() == 4096)
    }

    /// What each table, index, trigger and view was defined by, less blanks, comments and quotation marks.
    private func definitions(_ connection: Connection) throws -> [String: String] {
        var definitions: [String: String] = [:]
        try connection.run("SELECT type, name, coalesce(sql, '') FROM sqlite_schema") { (row) throws(StoreError) in
            let lines = row.text(2).split(separator: "\n").map { line in
                line.split(separator: "--", omittingEmptySubsequences: false).first ?? ""
            }
            let characters = lines.joined().filter { !$0.isWhitespace && $0 != "\"" }
            definitions["\(row.text(1))"] = "\(row.text(0)): \(characters)"
        }
        return definitions
    }

    private func rows(of table: String, _ connection: Connection) throws -> Int64? {
        let isTable = try connection.number(
            "SELECT 1 FROM sqlite_schema WHERE name = ? AND type = 'table'", [.text(table)])
        guard isTable != nil else { return nil }
        return try connection.number("SELECT count(*) FROM \"\(table)\"")
    }
}
