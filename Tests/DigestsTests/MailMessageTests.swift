import Digests
import FeedModel
import FoundationEssentials
import Testing

@Suite struct MailMessageTests {
    private func message(
        profile: String = "analyst", edition: Int = 1, isAlert: Bool = false, to: String = "reader@example.org",
        unsubscribe: String? = nil, follows: [DigestKey] = [], options: MailOptions = MailOptions()
    ) -> MailMessage {
        var digest = Samples.digest
        digest.follows = follows
        digest.key = DigestKey(profile: profile, date: digest.key.date, edition: edition, isAlert: isAlert)
        return MailMessage(
            digest: digest, from: "durbeen@example.org", senderName: "Durbeen", to: to, installation: "test",
            idDomain: "id.example.org", frozenAt: Samples.cutOff, zone: Samples.karachi, unsubscribe: unsubscribe,
            options: options)
    }

    /// The header block's fields, folded lines kept.
    private func fields(_ message: MailMessage) -> [String] {
        let text = String(decoding: message.bytes, as: UTF8.self)
        let head = text[..<(text.firstRange(of: "\r\n\r\n")?.lowerBound ?? text.startIndex)]
        return head.replacing("\r\n ", with: " ").split(separator: "\r\n").map(String.init)
    }

    @Test(arguments: [
        "analyst", "تجزیہ کار", "a\r\nBcc: x@y.z", String(repeating: "long ", count: 60), "=?utf-8?B?eA==?=",
    ])
    func `sets each of its fields once and no other, in ASCII lines of at most 78`(profile: String) {
        let message = message(profile: profile)
        #expect(message.bytes.allSatisfy { $0 < 0x7F && ($0 >= 0x20 || $0 == 0x0D || $0 == 0x0A) })
        #expect(
            fields(message).map { String($0.prefix { $0 != ":" }) } == [
                "Date", "From", "To", "Subject", "Message-ID", "List-Id", "List-Unsubscribe", "List-Help", "List-Owner",
                "List-Post",
                "Auto-Submitted", "Content-Language", "Durbeen-Digest", "Durbeen-Topics", "Durbeen-Count",
                "Durbeen-Edition",
                "MIME-Version", "Content-Type",
            ])
        let lines = message.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        #expect(lines.dropLast().allSatisfy { $0.last == 0x0D && $0.count <= 79 })
    }

    /// Each is a web address, and the last byte makes the difference.
    @Test(arguments: [(840, true), (841, false)])
    func `5322, 2.1.1: an address that no line could hold is left out`(length: Int, stands: Bool) throws {
        let address = "https://u.example/" + String(repeating: "a", count: length - 18)
        var options = MailOptions()
        options.archive = address
        let message = message(profile: String(repeating: "x", count: 48), unsubscribe: address, options: options)
        let names = fields(message).map { String($0.prefix { $0 != ":" }) }
        #expect(names.contains("List-Archive") == stands && names.contains("Archived-At") == stands)
        #expect(names.contains("List-Unsubscribe-Post") == stands)
        // A request by mail is always possible.
        #expect(names.contains("List-Unsubscribe"))
        #expect(message.bytes.split(separator: 0x0A).allSatisfy { $0.count <= 999 })
    }

    @Test func `5321, 4.5.3.1.3: no field is longer than a line, whatever the addresses`() {
        let long = String(repeating: "&", count: 2000) + "@" + String(repeating: "b", count: 2000) + ".example"
        var digest = Samples.digest
        for number in digest.sections.indices { digest.sections[number].topic = long }
        let message = MailMessage(
            digest: digest, from: long, senderName: long, to: long, installation: "test", idDomain: long,
            frozenAt: Samples.cutOff, zone: Samples.karachi)
        #expect(message.bytes.split(separator: 0x0A).allSatisfy { $0.count <= 999 })
    }

    @Test func `is the same again and another for another recipient`() {
        #expect(message().bytes == message().bytes)
        #expect(message().messageID != message(to: "b@example.org").messageID)
        #expect(message().messageID.hasPrefix("<d1.") && message().messageID.hasSuffix("@id.example.org>"))
    }

    @Test func `names the first edition in a later one`() {
        #expect(fields(message(edition: 2)).contains("References: " + message().messageID))
    }

    @Test func `5322, 3.6.4: an alert answers to those that told its story, the first and the last ten`() {
        let keys = (1...13).map { number in
            DigestKey(profile: "analyst", date: Samples.key.date, edition: number, isAlert: true)
        }
        let ids = keys.map { message(edition: $0.edition, isAlert: true).messageID }
        let last = fields(message(edition: 14, isAlert: true, follows: keys))
        #expect(last.contains("In-Reply-To: " + ids[12]))
        #expect(last.contains("References: " + ([ids[0]] + ids[3...]).joined(separator: " ")))
        let second = fields(message(edition: 2, isAlert: true, follows: [keys[0]]))
        #expect(second.contains("References: " + ids[0]) && second.contains("In-Reply-To: " + ids[0]))
    }

    @Test func `threads a month's digests on request, by a root that no message has`() throws {
        var options = MailOptions()
        options.threadsByMonth = true
        func references(_ message: MailMessage) -> [String] {
            fields(message).filter { $0.hasPrefix("References: ") }.flatMap { $0.split(separator: " ").dropFirst() }
                .map(String.init)
        }
        let first = message(options: options)
        let root = try #require(references(first).first)
        #expect(references(first) == [root] && root != first.messageID)
        #expect(references(message(edition: 2, options: options)) == [root, first.messageID])
        #expect(references(message(to: "b@example.org", options: options)) != [root])
        #expect(references(message(isAlert: true, options: options)).isEmpty)
    }

    @Test(
        arguments: [
            ("https://d.example/x/", "https://d.example/x/analyst"), ("http://d.example", "http://d.example/analyst"),
            ("https://d.example/a,b", nil), ("javascript:x", nil), (nil, nil),
        ] as [(String?, String?)])
    func `RFC 5064: says where the digest can be read, where it can`(base: String?, place: String?) {
        var options = MailOptions()
        options.archive = base
        let found = fields(message(options: options)).filter {
            $0.hasPrefix("Archived-At") || $0.hasPrefix("List-Archive")
        }
        let wanted = place.map {
            ["List-Archive: <\($0)/index.html>", "Archived-At: <\($0)/2026/11/2026-11-25.html>"]
        }
        #expect(found == wanted ?? [])
    }

    @Test func `tells alerts from editions, and answers to none`() {
        let alert = message(isAlert: true)
        #expect(alert.messageID != message().messageID)
        #expect(fields(alert).contains { $0.hasPrefix("Subject: Durbeen analyst, urgent: ") })
        #expect(!fields(message(edition: 2, isAlert: true)).contains { $0.hasPrefix("References") })
    }

    @Test func `RFC 8058: offers one click only with an https address, beside the one by mail`() {
        let mail = "<mailto:durbeen@example.org?subject=unsubscribe%20analyst>"
        let https = fields(message(unsubscribe: "https://u.example/x?t=abc"))
        #expect(https.contains("List-Unsubscribe: <https://u.example/x?t=abc>, " + mail))
        #expect(https.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"))
        for address in ["http://u.example/x", "javascript:x", nil] {
            let plain = fields(message(unsubscribe: address))
            #expect(plain.contains("List-Unsubscribe: " + mail))
            #expect(!plain.contains { $0.hasPrefix("List-Unsubscribe-Post") })
        }
    }

    @Test(arguments: [
        ("a@b.example", true), ("a b@c.example", false), ("a@b\r\nX: y", false), ("-f@b.example", false),
        ("a@b@c", false), ("", false),
    ])
    func `accepts plain addresses only`(address: String, isPlain: Bool) {
        #expect(MailMessage.accepts(address: address) == isPlain)
    }
}
