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
        table.choice("digest_style", into: &profile.digestStyle)
        table.boolean("attach_feed", into: &profile.attachFeed)
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
        for key in ["digest_style", "attach_feed"] where table.peek(key) != nil && !isMailed {
            table.warn(key, "no effect without the sink \"mail\", \"maildir\" or \"sendmail\"")
        }
    }
}

/// How the file writes days, Monday first, as ISO 8601 counts them.
let dayWords = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
