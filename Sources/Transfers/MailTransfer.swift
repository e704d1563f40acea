import CCurl
import Glibc

/// One SMTP transaction: one message for one recipient.
final class MailTransfer: Transfer {
    let ticket = Ticket()
    private let message: [UInt8]
    private let from: String
    private let to: String
    private let server: MailServer
    private var sent = 0
    private let addresses = AddressGuard { address in MailTransfer.loopback.contains { $0.contains(address) } }
    private var refusal: Refusal?
    private var stop = StopFlag()
    private var recipients: UnsafeMutablePointer<curl_slist>?

    init(message: [UInt8], from: String, to: String, server: MailServer) {
        self.message = message
        self.from = from
        self.to = to
        self.server = server
    }

    deinit { curl_slist_free_all(recipients) }

    /// Silence after the final dot is borne this long (RFC 5321, 4.5.3.2.6).
    private static let longestSilence = 600

    func prepare(_ easy: OpaqueHandle, stop: StopFlag) {
        self.stop = stop
        let scheme = server.tls == .implicit ? "smtps" : "smtp"
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        durbeen_set_text(easy, CURLOPT_URL, "\(scheme)://\(host):\(server.port)/\(server.heloName)")
        durbeen_set_text(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        durbeen_set_long(easy, CURLOPT_NOSIGNAL, 1)
        durbeen_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        durbeen_set_text(easy, CURLOPT_PROXY, "")
        durbeen_set_text(easy, CURLOPT_MAIL_FROM, "<\(from)>")
        recipients = curl_slist_append(nil, "<\(to)>")
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
        // What the server says is of no interest but for its code, which libcurl keeps.
        durbeen_set_data(easy, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        // In the clear, mail goes to this machine alone (M-12).
        if server.tls == .none { addresses.watch(easy) }
    }

    private func give(_ target: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(target.count, message.count - sent)
        target.copyBytes(from: message[sent..<(sent + count)])
        sent += count
        if sent == message.count { ticket.setPastRecall() }
        return count
    }

    private var goesOn: Bool {
        guard ticket.isOver || stop.isRaised else { return true }
        refusal = .cancelled
        return false
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
                sentEverything: ticket.isPastRecall))
    }
}
