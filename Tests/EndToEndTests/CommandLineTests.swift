import FoundationEssentials
import LoopbackServer
import TestSupport
import Testing

/// The built program, run as a user runs it, against real servers on this machine.
@Suite(.serialized, .timeLimit(.minutes(1))) struct CommandLineTests {
    @Test func `a new entry is in one digest; the second run asks conditionally and repeats nothing`() async throws {
        let world = try World()
        world.publish([World.headline, "A recipe for plum cake"])
        let first = try await Program.run(world.once)
        #expect(first.code == 0)
        #expect(first.output.contains("2 new entries, 1 matched"))
        let page = try #require(first.output.split(separator: "\n").first { $0.hasSuffix(".html") })
        let html = try String(contentsOfFile: page.drop { $0 == " " }.description, encoding: .utf8)
        #expect(html.contains("Reko Diq copper accord"))
        #expect(!html.contains("plum cake"))

        let second = try await Program.run(world.once)
        #expect(second.output.contains("nothing new"))
        #expect(world.publisher.requests.map { $0.header("If-None-Match") != nil } == [false, true])
    }

    @Test func `S7: no proxy, password or exception of the environment is heeded, only the configuration's`()
        async throws
    {
        let world = try World()
        world.publish([World.headline])
        let proxy = try FeedServer()
        try world.folder.write("machine 127.0.0.1 login ann password secret\n", to: ".netrc")
        let names = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
        let environment =
            names.map { "\($0)=\(proxy.url)" } + ["HOME=\(world.folder.path)", "no_proxy=*", "NO_PROXY=*"]
        func once() async throws -> Int32 {
            await Program.wait(try Program.start(world.once, in: world.folder, environment: environment))
        }
        #expect(try await once() == 0)
        #expect(proxy.requests.isEmpty)
        #expect(world.publisher.requests.map { $0.header("Authorization") } == [nil])

        let text = String(decoding: try world.folder.bytes(of: "durbeen.toml"), as: UTF8.self)
        try world.folder.write(
            text.replacing("[fetch]", with: "[fetch]\nproxy = \"\(proxy.url)\""), to: "durbeen.toml")
        proxy.on(world.publisher.url("/feed.xml"), LoopbackResponse(text: "<rss version=\"2.0\"><channel/></rss>"))
        #expect(try await once() == 0)
        #expect(proxy.requests.map(\.target) == [world.publisher.url("/feed.xml")])
        #expect(world.publisher.requests.count == 1)
    }

    @Test func `a mistake in the configuration ends with 78, its place and the nearest key`() async throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("[fetch]\ncontakt = \"x\"\n", to: "durbeen.toml")
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
