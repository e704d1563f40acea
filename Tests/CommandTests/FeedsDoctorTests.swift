import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import TestSupport
import Testing

@testable import Watching
@testable import durbeen

/// `feeds check`, `feeds why` and `politeness` against a server on loopback.
@Suite struct FeedsDoctorTests {
    private static func feed(_ date: String) -> String {
        "<rss version=\"2.0\"><channel><title>T</title><item><title>A</title><guid>a</guid><pubDate>\(date)</pubDate></item>"
            + "</channel></rss>"
    }

    private static func answer(_ request: LoopbackRequest) -> LoopbackResponse {
        func document(_ text: String, etag: String?) -> LoopbackResponse {
            let fields = [("Content-Type", "application/rss+xml")] + (etag.map { [("ETag", $0)] } ?? [])
            return LoopbackResponse(headers: fields, text: text)
        }
        let recent = feed("Mon, 23 Nov 2026 10:00:00 GMT")
        switch request.path {
        case "/good":
            return request.header("If-None-Match") == "\"g\""
                ? LoopbackResponse(status: 304) : document(recent, etag: "\"g\"")
        case "/idle": return document(recent, etag: "\"i\"")
        case "/old": return document(feed("Mon, 23 Nov 2015 10:00:00 GMT"), etag: nil)
        case "/moved": return .redirect(301, to: "/good")
        case "/shared":
            let items = ["Copper accord signed in Islamabad", "Floods displace thousands near Sukkur"].map {
                "<item><guid isPermaLink=\"false\">1</guid><title>\($0)</title>"
                    + "<link>https://a.example/\($0.prefix(4))</link><pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate></item>"
            }
            return document(
                "<rss version=\"2.0\"><channel><title>T</title>\(items.joined())</channel></rss>", etag: "\"s\"")
        case "/empty": return document("<rss version=\"2.0\"><channel><title>T</title></channel></rss>", etag: nil)
        case "/page":
            return LoopbackResponse(
                headers: [("Content-Type", "text/html")],
                text:
                    "<html><head><link rel=alternate type='application/rss+xml' href='/good'></head><p>Hello</p></html>"
            )
        default: return LoopbackResponse(status: 404)
        }
    }

    private let server: LoopbackServer
    private let place: Place

    init() throws {
        server = try LoopbackServer(handler: Self.answer)
        place = try Place(
            Place.plain.replacing(
                "[feeds]", with: "allow_addresses = [\"127.0.0.1\"]\nhost_spacing = \"0s\"\nmin_floor = \"1s\"\n[feeds]"
            ))
    }

    private func run(_ words: String...) async -> (code: ExitCode, output: String, errors: String) {
        await durbeen(words + ["--config", place.configuration])
    }

    @Test(arguments: [
        ("/good", ["ok      ", "200, rss-2.0, 1 entry, newest "]),
        ("/idle", ["odd     ", "never leads to a 304"]),
        ("/old", ["odd     ", "answers 200, but its newest entry is of 2015-11-23", "asked once a day"]),
        ("/moved", ["odd     ", "moved for good (301): change its address to "]),
        ("/empty", ["odd     ", "a valid feed without a single entry"]),
        (
            "/shared",
            ["odd     ", "its ids count for nothing: one id stands for \"Copper accord signed in Islamabad\" and for "]
        ),
        ("/page", ["failed  ", "not-a-feed: ", "the page there names "]),
        ("/gone", ["failed  ", "http-4xx: "]),
    ])
    func `check says what a feed suffers from`(path: String, words: [String]) async throws {
        try place.write("feeds.opml", Place.opml(url: server.url + path))
        let run = await run("feeds", "check")
        for word in words { #expect(run.output.contains(word), "\(run.output)\(run.errors)") }
        #expect(run.code == (words[0].hasPrefix("failed") ? .wrong : .success))
        let json = await self.run("feeds", "check", "--json")
        #expect(json.output.contains("\"ok\":\(words[0].hasPrefix("failed") ? "false" : "true")"))
    }

    @Test func `P-17, P-68: why prints each term with its source, politeness what the host saw`() async throws {
        let url = server.url + "/good"
        try place.write("feeds.opml", Place.opml(url: url))
        #expect(await run("once", "--all").code == .success)
        #expect(await run("once", "--force").code == .success)
        let why = await run("feeds", "why", "good")
        #expect(why.code == .success, "\(why.errors)")
        #expect(why.output.hasPrefix("\(url)\nnext      "))
        #expect(why.output.contains("* floor") && why.output.contains("fetch.floor"), "\(why.output)")
        let polite = await run("politeness", "--json")
        #expect(
            polite.output.contains("\"requests\": 2") && polite.output.contains("\"not_modified\": 1"),
            "\(polite.output)")
        #expect(polite.output.contains("\"first\": 1") && polite.output.contains("\"spacing_violations\": 0"))
        #expect(await run("politeness", "--days", "3").output.contains("304 to 100 % of 1 with validators"))
        #expect(await run("feeds", "why", "nowhere").code == .wrong)
        #expect(await run("feeds", "revive", url).code == .success)
        #expect(await run("feeds", "revive", "https://unknown.example/").code == .wrong)
    }

    @Test func `P-32: a host that asked to be left alone is asked by neither check nor add`() async throws {
        let url = server.url + "/good"
        try place.write("feeds.opml", Place.opml(url: url))
        #expect(await run("once", "--all").code == .success)
        let store = try Store(path: place.path("state/durbeen.sqlite"))
        let until = Date().addingTimeInterval(3600)
        try await store.write(CheckBatch(pauses: [CheckBatch.Pause(host: hostKey(of: url), until: until)]))
        await store.close()
        let connections = server.connections
        let check = await run("feeds", "check", "good")
        #expect(check.output.hasPrefix("paused  \(url)\n") && check.code == .wrong, "\(check.output)\(check.errors)")
        let add = await run("feeds", "add", server.url + "/page")
        #expect(
            add.code == .wrong && add.errors.contains("not asked: its host asked for a pause until"), "\(add.errors)")
        #expect(server.connections == connections)
        #expect(await run("feeds", "add", "--no-check", server.url + "/page").code == .success)
    }

    @Test(arguments: [
        ("", "composite since 20", "\"policy\":\"composite\""),
        ("guid", "by guid, as configured", "\"policy\":\"guid\""),
    ])
    func `D1: why says by what the entries of a feed are told apart, and since when`(
        policy: String, words: String, json: String
    ) async throws {
        let url = server.url + "/shared"
        let opml = Place.opml(url: url).replacing(
            "xmlUrl", with: policy.isEmpty ? "xmlUrl" : "durbeen:identity=\"\(policy)\" xmlUrl")
        try place.write("feeds.opml", opml)
        #expect(await run("once", "--all").code == .success)
        let why = await run("feeds", "why", "shared")
        #expect(why.output.contains("identity  ") && why.output.contains(words), "\(why.output)\(why.errors)")
        #expect(await run("feeds", "why", "shared", "--json").output.replacing(" ", with: "").contains(json))
    }

    @Test func `P-15: a second full poll within a day takes a confirmation, which lifts no floor and no pause`()
        async throws
    {
        try place.write("feeds.opml", Place.opml(url: server.url + "/good"))
        #expect(await run("once", "--all", "--full").code == .success)
        let second = await run("once", "--force", "--full")
        #expect(
            second.output.contains("1 feed left out: asked in full less than a day ago (--yes asks all the same)"),
            "\(second)"
        )
        let hasty = await run("once", "--all", "--full", "--yes")
        #expect(hasty.output.contains("1 feed left out: asked so lately"), "\(hasty)")
        #expect(await run("politeness", "--json").output.contains("\"requests\": 1"))
        _ = await run("once", "--force", "--full", "--yes")
        #expect(await run("politeness", "--json").output.contains("\"requests\": 2"))
    }

    @Test func `R11: once --all asks nobody twice within its floor, and says whom it left out`() async throws {
        try place.write("feeds.opml", Place.opml(url: server.url + "/good"))
        #expect(await run("once", "--all").output.contains("1 feeds checked"))
        let again = await run("once", "--all")
        #expect(again.output.contains("0 feeds checked") && again.code == .success)
        #expect(
            again.output.contains(
                "1 feed left out: asked so lately that the floor does not permit it again (--force"))
        #expect(await run("once", "--all", "--json").output.contains("\"asked_lately\": [\n"))
        #expect(await run("once", "--force").output.contains("1 feeds checked"))
    }

    @Test func `P-38: revive works beside the daemon, and says how the daemon hears of it`() async throws {
        let url = server.url + "/good"
        try place.write("feeds.opml", Place.opml(url: url))
        #expect(await run("once", "--all").code == .success)
        let daemon = try Store(path: place.path("state/durbeen.sqlite"))
        let revived = await run("feeds", "revive", url)
        #expect(revived.code == .success && revived.output.contains("revived \(url)"), "\(revived.errors)")
        #expect(revived.errors.contains("durbeen reload tells it"))
        #expect(try await daemon.feedState(url)?.nextCheck == nil)
        await daemon.close()
    }

    @Test func `P-68: what check asks is in the ledger`() async throws {
        try place.write("feeds.opml", Place.opml(url: server.url + "/good"))
        #expect(await run("once", "--all").code == .success)
        #expect(await run("feeds", "check").code == .success)
        let polite = await run("politeness", "--json").output
        #expect(polite.contains("\"requests\": 3") && polite.contains("\"in_full\": 1"), "\(polite)")
    }

    @Test
    func `S7, S16: a password in an address of an OPML file is used, never shown, and must not be readable by others`()
        async throws
    {
        let host = server.url.dropFirst("http://".count)
        try place.write("feeds.opml", Place.opml(url: "http://ann:s%40cret@\(host)/good"))
        let exposed = await run("once", "--all")
        #expect(exposed.code == .configuration && exposed.errors.contains("chmod o-rw"), "\(exposed.errors)")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: place.path("feeds.opml"))
        let run = await run("once", "--all")
        #expect(run.code == .success, "\(run.errors)")
        let list = await self.run("feeds", "list", "--json")
        #expect(list.output.contains(server.url + "/good"))
        for text in [run.output, run.errors, list.output, await self.run("status").output] {
            #expect(!text.contains("cret"))
        }
    }
}
