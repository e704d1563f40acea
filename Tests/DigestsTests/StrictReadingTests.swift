import Digests
import FeedModel
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Messages read by a reader that is not ours: Python's email package under its strict policies.
@Suite(.enabled(if: access("/usr/bin/python3", X_OK) == 0)) struct StrictReadingTests {
    private func message(
        _ digest: Digest, to: String = "reader@example.org", unsubscribe: String? = nil, form: MailForm = MailForm()
    ) -> [UInt8] {
        var options = MailOptions()
        options.form = form
        options.suppressesReplies = form.attachesFeed
        return MailMessage(
            digest: digest, from: "durbeen@example.org", to: to, installation: "test", idDomain: "id.example.org",
            frozenAt: Samples.cutOff, zone: Samples.karachi, unsubscribe: unsubscribe, options: options
        ).bytes
    }

    /// Every kind of message: hostile and Urdu text, empty, huge, an edition and an alert, awkward names.
    private var messages: [[UInt8]] {
        var all = [message(Samples.digest), message(DigestBuilder().build(Samples.request([])))]
        all.append(message(Samples.digest, unsubscribe: "https://u.example/" + String(repeating: "t", count: 120)))
        for style in MailForm.Style.allCases {
            for attachesFeed in [false, true] {
                let form = MailForm(style: style, attachesFeed: attachesFeed)
                all.append(message(Samples.digest, form: form))
                all.append(message(DigestBuilder().build(Samples.request([])), form: form))
            }
        }
        let long = (0..<200).map {
            Samples.entry(
                "x\($0)", title: "\($0) " + String(repeating: "=?utf-8?B?eA==?= é\r\n.\r\nFrom ", count: 4),
                summary: String(repeating: "شپاکستان ", count: 40) + "\n.\nFrom x\n"
                    + String(repeating: "w", count: 1200))
        }
        all.append(message(DigestBuilder().build(Samples.request(long, perTopic: 200))))
        all.append(message(DigestBuilder().build(Samples.request(long)), form: MailForm(style: .rfc2046)))
        for profile in ["تجزیہ کار", "a\r\nBcc: x@y.z", String(repeating: "long ", count: 60), "\"q\\", "a@b, c"] {
            for (edition, isAlert) in [(1, false), (2, false), (1, true)] {
                var digest = Samples.digest
                digest.key = DigestKey(
                    profile: profile, date: digest.key.date, edition: edition, isAlert: isAlert)
                digest.title = profile
                all.append(message(digest))
            }
        }
        all.append(
            message(
                Samples.digest,
                to: String(repeating: "l", count: 64) + "@" + String(repeating: "d.", count: 60) + "example"))
        return all
    }

    @Test func `S11, S12: every kind of message passes without a defect`() throws {
        let folder = try TemporaryDirectory()
        var paths: [String] = []
        for (number, message) in messages.enumerated() { paths.append(try folder.write(message, to: "\(number).eml")) }
        let script = RenderingTests.tools + "/read-mail.py"
        let output = folder.path("output")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words: [UnsafeMutablePointer<CChar>?] = (["python3", script] + paths).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        try #require(posix_spawn(&process, "/usr/bin/python3", &actions, nil, &words, environ) == 0)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let faults = String(decoding: try folder.bytes(of: "output"), as: UTF8.self)
        #expect(status == 0, "\(faults)")
    }
}
