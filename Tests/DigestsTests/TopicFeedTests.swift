import Digests
import FeedModel
import FoundationEssentials
import TestSupport
import Testing

@Suite struct TopicFeedTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func deliver(_ ids: [String], on date: LocalDate, revised: Bool = false) async throws {
        let cutOff = Samples.karachi.instant(of: date, hour: 7, minute: 0)
        var request = Samples.request(ids.map { Samples.entry($0, title: "A story called \($0)") })
        request.key = DigestKey(profile: "analyst", date: date)
        request.to = cutOff
        if revised {
            for id in ids { request.revisions[EntryID(id)] = Revision(version: 1, told: date.adding(days: -1)) }
        }
        let json = render(DigestBuilder().build(request), as: .json)
        let sink = FileSink(folder: folder.path, feeds: [.atom, .jsonfeed], domain: "d.example")
        try await sink.deliver(
            Delivery(
                id: "d", digest: request.key, sink: .files, recipient: "",
                files: [FrozenFile(fileExtension: "json", bytes: json)], nextAttempt: cutOff))
    }

    private func day(_ month: Int, _ day: Int) -> LocalDate { LocalDate(year: 2026, month: month, day: day) }

    private func text(_ name: String) throws -> String {
        String(decoding: try folder.bytes(of: "analyst/feeds/" + name), as: UTF8.self)
    }

    @Test func `keeps a feed a topic, the newest first, under ids that stay`() async throws {
        try await deliver(["a"], on: day(11, 24))
        let first = try text("critical-minerals.atom")
        #expect(first.contains("<id>tag:d.example,2026:durbeen:story:a</id>"))
        try await deliver(["b"], on: day(11, 25))
        let second = try text("critical-minerals.atom")
        let ids = second.split(separator: "\n").filter { $0.contains("durbeen:story") }
        #expect(ids.map { $0.suffix(6).prefix(1) } == ["b", "a"])
        // Nothing about the first story has changed, so neither has its `updated`.
        #expect(second.contains("<updated>2026-11-24T02:00:00Z</updated>"))
        let json = try JSON(reading: try folder.bytes(of: "analyst/feeds/critical-minerals.json"))
        #expect(json["items"]?.array?.count == 2)
        #expect(json["version"]?.string == "https://jsonfeed.org/version/1.1")
    }

    @Test func `D4: a story whose entry was revised is updated, one that only goes on is not`() async throws {
        try await deliver(["a", "b"], on: day(11, 24))
        try await deliver(["a"], on: day(11, 25), revised: true)
        let feed = try text("critical-minerals.atom")
        #expect(feed.contains("<updated>2026-11-25T02:00:00Z</updated>"))
        #expect(feed.contains("<updated>2026-11-24T02:00:00Z</updated>"))
        #expect(feed.split(separator: "\n").count { $0.contains("durbeen:story") } == 2)
    }

    @Test func `RFC 5005: months that are over are archived, each linked to the one before, and never change`()
        async throws
    {
        try await deliver(["a"], on: day(9, 30))
        try await deliver(["b"], on: day(10, 31))
        try await deliver(["c"], on: day(11, 1))
        let archive = try text("critical-minerals.2026-10.atom")
        #expect(archive.contains("<fh:archive/>"))
        #expect(
            archive.contains(
                "rel=\"prev-archive\" type=\"application/atom+xml\" href=\"critical-minerals.2026-09.atom\""))
        #expect(archive.contains("rel=\"current\" type=\"application/atom+xml\" href=\"critical-minerals.atom\""))
        #expect(try text("critical-minerals.atom").contains("href=\"critical-minerals.2026-10.atom\""))
        try await deliver(["d"], on: day(11, 2))
        #expect(try text("critical-minerals.2026-10.atom") == archive)
    }

    @Test func `a delivery that is late or repeated leaves the same feed`() async throws {
        try await deliver(["a"], on: day(11, 24))
        try await deliver(["b"], on: day(11, 25))
        let feed = try text("critical-minerals.atom")
        try await deliver(["a"], on: day(11, 24))
        #expect(try text("critical-minerals.atom") == feed)
    }
}
