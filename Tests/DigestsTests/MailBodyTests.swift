import Digests
import FeedModel
import FoundationEssentials
import Testing

/// The forms of a digest's mail beyond text and HTML.
@Suite struct MailBodyTests {
    private func text(
        _ form: MailForm = MailForm(), of digest: Digest = Samples.digest, suppresses: Bool = false
    ) -> String {
        var options = MailOptions()
        options.form = form
        options.suppressesReplies = suppresses
        let message = MailMessage(
            digest: digest, from: "durbeen@example.org", to: "reader@example.org", installation: "test",
            idDomain: "id.example.org", frozenAt: Samples.cutOff, zone: Samples.karachi, options: options)
        return String(decoding: message.bytes, as: UTF8.self)
    }

    private func parts(_ text: String, _ type: String) -> [String] {
        text.split(separator: "\r\n--=_d1.").map(String.init).filter { $0.contains("\r\nContent-Type: \(type)") }
    }

    @Test func `2046, 5.1.5: each story is a message of its own, by the operator and never by the publisher`() throws {
        let stories = parts(text(.init(style: .rfc2046)), "message/rfc822")
        let told = Samples.digest.sections.flatMap { $0.stories + $0.more }
        #expect(stories.count == told.count && stories.count == 4)
        for story in stories {
            #expect(story.contains(" <durbeen@example.org>\r\n") && story.contains("\r\nMessage-ID: <s1."))
        }
        let first = try #require(stories.first { $0.contains("Subject: Reko Diq Lenders weigh DFC guarantee!") })
        // Of the source and its date; the title stands in the subject alone.
        #expect(first.contains("\r\nKeywords: Critical minerals\r\n"))
        #expect(first.components(of: "Reko Diq Lenders") == 1)
    }

    @Test func `M-15: overview and stories together carry every link once`() {
        let digest = Samples.digest
        let whole = text(.init(style: .rfc2046), of: digest).replacing("=\r\n", with: "").replacing("=3D", with: "=")
        // All but the story in Urdu, which travels in base64.
        for url in digest.entries.compactMap(\.url) where url.contains("/news/") && !url.hasSuffix("/b1") {
            #expect(whole.components(of: "\(url)\r\n") == 1, "\(url)")
        }
        #expect(whole.contains("1. URGENT TTP attack near Bannu"))
    }

    @Test func `two digests of one day have no message id in common, and one digest the same again`() {
        func ids(_ text: String) -> [Substring] {
            text.split(separator: "\r\n").filter { $0.hasPrefix("Message-ID: <s1.") }
        }
        var later = Samples.digest
        later.id = "LATER"
        let form = MailForm(style: .rfc2046)
        #expect(Set(ids(text(form))).isDisjoint(with: ids(text(form, of: later))))
        #expect(text(form) == text(form))
    }

    @Test(arguments: MailForm.Style.allCases)
    func `the stories go along as a JSON Feed where that is wanted`(style: MailForm.Style) throws {
        let whole = text(.init(style: style, attachesFeed: true))
        let part = try #require(parts(whole, "application/feed+json").first)
        #expect(part.contains("Content-Disposition: attachment; filename=\"durbeen-2026-11-25.json\""))
        let encoded = part.split(separator: "\r\n\r\n").dropFirst().joined().replacing("\r\n", with: "")
        let feed = try JSON(reading: [UInt8](try #require(Data(base64Encoded: encoded))))
        // The told ones, and the one that was revised.
        #expect(feed["items"]?.array?.count == 5)
    }

    @Test func `old servers are asked not to answer only where that is wanted`() {
        #expect(text(suppresses: true).contains("\r\nPrecedence: list\r\nX-Auto-Response-Suppress: All\r\n"))
        #expect(!text().contains("Precedence") && !text().contains("X-Auto"))
    }

    @Test func `the page in a mail stays under 100 KB with hundreds of urgent titles and of feeds that fail`() throws {
        let many = (0..<400).map { number in
            Samples.entry(
                "m\(number)", title: "Bannu report number \(number) \(String(repeating: "& ", count: 60))",
                watch: Samples.terror, score: 16)
        }
        var digest = DigestBuilder().build(Samples.request(many))
        digest.coverage.failing = (0..<600).map { number in
            FailingFeed(
                title: "Feed \(number) " + String(repeating: "& ", count: 100), url: "https://f\(number).example/",
                since: Samples.cutOff - 3 * 86_400, reason: String(repeating: "& ", count: 100))
        }
        let message = text(of: digest).replacing("=\r\n", with: "")
        let html = try #require(parts(message, "text/html").first)
        #expect(html.utf8.count < 102_000 && html.contains("<li>Feed 39 ") && !html.contains("<li>Feed 40 "))
        for format in [DigestFormat.text, .html, .markdown] {
            let edition = String(decoding: render(digest, as: format), as: UTF8.self)
            #expect(edition.contains("and 560 more"))
        }
        #expect(String(decoding: render(digest, as: .json), as: UTF8.self).contains("https://f599.example/"))
    }

    @Test func `the page in a mail stays under 100 KB whatever matched, and the text carries every link once`() throws {
        let many = (0..<1500).map { number in
            Samples.entry("m\(number)", title: "Copper story number \(number) " + String(repeating: "w", count: 60))
        }
        let digest = DigestBuilder().build(Samples.request(many))
        let message = text(of: digest).replacing("=\r\n", with: "")
        let html = try #require(parts(message, "text/html").first)
        #expect(html.utf8.count < 102_000 && html.contains(" more in the text part of this message."))
        let plain = try #require(parts(message, "text/plain").first)
        for number in 0..<1500 { #expect(plain.components(of: "https://dawn.example/news/m\(number)\r\n") == 1) }
        // The page by itself leaves nothing out.
        let page = String(decoding: render(digest, as: .html), as: UTF8.self)
        #expect(page.components(of: "<li>") >= 1492 && !page.contains("in the text part"))
    }
}

extension String {
    /// How often `part` stands in it.
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
