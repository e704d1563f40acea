import LoopbackServer

/// One connection of the scripted mail server.
struct MailSession {
    private var stream: any ByteStream
    private var reader: LineReader
    private let socket: SocketStream
    private let log: MailLog
    private let capabilities: [String]
    private let tls: TLSIdentity?
    private let number: Int
    private var isEncrypted: Bool
    private var from: String?
    private var to: [String] = []

    /// nil if TLS from the first byte came to nothing.
    init?(_ socket: SocketStream, log: MailLog, capabilities: [String], tls: TLSIdentity?, isImplicit: Bool) {
        self.socket = socket
        self.log = log
        self.capabilities = capabilities
        self.tls = tls
        number = log.nextConnection()
        isEncrypted = isImplicit
        if isImplicit {
            guard let secured = tls?.secure(socket) else { return nil }
            stream = secured
        } else {
            stream = socket
        }
        reader = LineReader(stream)
    }

    mutating func serve() {
        guard react(at: .greeting, or: (220, "loopback ESMTP")) else { return }
        while let line = reader.line() {
            log.note(line)
            guard obey(line) else { return }
        }
    }

    /// - Returns: whether the session goes on.
    private mutating func obey(_ line: String) -> Bool {
        let verb = line.prefix { $0 != " " }.uppercased()
        switch verb {
        case "EHLO", "HELO": return greet()
        case "STARTTLS": return startTLS()
        case "AUTH": return authenticate(line)
        case "MAIL":
            (from, to) = (address(in: line), [])
            return react(at: .mailFrom, or: (250, "fine"))
        case "RCPT":
            let recipient = address(in: line)
            guard let isTaken = reactOrRefuse(at: .recipient, or: (250, "fine"), recipient: recipient) else {
                return false
            }
            if isTaken { to.append(recipient) }
            return true
        case "DATA": return takeMessage()
        case "RSET", "NOOP": return reply(250, "fine")
        case "QUIT":
            _ = reply(221, "goodbye")
            return false
        default: return reply(502, "what?")
        }
    }

    private func greet() -> Bool {
        if let reaction = log.reaction(at: .hello) { return perform(reaction) }
        let lines = ["loopback"] + capabilities + (tls != nil && !isEncrypted ? ["STARTTLS"] : [])
        var text = ""
        for (index, line) in lines.enumerated() { text += "250\(index == lines.count - 1 ? " " : "-")\(line)\r\n" }
        return stream.write(text.utf8)
    }

    private mutating func startTLS() -> Bool {
        if let reaction = log.reaction(at: .startTLS) { return perform(reaction) }
        guard let tls, !isEncrypted else { return reply(502, "no TLS here") }
        guard reply(220, "go ahead"), let secured = tls.secure(socket) else { return false }
        stream = secured
        reader = LineReader(secured)
        isEncrypted = true
        return true
    }

    private mutating func authenticate(_ line: String) -> Bool {
        // PLAIN may bring its words along or wait to be asked; LOGIN is asked twice.
        let words = line.split(separator: " ")
        let questions = words.dropFirst().first?.uppercased() == "LOGIN" ? 2 : 1
        for _ in 0..<max(0, questions - max(0, words.count - 2)) {
            guard reply(334, ""), let answer = reader.line() else { return false }
            log.note(answer)
        }
        return react(at: .auth, or: (235, "welcome"))
    }

    private mutating func takeMessage() -> Bool {
        guard !to.isEmpty else { return reply(503, "no recipients") }
        guard let isTaken = reactOrRefuse(at: .data, or: (354, "end with a dot"), recipient: nil) else { return false }
        guard isTaken else { return true }
        guard let bytes = reader.bytes(upTo: Array("\r\n.\r\n".utf8)) else { return false }
        let reaction = log.reaction(at: .afterDot)
        let isAccepted: Bool
        switch reaction {
        case nil: isAccepted = true
        case .reply(let code, _), .replyThenSilence(let code, _): isAccepted = code < 400
        case .drop, .silence: isAccepted = false
        }
        log.note(
            ScriptedMailServer.Message(
                from: from ?? "", to: to, bytes: withoutDoubledDots(bytes + Array("\r\n".utf8)), connection: number,
                isEncrypted: isEncrypted, isAccepted: isAccepted))
        return reaction.map { perform($0) } ?? reply(250, "taken")
    }

    private func react(at step: ScriptedMailServer.Step, or reply: (Int, String)) -> Bool {
        reactOrRefuse(at: step, or: reply, recipient: nil) != nil
    }

    /// nil if the session is over, else whether the step went well.
    private func reactOrRefuse(
        at step: ScriptedMailServer.Step, or reply: (Int, String), recipient: String?
    ) -> Bool? {
        let reaction = log.reaction(at: step, recipient: recipient) ?? .reply(reply.0, reply.1)
        guard perform(reaction) else { return nil }
        switch reaction {
        case .reply(let code, _), .replyThenSilence(let code, _): return code < 400
        case .drop, .silence: return false
        }
    }

    private func perform(_ reaction: ScriptedMailServer.Reaction) -> Bool {
        switch reaction {
        case .reply(let code, let text): return reply(code, text)
        case .replyThenSilence(let code, let text):
            guard reply(code, text) else { return false }
            stream.waitForHangUp()
            return true
        case .drop: return false
        case .silence:
            stream.waitForHangUp()
            return false
        }
    }

    private func reply(_ code: Int, _ text: String) -> Bool { stream.write("\(code) \(text)\r\n".utf8) }

    private func address(in line: String) -> String {
        guard let open = line.firstIndex(of: "<"), let close = line.firstIndex(of: ">"), open < close else { return "" }
        return String(line[line.index(after: open)..<close])
    }

    /// RFC 5321, 4.5.2.
    private func withoutDoubledDots(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var isLineStart = true
        for byte in bytes {
            if isLineStart, byte == 0x2E {
                isLineStart = false
                continue
            }
            out.append(byte)
            isLineStart = byte == 0x0A
        }
        return out
    }
}
