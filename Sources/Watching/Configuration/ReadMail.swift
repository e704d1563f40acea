import FeedModel

// [mail]: the server that takes digests.

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
            let problem = addressProblem(
                text.replacing("{token}", with: "token"), schemes: ["https"], limit: longestListURL)
            if let problem {
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
        table.boolean("legacy_suppress", into: &configuration.mail.legacySuppress)
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
}
