import Digests
import FeedModel
import FoundationEssentials
import Matching
import Storage
import TestSupport
import Testing
import Transfers

@testable import Watching

/// What a reader's profile says of languages and of a time without digests, through the daemon's own rounds.
@Suite struct ReaderTests {
    private let feed = Feed(url: "https://a.example/feed", title: "A", language: "en")

    private func entry(_ name: String, language: String? = nil, at moment: Date) -> MatchedEntry {
        let watch = FeedModel.Watch(
            name: "Minerals", topic: "critical-minerals", area: .economy, threshold: 6, urgent: 14)
        let entry = Entry(
            id: EntryID(name), feedURL: feed.url, title: "Title \(name)", url: "https://a.example/\(name)",
            language: language, published: moment)
        return MatchedEntry(
            entry: entry, verdict: Verdict(matches: [Match(watch: watch, score: 15, hits: [])], relevance: 0.5),
            firstSeen: moment)
    }

    private func round(
        _ store: Store, clock: ManualClock, folder: TemporaryDirectory, change: (inout Configuration.Profile) -> Void
    ) throws -> DigestRound {
        var profile = Configuration.Profile()
        profile.name = "daily"
        profile.urgent = true
        profile.whenEmpty = .send
        change(&profile)
        var configuration = Configuration()
        configuration.profiles = [profile]
        configuration.files.folder = folder.path("digests")
        configuration.files.formats = [.json]
        let time = TimeSource(now: { clock.date }, sleep: { try await clock.sleep(for: $0) })
        let wiring = Wiring(
            configuration: configuration, feeds: [feed], matcher: try Matcher([]),
            fetcher: Fetcher(FetchSettings(userAgent: "Durbeen/test")), timing: CheckTiming())
        return DigestRound(store: store, wiring: wiring, time: time, log: .silent)
    }

    private func commit(_ entries: [MatchedEntry], to store: Store, at moment: Date) async throws {
        try await store.commit(
            CheckResult(
                feedURL: feed.url, at: moment, state: FeedState(),
                outcome: .updated(new: entries.count, matched: entries.count), entries: entries))
    }

    @Test func `6.7: a muted reader gets nothing before the date, not even what is urgent, and then all of it`()
        async throws
    {
        let clock = ManualClock(try Date("2026-11-20T12:00:00Z", strategy: .iso8601))
        let store = try Store(path: ":memory:")
        try await store.setFeeds([feed], now: clock.date)
        let folder = try TemporaryDirectory()
        let round = try round(store, clock: clock, folder: folder) { profile in
            profile.mutedUntil = LocalDate("2026-11-25")
            profile.catchUp = .each
        }
        for day in 0..<8 {
            try await commit([entry("\(day)", at: clock.date)], to: store, at: clock.date)
            for _ in 0..<24 {
                #expect(await round.run().storeError == nil)
                clock.advance(by: .seconds(3600))
            }
        }
        let records = try await store.digests(of: nil, limit: 50)
        let digests = records.compactMap { try? Digests.digest(reading: JSON(reading: $0.json)) }
        #expect(digests.allSatisfy { $0.key.date >= LocalDate("2026-11-25") ?? $0.key.date })
        #expect(Set(digests.map(\.key.date.description)) == ["2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28"])
        #expect(digests.flatMap(\.entryIDs).map(\.text).sorted() == (0..<8).map { "\($0)" })
        await round.wiring.fetcher.stop()
    }

    @Test func `6.7: what is in a language the reader does not read is left out; what names none is not`() async throws
    {
        let clock = ManualClock()
        let store = try Store(path: ":memory:")
        try await store.setFeeds([feed], now: clock.date)
        let entries = [("ur", "ur-PK"), ("en", "en_GB"), ("de", "de"), ("none", nil), ("und", "und")]
        try await commit(entries.map { entry($0.0, language: $0.1, at: clock.date) }, to: store, at: clock.date)
        let folder = try TemporaryDirectory()
        let all = try round(store, clock: clock, folder: folder) { $0.languages = ["en", "ur"] }
        clock.advance(by: .seconds(60))
        let run = DigestRun(
            store: store, configuration: all.wiring.configuration, feeds: [feed], installation: store.installationID)
        func told(_ languages: [String]) async throws -> [String] {
            var profile = all.wiring.configuration.profiles[0]
            profile.languages = languages
            let request = DigestRun.Request(
                profile: profile, date: LocalDate(daysSince1970: 20_000), cutoff: clock.date)
            let key = DigestKey(profile: "daily", date: request.date)
            return try await run.compose(request, key: key, now: clock.date).entryIDs.map(\.text).sorted()
        }
        #expect(try await told([]) == ["de", "en", "none", "und", "ur"])
        #expect(try await told(["en", "ur"]) == ["en", "none", "und", "ur"])
        // The feed's own language stands in for an entry's that names none.
        #expect(try await told(["ur"]) == ["und", "ur"])
        await all.wiring.fetcher.stop()
    }

    /// Entries of four days, and the daemon off for the last three of them: what each policy makes of it.
    @Test(arguments: [
        (Configuration.CatchUp.merge, [["0"], ["1", "2", "3"]]), (.each, [["0"], ["1"], ["2"], ["3"]]),
        (.skip, [["0"], ["3"]]),
    ])
    func `M-10: after days without the daemon a reader is told as the profile says`(
        policy: Configuration.CatchUp, told: [[String]]
    ) async throws {
        let clock = ManualClock(try Date("2026-11-20T12:00:00Z", strategy: .iso8601))
        let store = try Store(path: ":memory:")
        try await store.setFeeds([feed], now: clock.date)
        let folder = try TemporaryDirectory()
        let round = try round(store, clock: clock, folder: folder) { profile in
            profile.catchUp = policy
            profile.whenEmpty = .skip
            profile.urgent = false
        }
        #expect(await round.run().storeError == nil)
        for day in 0..<4 {
            try await commit([entry("\(day)", at: clock.date)], to: store, at: clock.date)
            clock.advance(by: .seconds(24 * 3600))
            if day == 0 { #expect(await round.run().storeError == nil) }
        }
        #expect(await round.run().storeError == nil)
        clock.advance(by: .seconds(48 * 3600))
        #expect(await round.run().storeError == nil)

        let records = try await store.digests(of: nil, limit: 50).sorted { $0.to < $1.to }
        let digests = records.compactMap { try? Digests.digest(reading: JSON(reading: $0.json)) }
        // What nobody got, as what was skipped, is written down without a story.
        let handed = try await store.deliveries(in: DeliveryState.allCases, withFiles: false).map(\.digest)
        let sent = digests.filter { handed.contains($0.key) }
        #expect(sent.map { $0.entryIDs.map(\.text).sorted() } == told)
        let notes = sent.flatMap { digest -> [String] in
            digest.coverage.notes.filter { $0.contains("service was not running") }
        }
        #expect(notes == (policy == .merge ? ["This digest stands for 3 days: the service was not running."] : []))
        await round.wiring.fetcher.stop()
    }
}
