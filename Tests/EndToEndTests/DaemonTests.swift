import FoundationEssentials
import Glibc
import LoopbackServer
import TestSupport
import Testing

/// `durbeen run`, told by signals.
@Suite(.serialized, .timeLimit(.minutes(1))) struct DaemonTests {
    @Test func `R20: SIGTERM ends the daemon with 0 while a server stalls`() async throws {
        let world = try World()
        world.publisher.on("/feed.xml") { _ in
            sleep(3)
            return LoopbackResponse(status: 500)
        }
        let daemon = try Program.start(world.command("run"), in: world.folder)
        await world.publisher.waitForRequests(1)
        kill(daemon, SIGTERM)
        #expect(await Program.wait(daemon) == 0)
    }

    @Test func `R15: a daemon started again and again asks only for what is due`() async throws {
        let world = try World()
        var paths: [String] = []
        for round in 1...4 {
            // A new feed is due at once; once it was asked for, so would be any other that is due.
            let path = "/\(round).xml"
            paths.append(path)
            world.publish([World.headline], at: path)
            try world.configure(paths: paths, floor: "60m")
            let daemon = try Program.start(world.command("run"), in: world.folder)
            while world.publisher.requests(for: path).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            try await waitForLog(of: world, toSay: "outcome=updated")
            kill(daemon, SIGTERM)
            #expect(await Program.wait(daemon) == 0)
        }
        for path in paths { #expect(world.publisher.requests(for: path).count == 1) }
    }

    @Test func `R21: on SIGHUP a good configuration comes into force and its new feeds are asked for`() async throws {
        let world = try World()
        world.publish([World.headline])
        world.publish([World.news], at: "/second.xml")
        let daemon = try Program.start(world.command("run"), in: world.folder)
        await world.publisher.waitForRequests(1)
        try world.configure(paths: ["/feed.xml", "/second.xml"])
        kill(daemon, SIGHUP)
        while world.publisher.requests(for: "/second.xml").isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        try await waitForLog(of: world, toSay: "configuration reloaded")
        kill(daemon, SIGTERM)
        #expect(await Program.wait(daemon) == 0)
    }

    @Test func `durbeen reload has the daemon take a good configuration over, and holds back a bad one`() async throws {
        let world = try World()
        world.publish([World.headline])
        let daemon = try Program.start(world.command("run"), in: world.folder)
        try await waitForLog(of: world, toSay: "outcome=updated")
        #expect(try await Program.run(world.command("reload")).code == 0)
        try await waitForLog(of: world, toSay: "configuration reloaded")
        #expect(try await Program.run(world.command("health")).output == "well\n")
        try world.folder.write("[fetch]\nflor = 1\n", to: "durbeen.toml")
        #expect(try await Program.run(world.command("reload")).code == 78)
        #expect(try !log(of: world).contains("the old one stays in force"))
        kill(daemon, SIGTERM)
        #expect(await Program.wait(daemon) == 0)
    }

    @Test(arguments: [
        ("[fetch]\nflor = \"60m\"\n", "durbeen.toml:2:1: [fetch] has no key \"flor\"; did you mean \"floor\"?"),
        ("", "durbeen.toml"),
        ("[fetch\n", "durbeen.toml:1:"),
    ])
    func `R21: on SIGHUP a bad configuration changes nothing and is named with its place`(
        text: String, complaint: String
    ) async throws {
        let world = try World()
        world.publish([World.headline])
        let daemon = try Program.start(world.command("run"), in: world.folder)
        try await waitForLog(of: world, toSay: "outcome=updated")
        try world.folder.write(text, to: "durbeen.toml")
        kill(daemon, SIGHUP)
        try await waitForLog(of: world, toSay: "the old one stays in force")
        try await waitForLog(of: world, toSay: complaint)
        // The feed is still watched, by the old rules: its floor is a second.
        let asked = world.publisher.requests.count
        while world.publisher.requests.count == asked { try await Task.sleep(for: .milliseconds(20)) }
        kill(daemon, SIGTERM)
        #expect(await Program.wait(daemon) == 0)
    }

    @Test func `the service manager hears of start, signs of life, reload and end`() async throws {
        let world = try World()
        world.publish([World.headline])
        let manager = try NotifySocket(path: world.folder.path("notify"))
        let variables = ["NOTIFY_SOCKET=\(world.folder.path("notify"))", "WATCHDOG_USEC=1000000"]
        let daemon = try Program.start(world.command("run"), in: world.folder, environment: variables)
        try await manager.wait(for: "READY=1\nSTATUS=watching 1 feed with 1 watch for 1 reader")
        try await manager.wait(for: "WATCHDOG=1")
        let before = manager.messages().count
        kill(daemon, SIGHUP)
        try await manager.wait(for: "RELOADING=1\nMONOTONIC_USEC=", skipping: before)
        try await manager.wait(for: "READY=1\n", skipping: before)
        try await manager.wait(for: "WATCHDOG=1", skipping: before)
        kill(daemon, SIGTERM)
        #expect(await Program.wait(daemon) == 0)
        #expect(manager.messages().contains { $0.hasPrefix("STOPPING=1\n") })
    }

    @Test func `a second process on the same store is refused with 75, and the first goes on`() async throws {
        let world = try World()
        world.publish([World.headline])
        let daemon = try Program.start(world.command("run"), in: world.folder)
        try await waitForLog(of: world, toSay: "outcome=updated")
        let second = try await Program.run(world.once)
        #expect(second.code == 75)
        #expect(second.errors.contains("another"))
        // What only reads may do so beside it.
        #expect(try await Program.run(world.command("status")).output.contains("entries  1"))
        kill(daemon, SIGTERM)
        #expect(await Program.wait(daemon) == 0)
    }

    @Test func `R18: a store that is none is reported with 65 and left as it is`() async throws {
        let world = try World()
        world.publish([World.headline])
        let garbage = [UInt8](repeating: 0x5A, count: 8192)
        try world.folder.write(garbage, to: "state/durbeen.sqlite")
        for words in [world.once, world.command("run"), world.command("status")] {
            let run = try await Program.run(words)
            #expect(run.code == 65)
            #expect(run.errors.contains("durbeen.sqlite"))
        }
        #expect(try world.folder.bytes(of: "state/durbeen.sqlite") == garbage)
        #expect(world.publisher.requests.isEmpty)
    }

    /// Quotation marks inside of a value are escaped in the log; here they are not.
    private func log(of world: World) throws -> String {
        String(decoding: try world.folder.bytes(of: "err"), as: UTF8.self).replacing("\\\"", with: "\"")
    }

    private func waitForLog(of world: World, toSay text: String) async throws {
        while try !log(of: world).contains(text) { try await Task.sleep(for: .milliseconds(10)) }
    }
}
