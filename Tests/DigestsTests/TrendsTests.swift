import FeedModel
import Testing

@testable import Digests

@Suite struct TrendsTests {
    private let today = LocalDate(year: 2026, month: 11, day: 25)

    private func volume(_ daysAgo: Int, _ area: Area, _ count: Int, topic: String = "t", country: String? = nil)
        -> Volume
    {
        Volume(day: today.daysSince1970 - daysAgo, area: area, topic: topic, country: country, count: count)
    }

    private func trends(_ volumes: [Volume], _ sources: [SourceActivity] = []) -> Trends {
        TrendsBuilder(today: today, volumes: volumes, sources: sources).build()
    }

    @Test func `shares are of 7 days, 30 days and the 90 before`() {
        let balance = trends([
            volume(0, .security, 3), volume(6, .economy, 1), volume(7, .economy, 4), volume(29, .people, 2),
            volume(30, .diplomacy, 5), volume(119, .security, 5), volume(120, .security, 100),
            volume(-1, .economy, 100),
        ]).balance
        #expect(balance.map(\.last7) == [3, 1, 0, 0])
        #expect(balance.map(\.last30) == [3, 5, 2, 0])
        #expect(balance.map(\.before90) == [5, 0, 0, 5])
        #expect(balance.map(\.share7) == [0.75, 0.25, 0, 0])
        #expect(balance.map(\.shareBefore) == [0.5, 0, 0, 0.5])
    }

    @Test func `5.6: a topic's week stands against its mean of 30 days, and reads back from the JSON`() {
        let built = trends([
            volume(0, .security, 3, topic: "a"), volume(7, .security, 12, topic: "a"),
            volume(29, .people, 1, topic: "b"),
            volume(6, .economy, 5, topic: "c"), volume(30, .economy, 50, topic: "d"),
        ])
        #expect(
            built.topics == [
                TopicVolume(topic: "c", last7: 5, mean30: 1.2), TopicVolume(topic: "a", last7: 3, mean30: 3.5),
                TopicVolume(topic: "b", last7: 0, mean30: 0.2),
            ])
        var digest = Samples.digest
        digest.trends?.topics = built.topics
        let text = String(decoding: render(digest, as: .text), as: UTF8.self)
        #expect(text.contains("\nA: 3 in 7 days; 30-day mean 3.5 in 7\n"))
        let read = try? JSON(reading: render(digest, as: .json))
        #expect(read.flatMap { Digests.digest(reading: $0) }?.trends?.topics == built.topics)
    }

    @Test(arguments: [(5, 0, true), (4, 0, false), (30, 14, true), (20, 14, false), (60, 40, false), (2000, 900, true)])
    func `a surge is far above what is usual`(count: Int, usualAWeek: Int, isSurge: Bool) {
        var volumes = (7..<97).map { volume($0, .security, 1, topic: "other") }
        for week in 1..<13 { volumes.append(volume(7 * week + 3, .economy, usualAWeek, topic: "minerals")) }
        volumes.append(volume(2, .economy, count, topic: "minerals"))
        #expect(trends(volumes).surges.map(\.topic) == (isSurge ? ["minerals"] : []))
    }

    @Test func `nothing is called unusual before there is a usual`() {
        #expect(trends((0..<20).map { volume($0, .economy, $0 < 7 ? 20 : 1) }).surges.isEmpty)
    }

    @Test(arguments: [
        (40, 10, 30, true), (40, 10, 8, false), (100, 5, 30, false), (40, 3, 30, false), (40, 10, 60, true),
        (40, 10, 61, false),
    ])
    func `a source falls silent by its own measure`(span: Int, days: Int, since: Int, isSilent: Bool) {
        let last = today.daysSince1970 - since
        let source = SourceActivity(
            title: "S", url: "https://s.example/f", activeDays: days, firstDay: last - span, lastDay: last)
        #expect(trends([], [source]).silent.map(\.days) == (isSilent ? [since] : []))
    }

    @Test func `two feeds of one source fall silent once, two sources of one title each`() {
        let last = today.daysSince1970 - 30
        let sources = ["a.example/1", "www.a.example/2", "b.example/1"].map {
            SourceActivity(
                title: "Press Releases", url: "https://\($0)", activeDays: 10, firstDay: last - 40, lastDay: last)
        }
        let found = trends([], sources)
        #expect(found.silent.map(\.url) == ["https://a.example/1", "https://b.example/1"])
        let lines = TrendsText(trends: found, width: 72).silenceLines.map { $0.prefix { $0 != "," } }
        #expect(lines == ["Silent: Press Releases (a.example)", "Silent: Press Releases (b.example)"])
    }

    @Test func `countries of source with ten entries have a balance of their own`() {
        let countries = trends([
            volume(1, .security, 10, country: "PK"), volume(1, .economy, 12, country: "US"),
            volume(1, .people, 9, country: "UK"), volume(1, .people, 99),
        ]).byCountry
        #expect(countries.map(\.country) == ["US", "PK"])
        #expect(countries[0].balance.map(\.share7) == [0, 1, 0, 0])
    }

    @Test func `a table has a line a country and area, and no formula`() {
        let lines = trendsTable(trends([volume(1, .security, 10, country: "=1+1,\"x")]))
        #expect(lines.count == 9)
        #expect(lines[1] == "all,security,10,10,0,1,1,0")
        #expect(lines[5] == "\"'=1+1,\"\"x\",security,10,10,0,1,1,0")
    }
}
