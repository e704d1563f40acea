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

    private static func answer(_ request: LoopbackRequest) -> LoopbackResponse {
        func page(_ text: String, _ type: String) -> LoopbackResponse {
            LoopbackResponse(status: 200, headers: [("Content-Type", type)], body: Array(text.utf8))
        }
        switch request.path {
        case "/feed": return page(feed, "application/rss+xml")
        case "/":
            return page(
                "<html><head><link rel=alternate type='application/rss+xml' href='/feed'></head></html>", "text/html")
        case "/none", "/a", "/b": return page("<html><p>Nothing here</p></html>", "text/html")
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

    @Test func `add finds the feed that a page names`() async throws {
        try place.write("feeds.opml", Place.opml)
        let run = await durbeen(["feeds", "add", server.url + "/", "--config", place.configuration])
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.output == "added \(server.url)/feed (The & Feed) to \(place.path("feeds.opml"))\n")
        #expect(try place.read("feeds.opml").contains("xmlUrl=\"\(server.url)/feed\""))
    }

    @Test func `add refuses a page without a feed and leaves the file as it was`() async throws {
        let before = try place.read("feeds.opml")
        let run = await durbeen(["feeds", "add", server.url + "/none", "--config", place.configuration])
        #expect(run.code == .wrong)
        #expect(run.errors.hasPrefix("durbeen: feeds add: \(server.url)/none: "), "\(run.errors)")
        #expect(try place.read("feeds.opml") == before)
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
