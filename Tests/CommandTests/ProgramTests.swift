import FoundationEssentials
import Testing
import Watching

@testable import durbeen

@Suite struct ProgramTests {
    @Test func `answers wrong usage with 64 and says so on standard error alone`() async {
        let run = await durbeen(["chekc"])
        #expect(run.code == .usage)
        #expect(run.errors == "durbeen: chekc: unknown command; did you mean check?\n")
        #expect(run.output == "")
    }

    @Test func `check says what a configuration would do`() async throws {
        let place = try Place()
        let run = await durbeen(["check", "--config", place.configuration])
        #expect(run.code == .success, "\(run.errors)")
        #expect(
            run.output.hasPrefix(
                "\(place.configuration): in order\n  feeds    1: 1 unknown\n  watches  1: trade-investment\n"))
        #expect(run.output.contains("profile  daily: next digest "))
        #expect(run.errors == "")
    }

    @Test(arguments: ["config/durbeen.toml", "Examples/demo.toml"])
    func `check finds the shipped configurations in order`(name: String) async throws {
        // Tests/CommandTests/ProgramTests.swift, three folders below the top.
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let run = await durbeen(["check", "--config", top.appending(path: name).path])
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.output.contains("  watches  10: "))
    }

    @Test func `check finds the configuration by the environment`() async throws {
        let place = try Place()
        let run = await durbeen(["check", "--json"], environment: ["DURBEEN_CONFIG": place.configuration])
        #expect(run.code == .success)
        #expect(run.output.contains("\"ok\": true"))
    }

    @Test func `check gives one line an error and 78`() async throws {
        let place = try Place("[fetch]\nflor = 1\n[[profile]]\nname = \"a\"\ntopics = [\"x\"]\nsinks = [\"fils\"]\n")
        let run = await durbeen(["check", "--config", place.configuration])
        #expect(run.code == .configuration)
        #expect(
            run.errors == """
                \(place.configuration):2:1: [fetch] has no key "flor"; did you mean "floor"?
                \(place.configuration):6:10: [[profile]] sinks: "fils" is not known; did you mean "files"?

                """)
        #expect(run.output == "")
    }

    @Test func `check finds topics that no watch has, bad watchlists and bad OPML, all at once`() async throws {
        let place = try Place(
            Place.plain.replacing("zone = \"Asia/Karachi\"", with: "topics = [\"trade-investmnet\"]"))
        let run = await durbeen(["check", "--config", place.configuration])
        #expect(run.code == .configuration)
        #expect(
            run.errors
                == "\(place.configuration):11:11: [[profile]] topics: no watch is filed under \"trade-investmnet\"; "
                + "did you mean \"trade-investment\"?\n")
        try place.write("feeds.opml", "<opml><body>")
        try place.write("trade.watch", "[wach Trade]\ntopic a\n")
        let both = await durbeen(["check", "--config", place.configuration])
        #expect(both.code == .configuration)
        #expect(both.errors.contains(place.path("feeds.opml") + ":1:"))
        #expect(both.errors.contains(place.path("trade.watch") + ":1:"))
    }

    @Test func `classify answers each line in order and goes on after a bad one`() async throws {
        let place = try Place()
        let deep = String(repeating: "[", count: 1_000_000)
        try place.write(
            "in.jsonl",
            """
            {"id":"a","title":"A tariff","text":null,"unknown":{"x":[1]}}

            {"id":2,"title":"Cats"}
            {"id":"b"
            {"title":"no id"}
            {"id":"c","title":3}
            \(deep)
            [1]
            {"id":"d","text":"tariff \\u202e"}
            """)
        let arguments = ["classify", "--watchlist", place.path("trade.watch"), place.path("in.jsonl")]
        let run = await durbeen(arguments)
        #expect(run.code == .wrong)
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 8)
        #expect(
            lines.first?.hasPrefix("{\"id\":\"a\",\"relevant\":true,\"relevance\":") == true
                && lines[0].hasSuffix(
                    "\"topics\":[{\"id\":\"trade-investment\",\"score\":15}],\"matches\":[{\"watch\":\"Trade\","
                        + "\"topic\":\"trade-investment\",\"score\":15,\"threshold\":4,\"hits\":[{\"line\":5,\"field\":\"title\","
                        + "\"start\":2,\"end\":8,\"text\":\"tariff\",\"points\":15}]}]}"),
            "\(lines[0])")
        #expect(lines[1] == "{\"id\":2,\"relevant\":false,\"relevance\":0,\"topics\":[],\"matches\":[]}")
        for line in lines[2...6] { #expect(line.hasPrefix("{\"id\":null,\"error\":\""), "\(line)") }
        #expect(lines[7].hasPrefix("{\"id\":\"d\",\"relevant\":true"))
        let short = await durbeen(arguments + ["--no-hits"])
        #expect(!short.output.contains("hits"))
    }

    @Test func `parse prints an object for every file, and 1 if one is no feed`() async throws {
        let place = try Place()
        try place.write("a.xml", "<rss version='2.0'><channel><title>T\u{202E}</title></channel></rss>")
        try place.write("b.xml", "\u{1B}nothing")
        let run = await durbeen([
            "parse", "--format", "jsonl", place.path("a.xml"), place.path("b.xml"), place.path("c.xml"),
        ])
        #expect(run.code == .wrong)
        #expect(run.output.split(separator: "\n").count == 3)
        #expect(!run.output.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{1B}" })
        #expect(run.errors.contains("c.xml: No such file or directory"))
    }

    @Test func `parse reads documents as large as the configuration lets feeds be`() async throws {
        let place = try Place(Place.plain.replacing("[fetch]", with: "[fetch]\nmax_body = \"16 MiB\""))
        let padding = "<!--" + String(repeating: " ", count: 9 << 20) + "-->"
        try place.write(
            "large.xml",
            "<rss version='2.0'><channel><title>T</title>\(padding)<item><title>Last</title></item></channel></rss>")
        let words = ["parse", "--format", "json", place.path("large.xml")]
        let whole = await durbeen(words + ["--config", place.configuration])
        #expect(whole.output.contains("\"Last\"") && !whole.output.contains("too-large"), "\(whole.errors)")
        let cut = await durbeen(words + ["--config", place.path("none.toml")])
        #expect(cut.output.contains("too-large") && cut.errors.isEmpty, "\(cut.errors)")
    }

    @Test func `match explains which words counted where`() async throws {
        let place = try Place()
        try place.write(
            "a.xml", "<rss version='2.0'><channel><title>T</title><item><title>A tariff</title></item></channel></rss>")
        let run = await durbeen(["match", "--watchlist", place.path("trade.watch"), place.path("a.xml")])
        #expect(run.code == .success)
        #expect(run.output.contains("line 5: +15 \"tariff\" in title at 2"), "\(run.output)")
    }

    @Test func `feeds are added and removed without touching the rest of the file`() async throws {
        let place = try Place()
        let config = ["--config", place.configuration]
        let added = await durbeen(
            [
                "feeds", "add", "--no-check", "--title", "T & <U>", "--kind", "press", "--country", "PK",
                "https://two.example/f",
            ]
                + config)
        #expect(added.code == .success, "\(added.errors)")
        let text = try place.read("feeds.opml")
        #expect(text.contains("<!-- kept -->") && text.contains("mine=\"kept\"") && text.contains("T &amp; &lt;U"))
        let again = await durbeen(["feeds", "add", "--no-check", "https://two.example/f"] + config)
        #expect(again.code == .wrong)
        #expect(
            again.errors == "durbeen: feeds add: https://two.example/f: already subscribed; see durbeen feeds list\n")
        let listed = await durbeen(["feeds", "list"] + config)
        #expect(listed.output.split(separator: "\n").count == 2)
        let removed = await durbeen(["feeds", "remove", "https://two.example/f"] + config)
        #expect(removed.code == .success)
        #expect(try place.read("feeds.opml") == Place.opml)
        let missing = await durbeen(["feeds", "remove", "https://two.example/f"] + config)
        #expect(missing.code == .wrong)
    }

    @Test(arguments: ["ftp://a.example/", "a.example", "https://", "https://u:p@a.example/", "javascript:alert(1)"])
    func `feeds add refuses what is no web address`(url: String) async throws {
        let place = try Place()
        let run = await durbeen(["feeds", "add", "--no-check", url, "--config", place.configuration])
        #expect(run.code == .usage)
        #expect(try place.read("feeds.opml") == Place.opml)
    }

    @Test func `feeds go in and out as OPML without loss`() async throws {
        let place = try Place()
        try place.write("other.opml", Place.opml.replacing("one.example", with: "three.example"))
        let config = ["--config", place.configuration]
        #expect(await durbeen(["feeds", "export"] + config).output == Place.opml)
        #expect(await durbeen(["feeds", "import", place.path("other.opml")] + config).code == .success)
        #expect(try place.read("feeds.opml").contains("three.example"))
        let again = await durbeen(["feeds", "import", place.path("other.opml")] + config)
        #expect(again.output.hasPrefix("added 0 feeds"))
    }
}
