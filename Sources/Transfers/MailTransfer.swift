import CCurl
import Glibc

/// One SMTP transaction: one message for one recipient.
final class MailTransfer: Transfer {
    let ownTicket = Ticket()
    var ticket: Ticket? { ownTicket }
    private let mail: OutgoingMail
    private let from: String
    private let server: MailServer
    private var sent = 0
    private let addresses = AddressGuard { address in MailTransfer.loopback.contains { $0.contains(address) } }
    private var refusal: Refusal?
    private var stop = StopFlag()
    private var recipients: UnsafeMutablePointer<curl_slist>?
    private var words = ReplyWords()
    private let onSilence: @Sendable () -> Void
    private var lastSign = 0

    /// - Parameter onSilence: called on the loop's thread, about every second, while the server says nothing.
    init(
        _ mail: OutgoingMail, from: String, server: MailServer, onSilence: @escaping @Sendable () -> Void
    ) {
        self.onSilence = onSilence
        self.mail = mail
        self.from = from
        self.server = server
    }

    deinit { curl_slist_free_all(recipients) }

    /// Silence after the final dot is borne this long (RFC 5321, 4.5.3.2.6).
    private static let longestSilence = 600

    func prepare(_ handle: EasyHandle, stop: StopFlag) {
        handle.blank()
        let easy = handle.pointer
        self.stop = stop
        let scheme = server.tls == .implicit ? "smtps" : "smtp"
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        durbeen_set_text(easy, CURLOPT_URL, "\(scheme)://\(host):\(server.port)/\(server.heloName)")
        durbeen_set_text(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        durbeen_set_long(easy, CURLOPT_NOSIGNAL, 1)
        durbeen_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        durbeen_set_text(easy, CURLOPT_PROXY, "")
        durbeen_set_text(easy, CURLOPT_MAIL_FROM, "<\(from)>")
        recipients = curl_slist_append(nil, "<\(mail.to)>")
        durbeen_set_list(easy, CURLOPT_MAIL_RCPT, recipients)
        durbeen_set_long(easy, CURLOPT_UPLOAD, 1)
        durbeen_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, 30_000)
        durbeen_set_long(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, Self.longestSilence)
        if server.tls != .none {
            // All or nothing: without TLS not a byte of AUTH or MAIL leaves (S18).
            durbeen_set_long(easy, CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
            durbeen_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
            durbeen_set_text(easy, CURLOPT_CAPATH, nil)
            if let file = server.caFile { durbeen_set_text(easy, CURLOPT_CAINFO, file) }
        }
        if let user = server.user {
            durbeen_set_text(easy, CURLOPT_USERNAME, user)
            durbeen_set_text(easy, CURLOPT_PASSWORD, server.password ?? "")
        }
        setUpCallbacks(easy)
    }

    private func setUpCallbacks(_ easy: OpaqueHandle) {
        // The loop's table of active transfers keeps this object alive for as long as the handle is.
        let context = Unmanaged.passUnretained(self).toOpaque()
        durbeen_set_data(easy, CURLOPT_READFUNCTION) { target, size, count, context in
            guard let context, let target else { return 0 }
            let transfer = Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.give(UnsafeMutableRawBufferPointer(start: target, count: size * count))
        }
        durbeen_set_pointer(easy, CURLOPT_READDATA, context)
        // After the final dot libcurl waits for the answer inside one call, and asks only here, every second, whether to
        // go on (smtp_done in libcurl 7.88).
        durbeen_set_progress(easy) { context, _, _, _, _ in
            guard let context else { return 1 }
            return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue().goesOn ? 0 : 1
        }
        durbeen_set_pointer(easy, CURLOPT_XFERINFODATA, context)
        durbeen_set_long(easy, CURLOPT_NOPROGRESS, 0)
        // What the server says in words, where it refuses something; codes libcurl keeps.
        durbeen_set_data(easy, CURLOPT_HEADERFUNCTION) { line, size, count, context in
            guard let context else { return 0 }
            Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
                .words.take(UnsafeRawBufferPointer(start: line, count: size * count))
            return size * count
        }
        durbeen_set_pointer(easy, CURLOPT_HEADERDATA, context)
        durbeen_set_data(easy, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        // In the clear, mail goes to this machine alone (M-12).
        if server.tls == .none { addresses.watch(easy) }
    }

    private func give(_ target: UnsafeMutableRawBufferPointer) -> Int {
        let end = mail.head.count + mail.rest.count
        var given = 0
        while given < target.count, sent < end {
            let (part, at) = sent < mail.head.count ? (mail.head, sent) : (mail.rest, sent - mail.head.count)
            let count = min(target.count - given, part.count - at)
            part.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(rebasing: target[given..<(given + count)])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[at..<(at + count)]))
            }
            sent += count
            given += count
        }
        if sent == end { ownTicket.setPastRecall() }
        return given
    }

    private var goesOn: Bool {
        noteSilence()
        guard ownTicket.isOver || stop.isRaised else { return true }
        refusal = .cancelled
        return false
    }

    private func noteSilence() {
        var time = timespec()
        // Good for some milliseconds, and many times cheaper than the exact clock: this is asked several times a message.
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        let now = time.tv_sec * 1000 + time.tv_nsec / 1_000_000
        if lastSign > 0, now - lastSign > 100 { onSilence() }
        lastSign = now
    }

    private static let loopback = ["127.0.0.0/8", "::1/128"].compactMap { AddressRange($0) }

    /// Ends the connection below libcurl. Without it libcurl 7.88 would close a half-sent message with a dot, which the
    /// server would then deliver; and it would keep a connection on which an answer is still due, and take that answer for
    /// one to the next message.
    func breakOff(_ easy: OpaqueHandle) {
        let socket = durbeen_get_socket(easy)
        if socket != CURL_SOCKET_BAD { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    func outcome(_ code: CURLcode, _ easy: OpaqueHandle) -> TransferOutcome {
        guard code != CURLE_OK else { return .mailAccepted }
        breakOff(easy)
        return .failed(
            TransferFailure(
                code: code, message: String(cString: curl_easy_strerror(code)),
                status: durbeen_get_long(easy, CURLINFO_RESPONSE_CODE), refusal: refusal ?? addresses.refusal,
                sentEverything: ownTicket.isPastRecall, words: words.text))
    }
}
