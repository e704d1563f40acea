import FoundationEssentials
import Glibc
import LoopbackServer
import TestSupport
import Testing

/// The built program, run as a user runs it, against real servers on this machine.
@Suite(.serialized) struct ProgramTests {
    private static let feed = """
        <rss version="2.0"><channel><title>Herald</title><link>https://herald.example/</link>
        <item><guid>1</guid><title>United States and Pakistan sign Reko Diq copper accord</title>
        <link>https://herald.example/1</link><description>Washington and Islamabad agree.</description></item>
        <item><guid>2</guid><title>A recipe for plum cake</title><link>https://herald.example/2</link></item>
        </channel></rss>
        """

    private func setUp(_ folder: TemporaryDirectory, port: UInt16) throws -> String {
        let watch = "[watch \"Minerals\"]\ntopic = critical-minerals\nthreshold = 6\nmust Pakistan*\n+5 \"Reko Diq\"\n"
        let configuration = """
            [state]
            folder = "state"
            [fetch]
            contact = "mailto:test@example.org"
            allow_addresses = ["127.0.0.0/8"]
            host_spacing = "0s"
            min_floor = "1s"
            [[feeds.feed]]
            url = "http://127.0.0.1:\(port)/feed.xml"
            title = "Herald"
            kind = "press"
            [watchlists]
            files = ["*.watch"]
            [[profile]]
            name = "reader"
            zone = "Asia/Karachi"
            first_fill = "all"
            [files]
            folder = "digests"
            """
        try Data(watch.utf8).write(to: URL(filePath: folder.path + "/a.watch"))
        try Data(configuration.utf8).write(to: URL(filePath: folder.path + "/durbeen.toml"))
        return folder.path + "/durbeen.toml"
    }

    @Test func `a new entry is in one digest; the second run asks conditionally and repeats nothing`() async throws {
        let requests = RequestLog()
        let server = try LoopbackServer { request in
            let isConditional = request.headers.contains { $0.0.lowercased() == "if-none-match" && $0.1 == "\"v1\"" }
            requests.add(isConditional)
            return isConditional
                ? LoopbackResponse(status: 304, headers: [("ETag", "\"v1\"")], body: [])
                : LoopbackResponse(
                    status: 200, headers: [("ETag", "\"v1\""), ("Content-Type", "application/rss+xml")],
                    body: Array(Self.feed.utf8))
        }
        defer { server.stop() }
        let folder = try TemporaryDirectory()
        let configuration = try setUp(folder, port: server.port)
        let arguments = ["once", "--all", "--digest", "now", "--config", configuration]

        let first = try await Program.run(arguments)
        #expect(first.code == 0)
        #expect(first.output.contains("2 new entries, 1 matched"))
        let page = try #require(first.output.split(separator: "\n").first { $0.hasSuffix(".html") })
        let html = try String(contentsOfFile: page.drop { $0 == " " }.description, encoding: .utf8)
        #expect(html.contains("Reko Diq copper accord"))
        #expect(!html.contains("plum cake"))

        let second = try await Program.run(arguments)
        #expect(second.output.contains("nothing new"))
        #expect(requests.all == [false, true])
    }

    @Test func `R20: SIGTERM ends the daemon with 0 while a server stalls`() async throws {
        let listener = try LoopbackServer { _ in
            sleep(3)
            return LoopbackResponse(status: 500, headers: [], body: [])
        }
        defer { listener.stop() }
        let folder = try TemporaryDirectory()
        let configuration = try setUp(folder, port: listener.port)
        let daemon = try Program.start(["run", "--config", configuration])
        while listener.connections == 0 { try await Task.sleep(for: .milliseconds(20)) }
        kill(daemon, SIGTERM)
        #expect(await Program.wait(daemon) == 0)
    }

    @Test func `a mistake in the configuration ends with 78, its place and the nearest key`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/durbeen.toml"
        try Data("[fetch]\ncontakt = \"x\"\n".utf8).write(to: URL(filePath: path))
        let run = try await Program.run(["check", "--config", path])
        #expect(run.code == 78)
        #expect(run.errors.contains("durbeen.toml:2:1: [fetch] has no key \"contakt\"; did you mean \"contact\"?"))
    }

    @Test func `a misspelt command gets a suggestion and 64`() async throws {
        let run = try await Program.run(["chekc"])
        #expect(run.code == 64)
        #expect(run.errors.hasPrefix("durbeen: chekc: unknown command; did you mean check?\n"))
    }
}
