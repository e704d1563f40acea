import Digests
import Glibc
import Storage
import Transfers

// The configuration's words in those of the rooms.

extension Configuration.CatchUp {
    var forCalendar: DigestCalendar.CatchUp {
        switch self {
        case .merge: .merge
        case .each: .each
        case .skip: .skip
        }
    }
}

extension Configuration.FirstFillChoice {
    /// Recent means a week (M-16).
    var forStore: FirstFill {
        switch self {
        case .recent: .recent(.seconds(7 * 24 * 60 * 60))
        case .all: .all
        case .none: .none
        }
    }
}

extension Configuration.Files.Format {
    var asDigestFormat: DigestFormat {
        switch self {
        case .html: .html
        case .markdown: .markdown
        case .json: .json
        case .text: .text
        case .eml: .eml
        case .atom: .atom
        case .jsonfeed: .jsonfeed
        }
    }
}

extension Configuration.Mail {
    /// The server with its password, read now: it may have been changed since the start.
    ///
    /// - Parameter caFile: authorities to trust instead of the system's, as for feeds.
    func server(caFile: String?) throws(Secret.Refusal) -> MailServer {
        let mode: MailServer.TLSMode =
            switch tls {
            case .implicit: .implicit
            case .starttls: .startTLS
            case .none: .none
            }
        var password: String?
        if let passwordFile {
            password = try Secret.read(file: passwordFile)
        } else if let passwordCredential {
            guard let folder = getenv("CREDENTIALS_DIRECTORY") else {
                throw Secret.Refusal(
                    description: "password_credential: systemd passed no credentials; add LoadCredential= to the unit")
            }
            password = try Secret.read(file: String(cString: folder) + "/" + passwordCredential)
        }
        var server = MailServer(host: host, port: port, tls: mode, user: user, password: password)
        server.caFile = caFile
        return server
    }
}

extension Configuration.Webhook {
    /// The address with its key, read now: it may have been changed since the start.
    func target() throws(Secret.Refusal) -> WebhookTarget {
        guard let secretFile else { return WebhookTarget(url: url) }
        return WebhookTarget(url: url, secret: Array(try Secret.read(file: secretFile).utf8))
    }
}
