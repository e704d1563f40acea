import FeedModel
import FoundationEssentials
import LoopbackServer
import Storage
import TestSupport
import Testing
import Transfers

@testable import Watching

@Suite struct OfflineTests {
    private let now = Date(timeIntervalSince1970: 1_795_600_000)

    private func offline(hosts: Int, failing: Int) -> Offline {
        var offline = Offline()
        for number in 0..<20 {
            offline.note(host: "h\(number % hosts)", failed: number < failing, began: now, now: now)
        }
        return offline
    }

    @Test(arguments: [(3, 16, true), (3, 15, false), (2, 20, false), (20, 20, true)])
    func `P-35: three hosts and four of five of the last twenty requests without an answer mean offline`(
        hosts: Int, failing: Int, isOffline: Bool
    ) {
        #expect(offline(hosts: hosts, failing: failing).isOffline == isOffline)
    }

    @Test func `P-35: offline, one canary is sent every five minutes, and one answer ends it`() {
        var offline = offline(hosts: 20, failing: 20)
        #expect(offline.allowance(now: now) == 0)
        let later = now.addingTimeInterval(300)
        #expect(offline.allowance(now: later) == 1)
        offline.canarySent(now: later)
        #expect(offline.allowance(now: later.addingTimeInterval(299)) == 0)
        offline.note(host: "h", failed: true, began: later, now: later)
        #expect(offline.isOffline)
        offline.note(host: "h", failed: false, began: later, now: later)
        #expect(offline.allowance(now: later) == nil)
    }

    @Test func `R4, P-35: servers that keep silent while others answer are no sign of a lost network`() {
        var offline = Offline()
        for number in 0..<480 { offline.note(host: "good\(number)", failed: false, began: now, now: now + 2) }
        for number in 0..<40 { offline.note(host: "silent\(number)", failed: true, began: now, now: now + 10) }
        #expect(!offline.isOffline)
        // What left after the last answer counts.
        for number in 0..<20 { offline.note(host: "silent\(number)", failed: true, began: now + 3, now: now + 13) }
        #expect(offline.isOffline)
    }

    @Test func `R14, P-35: a clock that is set back takes the next look for the network along`() {
        var offline = offline(hosts: 20, failing: 20)
        offline.shift(by: -3600)
        #expect(offline.nextTry == now.addingTimeInterval(300 - 3600))
        #expect(offline.allowance(now: now.addingTimeInterval(300 - 3600)) == 1)
    }

    @Test func `P-35, P-46: no answer at an address that a feed has left is no answer all the same`() async throws {
        let scene = try await PollScene()
        var state = FeedState()
        state.memory.movedTo = "https://new.example/feed"
        let record = FeedRecord(feed: Feed(url: "https://old.example/feed"), state: state)
        let question = FeedQuestion(record, inFull: false, now: now)
        #expect(question.isAtOldAddress)
        var trace = FetchTrace()
        trace.requests = 1
        func report(_ failure: CheckFailure, _ trace: FetchTrace) -> CheckReport {
            let reply = CheckReply(.failure(failure), hint: FreshnessHint(), trace: trace)
            return scene.check.settle(AnsweredFeed(question: question, reply: reply, ended: now))
        }
        let silent = report(CheckFailure(.dns, "no such host"), trace)
        #expect(silent.failure == nil && silent.isNetworkFailure)
        // Nor does what was never asked say anything of the network.
        #expect(!report(CheckFailure(.dns, "no such host"), FetchTrace()).isNetworkFailure)
        #expect(!report(CheckFailure(.clientError, status: 404, "x"), trace).isNetworkFailure)
        await scene.end()
    }

    @Test func `P-35: without a network no counter moves, and afterwards the feeds come back spread out`() async throws
    {
        // Twenty-four servers that hang up without a word, as a router without a line does, and one that comes back.
        let servers = try (0..<24).map { _ in
            let server = try FeedServer()
            server.on("/feed", .raw(""))
            return server
        }
        let gone = servers.map { $0.url("/feed") }
        let scene = try await PollScene()
        try await scene.adopt(gone.map { Feed(url: $0) })
        try await scene.poll()
        #expect(scene.desk.isOffline)
        for url in gone {
            #expect(try await scene.store.feedState(url)?.failures == 0)
            #expect(try await scene.store.failures(of: url).isEmpty)
            #expect(scene.desk.schedule.nextCheck(of: url).map { $0 > scene.clock.date } == true)
        }
        var canaries = 0
        for _ in 0..<4 { canaries += try await scene.poll(after: .seconds(301)).count }
        #expect(canaries == 4)
        scene.server.on("/feed", .feed(["1"]))
        try await scene.adopt(gone.map { Feed(url: $0) } + [Feed(url: scene.server.url("/feed"))])
        for _ in 0..<60 where scene.desk.isOffline { try await scene.poll(after: .seconds(301)) }
        #expect(!scene.desk.isOffline)
        let waits = gone.compactMap { scene.desk.schedule.nextCheck(of: $0)?.timeIntervalSince(scene.clock.date) }
        #expect(waits.allSatisfy { $0 <= 660 })
        #expect(Set(waits.map { Int($0 / 60) }).count > 3)
        for server in servers { server.stop() }
        await scene.end()
    }
}
