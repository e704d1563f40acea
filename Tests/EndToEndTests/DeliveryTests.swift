import FoundationEssentials
import TestSupport
import Testing

/// What becomes of a digest whose way out is blocked, through the built program.
@Suite(.serialized, .timeLimit(.minutes(1))) struct DeliveryTests {
    @Test func `R22: a message refused for now is kept, tried again and arrives once, unchanged`() async throws {
        let world = try World()
        world.publish([World.headline])
        try world.configure(sinks: ["mail"])
        world.mailServer.on(.afterDot, .reply(451, "try later"))

        let first = try await Program.run(world.once)
        #expect(first.output.contains("not delivered yet: 1 will be tried again"))
        #expect(world.mailServer.messages.isEmpty)

        let second = try await Program.run(world.once)
        #expect(second.output.contains("nothing new"))
        let taken = try #require(world.mailServer.messages.first)
        #expect(world.mailServer.messages.count == 1)
        #expect(world.mailServer.received.map(\.bytes) == [taken.bytes, taken.bytes])

        _ = try await Program.run(world.once)
        #expect(world.mailServer.received.count == 2)
    }

    @Test func `R22: a message refused for good is tried once, shown, and sent again only on request`() async throws {
        let world = try World()
        world.publish([World.headline])
        try world.configure(sinks: ["mail"])
        world.mailServer.onRecipient("reader@example.org", .reply(550, "no such user"))
        _ = try await Program.run(world.once)
        _ = try await Program.run(world.once)
        #expect(world.mailServer.commands.count { $0.hasPrefix("RCPT") } == 1)
        let status = try await Program.run(world.command("status"))
        #expect(status.output.contains("1 failed"))
        let list = try await Program.run(world.command("outbox", "list"))
        #expect(list.output.contains("refused with 550"))

        world.mailServer.onRecipient("reader@example.org", .reply(250, "welcome back"))
        let retry = try await Program.run(world.command("outbox", "retry"))
        #expect(retry.code == 0)
        #expect(world.mailServer.messages.count == 1)
    }

    @Test func `a mail server that is away holds up neither the files nor the next day`() async throws {
        let world = try World()
        world.publish([World.headline])
        try world.configure(sinks: ["mail", "files"])
        world.mailServer.stop()
        let run = try await Program.run(world.once)
        #expect(run.code == 0)
        #expect(try world.editions(with: World.headline).count == 1)
        world.publish([World.headline, World.news])
        _ = try await Program.run(world.once)
        #expect(try world.editions(with: World.news).count == 1)
        #expect(try world.editions(with: World.headline).count == 1)
    }
}
