import FeedModel
import FoundationEssentials
@testable import Storage
import TestSupport
import Testing

@testable import Watching
@testable import durbeen

@Suite struct UpkeepTests {
    @Test func `config shows what is in force, and with --diff only what was chosen`() async throws {
        let place = try Place()
        let all = await durbeen(["config", "--config", place.configuration])
        #expect(all.code == .success, "\(all.errors)")
        #expect(all.output.contains("[fetch]\ncontact = \"mailto:ops@example.org\"\nfloor = \"1h\"  # default\n"))
        #expect(all.output.contains("[profile.daily]\nzone = \"Asia/Karachi\"\ntime = \"07:00\"  # default\n"))
        #expect(all.output.contains("# ca_file is not set\n"))

        let changed = await durbeen(["config", "--diff", "--config", place.configuration])
        #expect(changed.output.contains("zone = \"Asia/Karachi\"\n"))
        #expect(!changed.output.contains("default"))
        #expect(!changed.output.contains("not set"))

        let json = await durbeen(["config", "--json", "--config", place.configuration])
        #expect(json.output.contains("\"key\": \"floor\""))
    }

    @Test func `backup makes a whole copy and never writes over a file; fsck finds both in order`() async throws {
        let place = try Place()
        let store = try Store(path: place.path("state/durbeen.sqlite"))
        try await store.setFeeds([Feed(url: "https://one.example/feed")], now: Date(timeIntervalSince1970: 0))
        let copy = place.path("copy.sqlite")
        #expect(await durbeen(["backup", copy, "--config", place.configuration]).code == .success)
        let again = await durbeen(["backup", copy, "--config", place.configuration])
        #expect(again.code == .storeCannotBeOpened)
        #expect(again.errors.contains("copy.sqlite"))
        #expect(try await Store(readingOnly: copy).feeds().map(\.feed.url) == ["https://one.example/feed"])
        let check = await durbeen(["fsck", "--config", place.configuration])
        #expect(check.output == "\(place.path("state/durbeen.sqlite")): in order\n")
    }

    @Test func `reload refuses a configuration that is not in order, and says when nobody runs`() async throws {
        let place = try Place()
        let idle = await durbeen(["reload", "--config", place.configuration])
        #expect(idle.code == .wrong)
        #expect(idle.errors.contains("no durbeen run has"))
        try place.write("trade.watch", "[watch")
        let broken = await durbeen(["reload", "--config", place.configuration])
        #expect(broken.code == .configuration)
        #expect(broken.errors.contains("trade.watch:1:"))
    }

    @Test func `metrics are in the Prometheus text format`() async throws {
        let place = try Place()
        let store = try Store(path: place.path("state/durbeen.sqlite"))
        try await store.setFeeds([Feed(url: "https://one.example/feed")], now: Date(timeIntervalSince1970: 0))
        let run = await durbeen(["metrics", "--config", place.configuration])
        #expect(run.output.contains("# TYPE durbeen_feeds gauge\ndurbeen_feeds 1\n"))
        #expect(run.output.contains("durbeen_up 1\n"))
        #expect(run.output.contains("durbeen_deliveries{state=\"failed\"} 0\n"))
        #expect(!run.output.contains("last_check_timestamp"))
    }

    private static let now = Date(timeIntervalSince1970: 1_800_000_000)
    private static func status(_ change: (inout StoreStatus) -> Void = { _ in }) -> StoreStatus {
        var status = StoreStatus()
        status.feeds = 10
        status.feedsFailing = 5
        status.nextCheck = now.addingTimeInterval(-60)
        change(&status)
        return status
    }

    @Test func `a service that does its work is well`() {
        #expect(Commands.faults(Self.status(), daemon: 1, now: Self.now).isEmpty)
    }

    @Test(arguments: [
        ("no process has the store in use", status(), nil),
        ("6 of 10 feeds fail", status { $0.feedsFailing = 6 }, 1),
        ("the next check of a feed was due at", status { $0.nextCheck = now.addingTimeInterval(-3601) }, 1),
        ("1 deliveries were given up", status { $0.outbox[.failed] = 1 }, 1),
        ("a delivery has been due since", status { $0.oldestDue = now.addingTimeInterval(-3601) }, 1),
        ("2000 messages were sent today", status { $0.mailToday = 2000 }, 1),
    ])
    func `each thing that a person should look into is said`(text: String, status: StoreStatus, daemon: Int?) throws {
        let faults = Commands.faults(status, daemon: daemon, now: Self.now, mailCap: 2000)
        #expect(faults.count == 1)
        #expect(try #require(faults.first).hasPrefix(text))
    }
}
