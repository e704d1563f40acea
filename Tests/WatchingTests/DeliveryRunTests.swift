import Digests
import FeedModel
import FoundationEssentials
import Glibc
import TestSupport
import Testing
import Transfers

@testable import Storage
@testable import Watching

/// A digest's messages, from the outbox to a scripted mail server.
@Suite(.timeLimit(.minutes(1))) struct DeliveryRunTests {
    @Test func `M-06, M-13: a batch goes over one connection, each message once, and all are marked`() async throws {
        let scene = try await MailScene(readers: 230)
        #expect(try await scene.run.deliverDue().delivered == 230)
        #expect(scene.server.connections == 1)
        let recipients = scene.server.messages.flatMap(\.to)
        #expect(recipients.count == 230 && Set(recipients).count == 230)
        #expect(scene.server.messages.allSatisfy { $0.text == "To: \($0.to[0])\r\n\r\nThe same for all.\r\n" })
        #expect(try await scene.states() == [.accepted: 230])
        await scene.end()
    }

    @Test func `R22: in a batch a refused recipient costs only itself`() async throws {
        let scene = try await MailScene(readers: 5)
        scene.server.onRecipient("reader1@example.org", .reply(550, "5.1.1 no such \u{1B}[31muser"))
        scene.server.onRecipient("reader3@example.org", .reply(450, "greylisted"))
        #expect(try await scene.run.deliverDue() == DeliveryRun.Summary(delivered: 3, deferred: 1, failed: 1))
        #expect(try await scene.states() == [.accepted: 3, .deferred: 1, .failed: 1])
        let failed = try #require(try await scene.store.deliveries(state: .failed).first)
        #expect(failed.recipient == "reader1@example.org")
        #expect(failed.lastError?.hasSuffix("refused with 550: 5.1.1 no such [31muser") == true)
        await scene.end()
    }

    @Test(arguments: [(554, 0, 1), (451, 1, 0)])
    func `R22: a message refused after its last byte costs only itself`(code: Int, deferred: Int, failed: Int)
        async throws
    {
        let scene = try await MailScene(readers: 20)
        scene.server.on(.afterDot, .reply(code, "looks like spam"))
        #expect(
            try await scene.run.deliverDue()
                == DeliveryRun.Summary(delivered: 19, deferred: deferred, failed: failed))
        await scene.end()
    }

    @Test func `M-08: at no moment are more messages marked as being sent than the decision says`() async throws {
        let scene = try await MailScene(readers: 500)
        scene.server.onRecipient("reader250@example.org", .silence)
        let run = scene.run
        let task = Task { try await run.deliverDue() }
        await scene.server.wait(for: .recipient, count: 251)
        // What the server took before it fell silent is marked, and not held up by it.
        while try await scene.states()[.accepted] != 250 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await scene.states()[.sending] == DeliveryRun.mostUnderWay)
        task.cancel()
        _ = try await task.value
        await scene.end()
    }

    @Test func `R20: what had not begun when the program is stopped waits as it did before`() async throws {
        let scene = try await MailScene(readers: 40)
        scene.server.onRecipient("reader07@example.org", .silence)
        let run = scene.run
        let task = Task { try await run.deliverDue() }
        await scene.server.wait(for: .recipient, count: 8)
        task.cancel()
        #expect(try await task.value == DeliveryRun.Summary(delivered: 7, deferred: 1))
        #expect(try await scene.states() == [.accepted: 7, .deferred: 1, .frozen: 32])
        let waiting = try await scene.store.dueDeliveries(now: scene.clock.date, withFiles: false)
        #expect(waiting.count == 32 && waiting.allSatisfy { $0.attempts == 0 })
        await scene.end()
    }

    @Test func `M-08: what may have arrived before is unknown still when the program is stopped`() async throws {
        let scene = try await MailScene(readers: 4)
        scene.server.always(.afterDot, .drop)
        _ = try await scene.run.deliverDue()
        let before = try await scene.store.deliveries(in: [.unknown])
        #expect(before.count == 4)

        scene.clock.advance(by: .seconds(120))
        scene.server.onRecipient("reader0@example.org", .silence)
        let run = scene.run
        let task = Task { try await run.deliverDue() }
        await scene.server.wait(for: .recipient, count: 5)
        task.cancel()
        _ = try await task.value
        let after = try await scene.store.deliveries(in: [.unknown])
        // All but the first, of which an attempt was made, wait exactly as before.
        #expect(after.filter { $0.attempts == 1 } == before.filter { $0.recipient != "reader0@example.org" })
        #expect(after.count == 4)
        await scene.end()
    }

    @Test func `M-08: what may have arrived is unknown until it is taken, or given up with these words`() async throws {
        let scene = try await MailScene(readers: 1)
        scene.server.on(.afterDot, .drop, .reply(451, "later"), .reply(554, "no"))
        _ = try await scene.run.deliverDue()
        scene.clock.advance(by: .seconds(3600))
        _ = try await scene.run.deliverDue()
        let waiting = try await scene.store.deliveries(in: [.unknown])
        #expect(waiting.map(\.attempts) == [2] && waiting[0].lastError?.contains("put off with 451") == true)
        scene.clock.advance(by: .seconds(3600))
        _ = try await scene.run.deliverDue()
        let failed = try #require(try await scene.store.deliveries(in: [.failed]).first)
        #expect(failed.lastError?.hasSuffix("refused with 554: no; an earlier attempt may have arrived") == true)
        #expect(Set(scene.server.received.map(\.text)).count == 1)
        await scene.end()
    }

    @Test func `M-13: with a limit to the rate one message is on its way, and the next waits its time`() async throws {
        let scene = try await MailScene(readers: 3) { $0.mail.rate = 0.5 }
        let run = scene.run
        let task = Task { try await run.deliverDue() }
        for sent in 1...2 {
            await scene.clock.waitForSleepers()
            #expect(scene.server.messages.count == sent)
            #expect(try await scene.states() == [.accepted: sent, .frozen: 3 - sent])
            scene.clock.advance(by: .seconds(2))
        }
        #expect(try await task.value.delivered == 3)
        await scene.end()
    }

    @Test func `R16: when the disk takes no marks, what was taken is not sent again once it does`() async throws {
        let scene = try await MailScene(readers: 120)
        scene.server.onRecipient("reader060@example.org", .silence)
        let run = scene.run
        let task = Task { try await run.deliverDue() }
        await scene.server.wait(for: .recipient, count: 61)
        try await scene.store.forbidWriting(true)
        task.cancel()
        await #expect(throws: StoreError.self) { try await task.value }
        await #expect(throws: StoreError.self) { try await run.deliverDue() }
        try await scene.store.forbidWriting(false)
        scene.server.onRecipient("reader060@example.org", .reply(250, "go on"))
        scene.clock.advance(by: .seconds(120))
        #expect(try await run.deliverDue().delivered == 60)
        #expect(try await scene.states() == [.accepted: 120])
        #expect(Set(scene.server.received.flatMap(\.to)).count == scene.server.received.count)
        await scene.end()
    }

    @Test func `R3: nothing is sent while the disk does not take that it is`() async throws {
        let scene = try await MailScene(readers: 3)
        try await scene.store.forbidWriting(true)
        await #expect(throws: StoreError.self) { try await scene.run.deliverDue() }
        #expect(scene.server.commands.isEmpty)
        await scene.end()
    }

    @Test(arguments: [ScriptedMailServer.Step.greeting, .auth])
    func `R22: a server that does not let us in is not asked once more for every message that waits`(
        step: ScriptedMailServer.Step
    ) async throws {
        let password = try TemporaryDirectory()
        let scene = try await MailScene(readers: 30) { configuration in
            configuration.mail.rate = 0
            configuration.mail.user = "ann"
            configuration.mail.passwordFile = password.path("password")
        }
        try Data("wrong".utf8).write(to: URL(filePath: password.path("password")))
        #expect(chmod(password.path("password"), 0o600) == 0)
        scene.server.always(step, .reply(step == .auth ? 535 : 421, "go away"))
        #expect(try await scene.run.deliverDue() == DeliveryRun.Summary(deferred: 30))
        #expect(scene.server.connections == 1)
        #expect(try await scene.states() == [.deferred: 30])
        await scene.end()
    }
}
