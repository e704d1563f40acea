import Digests
import FeedModel
import FoundationEssentials
import TestSupport
import Testing

@Suite struct ArchiveSiteTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func deliver(_ entries: [MatchedEntry], on date: LocalDate) async throws {
        var request = Samples.request(entries)
        request.key = DigestKey(profile: "analyst", date: date)
        request.to = Samples.karachi.instant(of: date, hour: 7, minute: 0)
        let digest = DigestBuilder().build(request)
        try await FileSink(folder: folder.path).deliver(
            Delivery(
                id: "d", digest: request.key, sink: .files, recipient: "",
                files: [DigestFormat.html, .json].map {
                    FrozenFile(fileExtension: $0.fileExtension, bytes: render(digest, as: $0))
                }, nextAttempt: request.to))
    }

    private func text(_ name: String) throws -> String { String(decoding: try folder.bytes(of: name), as: UTF8.self) }

    private func day(_ month: Int, _ day: Int) -> LocalDate { LocalDate(year: 2026, month: month, day: day) }

    @Test func `every story told is on the page of its topic, of its source, and in the search's data`() async throws {
        try await deliver(Samples.entries, on: day(11, 24))
        try await deliver([Samples.entry("z9", title: "Copper royalties doubled")], on: day(11, 25))
        let topic = try text("analyst/topics/critical-minerals.html")
        #expect(topic.contains("Copper royalties doubled") && topic.contains("../2026/11/2026-11-25.html"))
        #expect(topic.contains("Reko Diq Lenders weigh DFC guarantee!"))
        let data = try text("analyst/search/2026-11.js")
        #expect(data.hasPrefix("durbeenAdd(\"2026-11\",\n["))
        #expect(data.contains("Copper royalties doubled") && data.contains("TTP attack near Bannu"))
        let sources = try text("analyst/sources/index.html")
        #expect(sources.contains("US Department of State"))
        #expect(try text("analyst/index.html").contains("2026/11/2026-11-25.html"))
        #expect(try text("index.html").contains("analyst/index.html"))
    }

    @Test func `each month has a page of its own, and the balance counts it`() async throws {
        try await deliver([Samples.entry("a", title: "Old news")], on: day(10, 31))
        try await deliver([Samples.entry("b", title: "New news")], on: day(11, 1))
        #expect(try text("analyst/topics/critical-minerals-2026-10.html").contains("Old news"))
        let newest = try text("analyst/topics/critical-minerals.html")
        #expect(newest.contains("New news") && !newest.contains("Old news"))
        #expect(newest.contains("critical-minerals-2026-10.html"))
        #expect(try text("analyst/index.html").contains("<th scope=\"row\">2026-10</th><td>0</td><td>1</td>"))
        #expect(try text("analyst/search.html").contains("data-months=\"2026-11 2026-10\""))
    }

    @Test(arguments: ["index", "trade-2026-11"])
    func `a topic named as the shelf names its own pages takes none of them`(topic: String) async throws {
        var odd = Samples.minerals
        odd.topic = topic
        var trade = Samples.minerals
        trade.topic = "trade"
        try await deliver(
            [Samples.entry("a", title: "Odd news", watch: odd), Samples.entry("b", title: "Tariffs", watch: trade)],
            on: day(11, 24))
        let pages = folder.files().filter { $0.hasPrefix("analyst/topics/") && $0.hasSuffix(".html") }
        let own = try pages.filter { try text($0).contains("Odd news") }
        #expect(own.count == 2 && !own.contains("analyst/topics/\(topic).html"))
        #expect(try text("analyst/topics/index.html").contains("trade.html"))
        #expect(try text("analyst/topics/trade-2026-11.html").contains("Tariffs"))
    }

    @Test func `S9: only the search page may run a script, and nothing hostile becomes markup`() async throws {
        try await deliver(Samples.entries, on: day(11, 24))
        for name in folder.files() where name.hasSuffix(".html") && !name.contains("latest") {
            let page = try text(name)
            #expect(page.contains("<script") == name.hasSuffix("search.html"), "\(name)")
            #expect(!page.contains("<img") && !page.contains("javascript:alert(1)\""), "\(name)")
            #expect(page.contains("default-src 'none'"), "\(name)")
        }
    }

    @Test func `a delivery done again leaves every byte as it was`() async throws {
        try await deliver([Samples.entry("a", title: "Old news")], on: day(11, 24))
        try await deliver(Samples.entries, on: day(11, 25))
        let before = try folder.files().map { try folder.bytes(of: $0) }
        try await deliver([Samples.entry("a", title: "Old news")], on: day(11, 24))
        #expect(try folder.files().map { try folder.bytes(of: $0) } == before)
    }
}
