import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// R1, R2, R17: the program is killed, or the system refuses it something, at the calls that change anything outside of
/// it: writes, syncs, renames and sends, so also between every two steps of the story of an entry. After that it runs
/// undisturbed, and the reader has everything once, in each place.
///
/// `make torture` sets DURBEEN_TORTURE, which disturbs every call; else most of the writes between two syncs are left out.
@Suite(.serialized) struct KillTests {
    @Test func `R1, R2: killed before a call that leaves a trace, it loses nothing and repeats nothing`() async throws {
        try await disturb(everyNth: 1, endingWith: 128 + SIGKILL) { ["DURBEEN_TEST_KILL_AT=\($0)"] }
    }

    /// The first is taken, the second refused, the third put off once, the last taken.
    private static let readers = ["first", "refused", "later", "last"]

    @Test
    func `R22: killed while mail goes to several, one of them refused and one put off, each has what is theirs, once`()
        async throws
    {
        let world = try World()
        try world.configure(sinks: ["mail"], readers: Self.readers)
        world.publish([])
        #expect(try await Program.run(world.once).code == 0)
        try FileManager.default.copyItem(atPath: world.folder.path("state"), toPath: world.folder.path("before"))
        world.publish([World.headline])
        world.mailServer.scriptReaders()

        let calls = try await callsOfAnUndisturbedRun(world)
        for call in chosen(from: calls, everyNth: 3) {
            let moment = "\(calls[call - 1]), call \(call)"
            let attempt = try World()
            try attempt.startFrom(world, sinks: ["mail"], readers: Self.readers)
            attempt.mailServer.scriptReaders()
            let disturbed = try await Program.run(attempt.once, faults: ["DURBEEN_TEST_KILL_AT=\(call)"])
            #expect(disturbed.code == 128 + SIGKILL, "\(moment)")
            #expect(try await Program.run(attempt.once).code == 0, "\(moment)")
            attempt.mailServer.onRecipient("later@example.org", .reply(250, "now"))
            #expect(try await Program.run(attempt.once).code == 0, "\(moment)")

            let taken = try attempt.messagesWithoutRepeats().flatMap(\.to).sorted()
            #expect(taken == ["first@example.org", "last@example.org", "later@example.org"], "\(moment)")
            // Tried once more only if the answer could not be written down.
            #expect((1...2).contains(attempt.mailServer.commands.count { $0.contains("<refused@") }), "\(moment)")
            let list = try await Program.run(attempt.command("outbox", "list", "--json"))
            let left = list.output.split(separator: "\n")
            #expect(left.count == 1 && left[0].contains("refused@") && left[0].contains("\"failed\""), "\(moment)")
        }
    }

    @Test(arguments: [(name: "EIO", code: EIO), (name: "ENOSPC", code: ENOSPC)])
    func `R17: a call that fails costs neither a delivery nor the store`(error: (name: String, code: Int32))
        async throws
    {
        try await disturb(everyNth: 6) { ["DURBEEN_TEST_FAIL_AT=\($0)", "DURBEEN_TEST_FAIL_WITH=\(error.code)"] }
    }

    private func disturb(
        everyNth stride: Int, endingWith code: Int32? = nil, by fault: (Int) -> [String]
    ) async throws {
        // A store that knows the feed, as after days of service: the fault meets the everyday work.
        let world = try World()
        try world.configure(sinks: Self.sinks)
        world.publish([])
        #expect(try await Program.run(world.once).code == 0)
        try FileManager.default.copyItem(atPath: world.folder.path("state"), toPath: world.folder.path("before"))
        world.publish([World.headline])

        let calls = try await callsOfAnUndisturbedRun(world)
        #expect(calls.contains("fdatasync") && calls.contains("rename") && calls.contains("send"))
        for call in chosen(from: calls, everyNth: stride) {
            let attempt = try World()
            try attempt.startFrom(world)
            let disturbed = try await Program.run(attempt.once, faults: fault(call))
            if let code { #expect(disturbed.code == code, "\(calls[call - 1]), call \(call)") }
            // Twice: the first may be put off by what the disturbed one left in the making.
            for _ in 1...2 {
                let recovery = try await Program.run(attempt.once)
                #expect(recovery.code == 0, "\(calls[call - 1]), call \(call): \(recovery.errors)")
            }
            try expectEverythingOnce(attempt, "\(calls[call - 1]), call \(call)")
        }
    }

    fileprivate static let sinks = ["files", "maildir", "mail"]

    /// The names of the calls, in order.
    private func callsOfAnUndisturbedRun(_ world: World) async throws -> [Substring] {
        let run = try await Program.run(world.once, faults: ["DURBEEN_TEST_COUNT=\(world.folder.path("calls"))"])
        #expect(run.code == 0)
        let lines = String(decoding: try world.folder.bytes(of: "calls"), as: UTF8.self).split(separator: "\n")
        return lines.map { $0.drop { $0 != " " }.dropFirst() }
    }

    /// Numbers of calls, from 1 on. Of writes into the store in a row the first is as good as any: until they are synced,
    /// what they leave behind is the business of SQLite's log.
    private func chosen(from calls: [Substring], everyNth stride: Int) -> [Int] {
        guard ProcessInfo.processInfo.environment["DURBEEN_TORTURE"] == nil else { return Array(1...calls.count) }
        let kept = calls.indices.filter { $0 == 0 || calls[$0] != "pwrite" || calls[$0 - 1] != "pwrite" }
        return kept.indices.filter { $0 % stride == 0 }.map { kept[$0] + 1 }
    }

    private func expectEverythingOnce(_ world: World, _ moment: String) throws {
        #expect(try world.editions(with: World.headline).count == 1, "\(moment)")
        #expect(world.maildir().count == 1, "\(moment)")
        #expect(try world.messagesWithoutRepeats().count == 1, "\(moment)")
    }
}

extension World {
    /// The store of another world and its publisher, with a mail server and folders of one's own.
    fileprivate func startFrom(
        _ other: World, sinks: [String] = KillTests.sinks, readers: [String] = ["reader"]
    ) throws {
        try configure(feedURLs: [other.publisher.url("/feed.xml")], sinks: sinks, readers: readers)
        try FileManager.default.copyItem(atPath: other.folder.path("before"), toPath: folder.path("state"))
    }
}

extension ScriptedMailServer {
    fileprivate func scriptReaders() {
        onRecipient("refused@example.org", .reply(550, "no such user"))
        onRecipient("later@example.org", .reply(450, "later"))
    }
}
