import FeedModel
import FoundationEssentials
import Storage

// Digests and upkeep, beside the checks.

extension Watch {
    mutating func startDigestRound(now: Date, in group: inout TaskGroup<Event>) {
        // A clock that was set back must not put the digests off.
        nextDigestRound = min(nextDigestRound, now.addingTimeInterval(60 * 60))
        guard !digestRoundIsRunning, nextDigestRound <= now else { return }
        digestRoundIsRunning = true
        hasUrgentMatches = false
        let round = DigestRound(store: store, wiring: wiring, time: time, log: log)
        let generation = wiring.generation
        running[generation, default: 0] += 1
        group.addTask { .digestRound(await round.run(), generation: generation) }
    }

    mutating func startUpkeep(now: Date, in group: inout TaskGroup<Event>) {
        // Nor must it put upkeep off (R14).
        nextUpkeep = min(nextUpkeep, now.addingTimeInterval(Self.upkeepInterval.inSeconds))
        guard !isUpkeepRunning, nextUpkeep <= now else { return }
        isUpkeepRunning = true
        for feed in uncheckedCertificates.due(among: wiring.feeds, now: now) {
            log(.warning, "any certificate is accepted", ["feed": feed.url])
        }
        group.addTask { [store] in
            do throws(StoreError) {
                _ = try await store.prune(Retention(), now: now)
                return .upkeep(nil)
            } catch {
                return .upkeep(error)
            }
        }
    }
}
