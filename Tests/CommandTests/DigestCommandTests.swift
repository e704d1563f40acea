import FeedModel
import FoundationEssentials
import Glibc
import LoopbackServer
import TestSupport
import Testing
import Watching

@testable import durbeen

/// The digest and outbox commands, over a store that one round filled from a server on loopback.
@Suite struct DigestCommandTests {
    private let place: Place
    private let server: LoopbackServer

    init() throws {
        server = try LoopbackServer { _ in
            LoopbackResponse(
                status: 200, headers: [("Content-Type", "application/rss+xml")],
                text: """
                    <rss version="2.0"><channel><title>Herald</title><item><guid>1</guid><title>New tariff announced</title>
                    <link>https://herald.example/1</link></item></channel></rss>
                    """)
        }
        place = try Place(
            Place.plain.replacing(
                "[feeds]", with: "allow_addresses = [\"127.0.0.0/8\"]\nhost_spacing = \"0s\"\n[feeds]"))
        try place.write("feeds.opml", Place.opml(url: server.url + "/feed"))
    }

    private func run(_ words: String...) async -> (code: ExitCode, output: String, errors: String) {
        await durbeen(words + ["--config", place.configuration])
    }

    @Test func `a digest is shown in every format, and replays byte for byte`() async throws {
        #expect(await run("once", "--all").code == .success)
        let marks = [
            "text": "New tariff announced", "html": "<!DOCTYPE html>", "markdown": "# Pakistan-US relations",
            "json": "\"profile\": \"daily\"", "eml": "MIME-Version: 1.0", "atom": "<feed xmlns=",
            "jsonfeed": "jsonfeed.org/version/1.1",
        ]
        #expect(Set(marks.keys) == Set(Commands.digestFormats))
        for (format, mark) in marks {
            let preview = await run("digest", "preview", "--format", format)
            #expect(preview.output.contains(mark), "\(format)")
        }
        #expect(await run("once", "--digest", "now").code == .success)
        for (format, mark) in marks {
            let shown = await run("digest", "show", "--format", format)
            #expect(shown.code == .success && shown.output.contains(mark), "\(format)")
        }
        let replay = await run("digest", "replay", "--json")
        #expect(replay.code == .success)
        #expect(try JSON(reading: Array(replay.output.utf8)).array?.count == 4)
    }

    @Test(arguments: [
        ["digest", "show", "--format", "htm"], ["digest", "show", "nonsense"],
        ["digest", "preview", "--json", "--format", "html"], ["digest", "preview", "dialy"],
    ])
    func `what cannot be shown is refused with a way out`(words: [String]) async throws {
        #expect(await run("once", "--all", "--digest", "now").code == .success)
        let answer = await durbeen(words + ["--config", place.configuration])
        #expect(answer.code == .usage)
        #expect(answer.errors.contains(";"))
    }

    @Test func `outbox retry takes the ids that outbox list shows, and names those it does not know`() async throws {
        // A file stands where the folder belongs, so the delivery has to wait.
        try place.write("digests", "in the way")
        #expect(await run("once", "--all", "--digest", "now").code == .success)
        let listed = await run("outbox", "list", "--json")
        let delivery = try JSON(reading: Array(listed.output.utf8))
        let id = try #require(delivery["id"]?.string)
        #expect(delivery["state"]?.string == "deferred")
        try FileManager.default.removeItem(atPath: place.path("digests"))
        // Not yet due, so without its name nothing is tried.
        #expect(await run("outbox", "retry").output == "0 delivered, 0 put off, 0 failed\n")
        let wrong = await run("outbox", "retry", "nonsense")
        #expect(wrong.code == .wrong && wrong.errors.contains("nonsense"))
        #expect(await run("outbox", "retry", id).output == "1 delivered, 0 put off, 0 failed\n")
        #expect(await run("outbox", "list").output == "the outbox is empty\n")
    }

    @Test func `status shows what was given up, and how to try it again`() async throws {
        try place.folder.writeProgram(
            "cat >/dev/null; [ -e \(place.path("well")) ] || { echo gone >&2; exit 65; }", to: "hook")
        let config = try place.read("durbeen.toml").replacing(
            "zone = \"Asia/Karachi\"", with: "zone = \"Asia/Karachi\"\nsinks = [\"exec\"]")
        try place.write("durbeen.toml", config + "\n[exec]\ncommand = [\"hook\"]\n")
        #expect(await run("once", "--all", "--digest", "now").code == .success)
        let status = try JSON(reading: Array(await run("status", "--json").output.utf8))
        let letter = try #require(status["dead_letters"]?.array?.first)
        #expect(letter["why"]?.string?.hasSuffix("exit code 65: gone") == true)
        let id = try #require(letter["id"]?.string)
        #expect(await run("status").output.contains("durbeen outbox retry \(id)\n"))
        try place.write("well", "")
        #expect(await run("outbox", "retry", id).output == "1 delivered, 0 put off, 0 failed\n")
        #expect(await run("status").output.contains("1 accepted"))
    }

    @Test func `search --json is a list, also where nothing is found`() async throws {
        #expect(await run("once", "--all").code == .success)
        #expect(await run("search", "nothing of the kind", "--json").output == "[]\n")
        let found = try JSON(reading: Array(await run("search", "tariff", "--json").output.utf8))
        #expect(found.array?.map { $0["title"]?.string } == ["New tariff announced"])
    }
}
