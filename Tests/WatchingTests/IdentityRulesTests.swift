import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import TestSupport
import Testing

@testable import Watching

/// By what entries are told apart over time: policies, ids that prove worthless, and publishers that change everything (D1, D2).
@Suite struct IdentityRulesTests {
    private struct Item {
        var guid: String?
        var title: String
        var link: String
        var text = ""
    }

    private func publish(_ items: [Item], on scene: PollScene, etag: Int) {
        let texts = items.map { item in
            "<item>" + (item.guid.map { "<guid isPermaLink=\"false\">\($0)</guid>" } ?? "")
                + "<title>\(item.title)</title><link>https://site.example/\(item.link)</link>"
                + "<description>\(item.text)</description></item>"
        }
        scene.server.on(
            "/feed",
            LoopbackResponse(
                headers: [("ETag", "\"\(etag)\"")],
                text: "<rss version=\"2.0\"><channel><title>T</title>\(texts.joined())</channel></rss>"))
    }

    /// How many entries are stored after each of the documents, a day apart.
    private func counts(
        _ documents: [[Item]], policy: IdentityPolicy? = nil, on scene: PollScene? = nil
    ) async throws -> [Int] {
        var counts: [Int] = []
        let own = try await PollScene { $0.identity = policy }
        for (number, document) in documents.enumerated() {
            publish(document, on: own, etag: number)
            try await own.poll(after: .seconds(90_000))
            counts.append(try await own.store.status().entries)
        }
        await own.end()
        return counts
    }

    private let copper = Item(
        guid: "1", title: "Copper accord signed in Islamabad", link: "copper",
        text: "Ministers of both countries signed an accord on copper from the mine at Reko Diq on Tuesday.")
    private let flood = Item(
        guid: "1", title: "Floods displace thousands near Sukkur", link: "flood",
        text: "Heavy rains swelled the Indus and drove thousands of villagers from their homes, rescuers say.")
    private let cricket = Item(
        guid: "1", title: "Cricket board names new captain", link: "cricket",
        text: "The selectors chose an all-rounder of Peshawar to lead the side on its tour of Australia.")

    @Test func `D1: an id that is used again for another entry hides nothing, and counts for nothing from then on`()
        async throws
    {
        let scene = try await PollScene()
        for (number, item) in [copper, flood, cricket, copper].enumerated() {
            publish([item], on: scene, etag: number)
            try await scene.poll(after: .seconds(90_000))
            // The last is one that was there before.
            #expect(try await scene.store.status().entries == min(number + 1, 3))
        }
        let memory = try await scene.state().memory
        #expect(memory.identity == .composite)
        #expect(
            memory.demotion?.reason
                == "one id stands for \"Copper accord signed in Islamabad\" and for \"Floods displace thousands near Sukkur\""
        )
        await scene.end()
    }

    @Test func `D1: an id on two strange entries of one document counts for nothing either`() async throws {
        let scene = try await PollScene()
        publish([copper, flood], on: scene, etag: 1)
        try await scene.poll()
        #expect(try await scene.store.status().entries == 2)
        #expect(try await scene.state().memory.demotion != nil)
        publish([cricket], on: scene, etag: 2)
        try await scene.poll(after: .seconds(90_000))
        #expect(try await scene.store.status().entries == 3)
        await scene.end()
    }

    @Test
    func `D1: an entry that moves, or is rewritten under its link, is the same entry, and its id goes on counting`()
        async throws
    {
        var moved = copper
        moved.link = "copper-2"
        var rewritten = flood
        rewritten.link = "copper"
        #expect(try await counts([[copper], [moved], [rewritten]]) == [1, 1, 1])
    }

    @Test func `D1: entries without ids that share one link over time are told apart`() async throws {
        let days = [copper, flood, cricket].map { item in
            var item = item
            item.guid = nil
            item.link = "today"
            return item
        }
        #expect(try await counts(days.map { [$0] }) == [1, 2, 3])
    }

    @Test(arguments: [
        (IdentityPolicy.guid, [1, 1, 1, 1]), (.link, [1, 1, 2, 2]), (.hash, [1, 2, 3, 4]), (.composite, [1, 1, 2, 3]),
    ])
    func `D1: a policy that the reader names holds, whatever the feed does`(policy: IdentityPolicy, expected: [Int])
        async throws
    {
        // Another title; then another link, too; then another id, title and text.
        var renamed = copper
        renamed.title = "An accord on copper"
        var moved = renamed
        moved.link = "elsewhere"
        moved.title = "Accord"
        var other = flood
        other.link = "elsewhere"
        #expect(try await counts([[copper], [renamed], [moved], [other]], policy: policy) == expected)
    }

    @Test(arguments: IdentityPolicy.allCases)
    func `D1: another policy floods nobody`(policy: IdentityPolicy) async throws {
        let scene = try await PollScene()
        let items = (0..<8).map {
            Item(guid: "g\($0)", title: "Title number \($0)", link: "page\($0)", text: "Lead of entry number \($0)")
        }
        publish(items, on: scene, etag: 1)
        try await scene.poll()
        var feed = Feed(url: scene.server.url("/feed"))
        for (number, next) in [policy, nil, policy].enumerated() {
            feed.identity = next
            try await scene.adopt([feed])
            publish(items, on: scene, etag: number + 2)
            try await scene.poll(after: .seconds(90_000))
            #expect(try await scene.store.status().entries == 8)
            #expect(try await scene.state().memory.identity == next)
        }
        await scene.end()
    }

    @Test func `D2: when ids, links and titles all change at once, texts are believed, but figures must agree`()
        async throws
    {
        let scene = try await PollScene()
        let words = "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa"
            .split(separator: " ")
        func items(_ form: String) -> [Item] {
            (0..<8).map { number in
                let own = (0..<24).map { words[($0 * (number + 3) + number * number) % words.count] }.joined(
                    separator: " ")
                return Item(
                    guid: "\(form)\(number)", title: "\(form) number \(number)", link: "\(form)/\(number)",
                    text: "\(own) and so on it goes.")
            }
        }
        publish(items("old"), on: scene, etag: 1)
        try await scene.poll()
        #expect(try await scene.store.status().entries == 8)
        publish(items("new"), on: scene, etag: 2)
        try await scene.poll(after: .seconds(90_000))
        #expect(try await scene.store.status().entries == 8)
        // Known by their new ids from now on.
        publish(Array(items("new").prefix(3)), on: scene, etag: 3)
        try await scene.poll(after: .seconds(90_000))
        #expect(try await scene.store.status().entries == 8)
        await scene.end()
    }

    @Test func `D2: prices of the next day are told in the same words and are news`() {
        func hash(_ title: String, _ price: Int) -> Simhash {
            Simhash(
                EntryText(
                    title: title,
                    summary:
                        "Gold sold for \(price) rupees a tola in Karachi, the association of dealers and jewellers said."
                ))
        }
        #expect(hash("Gold rate today", 230_100).distance(to: hash("Gold rate today", 231_400)) == nil)
        #expect(hash("Gold rate today", 230_100).distance(to: hash("Gold rate now", 230_100)) != nil)
    }
}
