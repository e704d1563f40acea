import FeedModel
import FoundationEssentials
import Storage

/// For supervisors and monitoring: is the service doing its work?
extension Commands {
    /// `health`: 0 if all is well, else 1 and a line for each thing that is not.
    public func health(json: Bool, now: Date = Date()) async -> ExitCode {
        do throws(Ended) {
            let configuration = try loadConfiguration()
            let store = try openStore(configuration, readingOnly: true)
            var faults: [String] = []
            do throws(StoreError) {
                faults = Self.faults(
                    try await store.status(now: now), daemon: Store.holder(of: store.path), now: now,
                    mailCap: configuration.mail.dailyCap,
                    suspended: try await store.refusingRecipients(atLeast: DeliveryRun.mostRefusals).count)
            } catch { throw said(error) }
            if json {
                output.json(.object(["healthy": .bool(faults.isEmpty), "faults": .strings(faults)]))
            } else {
                faults.isEmpty ? output.line("well") : faults.forEach(output.line)
            }
            return faults.isEmpty ? .success : .wrong
        } catch { return error.code }
    }

    /// What a person should look into.
    static func faults(
        _ status: StoreStatus, daemon: Int?, now: Date, mailCap: Int = 0, suspended: Int = 0
    ) -> [String] {
        var faults: [String] = []
        if daemon == nil { faults.append("no process has the store in use: is durbeen run running?") }
        if let next = status.nextCheck, now.timeIntervalSince(next) > Self.latePollLimit {
            faults.append("the next check of a feed was due at \(timestamp(next)): see the log")
        }
        if status.feeds > 0, status.feedsFailing * 2 > status.feeds {
            faults.append(
                "\(status.feedsFailing) of \(status.feeds) feeds fail: see durbeen status; is the network up?")
        }
        if let failed = status.outbox[.failed], failed > 0 {
            faults.append("\(failed) deliveries were given up: see durbeen outbox list, then durbeen outbox retry")
        }
        if suspended > 0 {
            faults.append("\(suspended) recipients refused mail on end and get no more: see durbeen status")
        }
        if mailCap > 0, status.mailToday >= mailCap {
            faults.append(
                "\(status.mailToday) messages were sent today, as many as [mail] daily_cap allows: see the log")
        }
        if let due = status.oldestDue, now.timeIntervalSince(due) > Self.lateDeliveryLimit {
            faults.append("a delivery has been due since \(timestamp(due)): see durbeen outbox list")
        }
        return faults
    }

    private static let latePollLimit: TimeInterval = 60 * 60
    private static let lateDeliveryLimit: TimeInterval = 60 * 60

    /// `metrics`: the state of the service in the Prometheus text format, for the textfile collector of node_exporter.
    public func metrics(now: Date = Date()) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            let status = try await store.status(now: now)
            var lines: [String] = []
            func gauge(_ name: String, _ help: String, _ values: [(labels: String, value: Double?)]) {
                let known = values.compactMap { value in value.value.map { (value.labels, $0) } }
                guard !known.isEmpty else { return }
                lines += ["# HELP durbeen_\(name) \(help)", "# TYPE durbeen_\(name) gauge"]
                for (labels, value) in known { lines.append("durbeen_\(name)\(labels) \(Self.number(value))") }
            }
            gauge("up", "1 if a process has the store in use.", [("", Store.holder(of: store.path) == nil ? 0 : 1)])
            gauge("feeds", "Subscribed feeds.", [("", Double(status.feeds))])
            gauge("feeds_failing", "Feeds whose last check failed.", [("", Double(status.feedsFailing))])
            gauge("feeds_due", "Feeds whose next check is due.", [("", Double(status.feedsDue))])
            gauge("entries", "Stored entries.", [("", Double(status.entries))])
            gauge("entries_matched", "Stored entries that a watch accepted.", [("", Double(status.matchedEntries))])
            gauge("digests", "Digests made.", [("", Double(status.digests))])
            gauge(
                "deliveries", "Deliveries in the outbox by state.",
                DeliveryState.allCases.map { ("{state=\"\($0.rawValue)\"}", Double(status.outbox[$0] ?? 0)) })
            gauge("mail_today", "Messages begun today, by UTC.", [("", Double(status.mailToday))])
            gauge(
                "recipients_suspended", "Recipients that get no mail because they refused it on end.",
                [("", Double(try await store.refusingRecipients(atLeast: DeliveryRun.mostRefusals).count))])
            gauge("store_bytes", "Size of the store.", [("", Double(status.bytes))])
            gauge("journal_bytes", "Size of the store's journal.", [("", Double(status.journalBytes))])
            gauge(
                "last_check_timestamp_seconds", "When a feed was last asked.",
                [("", status.lastCheck?.timeIntervalSince1970)])
            gauge(
                "next_check_timestamp_seconds", "When a feed is next due.",
                [("", status.nextCheck?.timeIntervalSince1970)])
            output.lines(lines)
            return .success
        }
    }

    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
