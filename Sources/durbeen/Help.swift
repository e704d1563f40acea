import Watching

/// Help that fits a screen: 80 columns, at most 30 lines.
func helpText(topic: String?) -> String {
    guard let topic else { return programHelp() }
    if let syntax = allCommands.first(where: { $0.name == topic }) { return commandHelp(syntax) }
    return familyHelp(topic)
}

let versionText = "durbeen \(durbeenVersion)"

private func programHelp() -> String {
    """
    durbeen watches news feeds and sends a daily digest of what concerns Pakistan
    and the United States.

    Usage: durbeen COMMAND [OPTION...] [OPERAND...]

    \(overview())

    Every command takes:
    \(optionList(commonOptions))

    See durbeen COMMAND --help; durbeen --version.
    Exit codes: 0 done; 1 checked and found wrong; 64 wrong usage; 65 store damaged;
    66 no input; 69 cannot deliver; 74 store cannot be opened; 75 store in use;
    78 configuration.
    """
}

/// One line a command; commands of two words share one.
private func overview() -> String {
    var lines: [String] = []
    var families: Set<String> = []
    for syntax in allCommands {
        let words = syntax.name.split(separator: " ").map(String.init)
        guard words.count == 2, let family = words.first else {
            lines.append("  " + padded(syntax.name, to: 10) + syntax.summary)
            continue
        }
        guard families.insert(family).inserted else { continue }
        let seconds = allCommands.map(\.name).filter { $0.hasPrefix(family + " ") }.map {
            $0.dropFirst(family.count + 1)
        }
        lines.append("  " + padded(family, to: 10) + seconds.joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
}

private func familyHelp(_ family: String) -> String {
    """
    Usage: durbeen \(family) COMMAND [OPTION...] [OPERAND...]

    \(commandList(allCommands.filter { $0.name.hasPrefix(family + " ") }))

    See durbeen \(family) COMMAND --help.
    """
}

private func commandHelp(_ syntax: CommandSyntax) -> String {
    let options = syntax.options + commonOptions.filter { $0.name != "--json" || syntax.readsJSON }
    let operands = syntax.operands.isEmpty ? "" : " \(syntax.operands)"
    var lines = ["Usage: durbeen \(syntax.name) [OPTION...]\(operands)", ""]
    lines.append(syntax.summary.prefix(1).uppercased() + syntax.summary.dropFirst() + ".")
    lines += syntax.notes
    lines += ["", "Options:", optionList(options)]
    return lines.joined(separator: "\n")
}

private func commandList(_ commands: [CommandSyntax]) -> String {
    commands.map { "  " + padded($0.name, to: 16) + $0.summary }.joined(separator: "\n")
}

private func optionList(_ options: [Option]) -> String {
    options.map { option in
        "  " + padded(option.name + (option.value.map { " \($0)" } ?? ""), to: 22) + option.help
    }.joined(separator: "\n")
}

private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(2, width - text.count))
}
