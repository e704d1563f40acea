import Watching

/// The commands that train the relevance model, measure it and vote on what it says.
func performRelevance(
    _ arguments: Arguments, _ commands: Commands, json: Bool
) async throws(UsageError) -> ExitCode {
    let watchlists = arguments.values["--watchlist"] ?? []
    let model = arguments.value("--model")
    switch arguments.command {
    case "train":
        return commands.train(
            files: arguments.operands, target: arguments.value("--output"), watchlists: watchlists, model: model)
    case "eval":
        return await commands.eval(
            file: arguments.operands[0], training: arguments.values["--train"] ?? [], watchlists: watchlists,
            model: model, json: json)
    default:
        guard let rating = Commands.Rating(rawValue: arguments.operands[1]) else {
            throw UsageError(
                message:
                    "rate: \(visibleWord(arguments.operands[1])): no such rating; write + or -, or 0 to take it back",
                command: "rate")
        }
        return await commands.rate(entry: arguments.operands[0], as: rating, json: json)
    }
}
