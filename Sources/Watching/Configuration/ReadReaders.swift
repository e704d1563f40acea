import FeedModel

// The tables that say who reads it, and how it gets there.

extension ConfigurationReader {
    mutating func readProfiles(_ root: inout TableReader) {
        var names: Set<String> = []
        for var table in tables("profile", heading: "profile", in: &root) {
            let profile = readProfile(&table)
            if !profile.name.isEmpty, !names.insert(profile.name).inserted, let node = table.peek("name") {
                table.wrong(node, "name", "an earlier profile is called \"\(profile.name)\"; choose another name")
            }
            configuration.profiles.append(profile)
            table.finish()
        }
        if root.peek("profile") == nil {
            findings.warn(1, 1, "no profile is named, so no digest is made; add a [[profile]] table")
        }
    }

    private mutating func readProfile(_ table: inout TableReader) -> Configuration.Profile {
        var profile = Configuration.Profile()
        readName(&table, into: &profile)
        if let (text, node) = table.text("zone", example: "\"Asia/Karachi\"") {
            profile.zone = text
            if !isZone(text) {
                table.wrong(
                    node, "zone", "\"\(text)\" is not an IANA time zone; write for example \"Asia/Karachi\" or \"UTC\"")
            }
        }
        if let (text, node) = table.text("time", example: "\"07:00\"") {
            if let time = Configuration.TimeOfDay(text) {
                profile.time = time
            } else {
                table.wrong(node, "time", "\"\(text)\" is not a time of day; write for example \"07:00\"")
            }
        }
        readDays(&table, into: &profile)
        for (text, node) in table.texts("topics", example: "[\"trade-investment\"]") ?? [] {
            profile.topics.append(text)
            configuration.topicPlaces.append(.init(topic: text, line: node.line, column: node.column))
        }
        readLanguages(&table, into: &profile)
        if let (text, node) = table.text("mute_until", example: "\"2027-01-10\"") {
            profile.mutedUntil = LocalDate(text).flatMap { $0 == LocalDate(daysSince1970: $0.daysSince1970) ? $0 : nil }
            if profile.mutedUntil == nil {
                table.wrong(node, "mute_until", "\"\(text)\" is not a date; write for example \"2027-01-10\"")
            }
        }
        table.number("threshold", in: 0...1000, into: &profile.threshold)
        table.choice("when_empty", into: &profile.whenEmpty)
        table.choice("catch_up", into: &profile.catchUp)
        table.choice("first_fill", into: &profile.firstFill)
        table.boolean("urgent", into: &profile.urgent)
        if let (text, node) = table.text("quiet", example: "\"22:00-07:00\"") {
            profile.quiet = Configuration.QuietHours(text)
            if profile.quiet == nil {
                table.wrong(node, "quiet", "\"\(text)\" is not a stretch of the day; write for example \"22:00-07:00\"")
            }
        }
        readSinks(&table, into: &profile)
        return profile
    }

    private func readName(_ table: inout TableReader, into profile: inout Configuration.Profile) {
        if table.peek("name") == nil { table.missing("name", "\"daily\"") }
        guard let (text, node) = table.text("name", example: "\"daily\"") else { return }
        // It becomes a folder's name and a label of a domain (RFC 1035, 2.3.1).
        let isName =
            text.utf8.count <= 63 && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
        guard isName else {
            return table.wrong(
                node, "name",
                "\"\(text)\" is not usable in names of files; write lower-case letters, digits and hyphens, at most 63")
        }
        profile.name = text
    }

    private func readLanguages(_ table: inout TableReader, into profile: inout Configuration.Profile) {
        for (text, node) in table.texts("languages", example: "[\"en\", \"ur\"]") ?? [] {
            // A primary subtag (RFC 5646, 2.2.1): a region in it would leave out what names none.
            if (2...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) {
                profile.languages.append(text)
            } else {
                table.wrong(
                    node, "languages",
                    "\"\(text)\" is not the short name of a language; write for example \"en\" or \"ur\"")
            }
        }
    }

    private func readDays(_ table: inout TableReader, into profile: inout Configuration.Profile) {
        let words = dayWords
        let example = "[\"mon\", \"tue\"]"
        guard let days = table.texts("days", example: example) else { return }
        for (text, node) in days {
            if let index = words.firstIndex(of: text) {
                profile.weekdays.insert(index + 1)
            } else {
                table.wrongWord(text, node, "days", among: words)
            }
        }
        if days.isEmpty, let node = table.peek("days"), case .array(let nodes) = node.value, nodes.isEmpty {
            table.wrong(node, "days", "holds no day; write \(example), or take the line out for every day")
        }
        if profile.weekdays.count == 7 { profile.weekdays = [] }
    }

    private mutating func readSinks(_ table: inout TableReader, into profile: inout Configuration.Profile) {
        let node = table.peek("sinks")
        table.choices("sinks", into: &profile.sinks)
        if let node, case .array(let nodes) = node.value, nodes.isEmpty {
            table.wrong(node, "sinks", "names no way out; write [\"files\"], or take the line out")
        }
        for (text, node) in table.texts("to", example: "[\"reader@your-domain.example\"]") ?? [] {
            if isMailAddress(text) {
                profile.to.append(text)
            } else {
                table.wrong(
                    node, "to", "\"\(text)\" is not a mail address; write it as in \"reader@your-domain.example\"")
            }
        }
        for sink in profile.sinks {
            sinkUses.append(
                SinkUse(
                    sink: sink, profile: profile.name, hasRecipients: table.peek("to") != nil,
                    line: node?.line ?? table.line, column: node?.column ?? table.column))
        }
        let isMailed = profile.sinks.contains { $0 == .mail || $0 == .sendmail || $0 == .maildir }
        if !profile.to.isEmpty && !isMailed {
            table.warn("to", "no effect without the sink \"mail\", \"maildir\" or \"sendmail\"")
        }
    }
}

extension ConfigurationReader {
    mutating func readMail(_ table: inout TableReader) {
        if let (text, node) = table.text("host", example: "\"smtp.your-domain.example\"") {
            if isHostName(text) {
                configuration.mail.host = text
            } else {
                table.wrong(
                    node, "host",
                    "\"\(text)\" is not the name or address of a host; write for example \"smtp.your-domain.example\"")
            }
        }
        var port = 0
        table.integer("port", in: 1...65_535, into: &port)
        if port > 0 { configuration.mail.port = port }
        table.choice("tls", into: &configuration.mail.tls)
        if configuration.mail.tls == .none, !configuration.mail.host.isEmpty, !isLoopback(configuration.mail.host),
            let node = table.peek("tls")
        {
            table.wrong(
                node, "tls",
                "\"none\" would send mail in the clear to \(configuration.mail.host); write \"implicit\" or \"starttls\""
            )
        }
        readLogin(&table)
        if let (text, node) = table.text("from", example: "\"durbeen@your-domain.example\"") {
            if isMailAddress(text) {
                configuration.mail.from = text
                configuration.mail.idDomain = String(
                    text[text.index(after: text.lastIndex(of: "@") ?? text.startIndex)...])
            } else {
                table.wrong(
                    node, "from", "\"\(text)\" is not a mail address; write it as in \"durbeen@your-domain.example\"")
            }
        }
        if let (text, node) = table.text("id_domain", example: "\"your-domain.example\"") {
            if isHostName(text), !text.contains(":") {
                configuration.mail.idDomain = text
            } else {
                table.wrong(node, "id_domain", "\"\(text)\" is not a domain; write for example \"your-domain.example\"")
            }
        }
        let example = "\"https://your-domain.example/unsubscribe/{token}\""
        if let (text, node) = table.text("unsubscribe_url", example: example) {
            // One click must reach us over TLS (RFC 8058, 3.1), and a comma would end the address in its field.
            if let problem = addressProblem(text.replacing("{token}", with: "token"), schemes: ["https"]) {
                table.wrong(node, "unsubscribe_url", "\(problem); write for example \(example)")
            } else if !text.contains("{token}") || text.contains(",") {
                table.wrong(
                    node, "unsubscribe_url",
                    "has to hold {token}, which tells readers apart, and no comma; write \(example)")
            } else {
                configuration.mail.unsubscribeURL = text
            }
        }
        table.number("rate", in: 0...1000, into: &configuration.mail.rate)
        table.choice("threading", into: &configuration.mail.threading)
        table.integer("daily_cap", in: 0...1_000_000, into: &configuration.mail.dailyCap)
    }

    private mutating func readLogin(_ table: inout TableReader) {
        table.string("user", example: "\"durbeen@your-domain.example\"", into: &configuration.mail.user)
        configuration.mail.passwordFile = secretFile("password_file", in: &table)
        if let (text, node) = table.text("password_credential", example: "\"smtp\"") {
            if isCredentialName(text) {
                configuration.mail.passwordCredential = text
                checkCredential(text, node, in: table)
            } else {
                table.wrong(
                    node, "password_credential",
                    "\"\(text)\" is not the name of a credential; write for example \"smtp\"")
            }
        }
        if table.peek("password_file") != nil, let node = table.peek("password_credential") {
            table.wrong(node, "password_credential", "password_file gives the password already; take one of them out")
        }
        let hasPassword = table.peek("password_file") ?? table.peek("password_credential")
        if let node = table.peek("user"), hasPassword == nil {
            table.wrong(
                node, "user",
                "no password for this user; write password_file = \"smtp.password\" or password_credential")
        } else if let node = hasPassword, table.peek("user") == nil {
            table.findings.add(
                at: node, "[mail] has a password for no user; write user = \"…\" or take the password out")
        }
    }

    mutating func readWebhook(_ table: inout TableReader) {
        let example = "\"https://your-domain.example/durbeen\""
        if let (text, node) = table.text("url", example: example) {
            if let problem = addressProblem(text, schemes: ["https", "http"]) {
                table.wrong(node, "url", "\(problem); write for example \(example)")
            } else {
                configuration.webhook.url = text
            }
        }
        configuration.webhook.secretFile = secretFile("secret_file", in: &table)
    }

    mutating func readExec(_ table: inout TableReader) {
        let example = "[\"/usr/local/bin/digest-hook\"]"
        guard let words = table.list("command", example: example) else {
            table.choice("format", into: &configuration.exec.format)
            return
        }
        for node in words {
            guard case .string(let word) = node.value, !word.utf8.contains(0) else {
                table.wrong(node, "command", "\(node.kind) where a string should be; write command = \(example)")
                continue
            }
            let isProgramPath = configuration.exec.command.isEmpty
            configuration.exec.command.append(isProgramPath ? table.absolute(word) : word)
            if isProgramPath, checksFiles, !isProgram(table.absolute(word)) {
                table.wrong(node, "command", "\(table.absolute(word)): not a program that may be run; name one")
            }
        }
        table.choice("format", into: &configuration.exec.format)
    }

    mutating func readFiles(_ table: inout TableReader) {
        table.path("folder", example: "\"digests\"", into: &configuration.files.folder)
        table.choices("formats", into: &configuration.files.formats)
        if let node = table.peek("formats"), case .array(let nodes) = node.value, nodes.isEmpty {
            table.wrong(node, "formats", "names no edition; write [\"html\"], or take the line out")
        }
        table.boolean("site", into: &configuration.files.site)
        if let (text, node) = table.text("url", example: "\"https://your-domain.example/digests\"") {
            if let problem = addressProblem(text, schemes: ["https", "http"]) {
                table.wrong(node, "url", "\(problem); write for example \"https://your-domain.example/digests\"")
            }
            configuration.files.url = text
        }
        guard let (text, node) = table.text("group", example: "\"www-data\"") else { return }
        if checksFiles, !isGroup(text) {
            table.wrong(node, "group", "this machine has no group \"\(text)\"; write the name of one that it has")
        }
        configuration.files.group = text
    }
}

extension ConfigurationReader {
    /// Holds the sinks that profiles ask for against the tables that set them up.
    func checkSinks() {
        for use in sinkUses {
            for (isMissing, need) in needs(of: use) where isMissing {
                findings.add(use.line, use.column, "[[profile]] sinks: \"\(use.sink.rawValue)\" needs \(need)")
            }
        }
    }

    private func needs(of use: SinkUse) -> [(isMissing: Bool, need: String)] {
        let recipients = (!use.hasRecipients, "to; write to = [\"reader@your-domain.example\"] in the profile")
        let sender = (
            configuration.mail.from.isEmpty, "[mail] from; write from = \"durbeen@your-domain.example\" under [mail]"
        )
        switch use.sink {
        case .files:
            return [(configuration.files.folder.isEmpty, "[files] folder; write folder = \"digests\" under [files]")]
        case .mail:
            return [
                (
                    configuration.mail.host.isEmpty,
                    "[mail] host; write host = \"smtp.your-domain.example\" under [mail]"
                ),
                sender, recipients,
            ]
        case .maildir:
            return [
                (configuration.maildir.folder.isEmpty, "[maildir] folder; write folder = \"Maildir\" under [maildir]"),
                sender, recipients,
            ]
        case .sendmail:
            let path = configuration.sendmail.path
            let isMissing = checksFiles && !isProgram(path)
            return [
                (isMissing, "a program at \(path); install one, or name it as path under [sendmail]"), sender,
                recipients,
            ]
        case .webhook:
            return [
                (
                    configuration.webhook.url.isEmpty,
                    "[webhook] url; write url = \"https://your-domain.example/durbeen\" under [webhook]"
                )
            ]
        case .exec:
            return [
                (
                    configuration.exec.command.isEmpty,
                    "[exec] command; write command = [\"/usr/local/bin/digest-hook\"] under [exec]"
                )
            ]
        }
    }
}

/// How the file writes days, Monday first, as ISO 8601 counts them.
let dayWords = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
