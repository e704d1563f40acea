import FeedModel
import Storage

extension Commands {
    public func status(json: Bool) async -> ExitCode {
        do throws(Ended) {
            let configuration = try loadConfiguration()
            let store = try openStore(configuration, readingOnly: true)
            do throws(StoreError) {
                let status = try await store.status(now: TimeSource.system.now())
                let failing = try await store.feeds().filter { $0.state.failures > 0 }
                let dead = try await store.deliveries(in: [.failed], withFiles: false)
                let mail = MailStatus(
                    suspended: try await store.refusingRecipients(atLeast: DeliveryRun.mostRefusals),
                    today: status.mailToday, cap: configuration.mail.dailyCap)
                if json {
                    output.raw(statusJSON(status, failing, dead, mail).text(indented: true) + "\n")
                } else {
                    show(status, failing, dead, mail)
                }
            } catch { throw said(error) }
            return .success
        } catch { return error.code }
    }

    private struct MailStatus {
        var suspended: [RefusingRecipient]
        /// Messages begun today, and how many may be; 0 for no limit.
        var today: Int
        var cap: Int
    }

    private func statusJSON(
        _ status: StoreStatus, _ failing: [FeedRecord], _ dead: [Delivery], _ mail: MailStatus
    ) -> JSON {
        .object([
            "feeds": .integer(Int64(status.feeds)),
            "failing": .array(
                failing.map {
                    .object([
                        "url": .string($0.feed.url), "failures": .integer(Int64($0.state.failures)),
                        "why": .string($0.state.lastFailure?.message ?? ""), "lost": $0.isLost ? .bool(true) : nil,
                        "suggestion": $0.state.memory.suggestion.map(JSON.string),
                    ])
                }), "entries": .integer(Int64(status.entries)), "matched": .integer(Int64(status.matchedEntries)),
            "digests": .integer(Int64(status.digests)),
            "outbox": .object(
                DeliveryState.allCases.map { JSON.Member($0.rawValue, .integer(Int64(status.outbox[$0] ?? 0))) }),
            "dead_letters": .array(
                dead.map {
                    .object([
                        "id": .string($0.id), "digest": .string("\($0.digest)"), "sink": .string($0.sink.rawValue),
                        "to": .string($0.recipient), "why": .string($0.lastError ?? ""),
                    ])
                }),
            "mail": .object([
                "today": .integer(Int64(mail.today)), "daily_cap": .integer(Int64(mail.cap)),
                "suspended": .array(
                    mail.suspended.map {
                        .object([
                            "to": .string($0.address), "refusals": .integer(Int64($0.refusals)),
                            "last": .string(timestamp($0.lastAt)), "why": .string($0.reason),
                        ])
                    }),
            ]), "last_digest": status.lastDigest.map { .string("\($0)") },
            "last_check": status.lastCheck.map { .string(timestamp($0)) },
            "next_check": status.nextCheck.map { .string(timestamp($0)) }, "bytes": .integer(Int64(status.bytes)),
        ])
    }

    private func show(_ status: StoreStatus, _ failing: [FeedRecord], _ dead: [Delivery], _ mail: MailStatus) {
        output.line("feeds    \(status.feeds), \(status.feedsFailing) failing")
        output.line("entries  \(status.entries), \(status.matchedEntries) matched")
        output.line("digests  \(status.digests), last \(status.lastDigest?.description ?? "none")")
        let outbox = DeliveryState.allCases.compactMap { state in status.outbox[state].map { "\($0) \(state.rawValue)" }
        }
        output.line("outbox   \(outbox.isEmpty ? "empty" : outbox.joined(separator: ", "))")
        if mail.cap > 0, mail.today >= mail.cap {
            output.line("mail     the day's cap of \(mail.cap) messages is reached; the rest waits for tomorrow (UTC)")
        }
        for recipient in mail.suspended {
            output.line("suspended \(recipient.address) after \(recipient.refusals) refusals: \(recipient.reason)")
            output.line("         durbeen outbox resume \(recipient.address)")
        }
        for letter in dead.prefix(20) {
            let to = letter.recipient.isEmpty ? "" : " to \(letter.recipient)"
            output.line("given up \(letter.digest) by \(letter.sink.rawValue)\(to): \(letter.lastError ?? "")")
            output.line("         durbeen outbox retry \(letter.id)")
        }
        output.line(
            "checks   last \(status.lastCheck.map(timestamp) ?? "none"), next \(status.nextCheck.map(timestamp) ?? "none")"
        )
        for record in failing.prefix(20) {
            output.line("failing  \(record.feed.url): \(record.state.lastFailure?.message ?? "")")
            if let lost = record.lostWords { output.line("         lost: \(lost)") }
        }
    }
}
