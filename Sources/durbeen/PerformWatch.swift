import FoundationEssentials
import Watching

/// The commands about watchlists and what they make of entries.
func performWatch(_ arguments: Arguments, _ commands: Commands, json: Bool) async throws(UsageError) -> ExitCode {
    switch arguments.command {
    case "watch test":
        return await commands.watchTest(
            arguments.operands[0], watchlists: arguments.values["--watchlist"] ?? [], model: arguments.value("--model"),
            json: json)
    case "watch explain": return await commands.watchExplain(arguments.operands[0], json: json)
    case "watch diff":
        return await commands.watchDiff(arguments.operands, days: try days(arguments, default: 30), json: json)
    case "watch stats": return await commands.watchStats(days: try days(arguments, default: 30), json: json)
    case "why-not": return await commands.whyNot(arguments.operands[0], json: json)
    default:
        let text = arguments.value("--since") ?? "30d"
        guard let since = Commands.moment(text, now: Date()) else {
            throw UsageError(
                message:
                    "--since: \(visibleWord(text)): no time; write a span such as 30d, or a day such as 2026-01-31",
                command: "rescan")
        }
        var options = Commands.RescanOptions(since: since)
        options.delivers = arguments.flags.contains("--deliver")
        options.isTrial = arguments.flags.contains("--dry-run")
        options.json = json
        return await commands.rescan(options)
    }
}
