import FeedModel
import FoundationEssentials
import Synchronization
import TestSupport
import Transfers

@testable import Storage
@testable import Watching

extension Store {
    func forbidWriting(_ on: Bool) throws {
        try connection.execute(on ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0")
    }
}

/// Digests frozen for a number of readers, a mail server, and a run between them.
final class MailScene: Sendable {
    let server: ScriptedMailServer
    let store: Store
    let clock = ManualClock()
    let run: DeliveryRun
    let log = KeptLog()

    init(readers: Int, change: (inout Configuration) -> Void = { $0.mail.rate = 0 }) async throws {
        server = try ScriptedMailServer()
        store = try Store(path: ":memory:")
        var configuration = Configuration()
        configuration.mail.host = "127.0.0.1"
        configuration.mail.port = server.port
        configuration.mail.tls = .none
        configuration.mail.from = "durbeen@example.org"
        change(&configuration)
        let clock = clock
        let time = TimeSource(now: { clock.date }, sleep: { try await clock.sleep(for: $0) })
        run = DeliveryRun(
            store: store, configuration: configuration, fetcher: Fetcher(FetchSettings(userAgent: "Durbeen/test")),
            time: time, log: log.log)
        try await freeze(readers: readers)
    }

    func freeze(readers: Int, date: Int = 20_000) async throws {
        let key = DigestKey(profile: "daily", date: LocalDate(daysSince1970: date))
        let width = String(readers).count
        let body = Array("The same for all.\r\n".utf8)
        let deliveries = (0..<readers).map { number in
            let digits = String(number)
            let to = "reader\(String(repeating: "0", count: width - digits.count))\(digits)@example.org"
            return Delivery(
                id: "\(date) \(to)", digest: key, sink: .mail, recipient: to,
                files: [FrozenFile(fileExtension: "eml", bytes: Array("To: \(to)\r\n\r\n".utf8), shared: body)],
                nextAttempt: clock.date)
        }
        let record = DigestRecord(
            key: key, id: "d\(date)", madeAt: clock.date, from: nil, to: clock.date, stories: 0, entries: 0, json: [])
        try await store.allocate(record, entries: [], deliveries: deliveries)
    }

    func states() async throws -> [DeliveryState: Int] { try await store.status().outbox }

    func end() async {
        await run.fetcher.stop()
        await store.close()
        server.stop()
    }
}

/// The lines of a log, kept.
final class KeptLog: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }
    var log: Log { Log(level: .info, forJournal: false) { line in self.kept.withLock { $0.append(line) } } }
}
