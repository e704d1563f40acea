import Watching

/// Calls what `arguments` ask for.
func perform(
    _ arguments: Arguments, environment: [String: String], output: Output
) async throws(UsageError) -> ExitCode {
    let commands = Commands(
        configurationPath: arguments.value("--config"), environment: environment, output: output)
    let json = arguments.flags.contains("--json")
    let watchlists = arguments.values["--watchlist"] ?? []
    switch arguments.command {
    case "run": return await commands.run()
    case "once": return await commands.once(try onceOptions(arguments, json: json))
    case "check": return commands.check(json: json)
    case "config": return commands.config(onlyChanged: arguments.flags.contains("--diff"), json: json)
    case "reload": return commands.reload()
    case "backup": return await commands.backup(to: arguments.operands[0], json: json)
    case "fsck": return await commands.fsck(json: json)
    case "health": return await commands.health(json: json)
    case "metrics": return await commands.metrics()
    case "parse": return commands.parse(documents(arguments), format: try parseFormat(arguments))
    case "classify":
        let withHits = !arguments.flags.contains("--no-hits")
        return await commands.classify(
            files: arguments.operands, withHits: withHits, watchlists: watchlists, model: arguments.value("--model"))
    case "match":
        return await commands.match(
            documents(arguments), watchlists: watchlists, model: arguments.value("--model"), json: json)
    case "status": return await commands.status(json: json)
    case "search":
        let limit = try limit(arguments)
        return await commands.search(arguments.operands.joined(separator: " "), limit: limit, json: json)
    case "outbox list": return await commands.outboxList(json: json)
    case "outbox resume": return await commands.outboxResume(addresses: arguments.operands)
    case "outbox retry": return await commands.outboxRetry(ids: arguments.operands, json: json)
    case "politeness": return await commands.politeness(days: try days(arguments), json: json)
    case "versions": return await commands.versions(of: arguments.operands[0], json: json)
    case "show": return await commands.show(entry: arguments.operands[0], json: json)
    case "trends":
        let isTable = arguments.flags.contains("--csv")
        guard !isTable || !json else {
            throw UsageError(message: "trends: --csv and --json: both given; leave one out", command: "trends")
        }
        return await commands.trends(isTable ? .csv : json ? .json : .text)
    case "digest send", "digest list", "digest show", "digest preview", "digest replay", "digest signed":
        return try await performDigest(arguments, commands, json: json)
    case "watch test", "watch explain", "watch diff", "watch stats", "rescan", "why-not":
        return try await performWatch(arguments, commands, json: json)
    case "train", "eval", "rate": return try await performRelevance(arguments, commands, json: json)
    default: return await performFeeds(arguments, commands, json: json)
    }
}

private func performDigest(
    _ arguments: Arguments, _ commands: Commands, json: Bool
) async throws(UsageError) -> ExitCode {
    switch arguments.command {
    case "digest send":
        guard let recipient = arguments.value("--to") else {
            throw UsageError(message: "digest send: no address given; write --to ADDRESS", command: "digest send")
        }
        return await commands.digestSend(to: recipient, as: arguments.value("--as"))
    case "digest preview":
        let format = try digestFormat(arguments, json: json)
        return await commands.digestPreview(profile: arguments.operands.first, format: format)
    case "digest show":
        let format = try digestFormat(arguments, json: json)
        return await commands.digestShow(key: arguments.operands.first ?? "latest", format: format)
    case "digest signed": return commands.digestSigned(arguments.operands[0], json: json)
    case "digest replay": return await commands.digestReplay(key: arguments.operands.first ?? "latest", json: json)
    default: return await commands.digestList(json: json)
    }
}

private func digestFormat(_ arguments: Arguments, json: Bool) throws(UsageError) -> String {
    guard let name = arguments.value("--format") else { return json ? "json" : "text" }
    let names = Commands.digestFormats
    guard names.contains(name), !json || name == "json" else {
        let surplus = names.contains(name) ? "; leave out --json or --format" : nil
        throw UsageError(
            message: "--format: \(visibleWord(name)): \(surplus == nil ? "unknown format" : "not with --json")"
                + (surplus ?? suggestion(name, among: names, fallback: "write one of \(names.joined(separator: ", "))")),
            command: arguments.command)
    }
    return name
}

private func performFeeds(_ arguments: Arguments, _ commands: Commands, json: Bool) async -> ExitCode {
    switch arguments.command {
    case "feeds add":
        var options = Commands.AddOptions(url: arguments.operands[0])
        options.title = arguments.value("--title")
        options.group = arguments.value("--group")
        options.kind = arguments.value("--kind")
        options.country = arguments.value("--country")
        options.checks = !arguments.flags.contains("--no-check")
        return await commands.feedsAdd(options, json: json)
    case "feeds remove": return commands.feedsRemove(arguments.operands)
    case "feeds check": return await commands.feedsCheck(arguments.operands, json: json)
    case "feeds why": return await commands.feedsWhy(arguments.operands[0], json: json)
    case "feeds revive": return await commands.feedsRevive(arguments.operands)
    case "feeds import": return commands.feedsImport(arguments.operands[0])
    case "feeds export": return commands.feedsExport()
    default: return commands.feedsList(json: json)
    }
}

private func documents(_ arguments: Arguments) -> Commands.Documents {
    Commands.Documents(
        files: arguments.operands, baseURL: arguments.value("--base-url"),
        contentType: arguments.value("--content-type"))
}

private func onceOptions(_ arguments: Arguments, json: Bool) throws(UsageError) -> Commands.OnceOptions {
    var options = Commands.OnceOptions()
    options.json = json
    options.all = arguments.flags.contains("--all")
    options.force = arguments.flags.contains("--force")
    options.full = arguments.flags.contains("--full")
    options.confirmsFull = arguments.flags.contains("--yes")
    if let when = arguments.value("--digest") {
        guard when == "now" else {
            throw UsageError(
                message: "--digest: \(visibleWord(when)): no such time; write --digest now", command: "once")
        }
        options.digestNow = true
    }
    return options
}

private func parseFormat(_ arguments: Arguments) throws(UsageError) -> Commands.ParseFormat {
    let isOne = arguments.operands.count == 1
    guard let name = arguments.value("--format") else { return isOne ? .json : .jsonl }
    guard let format = Commands.ParseFormat(rawValue: name) else {
        let names = Commands.ParseFormat.allCases.map(\.rawValue)
        throw UsageError(
            message: "--format: \(visibleWord(name)): unknown format"
                + suggestion(name, among: names, fallback: "write one of \(names.joined(separator: ", "))"),
            command: "parse")
    }
    guard isOne || format != .json else {
        throw UsageError(message: "--format: json is for one file; write --format jsonl", command: "parse")
    }
    return format
}

func days(_ arguments: Arguments, default days: Int = 7) throws(UsageError) -> Int {
    guard let text = arguments.value("--days") else { return days }
    guard let days = Int(text), (1...400).contains(days) else {
        throw UsageError(
            message: "--days: \(visibleWord(text)): not a number that fits; write 1 to 400", command: arguments.command)
    }
    return days
}

private func limit(_ arguments: Arguments) throws(UsageError) -> Int {
    guard let text = arguments.value("--limit") else { return 50 }
    guard let limit = Int(text), (1...10_000).contains(limit) else {
        throw UsageError(
            message: "--limit: \(visibleWord(text)): not a number that fits; write 1 to 10000",
            command: arguments.command)
    }
    return limit
}
