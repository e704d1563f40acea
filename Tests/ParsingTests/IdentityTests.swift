import FeedModel
import Testing

@testable import Parsing

@Suite struct IdentityTests {
    private let parser = FeedParser()

    private func identities(_ items: String, url: String = "https://example.org/feed.xml") throws
        -> [(id: EntryID, identity: EntryIdentity)]
    {
        let feed = try parser.parse(Document(bytes: Array(rss(items).utf8), url: url))
        return parser.identities(of: feed, feedURL: url).map { ($0.id(in: url), $0.identity) }
    }

    /// Whether an entry seen in the first document is known again in the second, by one of its keys.
    private func isKnownAgain(_ first: String, _ second: String) throws -> Bool {
        let seen = Set(try identities(first).flatMap(\.identity.keys))
        return try identities(second).allSatisfy { !seen.isDisjoint(with: $0.identity.keys) }
    }

    private let whole =
        "<title>Talks begin</title><link>https://example.org/1</link><description>Long text</description>"

    @Test func `an entry has the same name on every machine`() throws {
        let known = try identities("<item><guid>a</guid></item>")[0]
        #expect(known.id.text.utf8.count == 26)
        #expect(try identities("<item><title>New title</title><guid>a</guid></item>")[0].id == known.id)
        #expect(try identities("<item><guid>a</guid></item>", url: "https://other.example/")[0].id != known.id)
    }

    @Test func `the names of a feed's entries begin alike, in the order in which feeds are asked, and end apart`()
        throws
    {
        let items = (0..<50).map { "<item><guid>\($0)</guid></item>" }.joined()
        let hash = stableHash("https://example.org/feed.xml")
        let names = try identities(items).map { Array($0.id.text) }
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        let first = (0..<5).map { alphabet[Int(hash >> UInt64(59 - 5 * $0) & 31)] }
        #expect(names.allSatisfy { Array($0.prefix(5)) == first })
        #expect(Set(names.map { $0.dropFirst(5) }).count == 50)
        // No place behind the first five is the same in all.
        #expect((5..<26).allSatisfy { place in Set(names.map { $0[place] }).count > 10 || place == 25 })
    }

    @Test(arguments: [
        ("<guid>a</guid>{}", "<guid>a</guid><title>Other</title>", true),
        ("<guid>a</guid>{}", "<guid>b</guid>{}", true),
        ("<guid>a</guid>{}", "{}", true),
        ("{}", "<guid>b</guid>{}", true),
        ("<guid>a</guid>{}", "<guid>b</guid><title>Other</title><link>https://example.org/2</link>", false),
        (
            "{}<pubDate>Wed, 25 Nov 2026 10:00:00 GMT</pubDate>", "{}<pubDate>Thu, 26 Nov 2026 10:00:00 GMT</pubDate>",
            true
        ),
        (
            "{}",
            "<title>Talks begin</title><link>http://www.example.org/1/?utm_source=x#y</link><description>Long text</description>",
            true
        ),
        (
            "{}",
            "<title>Talks begin!</title><link>https://example.org/1</link><description>&lt;p&gt;Long  text&lt;/p&gt;</description>",
            true
        ),
    ])
    func `is known again by its guid, or by link, title and lead together`(first: String, second: String, isKnown: Bool)
        throws
    {
        func item(_ text: String) -> String { "<item>" + text.replacing("{}", with: whole) + "</item>" }
        #expect(try isKnownAgain(item(first), item(second)) == isKnown)
    }

    @Test func `a fingerprint counts each tag, whatever their order`() throws {
        func fingerprint(_ tags: String) throws -> UInt64 {
            FeedParser().fingerprint(of: try item(tags.map { "<category>\($0)</category>" }.joined()))
        }
        let prints = try ["", "A", "AA", "BB", "AAB", "B", "AB"].map(fingerprint)
        #expect(Set(prints).count == prints.count)
        #expect(try fingerprint("ABA") == fingerprint("AAB"))
    }

    @Test func `a guid that two entries of a document bear identifies neither (D1)`() throws {
        let twice = try identities(
            "<item><guid>a</guid><title>A</title><link>/1</link></item><item><guid>a</guid><title>B</title><link>/2</link></item>"
        )
        #expect(twice[0].id != twice[1].id)
        #expect(Set(twice[0].identity.keys).isDisjoint(with: twice[1].identity.keys))
    }

    @Test func `entries that share one link are told apart by their titles`() throws {
        let same = try identities(
            "<item><title>A</title><link>/x</link></item><item><title>B</title><link>/x</link></item>")
        #expect(Set(same[0].identity.keys).isDisjoint(with: same[1].identity.keys))
    }

    @Test func `entries without guid, link and title are still entries`() throws {
        let bare = try identities(
            "<item><description>One</description></item><item><description>Two</description></item><item/>")
        #expect(Set(bare.map(\.id)).count == 3)
        #expect(bare.allSatisfy { !$0.identity.keys.isEmpty })
    }

    @Test func `keys and ids are the same from version to version, or what is known would be new`() throws {
        let known = try identities("<item><guid>a</guid>\(whole)</item>")[0]
        // The first 16 bytes of SHA-256 over each part behind its length: "4:guid1:a" and so on.
        #expect(
            known.identity.keys == [
                IdentityKey(high: 0xB71B_B0A2_F1B4_9287, low: 0x6E87_2E2C_BA82_20D4),
                IdentityKey(high: 0xA112_5ABE_9E04_0A84, low: 0x7592_8B08_C771_2454),
            ])
        #expect(
            known.identity.looseKeys == [
                IdentityKey(high: 0x678E_489B_B565_ECDC, low: 0x2EE9_0396_A3E8_B74D),
                IdentityKey(high: 0x54DA_40A2_7EA7_BF33, low: 0x137A_22EE_092B_2685),
            ])
        #expect(known.id.text == "4sfh2ujwqgnanzvhwt4gdbf7fg")
    }

    @Test func `the loose keys are the link and the title alone`() throws {
        let first = try identities("<item><guid>a</guid>\(whole)</item>")[0].identity
        let second = try identities(
            "<item><guid>b</guid><title>Talks begin</title><link>https://example.org/9</link></item>")[0].identity
        let third = try identities("<item><guid>c</guid><title>Other</title><link>https://example.org/1</link></item>")[
            0
        ].identity
        #expect(Set(first.keys).isDisjoint(with: second.keys) && Set(first.keys).isDisjoint(with: third.keys))
        #expect(!Set(first.looseKeys).isDisjoint(with: second.looseKeys))
        #expect(!Set(first.looseKeys).isDisjoint(with: third.looseKeys))
    }

    @Test(arguments: [
        (IdentityPolicy.guid, 1), (.link, 1), (.hash, 1), (.composite, 4),
    ])
    func `D1: a policy decides by what an entry is known`(policy: IdentityPolicy, count: Int) throws {
        let lead = String(repeating: "A lead of some length. ", count: 8)
        let feed = try parser.parse(
            Document(
                bytes: Array(
                    rss(
                        "<item><guid>a</guid><title>Talks begin</title><link>https://example.org/1</link>"
                            + "<description>\(lead)</description></item>"
                    ).utf8), url: "https://example.org/feed"))
        let own = try #require(parser.identities(of: feed, feedURL: "f", policy: policy).first).identity.keys
        let all = try #require(parser.identities(of: feed, feedURL: "f").first).identity.keys
        #expect(own.count == count)
        #expect(own.contains(all[0]) == (policy == .guid))
    }

    @Test
    func `D4: a fingerprint tells every change of title, texts, link, authors and tags, and none of anything else`()
        throws
    {
        func print(_ item: String) throws -> UInt64 {
            let feed = try parser.parse(
                Document(bytes: Array(rss("<item>\(item)</item>").utf8), url: "https://a.example/"))
            let print = parser.fingerprint(of: feed.entries[0])
            let known = parser.identities(of: feed, feedURL: "https://a.example/", fingerprints: true)
            #expect(known.map(\.identity.fingerprint) == [print])
            return print
        }
        let whole =
            "<title>Talks</title><description>On &lt;b&gt;copper&lt;/b&gt; and water</description>"
            + "<link>https://a.example/1</link><author>Ayesha</author><category>Doha</category><category>Visas</category>"
        let same = try print(whole)
        #expect(try print(whole + "<pubDate>Thu, 26 Nov 2026 10:00:00 GMT</pubDate><guid>1</guid>") == same)
        for (old, new) in [
            ("example/1", "example/1?utm_source=rss"), ("https", "http"),
            (
                "<category>Doha</category><category>Visas</category>",
                "<category>Visas</category><category>Doha</category>"
            ),
        ] {
            #expect(try print(whole.replacing(old, with: new)) == same, "\(new)")
        }
        for (old, new) in [
            ("Talks", "Talk"), ("water", "Water"), ("&lt;b&gt;", "&lt;i&gt;"), ("and water", "and water!"),
            ("example/1", "example/2"), ("Ayesha", "Ayesha Khan"), ("Doha", "doha"), ("<category>Doha</category>", ""),
            ("<author>Ayesha</author>", "<author>Ayesha</author><author>Bilal</author>"),
        ] {
            #expect(try print(whole.replacing(old, with: new)) != same, "\(new)")
        }
        #expect(
            try print("<title>ab</title><description>c</description>")
                != print("<title>a</title><description>bc</description>"))
    }

    @Test func `D1: ids on several entries with different links are found`() throws {
        func pairs(_ items: [(String, String)]) throws -> Int {
            let text = items.map {
                "<item><guid isPermaLink='false'>\($0)</guid><link>https://a.example/\($1)</link></item>"
            }
            let feed = try parser.parse(Document(bytes: Array(rss(text.joined()).utf8), url: "https://a.example/"))
            return parser.repeatedIDs(in: feed).count
        }
        #expect(try pairs([("a", "1"), ("b", "2")]) == 0)
        #expect(try pairs([("a", "1"), ("a", "1")]) == 0)
        #expect(try pairs([("a", "1"), ("b", "2"), ("a", "3")]) == 1)
        // The same letter, written in two ways.
        #expect(try pairs([("caf\u{E9}", "1"), ("cafe\u{301}", "3")]) == 1)
    }
}
