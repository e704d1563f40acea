import FeedModel
import TestSupport
import Testing

@testable import Transfers

private typealias Server = Transfers.MailServer

@Suite struct MailSubmissionTests {
    private let message = Array("Subject: digest\r\n\r\n.dot first\r\n..two\r\nend\r\n".utf8)

    /// The outcome of one submission; nil when the server took it.
    private func submit(
        _ other: [UInt8]? = nil, to recipient: String = "reader@example.org",
        from sender: String = "durbeen@example.org",
        over fetcher: Fetcher, via server: Server
    ) async -> DeliveryError? {
        do { try await fetcher.submit(other ?? message, from: sender, to: recipient, via: server) } catch {
            return error
        }
        return nil
    }

    private func plain(_ server: ScriptedMailServer) -> Server {
        Server(host: "127.0.0.1", port: server.port, tls: .none)
    }

    @Test func `a message arrives as it was, with exactly the configured envelope`() async throws {
        let server = try ScriptedMailServer()
        let fetcher = Fetcher(.test)
        #expect(await submit(over: fetcher, via: plain(server)) == nil)
        let received = try #require(server.messages.first)
        #expect(received.bytes == message)
        #expect(received.from == "durbeen@example.org")
        #expect(received.to == ["reader@example.org"])
        await fetcher.stop()
        server.stop()
    }

    @Test func `one connection carries a batch`() async throws {
        let server = try ScriptedMailServer()
        let fetcher = Fetcher(.test)
        for _ in 0..<10 { #expect(await submit(over: fetcher, via: plain(server)) == nil) }
        #expect(server.messages.count == 10)
        #expect(server.connections == 1)
        await fetcher.stop()
        server.stop()
    }

    enum Ending: Sendable, Equatable { case temporary, permanent, refused, unknown, accepted }

    private func ending(_ error: DeliveryError?) -> Ending {
        switch error {
        case nil: .accepted
        case .temporary: .temporary
        case .permanent: .permanent
        case .refused: .refused
        case .unknown: .unknown
        }
    }

    @Test(arguments: [
        (ScriptedMailServer.Step.greeting, ScriptedMailServer.Reaction.reply(421, "busy"), Ending.temporary),
        (.greeting, .drop, .temporary), (.greeting, .reply(554, "go away"), .temporary), (.hello, .drop, .temporary),
        (.mailFrom, .reply(451, "later"), .temporary), (.mailFrom, .reply(550, "no"), .refused),
        (.mailFrom, .drop, .temporary), (.recipient, .reply(450, "greylisted"), .temporary),
        (.recipient, .reply(550, "no such user"), .refused), (.recipient, .drop, .temporary),
        (.data, .reply(451, "later"), .temporary), (.data, .reply(554, "no"), .refused), (.data, .drop, .temporary),
        (.afterDot, .reply(452, "full"), .temporary), (.afterDot, .reply(554, "spam"), .refused),
        (.afterDot, .drop, .unknown),
    ])
    func `R22, M-07, M-08: what goes wrong decides whether it is tried again`(
        step: ScriptedMailServer.Step, reaction: ScriptedMailServer.Reaction, expected: Ending
    ) async throws {
        let server = try ScriptedMailServer()
        server.on(step, reaction)
        let fetcher = Fetcher(.test)
        #expect(ending(await submit(over: fetcher, via: plain(server))) == expected)
        // The next one is not harmed.
        #expect(await submit(over: fetcher, via: plain(server)) == nil)
        await fetcher.stop()
        server.stop()
    }

    @Test func `M-07: what the server says of a refusal is told, on one line, cleaned and cut`() async throws {
        let server = try ScriptedMailServer()
        server.onRecipient("a@example.org", .reply(550, "5.1.1 <a@example.org>\t\u{1B}]0;x\u{7} \u{202E}gone"))
        server.onRecipient("b@example.org", .reply(450, String(repeating: "wait ", count: 150)))
        server.onRecipient("c@example.org", .reply(550, "\u{FFFD}"))
        let fetcher = Fetcher(.test)
        func words(_ recipient: String) async -> String {
            await submit(to: recipient, over: fetcher, via: plain(server))?.description ?? ""
        }
        #expect(
            await words("a@example.org").hasSuffix(
                "refused with 550: 5.1.1 <a@example.org> ]0;x \\u{202E}gone"))
        let long = await words("b@example.org")
        #expect(long.contains("put off with 450: wait wait") && long.utf8.count < 500)
        #expect(await words("c@example.org").hasSuffix("refused with 550: \u{FFFD}"))
        await fetcher.stop()
        server.stop()
    }

    @Test func `R22: a refused recipient neither stops nor repeats the others`() async throws {
        let server = try ScriptedMailServer()
        server.onRecipient("gone@example.org", .reply(550, "no such user"))
        let fetcher = Fetcher(.test)
        let recipients = ["a@example.org", "gone@example.org", "b@example.org"]
        var endings: [Ending] = []
        for recipient in recipients {
            endings.append(ending(await submit(to: recipient, over: fetcher, via: plain(server))))
        }
        #expect(endings == [.accepted, .refused, .accepted])
        #expect(server.messages.map(\.to) == [["a@example.org"], ["b@example.org"]])
        await fetcher.stop()
        server.stop()
    }

    @Test(arguments: [
        "<bad@example.org", "bad@example.org>", "a b@example.org", "a@example.org\r\nRCPT TO:<c@example.org>",
        "a\0@example.org",
        "", "no-at-sign", "a@example.org\n", "\u{E9}@example.org",
    ])
    func `an address that could say more than an address is refused before anything is sent`(address: String)
        async throws
    {
        let server = try ScriptedMailServer()
        let fetcher = Fetcher(.test)
        #expect(ending(await submit(to: address, over: fetcher, via: plain(server))) == .permanent)
        #expect(ending(await submit(from: address, over: fetcher, via: plain(server))) == .permanent)
        #expect(server.commands.isEmpty)
        await fetcher.stop()
        server.stop()
    }

    @Test func `M-12: in the clear mail goes to loopback alone`() async throws {
        let fetcher = Fetcher(.test)
        // TEST-NET-1: no packet leaves, the refusal comes before the connection.
        let error = await submit(over: fetcher, via: Server(host: "192.0.2.1", port: 25, tls: .none))
        #expect(error?.description.contains("192.0.2.1") == true)
        await fetcher.stop()
    }

    @Test(arguments: [true, false])
    func `S8, M-12: TLS from the first byte and by STARTTLS, with a password`(isImplicit: Bool) async throws {
        let tls = try TLSIdentity()
        let server = try ScriptedMailServer(tls: tls, isImplicit: isImplicit)
        let fetcher = Fetcher(.test)
        var settings = Server(
            host: "localhost", port: server.port, tls: isImplicit ? .implicit : .startTLS, user: "ann",
            password: "secret")
        settings.caFile = tls.certificateFile
        for _ in 0..<2 { #expect(await submit(over: fetcher, via: settings) == nil) }
        #expect(server.messages.map(\.isEncrypted) == [true, true])
        #expect(server.connections == 1)
        #expect(server.commands.contains { $0.contains("AGFubgBzZWNyZXQ=") })
        await fetcher.stop()
        server.stop()
    }

    @Test func `S18: without STARTTLS on offer, or with a bad certificate, not a byte of AUTH or MAIL is sent`()
        async throws
    {
        let tls = try TLSIdentity()
        let expired = try TLSIdentity(days: -1)
        let stripped = try ScriptedMailServer()
        let refusing = try ScriptedMailServer(tls: tls)
        refusing.always(.startTLS, .reply(454, "not now"))
        let untrusted = try ScriptedMailServer(tls: tls)
        let old = try ScriptedMailServer(tls: expired)
        let implicit = try ScriptedMailServer(tls: tls, isImplicit: true)
        let fetcher = Fetcher(.test)
        for (server, mode, file) in [
            (stripped, Server.TLSMode.startTLS, nil), (refusing, .startTLS, tls.certificateFile),
            (untrusted, .startTLS, nil),
            (old, .startTLS, expired.certificateFile), (implicit, .implicit, nil),
        ] {
            var settings = Server(host: "127.0.0.1", port: server.port, tls: mode, user: "ann", password: "secret")
            settings.caFile = file
            #expect(ending(await submit(over: fetcher, via: settings)) == .temporary)
            #expect(!server.commands.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
            server.stop()
        }
        await fetcher.stop()
    }

    @Test func `a password the server does not take is tried again later, not held against the reader`() async throws {
        let server = try ScriptedMailServer()
        server.always(.auth, .reply(535, "wrong"))
        let fetcher = Fetcher(.test)
        var settings = plain(server)
        settings.user = "ann"
        settings.password = "wrong"
        let error = await submit(over: fetcher, via: settings)
        #expect(ending(error) == .temporary)
        #expect(error?.description.contains("wrong") == false)
        await fetcher.stop()
        server.stop()
    }

    @Test func `R20: a stalled mail ends at once when its task is cancelled or the fetcher stops`() async throws {
        let server = try ScriptedMailServer()
        server.always(.afterDot, .silence)
        let fetcher = Fetcher(.test)
        let settings = plain(server)
        let first = Task { await submit(over: fetcher, via: settings) }
        await server.wait(for: .afterDot)
        first.cancel()
        // The final dot had been sent: nobody can know.
        #expect(ending(await first.value) == .unknown)
        let second = Task { await submit(over: fetcher, via: settings) }
        await server.wait(for: .afterDot, count: 2)
        await fetcher.stop()
        #expect(ending(await second.value) == .unknown)
        server.stop()
    }

    @Test func `a message that is cut off half-way is not ended with a dot`() async throws {
        let server = try ScriptedMailServer()
        let fetcher = Fetcher(.test)
        let settings = plain(server)
        // More than all buffers on the way hold, to a server that stops reading at DATA.
        let long = Array(repeating: Array("0123456789 0123456789 0123456789 0123456789\r\n".utf8), count: 400_000)
            .flatMap { $0 }
        server.on(.data, .replyThenSilence(354, "go on, I am not listening"))
        let task = Task { await submit(long, over: fetcher, via: settings) }
        await server.wait(for: .data)
        task.cancel()
        #expect(ending(await task.value) == .temporary)
        // Another message over the same server comes through, and is the only one.
        #expect(await submit(over: fetcher, via: settings) == nil)
        #expect(server.received.map(\.bytes) == [message])
        await fetcher.stop()
        server.stop()
    }
}
