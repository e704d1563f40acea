import CCurl
public import FeedModel

extension Fetcher {
    /// Hands `message` (CRLF line ends) to a mail server for one recipient. The connection is kept for the next.
    ///
    /// - Throws: `.temporary` for what may work later, `.permanent` for what the server refuses for good, `.unknown` when
    ///   the connection was lost after everything was sent.
    public func submit(
        _ message: [UInt8], from: String, to: String, via server: MailServer
    ) async throws(DeliveryError) {
        let line = mailLine(from: from, via: server)
        line.send([OutgoingMail(id: "", to: to, head: message)])
        guard let only = await line.next().first else { preconditionFailure("what was sent on a line ends on it") }
        switch only.ending {
        case .accepted: return
        case .failed(let error), .spared(let error): throw error
        case .withdrawn: throw .temporary("\(place(server)): cancelled")
        }
    }

    /// A way to a mail server for any number of messages, one after the other over one connection.
    public func mailLine(from: String, via server: MailServer) -> MailLine {
        MailLine(loop: mailLoop, from: from, server: server)
    }
}

/// A message for one recipient.
public struct OutgoingMail: Sendable {
    /// By which its ending is told.
    public var id: String
    public var to: String
    /// What the message begins with and the rest of it, which many may share; with CRLF line ends.
    public var head: [UInt8]
    public var rest: [UInt8]

    public init(id: String, to: String, head: [UInt8], rest: [UInt8] = []) {
        self.id = id
        self.to = to
        self.head = head
        self.rest = rest
    }
}

func place(_ server: MailServer) -> String { "sending mail by \(server.host):\(server.port)" }

/// Whether `text` is an address that says nothing more than an address when it stands in an envelope.
func isEnvelopeAddress(_ text: String) -> Bool {
    text.contains("@") && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E }
}

extension TransferFailure {
    /// Whether it came before there was any talk of a message. What libcurl calls a weird reply may also be the answer to a
    /// whole message, refused after its last byte.
    var isAboutServer: Bool {
        !sentEverything && !isOfAnother
            && [
                CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_WEIRD_SERVER_REPLY, CURLE_LOGIN_DENIED,
                CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION,
            ].contains(code)
    }
}

/// What a failed SMTP transaction means for its message.
func deliveryError(_ failure: TransferFailure, server: MailServer) -> DeliveryError {
    let place = place(server)
    if case .address(let address) = failure.refusal {
        return .permanent("\(place): \(address) is not this machine; set [mail] tls to implicit or starttls")
    }
    if case .cancelled = failure.refusal {
        return failure.sentEverything
            ? .unknown("\(place): ended after the message was sent, before the answer")
            : .temporary("\(place): cancelled")
    }
    let wasLost = [
        CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE,
    ]
    .contains(failure.code)
    // After the last byte the server's next reply is the one that counts; 354 is the one before it.
    if failure.sentEverything, failure.status == 354 || (wasLost && failure.status < 400) {
        return .unknown("\(place): the connection was lost after the message was sent")
    }
    switch failure.code {
    case CURLE_LOGIN_DENIED:
        return .temporary("\(place): the server does not take [mail] user and its password")
    case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION:
        return .temporary("\(place): no trusted TLS (\(failure.message))")
    default: break
    }
    // A 5xx before MAIL, such as a greeting of 554, is about us and not about the reader.
    let isAboutMail = failure.sentEverything || failure.code == CURLE_SEND_ERROR
    let words = failure.words.isEmpty ? "" : ": \(failure.words)"
    switch failure.status {
    case 500... where isAboutMail: return .refused("\(place): refused with \(failure.status)\(words)")
    case 400...: return .temporary("\(place): put off with \(failure.status)\(words)")
    default: return .temporary("\(place): \(failure.message)")
    }
}

/// What a mail server says beside a reply code that refuses something; as it came, so hostile until it is cleaned.
struct ReplyWords {
    private var bytes: [UInt8] = []
    private var isWhole = false

    /// The most that is kept of a reply.
    static let longest = 400

    /// Takes a line of a reply, `550-no such user` or `550 5.1.1 no such user` with its line end. Only the last reply that
    /// refuses something is kept; what follows it is the server's goodbye.
    mutating func take(_ line: UnsafeRawBufferPointer) {
        guard let first = line.first, first == UInt8(ascii: "4") || first == UInt8(ascii: "5") else { return }
        if isWhole { bytes = [] }
        if !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
        bytes += line.dropFirst(4).prefix(max(0, Self.longest - bytes.count))
        isWhole = line.count < 4 || line[3] != UInt8(ascii: "-")
    }

    /// On one line, without control characters; empty if nothing was said.
    var text: String {
        let text = String(decoding: bytes.prefix(Self.longest), as: UTF8.self)
        let words = text.unicodeScalars.split { $0.value <= 0x20 || $0.value == 0x7F }.map { String($0) }
        return visible(words.joined(separator: " "), keepingNewlines: false)
    }
}
