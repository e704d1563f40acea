import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import TestSupport
import Testing

@testable import Watching

/// What becomes of entries whose feed shows them with another text, from the document to the store.
@Suite struct EditedEntriesTests {
    private struct Item {
        var guid: String
        var title: String
        var text = "Both sides met in Doha and talked for hours about copper, water and visas, officials said."
        var link: String?
        var more = ""
    }

    private func publish(_ items: [Item], on scene: PollScene, etag: Int) {
        let texts = items.map {
            "<item><guid>\($0.guid)</guid><title>\($0.title)</title><link>\($0.link ?? "https://site.example/\($0.guid)")</link>"
                + "<description>\($0.text)</description>\($0.more)</item>"
        }
        scene.server.on(
            "/feed",
            LoopbackResponse(
                headers: [("ETag", "\"\(etag)\"")],
                text: "<rss version=\"2.0\"><channel><title>T</title>\(texts.joined())</channel></rss>"))
    }

    /// Shows `forms` of one entry one after another, an hour apart, beside an entry that never changes.
    private func scene(showing forms: [Item]) async throws -> (
        scene: PollScene, entry: MatchedEntry, versions: [EntryVersion]
    ) {
        let scene = try await PollScene()
        for (number, form) in forms.enumerated() {
            publish([form, Item(guid: "still", title: "Something else")], on: scene, etag: number)
            try await scene.poll(after: .seconds(90_000))
        }
        let link = forms[forms.count - 1].link ?? "https://site.example/\(forms[0].guid)"
        let found = try await scene.store.entries(url: link)
        #expect(found.count == 1)
        let entry = try #require(found.first)
        let versions = try await scene.store.versions(of: entry.entry.id)
        #expect(try await scene.store.status().entries == 2)
        await scene.end()
        return (scene, entry, versions)
    }

    @Test func `D4: a material edit takes the place of the text, which is kept, and the watchlists judge again`()
        async throws
    {
        let (_, entry, versions) = try await scene(showing: [
            Item(guid: "a", title: "Talks end"), Item(guid: "a", title: "Talks end with accord"),
        ])
        #expect(entry.entry.title == "Talks end with accord" && entry.version == 1)
        #expect(entry.verdict.matches.map(\.watch.topic) == ["defence"])
        #expect(versions.map(\.edit) == [nil, .material])
        #expect(versions.compactMap(\.text?.title) == ["Talks end", "Talks end with accord"])
        #expect(versions.last?.reasons == ["title: \"accord\" came in"])
    }

    @Test func `D4: an entry that no longer matches before anyone was told is not told`() async throws {
        let (_, entry, _) = try await scene(showing: [
            Item(guid: "a", title: "Accord near"), Item(guid: "a", title: "Talks fail"),
        ])
        #expect(!entry.verdict.isRelevant)
    }

    @Test
    func `D4: an edit of the link, authors or tags alone is a cosmetic version, and digests link to where it is now`()
        async throws
    {
        let (_, entry, versions) = try await scene(showing: [
            Item(guid: "a", title: "An accord", more: "<author>Ayesha</author>"),
            Item(guid: "a", title: "An accord", link: "https://site.example/moved", more: "<author>Ayesha</author>"),
            Item(
                guid: "a", title: "An accord", link: "https://site.example/moved",
                more: "<author>Bilal</author><category>Doha</category>"),
        ])
        #expect(entry.entry.url == "https://site.example/moved" && entry.version == 2)
        #expect(entry.entry.authors == ["Bilal"] && entry.entry.tags == ["Doha"])
        #expect(versions.map(\.edit) == [nil, .cosmetic, .cosmetic])
        #expect(
            versions.flatMap(\.reasons) == [
                "link: https://site.example/a became https://site.example/moved",
                "authors: \"Ayesha\" went, \"Bilal\" came in", "tags: \"Doha\" came in",
            ])
        // Kept once.
        #expect(versions.compactMap(\.text?.title) == ["An accord"])
    }

    @Test func `D4: a new link is taken over after any number of cosmetic edits`() async throws {
        let tags = ["Doha", "Kabul", "Lahore"].map {
            Item(guid: "a", title: "An accord", more: "<category>\($0)</category>")
        }
        let more = "<category>Lahore</category>"
        let (_, entry, versions) = try await scene(
            showing: [Item(guid: "a", title: "An accord")] + tags + [
                Item(guid: "a", title: "An accord", more: "<category>Quetta</category>"),
                Item(guid: "a", title: "An accord", link: "https://site.example/moved", more: more),
                Item(guid: "a", title: "An accord", link: "https://site.example/again", more: more),
            ])
        #expect(entry.entry.url == "https://site.example/again" && entry.entry.tags == ["Lahore"])
        // All but the fourth set of tags.
        #expect(versions.count == 6)
    }

    @Test func `D4: campaign parameters in a link and what a feed leaves out are no edit, a tag that comes in is`()
        async throws
    {
        let (_, entry, versions) = try await scene(showing: [
            Item(guid: "a", title: "Copper", more: "<category>Doha</category><author>Ayesha</author>"),
            Item(guid: "a", title: "Copper", link: "http://www.site.example/a/?utm_source=rss"),
            Item(guid: "a", title: "Copper"),
        ])
        #expect(versions.isEmpty && entry.entry.tags == ["Doha"] && entry.entry.authors == ["Ayesha"])
        #expect(!entry.verdict.isRelevant)
        let tagged = try await self.scene(showing: [
            Item(guid: "a", title: "Copper"), Item(guid: "a", title: "Copper", more: "<category>accord</category>"),
        ])
        #expect(tagged.versions.map(\.edit) == [nil, .cosmetic] && tagged.entry.entry.tags == ["accord"])
    }

    @Test func `D4: a text that changes with its link is judged by the text, and both are told`() async throws {
        let (_, entry, versions) = try await scene(showing: [
            Item(guid: "a", title: "Talks end"),
            Item(guid: "a", title: "Talks end with accord", link: "https://site.example/b"),
        ])
        #expect(versions.map(\.edit) == [nil, .material] && entry.entry.url == "https://site.example/b")
        #expect(
            versions.last?.reasons == [
                "title: \"accord\" came in", "link: https://site.example/a became https://site.example/b",
            ])
    }

    @Test func `D4: other markup, white space and counters are no version`() async throws {
        let (_, entry, versions) = try await scene(showing: [
            Item(guid: "a", title: "An accord"), Item(guid: "a", title: "An  accord"),
            Item(guid: "a", title: "An accord (3 comments)"), Item(guid: "a", title: "An accord (4 comments)"),
        ])
        // The first of them is taken in; what the counter says later is not.
        #expect(versions.isEmpty && entry.entry.title == "An accord")
    }

    @Test func `D4: small edits add up to a material one, and text that never rests is not followed for ever`()
        async throws
    {
        let text = (0..<40).map { "word\($0) some more" }
        let forms = (0..<16).map { number in
            let words = text.enumerated().map { $0 < number * 2 ? "other\($0) some more" : $1 }
            return Item(guid: "a", title: "An accord", text: words.joined(separator: " "))
        }
        let (_, _, versions) = try await scene(showing: Array(forms))
        let edits = versions.dropFirst().map(\.edit)
        #expect(edits.prefix(4) == [.cosmetic, .cosmetic, .cosmetic, .material])
    }

    @Test func `D4: two titles that take turns make no version a poll`() async throws {
        let forms = (0..<20).map { Item(guid: "a", title: $0 % 2 == 0 ? "Accord signed" : "Copper for everybody") }
        let (_, _, versions) = try await scene(showing: forms)
        #expect(versions.map(\.edit) == [nil, .material, .returned, .returned])
    }

    @Test func `D4: when most of a feed changes at once its form did, and not its entries`() async throws {
        let scene = try await PollScene()
        publish((0..<8).map { Item(guid: "\($0)", title: "Title \($0)") }, on: scene, etag: 1)
        try await scene.poll()
        publish((0..<8).map { Item(guid: "\($0)", title: "Accord watch: Title \($0)") }, on: scene, etag: 2)
        try await scene.poll(after: .seconds(90_000))
        for number in 0..<8 {
            let entry = try #require(try await scene.store.entries(url: "https://site.example/\(number)").first)
            #expect(try await scene.store.versions(of: entry.entry.id).map(\.edit) == [nil, .cosmetic])
            #expect(entry.verdict.isRelevant)
        }
        await scene.end()
    }

    @Test func `R6: of many changes at once some are looked at, and the rest when the feed is next read`() async throws
    {
        let scene = try await PollScene()
        func items(_ form: String) -> [Item] {
            (0..<150).map { Item(guid: "\($0)", title: $0 < 70 ? "\(form) title \($0)" : "Title \($0)") }
        }
        publish(items("First"), on: scene, etag: 0)
        try await scene.poll()
        for (number, expected) in [EditReview.mostAtOnce, 70, 70].enumerated() {
            publish(items("Second"), on: scene, etag: number + 1)
            try await scene.poll(after: .seconds(90_000))
            var edited = 0
            for entry in try await scene.store.entries(since: .distantPast).entries where entry.version > 0 {
                edited += 1
            }
            #expect(edited == expected)
        }
        await scene.end()
    }

    @Test func `R6: of long texts fewer are looked at in one document`() {
        var document = ParsedFeed(format: .rss20)
        var changed: [EntryID: Int] = [:]
        for place in 0..<50 {
            var entry = ParsedEntry()
            entry.summary = TextBlock(
                type: "text/plain", text: String(repeating: "x", count: place == 0 ? 600_000 : 20_000))
            document.entries.append(entry)
            changed[EntryID("e\(place)")] = place
        }
        #expect(EditReview.places(of: changed, in: document) == [EntryID("e0"): 0])
        changed[EntryID("e0")] = nil
        #expect(EditReview.places(of: changed, in: document).values.sorted() == Array(1...26))
    }

    @Test func `D4: an entry without a guid is followed through a change of its title`() async throws {
        let scene = try await PollScene()
        for (number, title) in ["Talks end", "Talks end with accord"].enumerated() {
            scene.server.on(
                "/feed",
                LoopbackResponse(
                    headers: [("ETag", "\"\(number)\"")],
                    text: "<rss><channel><item><title>\(title)</title><link>https://site.example/a</link></item>"
                        + "<item><title>\(number)</title><link>https://site.example/b</link></item></channel></rss>"))
            try await scene.poll(after: .seconds(90_000))
        }
        let entry = try #require(try await scene.store.entries(url: "https://site.example/a").first)
        #expect(entry.entry.title == "Talks end with accord" && entry.version == 1)
        #expect(try await scene.store.status().entries == 2)
        await scene.end()
    }

    @Test func `D4: an unmatched entry is followed as long as its body is kept`() async throws {
        let scene = try await PollScene()
        publish([Item(guid: "a", title: "Talks")], on: scene, etag: 1)
        try await scene.poll()
        publish([Item(guid: "a", title: "An accord")], on: scene, etag: 2)
        try await scene.poll(after: .seconds(31 * 86_400))
        let entry = try #require(try await scene.store.entries(url: "https://site.example/a").first)
        #expect(entry.entry.title == "Talks" && !entry.verdict.isRelevant)
        await scene.end()
    }
}
