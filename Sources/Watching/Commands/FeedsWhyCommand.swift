import FeedModel
import FoundationEssentials
import Storage

extension Commands {
    /// `feeds why FEED`: when a feed is asked again, and each term of that decision with its source.
    public func feedsWhy(_ feed: String, json: Bool, now: Date = Date()) async -> ExitCode {
        do throws(Ended) {
            let store = try openStore(try loadConfiguration(), readingOnly: true)
            do throws(StoreError) {
                let records = try await store.feeds()
                guard let found = onlyFeed(feed, among: records.map(\.feed), for: "feeds why"),
                    let record = records.first(where: { $0.feed.url == found.url })
                else { return .wrong }
                let why = FeedWhy(
                    record: record, terms: try await store.terms(of: record.feed.url),
                    failures: try await store.failures(of: record.feed.url), now: now)
                if json { output.json(why.json) } else { output.lines(why.lines) }
                return .success
            } catch { throw said(error) }
        } catch { return error.code }
    }

    /// `feeds revive URL...`: asks feeds again that were given up as gone.
    public func feedsRevive(_ urls: [String]) async -> ExitCode {
        do throws(Ended) {
            let configuration = try loadConfiguration()
            let writer = Store.holder(of: configuration.state.storePath)
            let store = try writer == nil ? openStore(configuration) : amendStore(configuration)
            var code = ExitCode.success
            do throws(StoreError) {
                for url in urls {
                    if try await store.revive(url) {
                        output.line("revived \(url): due at once")
                    } else {
                        output.error("feeds revive: \(url): not known to the store; see durbeen feeds list")
                        code = .wrong
                    }
                }
            } catch { throw said(error) }
            await store.close()
            if let writer {
                output.note(
                    "process \(writer) asks again what it had given up once it is told; durbeen reload tells it")
            }
            return code
        } catch { return error.code }
    }
}

/// What is to be said of when a feed is asked again.
struct FeedWhy {
    var record: FeedRecord
    var terms: [WaitTerm]
    var failures: [CheckFailure.Class: FailureCount]
    var now: Date

    private var longest: Duration? { terms.map(\.wait).max() }

    var lines: [String] {
        let state = record.state
        var lines = [record.feed.url]
        if state.memory.stop == .gone {
            lines.append("next      never: 410 twice; durbeen feeds revive asks again")
        } else if let next = state.nextCheck {
            lines.append("next      \(timestamp(next)) (\(span(next)))")
        } else {
            lines.append("next      at once: never asked before")
        }
        lines += terms.map { term in
            let mark = term.wait == longest ? "*" : " "
            return "  \(mark) \(padded(term.name.rawValue, 13))\(padded(words(term.wait), 9))\(term.source)"
        }
        if !terms.isEmpty {
            lines.append("    the longest decides; then up to a tenth later, at most 30 min, by chance")
        }
        lines += facts.map { "\(padded($0.name, 10))\($0.text)" }
        return lines
    }

    /// What else bears on it, in words.
    private var facts: [(name: String, text: String)] {
        let state = record.state
        var facts: [(String, String)] = []
        if let last = state.lastAttempt { facts.append(("last", "\(timestamp(last)) (\(span(last)))")) }
        if let until = Pauses.inForce(state.pausedUntil, now: now) {
            facts.append(("paused", "until \(timestamp(until)), as asked"))
        }
        if let failure = state.lastFailure {
            facts.append(("failing", "\(counted(state.failures, "time", "times")) in a row: \(failure.message)"))
        }
        for (kind, count) in failures.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            facts.append(("failed", "\(count.count) x \(kind.rawValue), last \(timestamp(count.last))"))
        }
        if let target = state.memory.movedTo {
            facts.append(("moved", "asked at \(target) instead; correct your list"))
        }
        if let move = state.memory.move {
            facts.append(("moving", "led \(counted(move.times, "time", "times")) to \(move.target)"))
        }
        if let lost = record.lostWords { facts.append(("lost", lost)) }
        if let gap = state.memory.gapAt {
            facts.append(("gap", "\(timestamp(gap)): nothing known was left in the feed"))
        }
        if let policy = record.feed.identity {
            facts.append(("identity", "entries are told apart by \(policy.rawValue), as configured"))
        } else if let demotion = state.memory.demotion {
            facts.append(("identity", "composite since \(timestamp(demotion.since)): \(demotion.reason)"))
        }
        if let since = state.memory.emptySince { facts.append(("empty", "no entries since \(timestamp(since))")) }
        if let idle = state.memory.idleValidators, idle >= 3 {
            facts.append(("idle", "its validators never led to a 304 of late"))
        }
        return facts
    }

    var json: JSON {
        let state = record.state
        return .object([
            "url": .string(record.feed.url), "next_check": state.nextCheck.map { .string(timestamp($0)) },
            "stopped": state.memory.stop.map { .string($0.rawValue) },
            "interval_seconds": state.interval.map { .integer($0.components.seconds) },
            "terms": .array(
                terms.map {
                    .object([
                        "name": .string($0.name.rawValue), "seconds": .integer($0.wait.components.seconds),
                        "source": .string($0.source), "decides": .bool($0.wait == longest),
                    ])
                }),
            "last_check": state.lastAttempt.map { .string(timestamp($0)) },
            "paused_until": state.pausedUntil.map { .string(timestamp($0)) },
            "failures": .integer(Int64(state.failures)), "failure": state.lastFailure.map { .string($0.message) },
            "failures_by_class": .object(
                failures.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    JSON.Member($0.key.rawValue, .integer(Int64($0.value.count)))
                }),
            "lost_since": record.isLost ? state.memory.missingSince.map { .string(timestamp($0)) } : nil,
            "moved_to": state.memory.movedTo.map(JSON.string), "suggestion": state.memory.suggestion.map(JSON.string),
            "gap_at": state.memory.gapAt.map { .string(timestamp($0)) }, "identity": record.identityJSON,
        ])
    }

    private func span(_ date: Date) -> String {
        let seconds = date.timeIntervalSince(now)
        guard abs(seconds) < 1e11 else { return "far away" }
        let text = words(.seconds(abs(seconds)))
        return seconds < 0 ? "\(text) ago" : "in \(text)"
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}

extension FeedRecord {
    /// Whether it has answered 404 for two weeks (P-36).
    var isLost: Bool { state.memory.missingSince != nil && state.memory.soughtAt != nil }

    /// What is to be said of a feed that is lost; nil if it is not.
    var lostWords: String? {
        guard isLost, let since = state.memory.missingSince else { return nil }
        let found = state.memory.suggestion.map { "the site names \($0); correct your list" }
        return "404 since \(dayText(since)); " + (found ?? "its site names no other address")
    }

    /// By what its entries are told apart, and why, for scripts.
    var identityJSON: JSON {
        let demotion = feed.identity == nil ? state.memory.demotion : nil
        return .object([
            "policy": .string(feed.identity?.rawValue ?? (demotion == nil ? "automatic" : "composite")),
            "configured": .bool(feed.identity != nil),
            "since": demotion.map { .string(timestamp($0.since)) }, "reason": demotion.map { .string($0.reason) },
        ])
    }
}

/// A span as a person reads it: the two largest units that are there.
func words(_ span: Duration) -> String {
    let seconds = max(0, span.components.seconds)
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
    let shown = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }
    return shown.isEmpty ? "0 s" : shown.map { "\($0.0) \($0.1)" }.joined(separator: " ")
}
