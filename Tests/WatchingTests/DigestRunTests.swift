import Digests
import FeedModel
import FoundationEssentials
import Storage
import TestSupport
import Testing

@testable import Watching

/// What a profile's digests come to, over a real store in memory.
@Suite struct DigestRunTests {
    private static let now = Date(timeIntervalSince1970: 1_795_600_000)
    let now = DigestRunTests.now
    let feed = Feed(url: "https://a.example/feed", title: "A")

    func profile(_ change: (inout Configuration.Profile) -> Void = { _ in }) -> Configuration.Profile {
        var profile = Configuration.Profile()
        profile.name = "daily"
        profile.zone = "Asia/Karachi"
        profile.sinks = [.mail]
        profile.to = ["reader@example.org"]
        change(&profile)
        return profile
    }

    func scene(
        _ profile: Configuration.Profile, entries: [MatchedEntry]
    ) async throws -> (store: Store, run: DigestRun) {
        let store = try Store(path: ":memory:")
        try await store.setFeeds([feed], now: now)
        try await store.commit(
            CheckResult(
                feedURL: feed.url, at: now, state: FeedState(),
                outcome: .updated(new: entries.count, matched: entries.count), entries: entries))
        _ = try await store.knownSince(profile: profile.name, now: now.addingTimeInterval(-30 * 86_400))
        var configuration = Configuration()
        configuration.profiles = [profile]
        configuration.mail.from = "durbeen@example.org"
        configuration.mail.idDomain = "example.org"
        configuration.files.folder = "/nowhere"
        configuration.files.formats = [.html, .atom]
        let run = DigestRun(
            store: store, configuration: configuration, feeds: [feed], installation: store.installationID)
        return (store, run)
    }

    func entry(_ name: String, score: Double = 9, firstFill: Bool = false, hoursOld: Double = 1) -> MatchedEntry {
        let watch = Watch(name: "Minerals", topic: "critical-minerals", area: .economy, threshold: 6, urgent: 14)
        let entry = Entry(
            id: EntryID("id-" + name), feedURL: feed.url, title: "Title \(name)", url: "https://a.example/\(name)",
            published: now.addingTimeInterval(-hoursOld * 3600), identity: EntryIdentity(keys: ["k-" + name]))
        return MatchedEntry(
            entry: entry, verdict: Verdict(matches: [Match(watch: watch, score: score, hits: [])], relevance: 0.5),
            firstSeen: now.addingTimeInterval(-60), isFirstFill: firstFill)
    }

    func request(
        _ profile: Configuration.Profile, _ occasion: DigestRun.Request.Occasion = .date, at moment: Date = now
    ) -> DigestRun.Request {
        var request = DigestRun.Request(
            profile: profile, date: Zone(named: "Asia/Karachi").date(at: moment), cutoff: moment)
        request.occasion = occasion
        return request
    }

    private func deliveries(_ store: Store) async throws -> [Delivery] {
        try await store.deliveries(in: DeliveryState.allCases)
    }

    @Test func `the sender is called Durbeen and the profile, once`() async throws {
        let (store, run) = try await scene(profile(), entries: [entry("1")])
        _ = try await run.make(request(profile()), now: now)
        let message = try #require(try await deliveries(store).first?.files.first)
        let text = String(decoding: message.bytes, as: UTF8.self)
        #expect(text.contains("\r\nFrom: \"Durbeen: daily\" <durbeen@example.org>\r\n"))
    }

    @Test func `a feed that the configuration gives no title stands under its own`() async throws {
        let (store, run) = try await scene(profile(), entries: [entry("1")])
        var state = FeedState()
        state.documentTitle = "The Herald of A"
        try await store.commit(
            CheckResult(feedURL: feed.url, at: now, state: state, outcome: .updated(new: 0, matched: 0)))
        let untitled = DigestRun(
            store: store, configuration: run.configuration, feeds: [Feed(url: feed.url)], installation: "x")
        for (run, name) in [(run, "A"), (untitled, "The Herald of A")] {
            let key = DigestKey(profile: "daily", date: LocalDate(daysSince1970: 20_000))
            let digest = try await run.compose(request(profile()), key: key, now: now)
            #expect(digest.stories.map(\.source.name) == [name])
        }
    }

    @Test func `each sink has its own form of the digest`() async throws {
        let profile = profile { $0.sinks = [.files, .webhook, .exec, .mail] }
        let (store, run) = try await scene(profile, entries: [entry("1")])
        _ = try await run.make(request(profile), now: now)
        let forms = Dictionary(
            uniqueKeysWithValues: try await deliveries(store).map { ($0.sink, $0.files.map(\.fileExtension)) })
        // The topic's feed is made of the JSON edition, so that lies beside the page although nobody asked for it.
        #expect(forms == [.files: ["html", "json"], .webhook: ["json"], .exec: ["json"], .mail: ["eml"]])
    }

    @Test(arguments: [
        (Configuration.WhenEmpty.skip, 20.0, 0), (.send, 0.5, 1), (.heartbeat, 6, 0), (.heartbeat, 7, 1),
    ])
    func `M-11: a day without news`(policy: Configuration.WhenEmpty, daysLater: Double, sent: Int) async throws {
        let profile = profile { $0.whenEmpty = policy }
        let (store, run) = try await scene(profile, entries: [entry("1")])
        _ = try await run.make(request(profile), now: now)
        let later = now.addingTimeInterval(daysLater * 86_400)
        _ = try await run.make(request(profile, at: later), now: later)
        #expect(try await deliveries(store).count == 1 + sent)
        // The date is done in any case.
        #expect(try await store.lastDigest(for: "daily")?.to == later)
    }

    @Test func `M-10: what a reader wants left out is told on no later day either`() async throws {
        let (store, run) = try await scene(profile(), entries: [entry("1")])
        _ = try await run.make(request(profile(), .skipped), now: now)
        let next = now.addingTimeInterval(86_400)
        _ = try await run.make(request(profile(), at: next), now: next)
        #expect(try await deliveries(store).isEmpty)
    }

    @Test func `an alert takes what is urgent and news, and the day's digest the rest, each once`() async throws {
        let entries = [
            entry("plain"), entry("urgent", score: 15), entry("old", score: 15, hoursOld: 72),
            entry("first", score: 15, firstFill: true),
        ]
        let (store, run) = try await scene(profile(), entries: entries)
        guard case .made(let alert, _) = try await run.make(request(profile(), .alert), now: now) else {
            return #expect(Bool(false), "no alert")
        }
        #expect(alert.key.description == "daily/2026-11-25.alert1")
        #expect(alert.entryIDs == [EntryID("id-urgent")])
        guard case .made(let digest, _) = try await run.make(request(profile()), now: now) else {
            return #expect(Bool(false), "no digest")
        }
        #expect(digest.key.edition == 1)
        #expect(Set(digest.entryIDs.map(\.text)) == ["id-plain", "id-old", "id-first"])
        #expect(try await store.alertTimes(for: "daily", since: now.addingTimeInterval(-60)) == [now])
        guard case .nothingNew = try await run.make(request(profile(), .alert), now: now) else {
            return #expect(Bool(false), "told twice")
        }
    }

    @Test(arguments: MailForm.Style.allCases, [false, true])
    func `M-14: a replay gives every byte again`(style: MailForm.Style, attachesFeed: Bool) async throws {
        let profile = profile {
            $0.sinks = [.files, .webhook, .mail]
            $0.digestStyle = style
            $0.attachFeed = attachesFeed
        }
        let (store, run) = try await scene(profile, entries: [entry("1"), entry("2", score: 20)])
        guard case .made(let digest, let record) = try await run.make(request(profile), now: now) else {
            return #expect(Bool(false), "no digest")
        }
        let stored = try #require(try await store.digest(digest.key))
        let read = try #require(Digests.digest(reading: try JSON(reading: stored.record.json)))
        let results = DigestReplay(digest: read, record: record, run: run).compare(stored.deliveries)
        #expect(results.map(\.isSame) == [true, true, true, true])
        var changed = read
        changed.sections[0].stories[0].title += "!"
        let others = DigestReplay(digest: changed, record: record, run: run).compare(stored.deliveries)
        #expect(others.map(\.isSame) == [false, false, false, false])
    }
}

extension DigestRunTests {
    @Test func `what the next day repeats is told as going on, under the story's name`() async throws {
        let (store, run) = try await scene(profile(), entries: [entry("1")])
        _ = try await run.make(request(profile()), now: now)
        var again = entry("2")
        again.entry.feedURL = "https://b.example/feed"
        again.entry.title = "Title 1"
        again.entry.url = "https://a.example/1"
        let next = now.addingTimeInterval(86_400)
        again.firstSeen = next.addingTimeInterval(-60)
        try await store.setFeeds([feed, Feed(url: "https://b.example/feed")], now: now)
        try await store.commit(
            CheckResult(
                feedURL: "https://b.example/feed", at: next, state: FeedState(), outcome: .updated(new: 1, matched: 1),
                entries: [again]))
        guard case .made(let digest, _) = try await run.make(request(profile(), at: next), now: next) else {
            return #expect(Bool(false), "no digest")
        }
        #expect(digest.sections.flatMap(\.continuing).map(\.id) == ["id-1"])
        #expect(digest.sections[0].continuing[0].since?.description == "2026-11-25")
        #expect(digest.trends?.balance.map(\.last7) == [0, 2, 0, 0])
    }
}

extension DigestRunTests {
    @Test func `a second alert on a story answers to the first, and its replay gives the same`() async throws {
        let profile = profile { $0.urgent = true }
        let (store, run) = try await scene(profile, entries: [entry("1", score: 15)])
        _ = try await run.make(request(profile, .alert), now: now)
        var again = entry("2", score: 15)
        again.entry.title = "Title 1"
        let next = now.addingTimeInterval(3600)
        again.entry.feedURL = "https://b.example/feed"
        again.firstSeen = next.addingTimeInterval(-60)
        try await store.setFeeds([feed, Feed(url: "https://b.example/feed")], now: now)
        try await store.commit(
            CheckResult(
                feedURL: "https://b.example/feed", at: next, state: FeedState(), outcome: .updated(new: 1, matched: 1),
                entries: [again]))
        guard case .made(let alert, let record) = try await run.make(request(profile, .alert, at: next), now: next)
        else {
            return #expect(Bool(false), "no alert")
        }
        #expect(alert.follows.map(\.description) == ["daily/2026-11-25.alert1"])
        let stored = try #require(try await store.digest(alert.key))
        let message = String(decoding: stored.deliveries[0].files[0].bytes, as: UTF8.self)
        #expect(message.contains("\r\nIn-Reply-To: <d1."))
        let read = try #require(Digests.digest(reading: try JSON(reading: record.json)))
        #expect(DigestReplay(digest: read, record: record, run: run).compare(stored.deliveries).map(\.isSame) == [true])
    }
}

extension DigestRunTests {
    private func nearMiss(_ name: String, score: Double = 5, hoursOld: Double = 1) -> MatchedEntry {
        var near = entry(name, score: score, hoursOld: hoursOld)
        near.verdict = Verdict(matches: [], relevance: 0.1, nearMiss: near.verdict.matches[0])
        return near
    }

    @Test func `5.5: what came near a watch is listed once, in every edition, and is no story`() async throws {
        var job = nearMiss("job")
        job.entry.kind = .job
        let profile = profile { $0.sinks = [.files, .mail] }
        let (store, run) = try await scene(profile, entries: [entry("1"), nearMiss("2"), job])
        guard case .made(let digest, let record) = try await run.make(request(profile), now: now) else {
            return #expect(Bool(false), "no digest")
        }
        #expect(digest.possible.map(\.title) == ["Title 2"])
        for format in DigestFormat.allCases where format != .atom && format != .jsonfeed && format != .eml {
            #expect(String(decoding: render(digest, as: format), as: UTF8.self).contains("Title 2"), "\(format)")
        }
        #expect(String(decoding: render(digest, as: .text), as: UTF8.self).contains("83 % of the score asked for"))
        #expect(try #require(Digests.digest(reading: try JSON(reading: record.json))).possible == digest.possible)
        #expect(try await store.told(to: "daily", since: now.addingTimeInterval(-60)).map(\.entry.title) == ["Title 1"])
        let next = now.addingTimeInterval(3600)
        #expect(try await run.compose(request(profile, at: next), key: digest.key, now: next).possible.isEmpty)
    }

    @Test func `M-11: a day on which something only came near a watch is one without news, and it waits`() async throws
    {
        let (store, run) = try await scene(profile(), entries: [nearMiss("2")])
        _ = try await run.make(request(profile()), now: now)
        #expect(try await deliveries(store).isEmpty)
        let next = now.addingTimeInterval(86_400)
        #expect(
            try await run.compose(
                request(profile(), at: next), key: DigestKey(profile: "daily", date: LocalDate(daysSince1970: 20_000)),
                now: next
            ).possible.count == 1)
        let later = now.addingTimeInterval(8 * 86_400)
        #expect(
            try await store.nearMisses(
                for: "daily", since: later.addingTimeInterval(-7 * 86_400), before: later, limit: 9
            ).isEmpty)
    }
}

extension DigestRunTests {
    @Test(arguments: [
        // The clocks skip 02:30 on 8 March and show 01:30 twice on 1 November.
        ("America/New_York", "2026-03-06T12:00:00Z", 2, 30), ("America/New_York", "2026-10-30T12:00:00Z", 1, 30),
        ("America/New_York", "2026-10-30T12:00:00Z", 7, 0), ("Asia/Karachi", "2026-10-30T12:00:00Z", 2, 30),
    ])
    func `R14, M-02: through the nights of a clock change each local date has one digest`(
        zone: String, start: String, hour: Int, minute: Int
    ) async throws {
        let profile = profile {
            $0.zone = zone
            $0.time = .init(hour: hour, minute: minute)
            $0.whenEmpty = .send
        }
        let (store, run) = try await scene(profile, entries: [])
        let calendar = try #require(DigestCalendar(profile))
        let began = try Date(start, strategy: .iso8601)
        for step in 0..<(5 * 24 * 6 + 6) {
            let now = began.addingTimeInterval(Double(step) * 600)
            let last = try await store.lastDigest(for: profile.name, now: now)?.to ?? began
            for period in calendar.due(after: last, now: now) {
                _ = try await run.make(
                    DigestRun.Request(profile: profile, date: period.date, cutoff: period.cutoff), now: now)
            }
        }
        let keys = try await store.digests(of: nil, limit: 100).map(\.key)
        #expect(keys.count == 5)
        #expect(keys.allSatisfy { $0.edition == 1 })
        #expect(Set(keys.map(\.date)).count == 5)
    }
}

extension DigestRunTests {
    /// Stores another text of an entry that is stored already.
    private func edit(
        _ name: String, _ edit: EditClass = .material, at moment: Date, in store: Store,
        change: (inout MatchedEntry) -> Void
    ) async throws {
        var matched = try #require(try await store.entry(EntryID("id-" + name)))
        change(&matched)
        var result = CheckResult(
            feedURL: feed.url, at: moment, state: FeedState(), outcome: .updated(new: 0, matched: 0))
        result.changed = [
            ChangedEntry(
                id: matched.entry.id, identity: EntryIdentity(keys: ["k-" + name]),
                edit: EntryEdit(matched: matched, edit: edit, reasons: ["because"]))
        ]
        try await store.commit(result)
    }

    private func made(_ run: DigestRun, _ profile: Configuration.Profile, at moment: Date) async throws -> Digest? {
        guard case .made(let digest, _) = try await run.make(request(profile, at: moment), now: moment) else {
            return nil
        }
        return digest
    }

    @Test func `D4: what was told and then edited materially is told once more, with what changed`() async throws {
        let (store, run) = try await scene(profile(), entries: [entry("1")])
        _ = try await made(run, profile(), at: now)
        let day: TimeInterval = 86_400
        try await edit("1", at: now.addingTimeInterval(60), in: store) {
            $0.entry.title = "Title two"
            $0.entry.summary = "The province gets 20 percent."
        }
        let next = try #require(try await made(run, profile(), at: now.addingTimeInterval(day)))
        let story = try #require(next.sections.first?.continuing.first)
        #expect(next.sections.flatMap(\.stories).isEmpty && next.entryIDs.isEmpty)
        #expect(story.id == "id-1" && story.since?.description == "2026-11-25" && story.title == "Title two")
        let revision = try #require(story.entries.first?.revision)
        #expect(revision.oldTitle == "Title 1" && revision.told.description == "2026-11-25")
        #expect(revision.was == "" && revision.now == "The province gets 20 percent")
        #expect(try await made(run, profile(), at: now.addingTimeInterval(2 * day)) == nil)
    }

    @Test func `D4: a cosmetic edit or a return is told to nobody, an edit before the digest only in its new form`()
        async throws
    {
        let (store, run) = try await scene(profile(), entries: [entry("1")])
        try await edit("1", at: now.addingTimeInterval(-50), in: store) { $0.entry.title = "Title two" }
        let first = try #require(try await made(run, profile(), at: now))
        #expect(first.sections.flatMap(\.stories).map(\.title) == ["Title two"])
        #expect(first.entries.map(\.revision) == [nil])
        for kind in [EditClass.cosmetic, .returned] {
            try await edit("1", kind, at: now.addingTimeInterval(60), in: store) { $0.entry.title += "!" }
        }
        #expect(try await made(run, profile(), at: now.addingTimeInterval(86_400)) == nil)
    }

    @Test func `D4: an entry that comes to match through an edit is told as new, one of a first fill too`() async throws
    {
        var old = entry("1", firstFill: true, hoursOld: 900)
        let matches = old.verdict.matches
        old.verdict = .nothing
        let (store, run) = try await scene(profile(), entries: [old])
        #expect(try await made(run, profile(), at: now) == nil)
        try await edit("1", at: now.addingTimeInterval(60), in: store) { $0.verdict.matches = matches }
        let digest = try #require(try await made(run, profile(), at: now.addingTimeInterval(86_400)))
        #expect(digest.sections.flatMap(\.stories).map(\.state) == [.new])
        #expect(digest.entryIDs == [EntryID("id-1")])
    }

    @Test func `D4: however often an entry changes, one profile is told of it three times more at most`() async throws {
        let (store, run) = try await scene(profile(), entries: [entry("1")])
        _ = try await made(run, profile(), at: now)
        var told = 0
        for day in 1...6 {
            let moment = now.addingTimeInterval(Double(day) * 86_400)
            try await edit("1", at: moment.addingTimeInterval(-60), in: store) {
                $0.entry.title = "Title of day \(day)"
            }
            if let digest = try await made(run, profile(), at: moment) {
                told += 1
                #expect(digest.entries.first?.revision?.oldTitle == (day == 1 ? "Title 1" : "Title of day \(day - 1)"))
            }
        }
        #expect(told == 3)
        #expect(try await store.retellings(of: EntryID("id-1")).count == 3)
    }

    @Test func `D4: a digest that nobody got told nothing, so nothing is revised`() async throws {
        let (store, run) = try await scene(profile(), entries: [entry("1")])
        _ = try await run.make(request(profile(), .skipped), now: now)
        try await edit("1", at: now.addingTimeInterval(60), in: store) { $0.entry.title = "Title two" }
        #expect(try await made(run, profile(), at: now.addingTimeInterval(86_400)) == nil)
    }
}
