import FeedModel

extension Configuration {
    /// The most bytes a configuration may have.
    static let largestFile = 1 << 20

    /// Reads a configuration, all of it or nothing.
    ///
    /// - Parameters:
    ///   - path: the TOML file. Relative paths in it start from its folder.
    ///   - environment: what `$STATE_DIRECTORY` and `$CREDENTIALS_DIRECTORY` are looked up in.
    ///   - checksFiles: whether the files it names must be there. Commands that make such a file say no.
    ///   - isZone: whether a name is that of an IANA time zone.
    /// - Throws: everything that is wrong with it, in the order of the file; only the first error if it is not TOML.
    public static func load(
        path: String, environment: [String: String], checksFiles: Bool = true,
        isZone: @escaping (String) -> Bool = isZoneName
    ) throws(ConfigurationErrors) -> Configuration {
        let path = absolutePath(path, from: currentFolder())
        let bytes: [UInt8]
        do { bytes = try readFile(path, limit: largestFile) } catch {
            throw ConfigurationErrors(whole: path, "\(error); name a configuration that can be read with --config")
        }
        return try read(bytes, path: path, environment: environment, checksFiles: checksFiles, isZone: isZone)
    }

    /// The same for bytes that were read already. `path` is absolute.
    static func read(
        _ bytes: [UInt8], path: String, environment: [String: String], checksFiles: Bool,
        isZone: @escaping (String) -> Bool
    ) throws(ConfigurationErrors) -> Configuration {
        guard bytes.contains(where: { $0 > 0x20 }) else {
            throw ConfigurationErrors(
                whole: path, "the file is empty; start from the commented configuration that ships with durbeen")
        }
        let root: TOMLTable
        do { root = try TOMLTable(reading: bytes) } catch {
            let message = "not TOML: \(error.message); correct the line (texts, durations and sizes stand in quotes)"
            throw ConfigurationErrors(errors: [
                ConfigurationError(
                    file: path, line: error.line, column: error.column,
                    message: visible(message, keepingNewlines: false))
            ])
        }
        var reader = ConfigurationReader(path: path, environment: environment, checksFiles: checksFiles, isZone: isZone)
        reader.read(root)
        let errors = reader.findings.sortedErrors
        guard errors.isEmpty else { throw ConfigurationErrors(errors: errors) }
        reader.configuration.warnings = reader.findings.sortedWarnings
        return reader.configuration
    }
}

extension ConfigurationErrors {
    /// One error that concerns a whole file; it stands at the file's beginning, so that every error has a place.
    init(whole file: String, _ message: String) {
        self.init(errors: [ConfigurationError(file: file, line: 1, column: 1, message: message)])
    }
}

/// Turns a TOML document into a `Configuration`, table by table, and collects what is wrong on the way.
struct ConfigurationReader {
    let findings: Findings
    let folder: String
    let environment: [String: String]
    let checksFiles: Bool
    let isZone: (String) -> Bool
    var configuration = Configuration()
    /// The sinks that profiles asked for, to be held against the tables when all are read.
    var sinkUses: [SinkUse] = []

    struct SinkUse {
        var sink: SinkKind
        var profile: String
        var hasRecipients: Bool
        var line: Int
        var column: Int
    }

    init(path: String, environment: [String: String], checksFiles: Bool, isZone: @escaping (String) -> Bool) {
        findings = Findings(file: path)
        folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        self.environment = environment
        self.checksFiles = checksFiles
        self.isZone = isZone
        configuration.path = path
    }

    mutating func read(_ root: TOMLTable) {
        var tables = TableReader(
            name: "the configuration", table: root, line: 1, column: 1, findings: findings, folder: folder)
        table("state", in: &tables) { reader, table in reader.readState(&table) }
        table("fetch", in: &tables) { reader, table in reader.readFetch(&table) }
        table("feeds", in: &tables) { reader, table in reader.readFeeds(&table) }
        table("watchlists", in: &tables) { reader, table in reader.readWatchlists(&table) }
        readProfiles(&tables)
        table("mail", in: &tables) { reader, table in reader.readMail(&table) }
        table("maildir", in: &tables) { reader, table in
            table.path("folder", example: "\"Maildir\"", into: &reader.configuration.maildir.folder)
        }
        table("sendmail", in: &tables) { reader, table in
            table.path("path", example: "\"/usr/sbin/sendmail\"", into: &reader.configuration.sendmail.path)
        }
        table("webhook", in: &tables) { reader, table in reader.readWebhook(&table) }
        table("exec", in: &tables) { reader, table in reader.readExec(&table) }
        table("files", in: &tables) { reader, table in reader.readFiles(&table) }
        table("log", in: &tables) { reader, table in reader.readLog(&table) }
        tables.finish()
        checkSinks()
    }

    /// Reads one table of the root, or an empty one in its place, and reports its unknown keys.
    private mutating func table(
        _ key: String, in tables: inout TableReader, read: (inout ConfigurationReader, inout TableReader) -> Void
    ) {
        var contents = TOMLTable()
        var place = (line: 1, column: 1)
        if let node = tables.node(key) {
            guard case .table(let table) = node.value else {
                return findings.add(
                    at: node, "\(key) is \(node.kind), and should be a table; write [\(key)] on a line of its own")
            }
            contents = table
            place = (node.line, node.column)
        }
        var reader = TableReader(
            name: "[\(key)]", table: contents, line: place.line, column: place.column, findings: findings,
            folder: folder)
        read(&self, &reader)
        reader.finish()
    }

    /// The tables of a list of tables (`[[profile]]`), each with the name the messages give it.
    mutating func tables(_ key: String, heading: String, in parent: inout TableReader) -> [TableReader] {
        guard let node = parent.node(key) else { return [] }
        guard case .array(let nodes) = node.value else {
            findings.add(at: node, "\(heading) is \(node.kind), and should be a list of tables; write [[\(heading)]]")
            return []
        }
        var found: [TableReader] = []
        for node in nodes {
            guard case .table(let table) = node.value else {
                findings.add(at: node, "\(heading) holds \(node.kind), and should hold tables; write [[\(heading)]]")
                continue
            }
            found.append(
                TableReader(
                    name: "[[\(heading)]]", table: table, line: node.line, column: node.column, findings: findings,
                    folder: folder))
        }
        return found
    }
}
