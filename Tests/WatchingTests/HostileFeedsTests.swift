import FeedModel
import FoundationEssentials
import LoopbackServer
import Matching
import Storage
import TestSupport
import Testing
import Transfers

@testable import Watching

@Suite(.serialized) struct HostileFeedsTests {
    private func wiring(_ urls: [String]) throws -> Wiring {
        var configuration = Configuration()
        configuration.fetch.allowAddresses = ["127.0.0.0/8"]
        configuration.fetch.hostSpacing = .zero
        configuration.fetch.hostBudget = 0
        configuration.fetch.hostConnections = 0
        configuration.fetch.minFloor = .seconds(1)
        configuration.fetch.floor = .seconds(1)
        configuration.fetch.concurrency = 64
        configuration.fetch.timeout = .seconds(3)
        configuration.watchlists.secondLook = nil
        return Wiring(
            configuration: configuration, feeds: urls.map { Feed(url: $0) }, matcher: try Matcher([]),
            fetcher: Fetcher(Wiring.fetchSettings(configuration.fetch)), timing: Wiring.checkTiming(configuration.fetch)
        )
    }

    @Test func `R4, R6, R19, S1 to S7: 350 hostile feeds beside 500 good ones harm none of them`() async throws {
        let server = try FeedServer()
        let hostile = (0..<350).map { number in
            let trick = HostileAnswers.all[number % HostileAnswers.all.count]
            let path = "/hostile/\(trick.name)\(number >= HostileAnswers.all.count ? "/\(number)" : "")"
            server.on(path, trick.answer)
            return server.url(path)
        }
        let good = (0..<500).map { number in
            server.on("/good/\(number)", .feed(["good-\(number)"]))
            return server.url("/good/\(number)")
        }
        // The hostile ones stand among the others.
        let wiring = try wiring((hostile + good).sorted { stableHash($0) < stableHash($1) })
        let store = try Store(path: ":memory:")
        var options = OnceRound.Options()
        options.all = true
        let summary = try await OnceRound(wiring: wiring, store: store, time: .system, log: .silent).run(options) {
            _, _ in
        }
        #expect(summary.checked == 850)
        #expect(summary.updated == 500, "\(summary.updated)")
        #expect(summary.newEntries == 500)
        let failed = Set(summary.failures.map(\.feed.url))
        #expect(Set(hostile).isSubset(of: failed), "\(Set(hostile).subtracting(failed))")
        #expect(failed.isDisjoint(with: good))
        for url in good.prefix(20) { #expect(try await store.feedState(url)?.failures == 0) }
        await wiring.fetcher.stop()
        server.stop()
    }

    @Test(arguments: [
        ("title", "<title>\(String(repeating: "t", count: 1 << 20))</title>"),
        ("guid", "<guid>\(String(repeating: "g", count: 1 << 20))</guid><title>x</title>"),
        ("categories", "<title>x</title>" + (0..<10_000).map { "<category>c\($0)</category>" }.joined()),
        ("body", "<title>x</title><description>\(String(repeating: "w ", count: 1 << 19))</description>"),
        ("link", "<title>x</title><link>https://a.example/\(String(repeating: "p", count: 1 << 20))</link>"),
    ])
    func `R7: an entry stores at most 16 KiB beside its body, and 64 KiB of that`(name: String, item: String)
        async throws
    {
        let scene = try await PollScene()
        scene.server.on(
            "/feed", LoopbackResponse(text: "<rss version=\"2.0\"><channel><item>\(item)</item></channel></rss>"))
        let report = try #require(try await scene.poll().first)
        for matched in report.result?.entries ?? [] {
            let entry = matched.entry
            let texts = [entry.title, entry.summary, entry.url ?? ""] + entry.tags + entry.authors
            #expect(texts.reduce(0) { $0 + $1.utf8.count } <= 16 << 10, "\(name)")
            #expect(entry.body.utf8.count <= 64 << 10)
        }
        await scene.end()
    }

    @Test(arguments: ["Thu, 01 Jan 0000 00:00:00 GMT", "9999-12-31T23:59:59Z", "99999999999999-01-01", "-1", "0"])
    func `S6, R8: dates out of all reason trap nothing and lose nothing`(date: String) async throws {
        let scene = try await PollScene()
        scene.server.on(
            "/feed",
            LoopbackResponse(headers: [("ETag", "\"1\"")], text: rss(["1", "2"], dates: ["1": date, "2": date])),
            LoopbackResponse(
                headers: [("Expires", date), ("Date", date), ("Retry-After", date), ("Age", "99999999999999999999")],
                text: rss(["1", "2", "3"], extra: "<ttl>99999999999999999999</ttl>")))
        #expect(try await scene.poll().map(\.outcome) == [.updated(new: 2, matched: 0)])
        #expect(try await scene.poll(after: .seconds(3 * 86_400)).map(\.outcome) == [.updated(new: 1, matched: 0)])
        #expect(try #require(scene.wait()) <= 9 * 86_400)
        await scene.end()
    }

    @Test func `R8: ids, titles and orders that change, entries that go and come back, and RSS that turns into Atom`()
        async throws
    {
        let scene = try await PollScene()
        func document(_ prefix: String, _ order: [Int]) -> String {
            let items = order.map { number in
                "<item><guid>\(prefix)\(number)</guid><title>A headline with words number \(number)</title>"
                    + "<link>https://site.example/\(number)</link></item>"
            }
            return "<rss version=\"2.0\"><channel>\(items.joined())</channel></rss>"
        }
        let atomEntries = (0..<6).map { number in
            "<entry><id>urn:\(number)</id><title>A headline with words number \(number)</title>"
                + "<link href='https://site.example/\(number)'/></entry>"
        }
        scene.server.on(
            "/feed", LoopbackResponse(text: document("a", Array(0..<6))),
            LoopbackResponse(text: document("b", Array(0..<6))),
            LoopbackResponse(text: document("b", [5, 3, 1])), .error(500),
            LoopbackResponse(text: document("b", [0, 1, 2, 3, 4, 5])),
            LoopbackResponse(text: "<feed xmlns='http://www.w3.org/2005/Atom'>\(atomEntries.joined())</feed>"))
        var new = 0
        for _ in 0..<6 {
            for report in try await scene.poll(after: .seconds(3 * 86_400)) {
                if case .updated(let count, _) = report.outcome { new += count }
            }
        }
        #expect(new == 6)
        await scene.end()
    }

    @Test(arguments: [
        "<!DOCTYPE rss SYSTEM \"SERVER/evil.dtd\">BODY", "<!DOCTYPE rss PUBLIC \"-//A//B\" \"SERVER/evil.dtd\">BODY",
        "<!DOCTYPE rss [<!ENTITY x SYSTEM \"SERVER/evil\">]>BODY",
        "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>BODY",
        "<!DOCTYPE rss [<!ENTITY % p SYSTEM \"SERVER/evil.ent\"> %p;]>BODY",
        "<!DOCTYPE rss [<!ENTITY % p \"<!ENTITY x SYSTEM 'SERVER/evil'>\"> %p;]>BODY",
        "<?xml-stylesheet type=\"text/xsl\" href=\"SERVER/evil.xsl\"?>BODY",
        "<!DOCTYPE rss [<!ATTLIST item x CDATA \"SERVER/evil\">]>BODY",
    ])
    func `S5: nothing that a document names is loaded or leaked, and its entries are read`(document: String)
        async throws
    {
        let scene = try await PollScene()
        let include = "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='SERVER/evil' parse='text'/>"
        let body =
            "<rss version='2.0'><channel><title>T</title>\(include)<item><guid>1</guid><title>An &x; entry</title>"
            + "<description>\(include)</description></item></channel></rss>"
        let text = document.replacing("BODY", with: body).replacing("SERVER", with: scene.server.url)
        scene.server.on("/feed", LoopbackResponse(text: text))
        let report = try #require(try await scene.poll().first)
        let entry = try #require(report.result?.entries.first?.entry, "\(report.outcome)")
        #expect(entry.title.hasPrefix("An ") && !entry.title.contains("root:") && !entry.body.contains("root:"))
        #expect(scene.server.requests.map(\.path) == ["/feed"])
        await scene.end()
    }

    @Test func `R8: one guid in two feeds hides nothing`() async throws {
        let scene = try await PollScene(paths: ["/a", "/b"])
        scene.server.on("/a", .feed(["same"]))
        scene.server.on("/b", .feed(["same"]))
        #expect(try await scene.poll().map(\.outcome) == [.updated(new: 1, matched: 0), .updated(new: 1, matched: 0)])
        await scene.end()
    }

    @Test func `R9: what was complete in a cut document is kept, and the next check brings the rest, once`()
        async throws
    {
        let scene = try await PollScene()
        let whole = rss(["1", "2", "3"])
        let cut = String(whole.prefix(whole.utf8.count - 70))
        scene.server.on(
            "/feed", .feed(["0"]), LoopbackResponse(headers: [("ETag", "\"cut\"")], text: cut),
            LoopbackResponse(headers: [("ETag", "\"2\"")], text: whole))
        try await scene.poll()
        let second = try await scene.poll(after: .seconds(3 * 86_400))
        #expect(second.first?.failure?.kind == .parse)
        let third = try await scene.poll(after: .seconds(3 * 86_400))
        #expect(third.first?.failure == nil)
        #expect(scene.server.requests.last?.header("If-None-Match") == "\"1\"")
        #expect(try await scene.store.status().entries == 4)
        await scene.end()
    }
}
