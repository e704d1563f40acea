import FeedModel
import Watching

/// `n` messages of 6 KB from the outbox to a mail server on this machine, by the daemon's own code: begun, sent over one
/// connection and marked as accepted. Only the delivering is measured, and its keys are those of a bare libcurl loop, so that
/// both stand in one table.
enum DeliverBenchmark {
    static let usage = "PORT N FOLDER"

    static func run(_ arguments: [String]) async throws(BenchmarkError) -> String {
        guard arguments.count == 3, let port = Int(arguments[0]), let count = Int(arguments[1]),
            (1...65_535).contains(port), (1...1_000_000).contains(count)
        else { throw .usage }
        do {
            let round = try DeliverRound(port: port, folder: arguments[2])
            try await round.fill(head: head, body: body, count: count)
            let (began, worked) = (ContinuousClock.now, processorSeconds())
            let summary = try await round.deliver()
            let work = processorSeconds() - worked
            let wall = began.duration(to: .now) / .seconds(1)
            await round.end()
            return JSON.object([
                "mode": .string("durbeen"), "n": .integer(Int64(count)),
                "bad": .integer(Int64(count - summary.delivered)),
                "wall": .real(wall), "msg_s": .real((Double(count) / wall).rounded()),
                "cpu_us_per_msg": .real((work / Double(count) * 1e7).rounded() / 10),
            ]).text()
        } catch { throw .input("\(error)") }
    }

    /// A digest of 500 stories for 200 readers, from the matched entries to messages in the outbox.
    static func runFreezing(_ arguments: [String]) async throws(BenchmarkError) -> String {
        guard arguments.count == 1 else { throw .usage }
        do {
            let round = try DeliverRound(port: 25, folder: arguments[0])
            let began = processorSeconds()
            let made = try await round.freeze(stories: 500, readers: 200)
            let work = processorSeconds() - began
            await round.end()
            return JSON.object([
                "mode": .string("durbeen"), "stories": .integer(Int64(made.stories)),
                "messages": .integer(Int64(made.messages)), "cpu_s": .real((work * 1000).rounded() / 1000),
            ]).text()
        } catch { throw .input("\(error)") }
    }

    private static let head = Array(
        ("From: durbeen@localhost\r\nTo: reader@localhost\r\nSubject: digest\r\n"
            + "Date: Mon, 21 Sep 2026 10:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n").utf8)

    private static let body = Array(
        String(
            repeating: " 1. Pakistan and the United States agree on a new trade framework - item line\r\n", count: 70
        ).utf8)
}
