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

    To begin with:
      durbeen check                    what is wrong with the configuration
      durbeen once --all --digest now  ask the feeds now, make and deliver digests
      durbeen run                      the daemon

    \(overview())

    Every command takes:
    \(optionList(commonOptions))

    See durbeen COMMAND --help; durbeen --version.
    Exit codes: 0 done; 1 checked and found wrong; 64 wrong usage; 65 store damaged;
    66 no input; 69 cannot deliver; 74 store cannot be opened; 75 store in use;
    78 configuration.
    """
}

/// What the commands are about, in the order of the help. A command that no group names is listed last.
private let groups: [(title: String, commands: [String])] = [
    ("Service", ["run", "once", "check", "config", "reload", "backup", "fsck"]),
    ("State", ["status", "health", "metrics", "politeness", "trends"]),
    ("Entries", ["search", "show", "versions", "match", "classify", "parse", "why-not"]),
    ("Feeds", ["feeds"]),
    ("Watchlists", ["watch", "rescan", "rate", "train", "eval"]),
    ("Digests", ["digest", "outbox"]),
]

/// Every command, by what it is about; those of two words as `feeds list|add|remove`.
private func overview() -> String {
    let known = Set(groups.flatMap(\.commands))
    var families: [String] = []
    for family in allCommands.map({ firstWord($0.name) }) where !families.contains(family) { families.append(family) }
    let others = families.filter { !known.contains($0) }
    return (groups + [("Others", others)]).compactMap { title, commands in
        let there = commands.filter(families.contains).map(withSecondWords)
        return there.isEmpty ? nil : wrapped(there, after: "  " + padded(title, to: 12))
    }.joined(separator: "\n")
}

private func firstWord(_ name: String) -> String { String(name.prefix { $0 != " " }) }

private func withSecondWords(_ family: String) -> String {
    let seconds = allCommands.map(\.name).filter { $0.hasPrefix(family + " ") }.map { $0.dropFirst(family.count + 1) }
    return seconds.isEmpty ? family : "\(family) \(seconds.joined(separator: "|"))"
}

/// `words` with commas between, in lines of at most 80 columns, the later ones set in under the first.
private func wrapped(_ words: [String], after start: String) -> String {
    var lines = [start]
    for (index, word) in words.enumerated() {
        let text = word + (index == words.count - 1 ? "" : ", ")
        if lines[lines.count - 1].count + text.count > 80 {
            lines.append(String(repeating: " ", count: start.count))
        }
        lines[lines.count - 1] += text
    }
    return lines.map { line in
        String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
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
