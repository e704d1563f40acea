import FeedModel

// The tables that say what is watched, and how it is asked.

extension ConfigurationReader {
    mutating func readState(_ table: inout TableReader) {
        table.path("folder", example: "\"/var/lib/durbeen\"", into: &configuration.state.folder)
        table.choice("store", into: &configuration.state.store)
        if configuration.state.folder.isEmpty, let folders = environment["STATE_DIRECTORY"], !folders.isEmpty {
            // systemd joins several with colons (systemd.exec(5)).
            configuration.state.folder = folders.split(separator: ":").first.map(String.init) ?? ""
        }
        if configuration.state.folder.isEmpty {
            table.warn("folder", "not given, and $STATE_DIRECTORY is not set; write folder = \"/var/lib/durbeen\"")
        }
    }

    mutating func readFetch(_ table: inout TableReader) {
        readContact(&table)
        readIntervals(&table)
        table.number("daily_requests", in: 1...96, into: &configuration.fetch.dailyRequests)
        table.duration("sweep", to: .seconds(6 * 60 * 60), into: &configuration.fetch.sweep)
        table.choice("retry_scope", into: &configuration.fetch.retryScope)
        table.integer("concurrency", in: 1...4096, into: &configuration.fetch.concurrency)
        table.integer("host_connections", in: 1...64, into: &configuration.fetch.hostConnections)
        table.duration("host_spacing", to: .seconds(86_400), into: &configuration.fetch.hostSpacing)
        table.integer("host_budget", in: 0...1_000_000, into: &configuration.fetch.hostBudget)
        readTimeouts(&table)
        table.size("max_body", in: (1 << 10)...(1 << 30), into: &configuration.fetch.maxBody)
        table.integer("max_redirects", in: 0...5, into: &configuration.fetch.maxRedirects)
        table.duration("max_backoff", from: .seconds(60), into: &configuration.fetch.maxBackoff)
        configuration.fetch.caFile = existingFile("ca_file", example: "\"ca.pem\"", in: &table)
        readProxy(&table)
        for (text, node) in table.texts("allow_addresses", example: "[\"10.1.0.0/16\"]") ?? [] {
            if isAddressRange(text) {
                configuration.fetch.allowAddresses.append(text)
            } else {
                table.wrong(
                    node, "allow_addresses",
                    "\"\(text)\" is not an address range; write for example \"10.1.0.0/16\", \"::1/128\" or \"10.1.2.3\""
                )
            }
        }
        warnOfIdleLimits(table)
    }

    private mutating func readContact(_ table: inout TableReader) {
        let example = "\"mailto:you@your-domain.example\""
        guard table.peek("contact") != nil else {
            _ = table.node("contact")
            return table.warn("contact", "not given, so publishers cannot reach you; write contact = \(example)")
        }
        guard let (text, node) = table.text("contact", example: example) else { return }
        let isAddress = ["mailto:", "https://", "http://"].contains { text.hasPrefix($0) && text.count > $0.count }
        // It goes out within the brackets of a User-Agent (RFC 9110, 10.1.5).
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"()<>\"\\".utf8.contains($0) }
        guard isAddress, isPlain else {
            return table.wrong(
                node, "contact",
                "\"\(text)\" is not a web or mail address; write for example \(example), without spaces or brackets")
        }
        configuration.fetch.contact = text
    }

    private mutating func readIntervals(_ table: inout TableReader) {
        let (floorNode, ceilingNode) = (table.peek("floor"), table.peek("ceiling"))
        table.duration("floor", from: .seconds(1), into: &configuration.fetch.floor)
        table.duration("min_floor", from: .seconds(1), into: &configuration.fetch.minFloor)
        table.duration("ceiling", from: .seconds(1), into: &configuration.fetch.ceiling)
        let fetch = configuration.fetch
        if fetch.floor < fetch.minFloor, let node = floorNode ?? table.peek("min_floor") {
            let least = fetch.minFloor.inConfigurationWords
            table.wrong(
                node, floorNode == nil ? "min_floor" : "floor",
                "the floor (\(fetch.floor.inConfigurationWords)) is under min_floor (\(least)); write floor = \"\(least)\" or more"
            )
        } else if floorNode != nil, fetch.floor < Configuration.Fetch().floor, table.peek("allow_addresses") == nil {
            table.warn(
                "floor", "under \"60m\" for every feed; give the feeds that need it an interval of their own instead")
        }
        guard fetch.floor > fetch.ceiling else { return }
        if let ceilingNode {
            table.wrong(
                ceilingNode, "ceiling",
                "the ceiling (\(fetch.ceiling.inConfigurationWords)) is under the floor (\(fetch.floor.inConfigurationWords)); "
                    + "write more")
        } else {
            configuration.fetch.ceiling = fetch.floor
        }
    }

    private mutating func readTimeouts(_ table: inout TableReader) {
        let node = table.peek("connect_timeout")
        table.duration(
            "connect_timeout", from: .seconds(1), to: .seconds(600), into: &configuration.fetch.connectTimeout)
        table.duration("timeout", from: .seconds(1), to: .seconds(3600), into: &configuration.fetch.timeout)
        let fetch = configuration.fetch
        guard fetch.connectTimeout > fetch.timeout else { return }
        if let node {
            table.wrong(
                node, "connect_timeout",
                "\"\(fetch.connectTimeout.inConfigurationWords)\" is longer than the whole timeout "
                    + "(\(fetch.timeout.inConfigurationWords)); write less")
        } else {
            configuration.fetch.connectTimeout = fetch.timeout
        }
    }

    private mutating func readProxy(_ table: inout TableReader) {
        let example = "\"http://proxy.your-domain.example:3128\""
        guard let (text, node) = table.text("proxy", example: example) else { return }
        if let problem = addressProblem(text, schemes: ["http", "https", "socks5", "socks5h"]) {
            return table.wrong(node, "proxy", "\(problem); write for example \(example)")
        }
        configuration.fetch.proxy = text
    }

    /// Says which limits will not be heeded (P-69).
    private func warnOfIdleLimits(_ table: TableReader) {
        guard configuration.fetch.allowAddresses.isEmpty else { return }
        let (fetch, standard) = (configuration.fetch, Configuration.Fetch())
        let budget = fetch.hostBudget == 0 ? Int.max : fetch.hostBudget
        let idle = [
            ("min_floor", fetch.minFloor < standard.minFloor),
            ("host_spacing", fetch.hostSpacing < standard.hostSpacing),
            ("host_connections", fetch.hostConnections > standard.hostConnections),
            ("host_budget", budget > standard.hostBudget),
        ]
        for (key, isIdle) in idle where isIdle {
            table.warn(key, "laxer than the default, which has effect only for addresses in allow_addresses")
        }
    }
}

extension ConfigurationReader {
    mutating func readFeeds(_ table: inout TableReader) {
        for (text, node) in table.texts("opml", example: "[\"feeds.opml\"]") ?? [] {
            let path = table.absolute(text)
            if checksFiles, let problem = fileProblem(path) {
                table.wrong(node, "opml", "\(path): \(problem); name an OPML file that is there")
            }
            configuration.feeds.opml.append(path)
        }
        var seen: Set<String> = []
        for var feed in tables("feed", heading: "feeds.feed", in: &table) {
            if let read = readFeed(&feed) {
                if !seen.insert(read.url).inserted, let node = feed.peek("url") {
                    feed.wrong(node, "url", "\"\(read.url)\" stands in an earlier [[feeds.feed]]; take one out")
                }
                configuration.feeds.inline.append(read)
            }
            feed.finish()
        }
        if configuration.feeds.opml.isEmpty && configuration.feeds.inline.isEmpty {
            table.warn("opml", "no feed is named; write opml = [\"feeds.opml\"] or add [[feeds.feed]] tables")
        }
    }

    /// Reads every key, also of a feed without a usable URL, so that all its errors are found.
    private mutating func readFeed(_ table: inout TableReader) -> Feed? {
        var feed = Feed(url: "")
        let example = "\"https://institute.example/feed/\""
        if table.peek("url") == nil { table.missing("url", example) }
        if let (text, node) = table.text("url", example: example) {
            if let problem = addressProblem(text, schemes: ["http", "https"]) {
                table.wrong(node, "url", "\(problem); write for example \(example)")
            } else {
                feed.url = text
            }
        }
        if let found = table.text("title") { feed.title = found.text }
        table.choice("kind", into: &feed.kind)
        table.string("country", example: "\"PK\"", into: &feed.country)
        table.string("group", into: &feed.group)
        readLanguage(&table, into: &feed.language)
        readInterval(&table, into: &feed.interval)
        if table.peek("priority") != nil {
            var priority = 1.0
            table.number("priority", in: 0.1...10, into: &priority)
            feed.priority = priority
        }
        table.string("username", into: &feed.username)
        table.string("rate_group", into: &feed.rateGroup)
        table.choice("identity", into: &feed.identity)
        feed.passwordFile = secretFile("password_file", in: &table)
        if (feed.username == nil) != (table.peek("password_file") == nil) {
            table.findings.add(
                table.line, table.column, "\(table.name) needs both username and password_file; write both or neither")
        }
        table.boolean("insecure_tls", into: &feed.allowsInsecureTLS)
        if feed.allowsInsecureTLS {
            table.warn("insecure_tls", "any certificate is accepted for \(feed.url.isEmpty ? "this feed" : feed.url)")
        }
        return feed.url.isEmpty ? nil : feed
    }

    private func readLanguage(_ table: inout TableReader, into target: inout String?) {
        guard let (text, node) = table.text("language", example: "\"en\"") else { return }
        let isTag = text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") } && text.utf8.count <= 35
        guard isTag else {
            return table.wrong(
                node, "language", "\"\(text)\" is not a language tag; write for example \"en\" or \"ur-PK\"")
        }
        target = text
    }

    private func readInterval(_ table: inout TableReader, into target: inout Duration?) {
        table.duration(
            "interval", from: .seconds(1), to: .seconds(366 * 86_400), example: .seconds(3600), into: &target)
        guard let interval = target, interval < configuration.fetch.minFloor, let node = table.peek("interval") else {
            return
        }
        let least = configuration.fetch.minFloor.inConfigurationWords
        table.wrong(
            node, "interval",
            "\"\(interval.inConfigurationWords)\" is under [fetch] min_floor; write \"\(least)\" or more")
    }

    mutating func readWatchlists(_ table: inout TableReader) {
        for (text, node) in table.texts("files", example: "[\"watchlists/*.watch\"]") ?? [] {
            let pattern = table.absolute(text)
            if checksFiles {
                let paths = filesMatching(pattern)
                if paths.isEmpty {
                    table.wrong(node, "files", "no file is named \(pattern); name a watchlist file that is there")
                }
                for path in paths {
                    if let problem = fileProblem(path) {
                        table.wrong(node, "files", "\(path): \(problem); make it readable, or name other files")
                    }
                }
            }
            configuration.watchlists.files.append(pattern)
        }
        configuration.watchlists.relevanceModel = existingFile(
            "relevance_model", example: "\"relevance.model\"", in: &table)
        configuration.watchlists.pageRules = existingFile("page_rules", example: "\"pages.rules\"", in: &table)
        readSecondLook(&table)
        if configuration.watchlists.files.isEmpty {
            table.warn("files", "no watchlist is named, so nothing will match; write files = [\"watchlists/*.watch\"]")
        }
    }

    /// `second_look = [0.25, 0.5]`, or `[]` for no look at pages at all.
    private mutating func readSecondLook(_ table: inout TableReader) {
        let example = "[0.25, 0.5]"
        guard let node = table.peek("second_look"), let nodes = table.list("second_look", example: example) else {
            _ = table.node("second_look")
            return
        }
        let bounds = nodes.compactMap { node -> Double? in
            switch node.value {
            case .integer(let whole): Double(whole)
            case .real(let real): real
            default: nil
            }
        }
        if nodes.isEmpty {
            configuration.watchlists.secondLook = nil
        } else if bounds.count == 2, nodes.count == 2, bounds[0] >= 0, bounds[0] < bounds[1], bounds[1] <= 1 {
            configuration.watchlists.secondLook = SecondLook(from: bounds[0], below: bounds[1])
        } else {
            table.wrong(
                node, "second_look",
                "two numbers from 0 to 1 are wanted, the smaller first; write second_look = \(example), or [] for no look at pages"
            )
        }
    }

    mutating func readLog(_ table: inout TableReader) {
        guard let (text, node) = table.text("level", example: "\"info\"") else { return }
        guard let level = Log.Level(text) else {
            return table.wrongWord(text, node, "level", among: Log.Level.allCases.map { "\($0)" })
        }
        configuration.log.level = level
    }
}
