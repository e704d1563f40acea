import FeedModel
import Storage
import Transfers

extension Commands {
    public struct OnceOptions: Sendable {
        public var all = false
        public var force = false
        public var full = false
        /// Confirms `full` for feeds that were asked in full less than a day ago.
        public var confirmsFull = false
        public var digestNow = false
        public var json = false

        public init() {}
    }

    /// One round, and on request digests.
    public func once(_ options: OnceOptions) async -> ExitCode {
        do throws(Ended) {
            let plain = try loadWiring()
            let store = try openStore(plain.configuration)
            let votes: [Vote]
            do throws(StoreError) { votes = try await store.votes() } catch { throw said(error) }
            let wiring = plain.weighing(votes)
            let log = Log(level: .error, forJournal: false) { _ in }
            let round = OnceRound(wiring: wiring, store: store, time: .system, log: log)
            var asked = OnceRound.Options()
            asked.all = options.all
            asked.force = options.force
            asked.full = options.full
            asked.confirmsFull = options.confirmsFull
            asked.digestNow = options.digestNow
            let summary: OnceRound.Summary
            do throws(StoreError) {
                summary = try await round.run(asked) { [output] done, total in
                    output.progress("checked \(done) of \(total) feeds")
                }
            } catch { throw said(error) }
            output.endProgress()
            await wiring.fetcher.stop()
            await store.close()
            if options.json { output.raw(summary.json.text(indented: true) + "\n") } else { show(summary, options) }
            return summary.reachedNone ? .wrong : .success
        } catch { return error.code }
    }

    private func show(_ summary: OnceRound.Summary, _ options: OnceOptions) {
        output.line(
            "\(summary.checked) feeds checked: \(summary.updated) read, \(summary.unchanged) unchanged, "
                + "\(summary.failures.count) failed; \(summary.newEntries) new entries, \(summary.matched) matched")
        for (feed, failure) in summary.failures {
            output.line("  failed: \(feed.title.isEmpty ? feed.url : feed.title): \(failure)")
        }
        if !summary.paused.isEmpty {
            output.line(
                "  \(counted(summary.paused.count, "feed", "feeds")) asked to be left alone (--force asks them too)")
        }
        if !summary.askedLately.isEmpty {
            output.line(
                "  \(counted(summary.askedLately.count, "feed", "feeds")) left out: asked so lately that the floor does not "
                    + "permit it again (--force asks all the same)")
        }
        if !summary.askedInFull.isEmpty {
            output.line(
                "  \(counted(summary.askedInFull.count, "feed", "feeds")) left out: asked in full less than a day ago "
                    + "(--yes asks all the same)")
        }
        for made in summary.digests {
            if let digest = made.digest {
                output.line("digest \(made.key): \(digest.allStories.count) stories")
            } else {
                output.line("digest \(made.key.profile)/\(made.key.date): nothing new, no edition")
            }
        }
        for path in summary.delivery.paths { output.line("  \(path)") }
        if options.digestNow, summary.delivery.deferred + summary.delivery.failed > 0 {
            output.line(
                "  not delivered yet: \(summary.delivery.deferred) will be tried again, \(summary.delivery.failed) failed"
            )
        }
    }
}

extension OnceRound.Summary {
    var json: JSON {
        .object([
            "checked": .integer(Int64(checked)), "updated": .integer(Int64(updated)),
            "unchanged": .integer(Int64(unchanged)),
            "new": .integer(Int64(newEntries)), "matched": .integer(Int64(matched)), "paused": .strings(paused),
            "asked_lately": .strings(askedLately), "asked_in_full": .strings(askedInFull),
            "failed": .array(
                failures.map {
                    .object([
                        "url": .string($0.feed.url), "class": .string($0.failure.kind.rawValue),
                        "why": .string($0.failure.message),
                    ])
                }),
            "digests": .array(
                digests.map {
                    .object(["key": .string("\($0.key)"), "stories": .integer(Int64($0.digest?.allStories.count ?? 0))])
                }), "paths": .strings(delivery.paths), "deferred": .integer(Int64(delivery.deferred)),
            "undeliverable": .integer(Int64(delivery.failed)),
        ])
    }
}
