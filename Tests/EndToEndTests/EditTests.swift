import FoundationEssentials
import LoopbackServer
import TestSupport
import Testing

/// What an edited entry comes to, from the publisher's feed to the reader's file, through the built program.
@Suite(.serialized, .timeLimit(.minutes(1))) struct EditTests {
    private func publish(_ title: String, _ text: String, at world: World) {
        let item =
            "<item><guid>one</guid><title>\(title)</title><link>https://herald.example/one</link>"
            + "<description>\(text)</description></item>"
        world.publisher.on(
            "/feed.xml",
            LoopbackResponse(
                headers: [("Content-Type", "application/rss+xml")],
                text: "<rss version=\"2.0\"><channel><title>Herald</title>\(item)</channel></rss>"))
    }

    @Test func `D4: an entry is told, its cosmetic edit is not, and its material edit once, with what changed`()
        async throws
    {
        let world = try World()
        let lead =
            "The mine is to ship 200,000 tons of copper a year to ports in the United States, officials of both sides said."
        publish(World.headline, lead, at: world)
        _ = try await Program.run(world.once)
        #expect(try world.editions(with: World.headline).count == 1)

        publish(
            World.headline, "<p>\(lead.replacing("officials", with: "offcials"))</p> Updated 26 Nov 2026, 10:30",
            at: world)
        #expect(try await Program.run(world.once).output.contains("nothing new"))

        publish(World.headline, lead.replacing("200,000", with: "350,000"), at: world)
        _ = try await Program.run(world.once)
        let revised = try #require(try world.editions(with: "\"revision\"").first)
        let edition = String(decoding: try world.folder.bytes(of: revised), as: UTF8.self)
        #expect(
            edition.contains("is to ship 200,000 tons of copper")
                && edition.contains("is to ship 350,000 tons of copper"))
        let page = String(
            decoding: try world.folder.bytes(of: revised.replacing(".json", with: ".html")), as: UTF8.self)
        #expect(page.contains("Revised since they were told"))
        #expect(try await Program.run(world.once).output.contains("nothing new"))

        let versions = try await Program.run(world.command("versions", "https://herald.example/one"))
        #expect(versions.code == 0)
        #expect(versions.output.contains("material\n     figures: 200000 became 350000\n"))
        #expect(versions.output.contains("told again, as revised, in digest reader/"))
        let why = try await Program.run(world.command("why-not", "https://herald.example/one"))
        #expect(why.output.contains("told again, as revised, in digest reader/"))
        #expect(try await Program.run(world.command("versions", "https://herald.example/two")).code == 1)
    }
}
