import FeedModel
import FoundationEssentials
import Testing

@testable import Watching

@Suite struct ScheduleTests {
    private let start = Date(timeIntervalSince1970: 1_795_600_000)

    private func at(_ seconds: Double) -> Date { start.addingTimeInterval(seconds) }

    private func schedule(concurrency: Int = 256, rules: HostRules = HostRules()) -> Schedule {
        Schedule(concurrency: concurrency, rules: { _ in rules })
    }

    @Test func `the number of a feed that is kept is given to no other until it is let go and has ended`() throws {
        var schedule = schedule()
        let kept = schedule.plan("https://kept.example/feed", at: start)
        schedule.keep(kept)
        let other = schedule.plan("https://other.example/feed", at: at(3600))
        #expect(schedule.start(now: start) == [kept])
        schedule.finished(kept, next: nil, now: at(1))
        schedule.forget("https://other.example/feed")
        #expect(schedule.number(of: "https://kept.example/feed") == kept && schedule.urls.isEmpty)
        #expect(schedule.plan("https://next.example/feed", at: at(3600)) == other)
        schedule.plan("https://kept.example/feed", at: at(60))
        #expect(schedule.start(now: at(60)) == [kept])
        schedule.letGo(kept)
        #expect(schedule.number(of: "https://kept.example/feed") == kept)
        schedule.finished(kept, next: at(7200), now: at(61))
        #expect(schedule.number(of: "https://kept.example/feed") == nil)
        #expect(schedule.plan("https://last.example/feed", at: at(3600)) == kept)
    }

    @Test func `a feed starts when it is due and not before`() {
        var schedule = schedule()
        schedule.plan("https://a.example/feed", at: at(60))
        #expect(schedule.startURLs(now: at(59)).isEmpty)
        #expect(schedule.nextWake() == at(60))
        #expect(schedule.startURLs(now: at(60)) == ["https://a.example/feed"])
        #expect(schedule.startURLs(now: at(61)).isEmpty)
    }

    @Test func `P-47: one open request a host, and five seconds between the end of one and the start of the next`() {
        var schedule = schedule()
        for path in ["1", "2", "3"] { schedule.plan("https://a.example/\(path)", at: start) }
        let first = schedule.startURLs(now: start)
        #expect(first.count == 1)
        #expect(schedule.startURLs(now: at(100)).isEmpty)
        schedule.finished(first[0], next: at(3600), now: at(100))
        #expect(schedule.startURLs(now: at(104)).isEmpty)
        #expect(schedule.nextWake() == at(105))
        #expect(schedule.startURLs(now: at(105)).count == 1)
    }

    @Test func `P-47: a host is asked sixty times an hour at most`() {
        var schedule = schedule(rules: HostRules(connections: 1, spacing: .zero, hourlyBudget: 60))
        for number in 0..<100 { schedule.plan("https://a.example/\(number)", at: start) }
        var asked = 0
        for second in 0..<3599 {
            for url in schedule.startURLs(now: at(Double(second))) {
                asked += 1
                schedule.finished(url, next: nil, now: at(Double(second)))
            }
        }
        #expect(asked == 60)
        #expect(schedule.startURLs(now: at(3600)).count == 1)
    }

    @Test func `P-49: a host with 300 feeds delays another host by no more than one slot`() {
        var schedule = schedule(concurrency: 2)
        for number in 0..<300 { schedule.plan("https://big.example/\(number)", at: start) }
        schedule.plan("https://small.example/feed", at: at(1))
        #expect(schedule.startURLs(now: at(1)).contains("https://small.example/feed"))
    }

    @Test func `no more transfers than the concurrency are in flight`() {
        var schedule = schedule(concurrency: 10)
        for number in 0..<50 { schedule.plan("https://\(number).example/feed", at: start) }
        let first = schedule.startURLs(now: start)
        #expect(first.count == 10)
        #expect(schedule.nextWake() == nil)
        schedule.finished(first[0], next: nil, now: at(1))
        #expect(schedule.startURLs(now: at(1)).count == 1)
    }

    @Test func `R4: a free slot is given out at once or a moment later, however long the others are held up`() {
        var schedule = schedule(concurrency: 32)
        for number in 0..<60 { schedule.plan("https://h\(number).example/feed", at: at(0)) }
        var stuck = schedule.startURLs(now: at(0))
        #expect(stuck.count == 32)
        // One of them ends; the slot waits for company, but not for long.
        schedule.finished(stuck.removeLast(), next: nil, now: at(1))
        schedule.finished(stuck.removeLast(), next: nil, now: at(1))
        #expect(schedule.startURLs(now: at(1)).count == 2)
        schedule.finished(stuck.removeLast(), next: nil, now: at(1.001))
        #expect(schedule.startURLs(now: at(1.002)).isEmpty)
        #expect(schedule.nextWake() == at(1.005))
        #expect(schedule.startURLs(now: at(1.005)).count == 1)
        #expect(schedule.nextWake() == nil)
        // Four of them, an eighth, go at once.
        for _ in 0..<4 { schedule.finished(stuck.removeLast(), next: nil, now: at(1.006)) }
        #expect(schedule.startURLs(now: at(1.006)).count == 4)
    }

    @Test func `P-49: feeds that failed last time start after those that were quick`() {
        var schedule = schedule(concurrency: 1)
        schedule.plan("https://slow.example/feed", at: start, rank: .late)
        schedule.plan("https://quick.example/feed", at: start)
        #expect(schedule.startURLs(now: start) == ["https://quick.example/feed"])
    }

    @Test func `a feed that was forgotten is not started, and one moved starts at its new time`() {
        var schedule = schedule()
        schedule.plan("https://a.example/feed", at: start)
        schedule.plan("https://b.example/feed", at: start)
        schedule.forget("https://a.example/feed")
        schedule.plan("https://b.example/feed", at: at(50))
        #expect(schedule.startURLs(now: at(10)).isEmpty)
        #expect(schedule.startURLs(now: at(50)) == ["https://b.example/feed"])
    }

    @Test func `a feed planned again while in flight is not started twice`() {
        var schedule = schedule()
        schedule.plan("https://a.example/feed", at: start)
        #expect(schedule.startURLs(now: start).count == 1)
        schedule.plan("https://a.example/feed", at: at(1))
        #expect(schedule.startURLs(now: at(10)).isEmpty)
        schedule.finished("https://a.example/feed", next: at(20), now: at(10))
        #expect(schedule.startURLs(now: at(19)).isEmpty)
        #expect(schedule.startURLs(now: at(20)).count == 1)
    }

    @Test func `every feed of a random plan is started exactly once a round, whatever the order of answers`() {
        var generator = SplitMix(state: 7)
        var schedule = schedule(concurrency: 7, rules: HostRules(connections: 2, spacing: .seconds(3), hourlyBudget: 0))
        let urls = (0..<200).map { "https://h\($0 % 17).example/\($0)" }
        for url in urls { schedule.plan(url, at: at(Double.random(in: 0..<30, using: &generator))) }
        var started: [String] = []
        var running: [String] = []
        var second = 0.0
        while !schedule.isFinished && second < 10_000 {
            let batch = schedule.startURLs(now: at(second))
            started += batch
            running += batch
            #expect(running.count <= 7)
            if let index = running.indices.randomElement(using: &generator) {
                schedule.finished(running.remove(at: index), next: nil, now: at(second))
            }
            second += 0.5
        }
        #expect(started.count == 200)
        #expect(Set(started) == Set(urls))
    }

    @Test(arguments: [
        ("https://User:pw@Example.ORG:8443/a?b@c", "example.org"), ("http://[::1]:80/x", "[::1]:80"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"), ("http://localhost:1/x", "localhost:1"),
        ("http://example.org", "example.org"), ("nonsense", "nonsense"), ("http:///path", "http:///path"),
        ("https://staff.tumblr.com/rss", "tumblr.com"), ("https://a.b.tumblr.com./rss", "tumblr.com"),
        ("https://www.bbc.co.uk/feed", "bbc.co.uk"), ("https://mofa.gov.pk/feed", "mofa.gov.pk"),
        ("https://press.mofa.gov.pk/feed", "mofa.gov.pk"), ("https://gov.uk/feed", "gov.uk"),
        ("https://www.gov.uk/feed", "www.gov.uk"), ("https://feeds.dawn.com/x", "dawn.com"),
    ])
    func `P-48: a host counts by its registrable domain, an address by itself`(url: String, key: String) {
        #expect(hostKey(of: url) == key)
    }

    @Test func `P-48: feeds that share a rate group wait for each other, whatever their hosts`() {
        var schedule = schedule()
        schedule.plan("https://a.example/feed", at: start, host: "group cdn")
        schedule.plan("https://b.example/feed", at: start, host: "group cdn")
        let first = schedule.startURLs(now: start)
        #expect(first.count == 1)
        schedule.finished(first[0], next: nil, now: at(1))
        #expect(schedule.startURLs(now: at(5)).isEmpty)
        #expect(schedule.startURLs(now: at(6)).count == 1)
    }

    @Test func `P-50: a page waits until no feed of its host does`() {
        var schedule = schedule(rules: HostRules(connections: 1, spacing: .zero, hourlyBudget: 0))
        schedule.plan("https://a.example/page", at: start, rank: .page)
        schedule.plan("https://a.example/1", at: at(1))
        schedule.plan("https://a.example/2", at: at(1), rank: .late)
        var order: [String] = []
        for _ in 0..<3 {
            let started = schedule.startURLs(now: at(1))
            order += started
            for url in started { schedule.finished(url, next: nil, now: at(1)) }
        }
        #expect(order == ["https://a.example/1", "https://a.example/2", "https://a.example/page"])
    }

    @Test func `P-47: redirects within a host count towards its budget`() {
        var schedule = schedule(rules: HostRules(connections: 1, spacing: .zero, hourlyBudget: 10))
        for number in 0..<4 { schedule.plan("https://a.example/\(number)", at: start) }
        var asked = 0
        for second in 0..<100 {
            for url in schedule.startURLs(now: at(Double(second))) {
                asked += 1
                schedule.finished(url, next: nil, further: 4, now: at(Double(second)))
            }
        }
        #expect(asked == 2)
    }

    @Test func `P-47: a request that a redirect led to another host counts there`() {
        var schedule = Schedule(concurrency: 8) { _ in HostRules(connections: 1, spacing: .seconds(5), hourlyBudget: 2)
        }
        let other = "https://other.example/feed"
        schedule.plan(other, at: at(0))
        schedule.noteRequest(to: hostKey(of: other), now: at(0))
        #expect(schedule.startURLs(now: at(4.9)).isEmpty)
        #expect(schedule.startURLs(now: at(5)) == [other])
        schedule.finished(other, next: at(10), now: at(6))
        #expect(schedule.startURLs(now: at(600)).isEmpty)
        #expect(schedule.startURLs(now: at(3601)) == [other])
    }

    @Test func `P-47: a feed that has moved counts by its new host from then on`() {
        var schedule = schedule(rules: HostRules(connections: 1, spacing: .zero, hourlyBudget: 0))
        schedule.plan("https://old.example/feed", at: at(0))
        #expect(schedule.startURLs(now: at(0)).count == 1)
        schedule.finished("https://old.example/feed", next: at(10), host: "new.example", now: at(1))
        schedule.plan("https://new.example/other", at: at(10))
        schedule.plan("https://old.example/other", at: at(10))
        let started = schedule.startURLs(now: at(10))
        #expect(started.count == 2 && started.contains("https://old.example/other"))
    }

    @Test func `P-47: a host is forgotten only when its pause and its hour are over`() {
        var pacing = HostPacing(HostRules(connections: 1, spacing: .seconds(7200), hourlyBudget: 2))
        #expect(pacing.isForgettable(now: at(0)))
        pacing.started(at: at(0))
        #expect(!pacing.isForgettable(now: at(86_400)))
        pacing.ended(at: at(1))
        #expect(!pacing.isForgettable(now: at(7200)) && pacing.isForgettable(now: at(7202)))
    }

    @Test func `a feed that moves to another host while it waits counts by the new one alone`() {
        var schedule = schedule()
        schedule.plan("https://a.example/1", at: start)
        schedule.plan("https://a.example/2", at: start)
        #expect(schedule.startURLs(now: start).count == 1)
        let waiting = schedule.urls.first { !schedule.isInFlight($0) } ?? ""
        schedule.plan(waiting, at: start, host: "b.example")
        #expect(schedule.startURLs(now: start) == [waiting])
        #expect(schedule.hostInFlight(of: waiting) == "b.example")
        #expect(schedule.startURLs(now: at(3600)).isEmpty)
    }

    @Test func `a feed that is forgotten leaves nothing to the one that comes in its place`() {
        var schedule = schedule()
        schedule.plan("https://a.example/old", at: start)
        schedule.forget("https://a.example/old")
        #expect(schedule.isFinished && schedule.nextCheck(of: "https://a.example/old") == nil)
        schedule.plan("https://b.example/new", at: at(60))
        #expect(schedule.startURLs(now: start).isEmpty)
        #expect(schedule.startURLs(now: at(60)) == ["https://b.example/new"])
        // One that is under way ends by itself, and is then gone.
        schedule.forget("https://b.example/new")
        #expect(schedule.inFlightCount == 1 && !schedule.isFinished)
        schedule.finished("https://b.example/new", next: at(120), now: at(61))
        #expect(schedule.isFinished && schedule.urls.isEmpty)
    }

    @Test(arguments: [3600, 10 * 365 * 86_400] as [Double])
    func `P-47, R14: a clock that is set back takes along when hosts were last asked, and how often`(step: Double) {
        var schedule = schedule(rules: HostRules(connections: 1, spacing: .seconds(5), hourlyBudget: 1))
        schedule.plan("https://a.example/1", at: at(step))
        #expect(schedule.startURLs(now: at(step)).count == 1)
        schedule.finished("https://a.example/1", next: nil, now: at(step + 1))
        schedule.plan("https://a.example/2", at: at(step + 600))
        schedule.shift(by: -step)
        #expect(schedule.startURLs(now: at(3599)).isEmpty)
        #expect(schedule.startURLs(now: at(3601)) == ["https://a.example/2"])
    }

    @Test func `P-49, P-50: a plan that says nothing of the rank keeps it`() {
        var schedule = schedule(rules: HostRules(connections: 1, spacing: .zero, hourlyBudget: 0))
        schedule.plan("https://a.example/page", at: at(0), rank: .page)
        schedule.plan("https://a.example/page", at: at(1))
        schedule.plan("https://a.example/feed", at: at(1))
        #expect(schedule.startURLs(now: at(1)) == ["https://a.example/feed"])
    }

    @Test func `P-26, R14: a clock that is set back takes the due times along`() {
        var schedule = schedule()
        schedule.plan("https://a.example/feed", at: at(600))
        schedule.shift(by: -3600)
        #expect(schedule.nextCheck(of: "https://a.example/feed") == at(-3000))
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

extension Schedule {
    /// What may start now, by URL.
    fileprivate mutating func startURLs(now: Date, most: Int? = nil) -> [String] {
        start(now: now, most: most).map { key(of: $0) }
    }
}
