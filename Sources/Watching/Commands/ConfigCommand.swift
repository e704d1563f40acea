import FeedModel

extension Commands {
    /// `config`: every setting in force, or only those that are not the default.
    public func config(onlyChanged: Bool, json: Bool) -> ExitCode {
        do throws(Ended) {
            let settings = try loadConfiguration().settings.filter { !onlyChanged || $0.isChanged }
            if json {
                output.json(
                    .array(
                        settings.map {
                            .object([
                                "table": .string($0.table), "key": .string($0.key), "value": $0.value,
                                "default": $0.standard, "changed": .bool($0.isChanged),
                            ])
                        }))
                return .success
            }
            var table = ""
            for setting in settings {
                if setting.table != table {
                    if !table.isEmpty { output.line() }
                    output.line("[\(setting.table)]")
                    table = setting.table
                }
                // An unset key has no value to write; TOML knows no null.
                let isSet = setting.value != .null
                let note = setting.isChanged ? "" : "  # default"
                output.line(isSet ? "\(setting.key) = \(setting.value.text())\(note)" : "# \(setting.key) is not set")
            }
            return .success
        } catch { return error.code }
    }
}
