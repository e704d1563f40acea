import Digests
import FeedModel
import Transfers

extension Configuration {
    /// A configuration file has a few KiB; what is much larger is not one.
    private static let longestFile = 1 << 20

    /// Reads and checks the configuration at `path`.
    ///
    /// - Parameter environment: `STATE_DIRECTORY` stands in for `[state] folder`.
    /// - Throws: every error in the file, in the order of its lines.
    public static func load(
        path: String, environment: [String: String]
    ) throws(ConfigurationErrors) -> Configuration {
        let errors = ErrorList(file: path)
        let bytes: [UInt8]
        do { bytes = try readFile(path, limit: longestFile) } catch {
            errors.add(0, 0, "\(error); name the configuration with --config FILE or $DURBEEN_CONFIG")
            throw ConfigurationErrors(errors: errors.errors)
        }
        return try read(bytes, path: path, environment: environment)
    }

    /// Reads and checks a configuration that is in memory; `path` is what errors and relative paths refer to.
    static func read(
        _ bytes: [UInt8], path: String, environment: [String: String]
    ) throws(ConfigurationErrors) -> Configuration {
        let errors = ErrorList(file: path)
        var configuration = Configuration()
        configuration.path = path
        do {
            let root = try TOMLTable(reading: bytes)
            var reader = ConfigurationReader(
                errors: errors, base: folder(of: path), environment: environment, configuration: configuration)
            reader.read(root)
            configuration = reader.configuration
        } catch {
            errors.add(error.line, error.column, "not TOML: \(error.message); see https://toml.io/en/v1.0.0")
        }
        guard errors.errors.isEmpty else {
            throw ConfigurationErrors(errors: errors.errors.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
        }
        return configuration
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return currentFolder() }
        let folder = slash == path.startIndex ? "" : String(path[..<slash])
        return path.hasPrefix("/") ? folder : currentFolder() + "/" + folder
    }
}

/// Turns the tables of a configuration file into values, one method a table.
private struct ConfigurationReader {
    let errors: ErrorList
    let base: String
    let environment: [String: String]
    var configuration: Configuration

    mutating func read(_ root: TOMLTable) {
        // A value of its own while the tables are read: the methods that read them look at `self`.
        var read = configuration
        readTables(root, into: &read)
        configuration = read
    }

    private func readTables(_ root: TOMLTable, into configuration: inout Configuration) {
        var top = TableReader(name: "", table: root, line: 1, column: 1, errors: errors, base: base)
        table("state", of: &top, into: &configuration) {
            $0.path("folder", into: &$1.state.folder); readStore(&$0)
        }
        table("fetch", of: &top, into: &configuration) { readFetch(&$0, into: &$1.fetch) }
        table("feeds", of: &top, into: &configuration) { readFeeds(&$0, into: &$1.feeds, minFloor: $1.fetch.minFloor) }
        table("watchlists", of: &top, into: &configuration) { reader, configuration in
            reader.strings("files", into: &configuration.watchlists.files)
            configuration.watchlists.files = configuration.watchlists.files.map(reader.absolute)
            reader.path("relevance_model", into: &configuration.watchlists.relevanceModel)
        }
        table("mail", of: &top, into: &configuration) { readMail(&$0, into: &$1.mail) }
        table("maildir", of: &top, into: &configuration) { $0.path("folder", into: &$1.maildir.folder) }
        table("sendmail", of: &top, into: &configuration) { $0.path("path", into: &$1.sendmail.path) }
        table("webhook", of: &top, into: &configuration) { reader, _ in
            var ignored: String?
            reader.string("url", into: &ignored)
            reader.path("secret_file", into: &ignored)
        }
        table("files", of: &top, into: &configuration) { reader, configuration in
            reader.path("folder", into: &configuration.files.folder)
            readFormats(&reader, into: &configuration.files.formats)
            reader.boolean("site", into: &configuration.files.site)
            reader.string("group", into: &configuration.files.group)
        }
        table("log", of: &top, into: &configuration) { readLog(&$0, into: &$1.log) }
        readProfiles(&top, into: &configuration)
        top.finish()
        if configuration.state.folder.isEmpty { configuration.state.folder = stateDirectory }
        if configuration.state.folder.isEmpty {
            errors.add(
                1, 1, "[state] folder is missing and $STATE_DIRECTORY is not set; write folder = \"/var/lib/durbeen\"")
        }
    }

    /// systemd joins several by colons; the first is ours.
    private var stateDirectory: String {
        environment["STATE_DIRECTORY"]?.split(separator: ":").first.map(String.init) ?? ""
    }

    private func table(
        _ name: String, of top: inout TableReader, into configuration: inout Configuration,
        read: (inout TableReader, inout Configuration) -> Void
    ) {
        guard let node = top.node(name) else { return }
        guard case .table(let table) = node.value else {
            return top.wrongType(node, name, wanted: "a table", "[\(name)]")
        }
        var reader = TableReader(
            name: "[\(name)]", table: table, line: node.line, column: node.column, errors: errors, base: base)
        read(&reader, &configuration)
        reader.finish()
    }

    private func readStore(_ reader: inout TableReader) {
        var store = "sqlite"
        reader.string("store", into: &store)
        if store != "sqlite" {
            errors.add(reader.line, reader.column, "store = \"\(store)\" is not known; write store = \"sqlite\"")
        }
    }

    private func readFetch(_ reader: inout TableReader, into fetch: inout Configuration.Fetch) {
        reader.string("contact", into: &fetch.contact)
        if let contact = fetch.contact, contact.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value > 0x7E }) {
            errors.add(
                reader.line, reader.column, "contact holds characters that no header may have; write a plain address")
            fetch.contact = nil
        }
        reader.duration("floor", atLeast: .seconds(1), into: &fetch.floor)
        reader.duration("min_floor", atLeast: .seconds(1), into: &fetch.minFloor)
        reader.duration("ceiling", atLeast: .seconds(60), into: &fetch.ceiling)
        reader.integer("concurrency", in: 1...4096, into: &fetch.concurrency)
        reader.integer("host_connections", in: 0...256, into: &fetch.hostConnections)
        reader.duration("host_spacing", into: &fetch.hostSpacing)
        reader.integer("host_budget", in: 0...1_000_000, into: &fetch.hostBudget)
        reader.duration("connect_timeout", atLeast: .seconds(1), into: &fetch.connectTimeout)
        reader.duration("timeout", atLeast: .seconds(1), into: &fetch.timeout)
        reader.size("max_body", in: 1 << 10...256 << 20, into: &fetch.maxBody)
        reader.integer("max_redirects", in: 0...20, into: &fetch.maxRedirects)
        reader.duration("max_backoff", atLeast: .seconds(60), into: &fetch.maxBackoff)
        reader.path("ca_file", into: &fetch.caFile)
        reader.string("proxy", into: &fetch.proxy)
        for node in reader.list("allow_addresses", example: "[\"127.0.0.0/8\"]") ?? [] {
            guard case .string(let text) = node.value, AddressRange(text) != nil else {
                errors.add(
                    at: node,
                    "allow_addresses: no range of addresses; write CIDR, as in \"127.0.0.0/8\" or \"fd00::/8\"")
                continue
            }
            fetch.allowAddresses.append(text)
        }
    }

    private func readFormats(_ reader: inout TableReader, into formats: inout [Configuration.Files.Format]) {
        reader.choices("formats", into: &formats)
    }

    private func readLog(_ reader: inout TableReader, into log: inout Configuration.LogSettings) {
        guard let node = reader.node("level") else { return }
        guard case .string(let word) = node.value, let level = Log.Level(word) else {
            let words = Log.Level.allCases.map { "\($0)" }.joined(separator: ", ")
            return errors.add(at: node, "level is not known; write one of \(words)")
        }
        log.level = level
    }

    private func readMail(_ reader: inout TableReader, into mail: inout Configuration.Mail) {
        reader.string("host", into: &mail.host)
        var port = 0
        reader.integer("port", in: 1...65_535, into: &port)
        if port > 0 { mail.port = port }
        reader.choice("tls", into: &mail.tls)
        reader.string("user", into: &mail.user)
        reader.path("password_file", into: &mail.passwordFile)
        reader.string("password_credential", into: &mail.passwordCredential)
        reader.string("from", into: &mail.from)
        if reader.has("from"), !isMailAddress(mail.from) {
            errors.add(reader.line, reader.column, "from = \"\(mail.from)\" is no mail address; write name@domain")
        }
        mail.idDomain = mail.from.split(separator: "@").last.map(String.init) ?? ""
        reader.string("id_domain", into: &mail.idDomain)
        reader.number("rate", in: 0...1000, into: &mail.rate)
    }
}

// MARK: Feeds and profiles

extension ConfigurationReader {
    private func readFeeds(_ reader: inout TableReader, into feeds: inout Configuration.Feeds, minFloor: Duration) {
        reader.strings("opml", into: &feeds.opml)
        feeds.opml = feeds.opml.map(reader.absolute)
        for node in reader.list("feed", example: "[[feeds.feed]]") ?? [] {
            guard case .table(let table) = node.value else {
                reader.wrongType(node, "feed", wanted: "a table", "[[feeds.feed]]")
                continue
            }
            var one = TableReader(
                name: "[[feeds.feed]]", table: table, line: node.line, column: node.column, errors: errors, base: base)
            if let feed = readFeed(&one, minFloor: minFloor) { feeds.inline.append(feed) }
            one.finish()
        }
    }

    private func readFeed(_ reader: inout TableReader, minFloor: Duration) -> Feed? {
        var feed = Feed(url: "")
        reader.string("url", into: &feed.url)
        reader.string("title", into: &feed.title)
        if let node = reader.node("kind") {
            let words = SourceKind.allCases.map(\.rawValue)
            if case .string(let word) = node.value, let kind = SourceKind(rawValue: word) {
                feed.kind = kind
            } else {
                errors.add(at: node, "kind is not known; write one of \(words.joined(separator: ", "))")
            }
        }
        reader.string("country", into: &feed.country)
        reader.string("group", into: &feed.group)
        reader.string("language", into: &feed.language)
        var interval: Duration = .zero
        reader.duration("interval", atLeast: minFloor, into: &interval)
        if interval > .zero { feed.interval = interval }
        reader.string("username", into: &feed.username)
        reader.path("password_file", into: &feed.passwordFile)
        reader.boolean("insecure_tls", into: &feed.allowsInsecureTLS)
        guard isWebAddress(feed.url) else {
            errors.add(
                reader.line, reader.column, "url = \"\(feed.url)\" is no web address; write http://… or https://…")
            return nil
        }
        return feed
    }

    private func readProfiles(_ top: inout TableReader, into configuration: inout Configuration) {
        guard let nodes = top.list("profile", example: "[[profile]]") else { return }
        for node in nodes {
            guard case .table(let table) = node.value else {
                top.wrongType(node, "profile", wanted: "a table", "[[profile]]")
                continue
            }
            var reader = TableReader(
                name: "[[profile]]", table: table, line: node.line, column: node.column, errors: errors, base: base)
            let profile = readProfile(&reader, configuration)
            if configuration.profiles.contains(where: { $0.name == profile.name }) {
                errors.add(at: node, "there are two profiles named \"\(profile.name)\"; give each a name of its own")
            }
            configuration.profiles.append(profile)
            reader.finish()
        }
    }

    private func readProfile(
        _ reader: inout TableReader, _ configuration: Configuration
    ) -> Configuration.Profile {
        var profile = Configuration.Profile()
        reader.string("name", into: &profile.name)
        if !isProfileName(profile.name) {
            errors.add(
                reader.line, reader.column,
                "name = \"\(profile.name)\" cannot name a profile; write letters, digits, - and _, 64 at most")
        }
        if let node = reader.node("zone") {
            if case .string(let name) = node.value, Zone(name) != nil {
                profile.zone = name
            } else {
                errors.add(
                    at: node, "zone is not known; write an IANA name, as in \"Asia/Karachi\" or \"America/New_York\"")
            }
        }
        if let node = reader.node("time") {
            if case .string(let text) = node.value, let time = timeOfDay(reading: text) {
                profile.time = time
            } else {
                errors.add(at: node, "time is no time of day; write \"07:00\"")
            }
        }
        readDays(&reader, into: &profile.weekdays)
        reader.strings("topics", into: &profile.topics)
        reader.number("threshold", in: 0...1000, into: &profile.threshold)
        reader.choices("sinks", into: &profile.sinks)
        reader.strings("to", into: &profile.to)
        reader.choice("when_empty", into: &profile.whenEmpty)
        reader.choice("catch_up", into: &profile.catchUp)
        reader.choice("first_fill", into: &profile.firstFill)
        reader.boolean("urgent", into: &profile.urgent)
        if let node = reader.node("quiet") {
            if case .string(let text) = node.value, let hours = quietHours(reading: text) {
                profile.quiet = hours
            } else {
                errors.add(at: node, "quiet is no span of the day; write \"22:00-07:00\"")
            }
        }
        checkSinks(of: profile, configuration, reader)
        return profile
    }

    private func readDays(_ reader: inout TableReader, into weekdays: inout Set<Int>) {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        for node in reader.list("days", example: "[\"mon\", \"fri\"]") ?? [] {
            guard case .string(let word) = node.value, let index = names.firstIndex(of: word.lowercased()) else {
                errors.add(at: node, "days: no day of the week; write one of \(names.joined(separator: ", "))")
                continue
            }
            weekdays.insert(index + 1)
        }
    }

    private func checkSinks(
        of profile: Configuration.Profile, _ configuration: Configuration, _ reader: TableReader
    ) {
        func missing(_ what: String) { errors.add(reader.line, reader.column, "profile \"\(profile.name)\": \(what)") }
        for address in profile.to where !isMailAddress(address) {
            missing("to: \"\(address)\" is no mail address; write name@domain")
        }
        if profile.sinks.isEmpty { missing("sinks is empty; write sinks = [\"files\"]") }
        for sink in profile.sinks {
            switch sink {
            case .files where configuration.files.folder.isEmpty:
                missing("the sink \"files\" needs a folder; write [files] folder = \"…\"")
            case .mail where configuration.mail.host.isEmpty || configuration.mail.from.isEmpty:
                missing("the sink \"mail\" needs [mail] host and from; write both")
            case .maildir where configuration.maildir.folder.isEmpty:
                missing("the sink \"maildir\" needs a folder; write [maildir] folder = \"…\"")
            case .maildir where configuration.mail.from.isEmpty, .sendmail where configuration.mail.from.isEmpty:
                missing("the sink \"\(sink.rawValue)\" needs a sender; write [mail] from = \"name@domain\"")
            case .webhook, .exec:
                missing("the sink \"\(sink.rawValue)\" is not in this version; use files, mail, maildir or sendmail")
            default: break
            }
            if [.mail, .maildir, .sendmail].contains(sink), profile.to.isEmpty {
                missing("the sink \"\(sink.rawValue)\" needs a reader; write to = [\"name@domain\"]")
            }
        }
    }
}

// MARK: Words

private func quietHours(reading text: String) -> Configuration.QuietHours? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let from = timeOfDay(reading: parts[0]), let to = timeOfDay(reading: parts[1]) else {
        return nil
    }
    return Configuration.QuietHours(from: from, to: to)
}

/// Whether `text` can be asked for: http or https, with a host, without spaces or controls.
func isWebAddress(_ text: String) -> Bool {
    let lower = text.lowercased()
    guard lower.hasPrefix("http://") || lower.hasPrefix("https://"), text.utf8.count <= 2048 else { return false }
    let host = hostName(ofKey: hostKey(of: text))
    return !host.isEmpty && hostKey(of: text) != text
        && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
}

/// Whether `text` can stand in an envelope as it is: one `@`, a domain, nothing that SMTP or a header would read as more.
func isMailAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
        && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !Array("<>()[]\\,;:\"".utf8).contains($0) }
}

/// Whether `text` can name a profile, and so a folder.
func isProfileName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
        && text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
                || byte == 0x5F
        }
}
