import FeedModel
import FoundationEssentials
import Storage
import TestSupport
import Testing

@testable import Watching

/// What keeps mail from doing harm: suspended recipients and the day's cap, with a real server and a clock that is moved.
@Suite(.timeLimit(.minutes(1))) struct MailLimitTests {
    private let gone = "reader1@example.org"

    private func refused(_ scene: MailScene, days: Range<Int>) async throws {
        for day in days {
            try await scene.freeze(readers: 2, date: 20_000 + day)
            _ = try await scene.run.deliverDue()
            scene.clock.advance(by: .seconds(86_400))
        }
    }

    @Test func `M-07: after three refusals on end a recipient gets no more, until somebody says so`() async throws {
        let scene = try await MailScene(readers: 0)
        scene.server.onRecipient(gone, .reply(550, "5.1.1 no such user"))
        try await refused(scene, days: 1..<4)
        let suspended = try await scene.store.refusingRecipients(atLeast: DeliveryRun.mostRefusals)
        #expect(suspended.map(\.address) == [gone])
        #expect(suspended.first?.reason.hasSuffix("refused with 550: 5.1.1 no such user") == true)
        // Said once, when it happens.
        let said = scene.log.lines.filter { $0.contains("a recipient is suspended") }
        #expect(said.count == 1 && said[0].contains(gone) && said[0].contains("durbeen outbox resume \(gone)"))

        try await refused(scene, days: 4..<6)
        #expect(scene.server.commands.count { $0.contains(gone) } == 3)
        #expect(scene.server.messages.count == 5)
        #expect(scene.log.lines.count { $0.contains("a recipient is suspended") } == 1)
        let held = try await scene.store.deliveries(state: .failed).filter { $0.attempts == 0 }
        #expect(held.count == 2 && held.allSatisfy { $0.lastError?.contains("durbeen outbox resume \(gone)") == true })

        scene.server.onRecipient(gone, .reply(250, "welcome back"))
        #expect(try await scene.store.resumeRecipient(gone, now: scene.clock.date) == 2)
        #expect(try await scene.run.deliverDue() == DeliveryRun.Summary(delivered: 2))
        #expect(try await scene.store.refusingRecipients(atLeast: 1).isEmpty)
        #expect(try await scene.store.resumeRecipient(gone, now: scene.clock.date) == nil)
        await scene.end()
    }

    @Test(arguments: [false, true])
    func `M-07: that a recipient is suspended is said also where the run ends early`(breaks: Bool) async throws {
        let scene = try await MailScene(readers: 0) { $0.mail.rate = 60 }
        scene.server.onRecipient(gone, .reply(550, "5.1.1 no such user"))
        for day in 1..<4 { try await scene.freeze(readers: 3, date: 20_000 + day) }
        let run = scene.run
        let task = Task { try await run.deliverDue() }
        // Each message is written down by itself; after the third for that address the run waits for the next.
        for message in 1..<9 {
            await scene.clock.waitForSleepers(1)
            guard scene.server.commands.count(where: { $0.contains(gone) }) < 3 else { break }
            #expect(message < 8)
            scene.clock.advance(by: .seconds(1))
        }
        #expect(!scene.log.lines.contains { $0.contains("a recipient is suspended") })
        if breaks {
            try await scene.store.forbidWriting(true)
            scene.clock.advance(by: .seconds(1))
            await #expect(throws: StoreError.self) { try await task.value }
        } else {
            task.cancel()
            #expect(try await task.value.failed == 3)
        }
        #expect(scene.log.lines.count { $0.contains("a recipient is suspended") } == 1)
        await scene.end()
    }

    @Test func `M-07: a message that is taken breaks the row, and one that is put off does not count`() async throws {
        let scene = try await MailScene(readers: 0)
        for (day, answer) in [550, 550, 250, 550, 550, 450].enumerated() {
            scene.server.onRecipient(gone, .reply(answer, "so"))
            try await refused(scene, days: (day + 1)..<(day + 2))
        }
        #expect(try await scene.store.refusingRecipients(atLeast: 1).map(\.refusals) == [2])
        await scene.end()
    }

    @Test func `M-13: no more messages leave in a day than the cap allows, and the rest on the next`() async throws {
        let scene = try await MailScene(readers: 25) {
            $0.mail.rate = 0
            $0.mail.dailyCap = 10
        }
        #expect(try await scene.run.deliverDue() == DeliveryRun.Summary(delivered: 10, deferred: 15))
        #expect(try await scene.run.deliverDue() == DeliveryRun.Summary())
        #expect(try await scene.store.status(now: scene.clock.date).mailToday == 10)
        let put = try #require(try await scene.store.deliveries(state: .deferred).first)
        #expect(put.attempts == 0 && put.lastError?.contains("daily_cap") == true)
        // The five days of patience with it begin with its first attempt.
        #expect(put.firstAttempt == nil)
        // Due at midnight, not every second until then.
        let next = try #require(try await scene.store.nextDeliveryTime())
        #expect(next.timeIntervalSince1970.truncatingRemainder(dividingBy: 86_400) == 0)
        #expect(scene.log.lines.count { $0.contains("cap of mail is reached") } == 1)
        for expected in [10, 5] {
            scene.clock.advance(by: .seconds(86_400))
            #expect(try await scene.run.deliverDue().delivered == expected)
        }
        #expect(Set(scene.server.messages.flatMap(\.to)).count == 25)
        await scene.end()
    }

    @Test func `M-13: what is tried again counts again, so that no loop escapes the cap`() async throws {
        let scene = try await MailScene(readers: 4) {
            $0.mail.rate = 0
            $0.mail.dailyCap = 10
        }
        scene.server.always(.afterDot, .drop)
        for _ in 0..<20 {
            _ = try await scene.run.deliverDue()
            scene.clock.advance(by: .seconds(60 * 60))
        }
        #expect(scene.server.received.count == 20)
        await scene.end()
    }

    @Test func `M-13: what a server that does not let us in kept from being sent takes nothing of the day's mail`()
        async throws
    {
        let scene = try await MailScene(readers: 6) {
            $0.mail.rate = 0
            $0.mail.dailyCap = 12
        }
        scene.server.on(.greeting, .reply(421, "busy"), .reply(421, "busy"), .reply(421, "busy"))
        for _ in 0..<3 {
            #expect(try await scene.run.deliverDue() == DeliveryRun.Summary(deferred: 6))
            scene.clock.advance(by: .seconds(20 * 60))
        }
        #expect(try await scene.store.status(now: scene.clock.date).mailToday == 3)
        #expect(try await scene.run.deliverDue() == DeliveryRun.Summary(delivered: 6))
        #expect(try await scene.store.status(now: scene.clock.date).mailToday == 9)
        await scene.end()
    }

    @Test func `M-07: a refusal that the disk did not take at once counts once`() async throws {
        let scene = try await MailScene(readers: 1)
        let id = try #require(try await scene.store.dueDeliveries(now: scene.clock.date).first).id
        let refusal = DeliveryMark(
            id: id, state: .failed, at: scene.clock.date, error: "refused with 550", isRefusal: true)
        try await scene.store.forbidWriting(true)
        await #expect(throws: StoreError.self) { try await scene.store.settle([refusal]) }
        try await scene.store.forbidWriting(false)
        try await scene.store.settle([refusal])
        #expect(try await scene.store.refusingRecipients(atLeast: 1).map(\.refusals) == [1])
        await scene.end()
    }
}
