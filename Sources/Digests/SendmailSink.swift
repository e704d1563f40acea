public import FeedModel

/// Hands a mail to the machine's own mail system: `sendmail -i -f SENDER -- RECIPIENT`, the message on standard input. No shell,
/// and the recipient is never read from the message (M-12, S14).
public struct SendmailSink: Sendable {
    private let path: String
    private let timeout: Duration

    /// - Parameter timeout: how long the program may take before it is ended.
    public init(path: String = "/usr/sbin/sendmail", timeout: Duration = .seconds(60)) {
        self.path = path
        self.timeout = timeout
    }

    /// Waits on a thread of its own, so the cooperative pool goes on.
    public func deliver(_ delivery: Delivery, from sender: String) async throws(DeliveryError) {
        guard let message = delivery.files.first(where: { $0.fileExtension == "eml" }) else {
            throw .permanent("mailing \(delivery.digest): the delivery holds no message")
        }
        guard MailMessage.accepts(address: delivery.recipient), MailMessage.accepts(address: sender) else {
            throw .permanent(
                "mailing \(delivery.digest): \"\(visible(delivery.recipient, keepingNewlines: false))\" from "
                    + "\"\(visible(sender, keepingNewlines: false))\" are not two plain mail addresses; correct them")
        }
        try await ProgramRun(
            what: "mailing through \(visible(path))", path: path,
            arguments: ["-i", "-f", sender, "--", delivery.recipient], input: withLineFeeds(message.bytes),
            timeout: timeout, absenceAdvice: "install a mail system or set sendmail.path"
        ).finish()
    }
}
