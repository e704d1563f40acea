import FoundationEssentials
import TestSupport
import Testing
import Watching

@testable import durbeen

/// `digest send` through a mail server on loopback.
@Suite struct DigestSendTests {
    private let server: ScriptedMailServer
    private let place: Place

    init() throws {
        server = try ScriptedMailServer()
        place = try Place(
            Place.plain
                + "\n[mail]\nhost = \"127.0.0.1\"\nport = \(server.port)\ntls = \"none\"\nfrom = \"d@b.example\"\n")
        // The store is made by a round that has nothing to ask.
        try place.write("feeds.opml", "<opml version=\"2.0\"><head/><body></body></opml>")
    }

    @Test func `sends a test edition, twice under different names, and writes nothing down`() async throws {
        let config = ["--config", place.configuration]
        #expect(await durbeen(["once"] + config).code == .success)
        for _ in 0..<2 {
            let run = await durbeen(["digest", "send", "--to", "me@c.example"] + config)
            #expect(run.code == .success, "\(run.errors)")
        }
        #expect(server.messages.map(\.to) == [["me@c.example"], ["me@c.example"]])
        let ids = server.messages.compactMap { message in
            message.text.split(separator: "\r\n").first { $0.hasPrefix("Message-ID:") }
        }
        #expect(ids.count == 2)
        #expect(await durbeen(["digest", "list", "--json"] + config).output == "[]\n")
    }

    @Test func `RFC 8058: what it sends can be held against the relay's signature`() async throws {
        let config = ["--config", place.configuration]
        try place.write(
            "durbeen.toml", try place.read("durbeen.toml") + "unsubscribe_url = \"https://b.example/u/{token}\"\n")
        #expect(await durbeen(["once"] + config).code == .success)
        #expect(await durbeen(["digest", "send", "--to", "me@c.example"] + config).code == .success)
        let message = try #require(server.messages.first).text
        #expect(message.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"))
        try place.write("plain.eml", message)
        let fields = "from:list-unsubscribe"
        try place.write("half.eml", "DKIM-Signature: d=b.example; s=x; h=\(fields)\r\n" + message)
        try place.write(
            "signed.eml", "DKIM-Signature: d=b.example; s=x; h=\(fields):list-unsubscribe-post\r\n" + message)
        for (file, code) in [("plain", ExitCode.wrong), ("half", .wrong), ("signed", .success), ("none", .noInput)] {
            #expect(await durbeen(["digest", "signed", place.path(file + ".eml")]).code == code, "\(file)")
        }
    }

    @Test(arguments: [
        (["--to", "me"], ExitCode.usage), (["--to", "me@c.example", "--as", "dialy"], .usage), ([], .usage),
    ])
    func `refuses what it cannot send`(options: [String], code: ExitCode) async throws {
        let run = await durbeen(["digest", "send"] + options + ["--config", place.configuration])
        #expect(run.code == code)
        #expect(server.messages.isEmpty)
    }
}
