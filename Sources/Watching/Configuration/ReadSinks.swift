import FeedModel

// The other ways out, and whether each that a profile asks for is set up.

extension ConfigurationReader {
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
            if let problem = addressProblem(text, schemes: ["https", "http"], limit: longestListURL) {
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
