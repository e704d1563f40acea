import FoundationEssentials
import LoopbackServer
import TestSupport
import Testing
import Watching

@testable import durbeen

/// `feeds add` and `feeds check` against a server on loopback.
@Suite struct FeedsNetworkTests {
    private static let feed = """
        <rss version="2.0"><channel><title>The &amp; Feed</title><link>https://site.example/</link>
        <item><title>A</title><guid>a</guid><pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>
        """

    private static func head(_ feeds: [String]) -> String {
        let links = feeds.map {
            "<link rel=alternate type='application/rss+xml' title='Called \($0.prefix(5))' href=\"\($0)\">"
        }
        return "<html><head>\(links.joined())</head></html>"
    }

    private static func answer(_ request: LoopbackRequest) -> LoopbackResponse {
        func page(_ text: String, _ type: String) -> LoopbackResponse {
            LoopbackResponse(status: 200, headers: [("Content-Type", type)], body: Array(text.utf8))
        }
        switch request.path {
        case "/feed": return page(feed, "application/rss+xml")
        case "/": return page(head(["/feed"]), "text/html")
        case "/blog": return page(head(["/feed", "/comments/feed"]), "text/html")
        case "/several": return page(head(["/feed", "/a?x=1&amp;y='$(reboot)'"]), "text/html")
        case "/dead": return page(head(["/gone"]), "text/html")
        case "/usual/": return page("<html><p>See <a href=/about>us</a></p></html>", "text/html")
        case "/none", "/a", "/b": return page("<html><p>Nothing here</p></html>", "text/html")
        case "/binary": return page("\u{1}\u{2}", "application/octet-stream")
        case "/challenge": return page("<html><title>Just a moment...</title>", "text/html")
        default: return LoopbackResponse(status: 404, headers: [], body: [])
        }
    }

    private let server: LoopbackServer
    private let place: Place

    init() throws {
        server = try LoopbackServer(handler: Self.answer)
        place = try Place(
            Place.plain.replacing(
                "[feeds]", with: "allow_addresses = [\"127.0.0.1\"]\nhost_spacing = \"0s\"\n[feeds]"))
        try place.write("feeds.opml", Place.opml(url: server.url + "/feed"))
    }

    private func add(_ path: String, _ more: String...) async throws -> (code: ExitCode, output: String, errors: String)
    {
        try place.write("feeds.opml", Place.opml)
        return await durbeen(["feeds", "add", server.url + path, "--config", place.configuration] + more)
    }

    private var isUntouched: Bool { get throws { try place.read("feeds.opml") == Place.opml } }

    @Test func `add finds the feed that a page names, and says which`() async throws {
        let run = try await add("/")
        #expect(run.code == .success, "\(run.errors)")
        #expect(
            run.output == """
                \(server.url)/ is a web page; its feed is \(server.url)/feed
                added \(server.url)/feed (The & Feed) to \(place.path("feeds.opml"))

                """)
        #expect(try place.read("feeds.opml").contains("xmlUrl=\"\(server.url)/feed\""))
    }

    @Test func `add takes a site's own feed, not that of its comments`() async throws {
        let run = try await add("/blog")
        #expect(run.code == .success, "\(run.errors)")
        #expect(
            run.output.contains("its feed is \(server.url)/feed (also \(server.url)/comments/feed (Called /comm))\n"))
        #expect(run.output.hasSuffix("added \(server.url)/feed (The & Feed) to \(place.path("feeds.opml"))\n"))
    }

    @Test func `add lists several feeds by the commands that add them, and adds none`() async throws {
        let run = try await add("/several")
        #expect(run.code == .wrong)
        #expect(
            run.output == """
                durbeen feeds add \(server.url)/feed    # Called /feed
                durbeen feeds add '\(server.url)/a?x=1&y='\\''$(reboot)'\\'''    # Called /a?x=

                """)
        #expect(run.errors.contains("names 2 feeds; nothing was added; run one of the commands above"))
        #expect(try isUntouched)
        let json = try await add("/several", "--json")
        #expect(json.code == .wrong && json.output.contains("\"url\": \"\(server.url)/feed\""), "\(json.output)")
    }

    @Test(arguments: [
        ("/none", "this is a web page that names no feed; look for a link called RSS, Atom or Feed on the site"),
        ("/dead", "this is a web page, and the feed it names fails: fetching "),
        ("/challenge", "robot"), ("/gone", "the server answered 404; correct the address, or use --no-check"),
        ("/binary", "no feed format begins with"),
    ])
    func `add says what stands at an address without a feed, and leaves the file as it was`(
        path: String, words: String
    ) async throws {
        let run = try await add(path)
        #expect(run.code == .wrong)
        #expect(run.errors.hasPrefix("durbeen: feeds add: \(server.url)\(path): "), "\(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(run.errors.contains("no feed format") == (path == "/binary"))
        #expect(try isUntouched)
    }

    @Test func `add tries the usual places of a site whose page names no feed`() async throws {
        let server = try LoopbackServer { request in
            Self.answer(request.path == "/rss.xml" ? LoopbackRequest(target: "/feed") : request)
        }
        try place.write("feeds.opml", Place.opml)
        let run = await durbeen(["feeds", "add", server.url + "/usual/", "--config", place.configuration])
        #expect(run.output.hasPrefix("\(server.url)/usual/ is a web page that names no feed, but there is one at "))
        #expect(run.output.contains("added \(server.url)/rss.xml"), "\(run.output)\(run.errors)")
    }

    @Test(arguments: [
        ("/none", ["not-a-feed: a web page came that names no feed; look for a link called RSS"]),
        ("/several", ["not-a-feed: a web page came instead of a feed", "names ", "/feed\n", "to one of them"]),
        ("/", ["the page there names ", "change the feed's address to it"]),
    ])
    func `check tells a web page from a broken feed, and what it names`(path: String, words: [String]) async throws {
        try place.write("feeds.opml", Place.opml(url: server.url + path))
        let run = await durbeen(["feeds", "check", "--config", place.configuration])
        #expect(run.code == .wrong && !run.output.contains("no feed format"))
        for word in words { #expect(run.output.contains(word), "\(run.output)") }
    }

    @Test func `check marks what is well and says what is not`() async throws {
        let good = server.url + "/feed"
        let well = await durbeen(["feeds", "check", "--config", place.configuration])
        #expect(well.code == .success, "\(well.output)\(well.errors)")
        #expect(well.output.hasPrefix("ok      \(good)\n        200, rss-2.0, 1 entry, newest "))
        let marked = try place.read("feeds.opml")
        #expect(!marked.contains("durbeen:verified=\"no\""))
        #expect(marked.contains("mine=\"kept\"") && marked.contains("<!-- kept -->"))
        try place.write("feeds.opml", Place.opml(url: server.url + "/gone"))
        let ill = await durbeen(["feeds", "check", "--json", "--config", place.configuration])
        #expect(ill.code == .wrong)
        #expect(
            ill.output.hasPrefix("{\"url\":\"\(server.url)/gone\",\"ok\":false,\"class\":\"http-4xx\",\"status\":404"))
        #expect(try place.read("feeds.opml").contains("durbeen:verified=\"no\""))
    }
}
