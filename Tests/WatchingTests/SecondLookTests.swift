import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import Synchronization
import TestSupport
import Testing
import Transfers

@testable import Watching

@Suite struct RobotsTests {
    @Test(arguments: [
        ("", "/a", true), ("User-agent: *\nDisallow: /", "/a", false), ("User-agent: *\nDisallow:", "/a", true),
        ("User-agent: other\nDisallow: /", "/a", true),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Durbeen\nAllow: /", "/a", true),
        ("User-agent: durbeen\nUser-agent: other\nDisallow: /private", "/private/x", false),
        ("user-agent: *\ndisallow: /news\nallow: /news/open", "/news/open/1", true),
        ("user-agent: *\nallow: /page\ndisallow: /*.html", "/page.html", false),
        ("user-agent: *\nallow: /folder\ndisallow: /folder", "/folder/page", true),
        ("User-agent: *\nDisallow: /*.php$", "/index.php", false),
        ("User-agent: *\nDisallow: /*.php$", "/index.php?a", true),
        ("User-agent: *\nDisallow: /a*b*c", "/a--b--c", false), ("User-agent: *\nDisallow: /a*b*c", "/a--c--b", true),
        ("# note\r\nUser-agent: * # all\r\nDisallow: /x # no\r\n", "/x", false),
        ("Sitemap: https://a.example/s.xml\nUser-agent: *\nCrawl-delay: 5\nDisallow: /x", "/y", true),
        ("User-agent: durbeen\n\nUser-agent: *\nDisallow: /", "/a", false),
        (Robots.unreachable, "/", false), ("\u{FEFF}User-agent:*\nDisallow:/x", "/x", false),
        ("User-agent: *\nUser-agent: durbeen\nDisallow: /x", "/x", false),
    ])
    func `P-50: robots.txt is read as RFC 9309 says`(text: String, path: String, allowed: Bool) {
        #expect(Robots(text).allows(path) == allowed)
    }

    @Test func `P-50, S20: a rule of many stars takes no longer for it`() {
        let stars = String(repeating: "*a", count: 2000)
        let robots = Robots("User-agent: *\nDisallow: /\(stars)b\n")
        #expect(robots.allows("/" + String(repeating: "a", count: 4000)))
    }

    @Test(arguments: [
        (String(repeating: "Disallow: /a\n", count: 64_000), false, 64_000 * 4),
        (String(repeating: "User-agent: *\nDisallow: /a\n", count: 20_000), false, 20_000 * 4),
        ((0..<30_000).map { "Disallow: *a*b\($0)\n" }.joined(), false, Robots.mostSteps + 1),
        ("Disallow: " + String(repeating: "*a", count: 250_000), true, Robots.mostSteps),
    ])
    func `R6, S6, S20: however many rules a file has, a question costs no more than a fixed number of steps`(
        rules: String, allowed: Bool, most: Int
    ) {
        let robots = Robots("User-agent: *\n" + rules)
        let verdict = robots.verdict(on: "/" + String(repeating: "a", count: 2000) + "z")
        #expect(verdict.steps <= most)
        #expect(verdict.allows == allowed)
    }

    @Test func `R7, P-50: only the rules that concern this program are kept, and they say the same`() {
        let others = String(repeating: "User-agent: other\nDisallow: /\n", count: 20_000)
        let robots = Robots(
            "# a site\nSitemap: https://a.example/s\nUser-agent: *\nDisallow: /a\n\nUser-agent: Durbeen\n"
                + "Crawl-delay: 5\nDISALLOW: /b # why\nAllow: /b/c$\n\n\(others.prefix(100_000))")
        #expect(robots.text == "User-agent:*\ndisallow:/b\nallow:/b/c$\n")
        let again = Robots(robots.text)
        for path in ["/a", "/b", "/b/c", "/b/c/d"] { #expect(again.allows(path) == robots.allows(path)) }
        #expect(Robots("User-agent: *\nDisallow:\n").text.isEmpty)
        #expect(Robots(bytes: Array("User-agent: *\n".utf8) + Array(repeating: 0xFF, count: 900_000)).text.isEmpty)
    }

    @Test func `P-50: of a long file 500 KiB are read, and no rule that is cut short`() {
        let head = "User-agent: *\nDisallow: /first\n"
        let filling = Robots.limit - head.utf8.count - "Disallow: /".utf8.count
        let long = head + String(repeating: "#", count: filling - 1) + "\nDisallow: /news/only\nDisallow: /late\n"
        let robots = Robots(long)
        #expect(!robots.allows("/first") && robots.allows("/news/x") && robots.allows("/late"))
    }
}

@Suite struct SecondLookTests {
    private static let article =
        "<html><body><nav>Menu</nav><article>"
        + String(repeating: "<p>Nothing to see here but plain words.</p>", count: 20)
        + "<p>At last an accord was signed.</p></article></body></html>"

    private func scene(
        robots: LoopbackResponse,
        page: LoopbackResponse = LoopbackResponse(
            headers: [("Content-Type", "text/html")], text: article)
    ) async throws -> (PollScene, PageLook) {
        let scene = try await PollScene()
        let link = scene.server.url("/article")
        let document =
            "<rss version=\"2.0\"><channel><item><guid>1</guid><title>Talks</title><link>\(link)</link></item>"
            + "</channel></rss>"
        scene.server.on("/feed", LoopbackResponse(text: document))
        scene.server.on("/robots.txt", robots)
        scene.server.on("/article", page)
        let report = try #require(try await scene.poll().first)
        let entry = try #require(report.result?.entries.first?.entry)
        return (scene, PageLook(url: link, entry: entry.id, feed: report.feed))
    }

    @Test func `P-31, P-50: a pause that is asked for where robots.txt was led to holds that host, and not the page's`()
        async throws
    {
        let other = try FeedServer(address: "127.0.0.2")
        other.on("/robots.txt", .error(429, [("Retry-After", "7200")]))
        let (scene, look) = try await scene(robots: .redirect(to: other.url("/robots.txt")))
        let report = await PageCheck(scene.check).run(look)
        #expect(report.pausedAt == other.url("/robots.txt") && report.pausedUntil != nil)
        var desk = scene.desk
        desk.plan(look, now: scene.clock.date)
        desk.ended(report, now: scene.clock.date)
        let pauses = desk.lastRound(now: scene.clock.date).batch.pauses
        #expect(pauses.map(\.host) == [hostKey(of: other.url)])
        other.stop()
        await scene.end()
    }

    @Test func `P-50: a page that its reader subscribes to while it waits goes on as a feed`() {
        let now = Date(timeIntervalSince1970: 1_795_600_000)
        var settings = CheckDesk.Settings(
            timing: CheckTiming(), rules: { _ in HostRules(connections: 1, spacing: .zero, hourlyBudget: 0) })
        settings.secondLook = SecondLook(from: 0.1, below: 0.9)
        var desk = CheckDesk(concurrency: 8, settings: settings)
        let url = "https://a.example/page"
        let look = PageLook(url: url, entry: EntryID("1"), feed: Feed(url: "https://b.example/feed"))
        desk.plan(look, now: now)
        #expect(desk.nextRound(now: now).looking.count == 1)
        desk.adopt([FeedRecord(feed: Feed(url: url))], pauses: [], now: now)
        desk.ended(PageCheck.Report(look: look, began: now, ended: now), now: now)
        let round = desk.nextRound(now: now)
        #expect(round.starting.map(\.feed.url) == [url] && round.looking.isEmpty)
    }

    @Test func `P-48, P-50: the pages of a host whose feeds are in a rate group count by that group, and rest with it`()
    {
        let now = Date(timeIntervalSince1970: 1_795_600_000)
        var settings = CheckDesk.Settings(
            timing: CheckTiming(), rules: { _ in HostRules(connections: 1, spacing: .zero, hourlyBudget: 0) })
        settings.secondLook = SecondLook(from: 0.1, below: 0.9)
        var desk = CheckDesk(concurrency: 8, settings: settings)
        var feed = Feed(url: "https://a.example/feed")
        feed.rateGroup = "institutes"
        desk.adopt([FeedRecord(feed: feed)], pauses: [], now: now)
        let look = PageLook(url: "https://a.example/page", entry: EntryID("1"), feed: feed)
        desk.plan(look, now: now)
        let round = desk.nextRound(now: now)
        #expect(round.starting.count == 1 && round.looking.isEmpty)
        var resting = CheckDesk(concurrency: 8, settings: settings)
        resting.adopt(
            [], pauses: [CheckBatch.Pause(host: "group institutes", until: now.addingTimeInterval(3600))], now: now)
        resting.adopt([FeedRecord(feed: feed)], pauses: [], now: now)
        resting.plan(look, now: now)
        let none = resting.nextRound(now: now)
        #expect(none.starting.isEmpty && none.looking.isEmpty)
    }

    @Test func `P-50: the page's text is kept, and the watchlists judge again`() async throws {
        let (scene, look) = try await scene(robots: .error(404))
        let report = await PageCheck(scene.check).run(look)
        #expect(report.outcome == .read && report.isRelevant && report.requests == 2)
        let entry = try #require(try await scene.store.entry(look.entry))
        #expect(entry.verdict.matches.map(\.watch.topic) == ["defence"])
        #expect(entry.entry.body.hasSuffix("At last an accord was signed.") && !entry.entry.body.contains("Menu"))
        #expect(try await scene.store.status().matchedEntries == 1)
        #expect(scene.server.requests(for: "/article").first?.header("Accept")?.hasPrefix("text/html") == true)
        await scene.end()
    }

    @Test(arguments: [
        ("https://site.example:PORT/own?utm_source=x", nil), ("/own#part", "/own"),
        ("/own?utm_source=x&id=7", "/own?id=7"),
        ("/", nil), ("javascript:alert(1)", nil), ("https://elsewhere.example/article", nil),
    ])
    func `D5: the address that a page gives as its own is kept where it is one of its own site`(
        href: String, expected: String?
    ) async throws {
        let page = Self.article.replacing("<html>", with: "<html><head><link href='\(href)' rel='Canonical'></head>")
        let (scene, look) = try await scene(
            robots: .error(404), page: LoopbackResponse(headers: [("Content-Type", "text/html")], text: page))
        _ = await PageCheck(scene.check).run(look)
        let entry = try #require(try await scene.store.entry(look.entry)).entry
        #expect(entry.canonicalURL == expected.map { scene.server.url($0) })
        await scene.end()
    }

    @Test func `P-50: no page is asked for twice, and robots.txt once a day`() async throws {
        let (scene, look) = try await scene(robots: LoopbackResponse(text: "User-agent: *\nDisallow: /private\n"))
        _ = await PageCheck(scene.check).run(look)
        #expect(await PageCheck(scene.check).run(look).requests == 0)
        var other = look
        other.url = scene.server.url("/other")
        _ = await PageCheck(scene.check).run(other)
        #expect(scene.server.requests(for: "/robots.txt").count == 1)
        scene.clock.advance(by: .seconds(90_000))
        other.url = scene.server.url("/third")
        _ = await PageCheck(scene.check).run(other)
        #expect(scene.server.requests(for: "/robots.txt").count == 2)
        #expect(scene.server.requests(for: "/article").count == 1)
        await scene.end()
    }

    @Test(arguments: [
        (LoopbackResponse(text: "User-agent: durbeen\nDisallow: /article\n"), PageOutcome.forbidden),
        (.error(503), .failed), (.error(429), .failed),
    ])
    func `P-50: what robots.txt forbids, or a server in trouble, is left alone`(
        robots: LoopbackResponse, outcome: PageOutcome
    ) async throws {
        let (scene, look) = try await scene(robots: robots)
        let report = await PageCheck(scene.check).run(look)
        #expect(report.outcome == outcome && (report.retryAt != nil) == (outcome == .failed))
        #expect(scene.server.requests(for: "/article").isEmpty)
        await scene.end()
    }

    @Test(arguments: ["/robots.txt", "/page"])
    func `P-50: a page that could not be had for now is tried again, three times within a day and never more`(
        path: String
    ) async throws {
        let (scene, other) = try await scene(page: .error(503)) { _ in LoopbackResponse() }
        scene.server.on("/robots.txt", path == "/page" ? .error(404) : .error(503))
        for _ in 0..<40 { try await scene.poll(after: .seconds(3600)) }
        #expect(scene.server.requests(for: path).count == 3)
        #expect(scene.server.requests(for: "/page").count == (path == "/page" ? 3 : 0))
        other.stop()
        await scene.end()
    }

    @Test func `P-50: the next try survives a restart, and brings the text`() async throws {
        let (scene, other) = try await scene(page: .error(500)) { _ in LoopbackResponse() }
        let report = try #require(try await scene.poll().first)
        let entry = try #require(report.result?.entries.first?.entry.id)
        scene.server.on("/page", LoopbackResponse(headers: [("Content-Type", "text/html")], text: Self.article))
        let again = try await PollScene(
            store: scene.store, clock: scene.clock, server: scene.server, secondLook: SecondLook(from: 0, below: 0.9))
        try await again.poll(after: .seconds(7100))
        #expect(scene.server.requests(for: "/page").count == 1)
        try await again.poll(after: .seconds(200))
        #expect(scene.server.requests(for: "/page").count == 2)
        #expect(try await scene.store.entry(entry)?.entry.body.hasSuffix("At last an accord was signed.") == true)
        #expect(try await scene.store.waitingPages().isEmpty)
        await again.fetcher.stop()
        other.stop()
        await scene.end()
    }

    @Test func `P-50, P-47: every hop on the way to a robots.txt counts where it was sent`() async throws {
        let (scene, other) = try await scene(page: .error(404)) { _ in LoopbackResponse(text: "User-agent: *\n") }
        scene.server.on("/robots.txt", .redirect(to: "/moved.txt"))
        scene.server.on("/moved.txt", .redirect(to: other.url + "/robots.txt"))
        try await scene.poll()
        let (own, theirs) = (hostKey(of: scene.server.url), hostKey(of: other.url))
        let pages = try await scene.store.ledger(sinceDay: 0).map { "\($0.host) \($0.pages)" }
        #expect(pages.sorted() == ["\(own) 3", "\(theirs) 1"].sorted())
        other.stop()
        await scene.end()
    }

    @Test func `R7: of a large robots.txt half a megabyte is fetched, and what concerns us is kept`() async throws {
        let (scene, look) = try await scene(
            robots: LoopbackResponse(
                text: "User-agent: *\nDisallow: /article\n" + String(repeating: "# filling\n", count: 400_000)))
        #expect(await PageCheck(scene.check).run(look).outcome == .forbidden)
        #expect(try await scene.store.robots(of: scene.server.url)?.text == "User-agent:*\ndisallow:/article\n")
        await scene.end()
    }

    @Test(arguments: [
        LoopbackResponse(
            headers: [("Content-Type", "application/pdf")], text: "%PDF-1.7" + String(repeating: "x", count: 999)),
        LoopbackResponse(text: "<html><body>short</body></html>"), .error(404), .error(500),
    ])
    func `P-50: a page without text changes nothing`(page: LoopbackResponse) async throws {
        let (scene, look) = try await scene(robots: .error(404), page: page)
        #expect(await PageCheck(scene.check).run(look).outcome == .failed)
        #expect(try await scene.store.entry(look.entry)?.entry.body == "")
        await scene.end()
    }

    @Test func `only what is neither here nor there, or has hits but no text, deserves a look`() {
        let look = SecondLook(from: 0.25, below: 0.5)
        func deserves(
            _ relevance: Double, url: String? = "https://a.example/1", summary: String = "", hits: Bool = false
        )
            -> Bool
        {
            let entry = Entry(id: EntryID("x"), feedURL: "f", title: "t", url: url, summary: summary)
            return look.deserves(
                MatchedEntry(entry: entry, verdict: Verdict(matches: [], relevance: relevance), firstSeen: Date()),
                hasHits: hits)
        }
        #expect(deserves(0.25) && deserves(0.4) && !deserves(0.5) && !deserves(0.2))
        #expect(deserves(0, hits: true) && !deserves(0))
        #expect(!deserves(0, summary: String(repeating: "a", count: 50), hits: true))
        #expect(!deserves(0.4, url: nil) && !deserves(0.4, url: "https://a.example/Report.PDF"))
    }

    /// A feed with one entry whose page `answer` stands for, on a host that is not the feed's.
    private func scene(
        page: LoopbackResponse, elsewhere: @escaping @Sendable (LoopbackRequest) -> LoopbackResponse
    ) async throws -> (PollScene, LoopbackServer) {
        let scene = try await PollScene(secondLook: SecondLook(from: 0, below: 0.9))
        let other = try LoopbackServer(address: "127.0.0.2", handler: elsewhere)
        let link = scene.server.url("/page")
        scene.server.on(
            "/feed",
            LoopbackResponse(
                text:
                    "<rss><channel><item><guid>1</guid><title>An accord</title><link>\(link)</link></item></channel></rss>"
            ))
        var page = page
        page.headers = page.headers.map { ($0.0, $0.1.replacing("OTHER", with: other.url)) }
        scene.server.on("/page", page)
        return (scene, other)
    }

    @Test(arguments: [("", true), ("User-agent: *\nDisallow: /moved\n", false)])
    func `P-50: a page that moved to another host is read there only if that host's robots.txt permits`(
        robots: String, isRead: Bool
    ) async throws {
        let asked = Requests()
        let (scene, other) = try await scene(page: .redirect(301, to: "OTHER/moved")) { request in
            asked.add(request.path)
            return request.path == "/robots.txt"
                ? LoopbackResponse(text: robots)
                : LoopbackResponse(headers: [("Content-Type", "text/html")], text: Self.article)
        }
        let report = try #require(try await scene.poll().first)
        let entry = try #require(report.result?.entries.first?.entry.id)
        #expect(asked.paths == (isRead ? ["/robots.txt", "/moved"] : ["/robots.txt"]))
        #expect(scene.server.requests(for: "/page").count == 1)
        let body = try #require(try await scene.store.entry(entry)).entry.body
        #expect(body.hasSuffix("At last an accord was signed.") == isRead)
        // What the feed shows of it later is no edit of that text.
        #expect(try await scene.store.histories(of: [entry]).map(\.hasPageText) == [isRead])
        other.stop()
        await scene.end()
    }

    @Test func `P-50: pages that lead from one to the next end after five, and a circle at its beginning`() async throws
    {
        let asked = Requests()
        let (scene, other) = try await scene(page: .redirect(to: "OTHER/0")) { request in
            asked.add(request.path)
            guard let number = Int(request.path.dropFirst()) else { return LoopbackResponse(status: 404) }
            return .redirect(to: "/\(number + 1)")
        }
        try await scene.poll()
        #expect(asked.paths == ["/robots.txt", "/0", "/1", "/2", "/3", "/4"])
        let (circle, third) = try await self.scene(page: .redirect(to: "/page?again")) { _ in LoopbackResponse() }
        try await circle.poll()
        #expect(circle.server.requests.map(\.target).filter { $0.hasPrefix("/page") } == ["/page", "/page?again"])
        for server in [other, third] { server.stop() }
        for scene in [scene, circle] { await scene.end() }
    }

    @Test func `P-31, P-32: a page answered with 429 has its whole host left alone, its feeds too`() async throws {
        let (scene, other) = try await scene(
            page: LoopbackResponse(status: 429, headers: [("Retry-After", "7200")])
        ) { _ in LoopbackResponse() }
        try await scene.poll()
        let pauses = try await scene.store.pauses(now: scene.clock.date)
        #expect(pauses.map { $0.until.timeIntervalSince(scene.clock.date) }.contains { (7100...7200).contains($0) })
        #expect(scene.desk.pause(of: try await scene.record(), now: scene.clock.date) != nil)
        other.stop()
        await scene.end()
    }

    @Test func `P-50, P-26: a page that waits for its first turn was not asked for, wherever the clock is set`()
        async throws
    {
        let store = try Store(path: ":memory:")
        let now = Date(timeIntervalSince1970: 1_795_600_000)
        var batch = CheckBatch()
        batch.looks = [CheckBatch.Look(url: "https://a.example/page", entry: EntryID("x"), at: now)]
        try await store.write(batch)
        for moved in [-3600, 0, 3600] as [Double] {
            #expect(try await !store.pageWasAsked("https://a.example/page", now: now.addingTimeInterval(moved)))
        }
        try await store.recordPage("https://a.example/page", of: EntryID("x"), at: now)
        #expect(try await store.pageWasAsked("https://a.example/page", now: now))
    }

    @Test func `P-50: an entry that waits for its second look gets it after a restart, too`() async throws {
        let look = SecondLook(from: 0, below: 0.9)
        let scene = try await PollScene(secondLook: look)
        let links = (0..<5).map { scene.server.url("/page\($0)") }
        let items = links.map { "<item><guid>\($0)</guid><title>An accord</title><link>\($0)</link></item>" }
        scene.server.on("/feed", LoopbackResponse(text: "<rss><channel>\(items.joined())</channel></rss>"))
        for link in links.indices {
            scene.server.on(
                "/page\(link)", LoopbackResponse(headers: [("Content-Type", "text/html")], text: Self.article))
        }
        // The daemon ends as soon as the entries are written.
        var desk = scene.desk
        let round = desk.nextRound(now: scene.clock.date)
        desk.ended(await scene.check.run(try #require(round.starting.first)), now: scene.clock.date)
        try await scene.store.write(desk.lastRound(now: scene.clock.date).batch)
        #expect(try await scene.store.waitingPages().count == 3)
        #expect(scene.server.requests.filter { $0.path.hasPrefix("/page") }.isEmpty)
        for _ in 0..<2 {
            let again = try await PollScene(
                store: scene.store, clock: scene.clock, server: scene.server, secondLook: look)
            try await again.poll(after: .seconds(60))
            await again.fetcher.stop()
        }
        #expect(scene.server.requests.filter { $0.path.hasPrefix("/page") }.count == 3)
        #expect(try await scene.store.waitingPages().isEmpty)
        await scene.end()
    }

    @Test func `P-50, P-47: at most three pages of a host an hour, after its feeds and with its pauses`() async throws {
        let scene = try await PollScene(secondLook: SecondLook(from: 0, below: 0.9))
        let links = (0..<10).map { scene.server.url("/page\($0)") }
        let items = links.map { "<item><guid>\($0)</guid><title>An accord</title><link>\($0)</link></item>" }
        scene.server.on("/feed", LoopbackResponse(text: "<rss><channel>\(items.joined())</channel></rss>"))
        try await scene.poll()
        let pages = scene.server.requests.filter { $0.path.hasPrefix("/page") }
        #expect(pages.count == 3)
        await scene.end()
    }
}

/// The paths that a server was asked for, in order.
private final class Requests: Sendable {
    private let list = Mutex<[String]>([])

    func add(_ path: String) { list.withLock { $0.append(path) } }
    var paths: [String] { list.withLock { $0 } }
}
