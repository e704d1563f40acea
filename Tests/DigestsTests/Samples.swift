import Digests
import FeedModel
import FoundationEssentials

/// A day's digest with everything odd in it: two sources for one story, hostile text, Urdu, no date, a date in the future.
enum Samples {
    static let karachi = Zone(named: "Asia/Karachi")
    static let cutOff = karachi.instant(of: LocalDate(year: 2026, month: 11, day: 25), hour: 7, minute: 0)
    static let key = DigestKey(profile: "analyst", date: LocalDate(year: 2026, month: 11, day: 25))

    static let minerals = watch("Critical minerals", "critical-minerals", .economy)
    static let terror = watch("Counterterrorism", "counterterrorism", .security, urgent: 14)
    static let people = watch("Education and people", "education-people", .people)

    static func watch(_ name: String, _ topic: String, _ area: Area, urgent: Double? = nil) -> Watch {
        Watch(name: name, topic: topic, area: area, threshold: 6, urgent: urgent)
    }

    static let feeds: [String: Feed] = [
        "https://dawn.example/feed": Feed(
            url: "https://dawn.example/feed", title: "Dawn", kind: .press, country: "PK"),
        "https://state.example/rss": Feed(
            url: "https://state.example/rss", title: "US Department of State", kind: .government, country: "US"),
        "https://evil.example/feed": Feed(
            url: "https://evil.example/feed", title: "<img src=x onerror=alert(1)>", kind: .search),
    ]

    /// A matched entry; `hours` before the cut-off, nil for undated. Every word of `words` found in its text is a hit.
    static func entry(
        _ id: String, feed: String = "https://dawn.example/feed", title: String, url: String? = nil,
        summary: String = "",
        language: String? = nil, hours: Double? = 2, watch: Watch = minerals, score: Double = 9, words: [String] = [],
        also: [Match] = []
    ) -> MatchedEntry {
        let entry = Entry(
            id: EntryID(id), feedURL: feed, title: title, url: url ?? "https://dawn.example/news/\(id)",
            summary: summary,
            language: language, published: hours.map { cutOff - $0 * 3600 })
        var hits: [Hit] = []
        for (number, word) in words.enumerated() {
            for (field, text) in [(EntryField.title, title), (.summary, summary)] {
                guard let start = place(of: word, in: text) else { continue }
                hits.append(
                    Hit(
                        line: number + 10, field: field, start: start, end: start + word.unicodeScalars.count,
                        text: word,
                        points: field == .title ? 15 : 2.5))
            }
        }
        let match = Match(watch: watch, score: score, hits: hits)
        return MatchedEntry(
            entry: entry, verdict: Verdict(matches: [match] + also, relevance: 0.5), firstSeen: cutOff - 1800)
    }

    static func request(_ entries: [MatchedEntry], topics: [String] = [], perTopic: Int = 8) -> DigestRequest {
        DigestRequest(
            key: key, zone: karachi, from: cutOff - 86_400, to: cutOff, installation: "test", entries: entries,
            feeds: feeds,
            topics: topics, perTopic: perTopic,
            coverage: Coverage(
                feeds: 50, feedsReached: 48, newEntries: 310, matchedEntries: entries.count,
                failing: [
                    FailingFeed(
                        title: "Old & slow <b>", url: "https://old.example/feed", since: cutOff - 3 * 86_400,
                        reason: "connecting: refused")
                ], notes: ["Covers three days: the service was down."]))
    }

    static let entries: [MatchedEntry] = [
        entry(
            "a1", title: "Reko Diq lenders weigh DFC guarantee",
            summary:
                "Talks on Reko Diq go on in Islamabad. The U.S. agency DFC may guarantee up to a third of the debt. Gen. Munir "
                + "met its head on Monday. Copper prices rose.", words: ["Reko Diq", "DFC"],
            also: [Match(watch: people, score: 7, hits: [])]),
        entry(
            "a2", feed: "https://state.example/rss", title: "Reko Diq Lenders weigh DFC guarantee!",
            url: "https://state.example/2?utm_source=rss&b=(1)", summary: "A statement.", hours: 3, words: ["Reko Diq"]),
        entry(
            "a3", feed: "https://evil.example/feed",
            title: "<script>alert(1)</script> & [x](javascript:alert(1)) \u{202E}evil",
            url: "javascript:alert(1)",
            summary: "1. `code` <iframe src=//x> \u{1B}[31mred\u{7} Reko Diq **bold** _it_ ![i](data:x)",
            hours: -48, words: ["Reko Diq"]),
        entry(
            "b1", title: "پاکستان اور امریکہ کے درمیان معدنیات پر معاہدہ",
            summary: "ریکوڈک منصوبے پر بات چیت جاری ہے۔ امریکہ نے دلچسپی ظاہر کی۔",
            language: "ur", hours: nil, words: ["ریکوڈک"]),
        entry(
            "c1", title: "TTP attack near Bannu draws US condemnation",
            summary: "Washington condemned the attack and offered help with the investigation.", hours: 30,
            watch: terror,
            score: 16, words: ["TTP"]),
    ]

    /// What was told two days before: the first story's beginning, and all there is to a story that only goes on.
    static let told: [ToldEntry] = [
        ToldEntry(
            entry: entry(
                "t1", feed: "https://state.example/rss", title: "Islamabad hosts talks on copper royalties",
                summary: "Officials met investors over royalties for the coming year.", hours: 50
            ).entry, firstSeen: cutOff - 50 * 3600, story: "t1", date: LocalDate(year: 2026, month: 11, day: 23),
            storySince: LocalDate(year: 2026, month: 11, day: 22))
    ]

    static let goesOn = entry(
        "d1", title: "Islamabad hosts talks on copper royalties",
        summary: "Officials met investors over royalties for the coming year.", hours: 40, words: ["copper"])

    /// One that falls short of the threshold 1.15.
    static let nearly = entry("e1", title: "Mine closes for <b>repairs</b>", hours: 3, score: 6.6, words: ["Mine"])

    /// One that passes no watch: 4.8 of 6.
    static let missed: MatchedEntry = {
        var missed = entry(
            "f1", title: "Copper & \u{202E}cobalt | in *Chagai*", hours: 5, score: 4.8, words: ["Copper"])
        missed.verdict = Verdict(matches: [], relevance: 0.2, nearMiss: missed.verdict.matches[0])
        return missed
    }()

    static var trends: Trends {
        let today = key.date.daysSince1970
        var volumes = (0..<110).map {
            Volume(day: today - $0, area: .security, topic: "counterterrorism", country: "PK", count: 2)
        }
        volumes += (0..<7).map {
            Volume(day: today - $0, area: .economy, topic: "critical-minerals", country: "US", count: 3)
        }
        let quiet = SourceActivity(
            title: "Quiet <i>Institute</i>", url: "https://quiet.example/feed", activeDays: 12, firstDay: today - 100,
            lastDay: today - 45)
        return TrendsBuilder(today: key.date, volumes: volumes, sources: [quiet]).build()
    }

    /// Told two days before, with another title and another figure.
    static let revised = entry(
        "r1", title: "Fulbright sends 20 teachers from Lahore", summary: "Texas is to take 20 teachers for a year.",
        hours: 49, words: ["Fulbright"])

    static let revisions: [EntryID: Revision] = [
        EntryID("r1"): Revision(
            version: 2, told: LocalDate(year: 2026, month: 11, day: 23),
            oldTitle: "<b>Fulbright</b> sends \u{202E}12 [x](javascript:alert(1)) from Lahore",
            was: "Texas is to take 12 <i>teachers</i> for …", now: "Texas is to take 20 teachers for …")
    ]

    static var wholeRequest: DigestRequest {
        var request = request(entries + [goesOn, nearly, missed, revised])
        request.revisions = revisions
        request.threshold = 1.15
        request.earlier = told
        request.trends = trends
        return request
    }

    static var digest: Digest { DigestBuilder().build(wholeRequest) }

    private static func place(of word: String, in text: String) -> Int? {
        let (text, word) = (Array(text.unicodeScalars), Array(word.unicodeScalars))
        guard text.count >= word.count else { return nil }
        return (0...text.count - word.count).first { text[$0..<$0 + word.count].elementsEqual(word) }
    }
}
