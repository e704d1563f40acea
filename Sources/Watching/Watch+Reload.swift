import FoundationEssentials
import Storage
import Transfers

// A configuration that is read again, and a store that is in trouble.

extension Watch {
    func beginReload(in group: inout TaskGroup<Event>) {
        service.reloading()
        group.addTask { [reload] in
            do throws(WiringErrors) { return .reloaded(try await reload()) } catch { return .kept(error.lines) }
        }
    }

    /// Puts a configuration into force. Nothing in flight is cut: the transfers under way keep their fetcher.
    mutating func adopt(_ fresh: Wiring, in group: inout TaskGroup<Event>) async {
        guard fresh.configuration.state == wiring.configuration.state else {
            for line in ["[state] changed: a running service keeps its store; restart it"] {
                log(.error, "configuration not reloaded; the old one stays in force", ["error": line])
            }
            return service.ready(status: status)
        }
        let old = wiring
        wiring = fresh.keeping(fresh.fetcher, generation: old.generation + 1)
        if running[old.generation, default: 0] > 0 {
            retired[old.generation] = old.fetcher
        } else {
            group.addTask {
                await old.fetcher.stop()
                return .fetcherStopped
            }
        }
        desk.configure(concurrency: wiring.configuration.fetch.concurrency, settings: wiring.deskSettings)
        nextDigestRound = time.now()
        if await adoptFeedsOrWait(in: &group) {
            log(.notice, "configuration reloaded", ["feeds": "\(desk.feedCount)"])
        } else {
            log(
                .warning, "configuration reloaded, but for its feeds, which the store does not take yet",
                ["feeds": "\(desk.feedCount)", "wanted": "\(wiring.feeds.count)"])
        }
        service.ready(status: status)
    }

    private static let adoptionRest: TimeInterval = 10

    /// - Returns: false if the store took nothing; then it is tried again.
    private mutating func adoptFeedsOrWait(in group: inout TaskGroup<Event>) async -> Bool {
        do throws(StoreError) {
            try await adoptFeeds()
            adoptionDue = nil
            return true
        } catch {
            adoptionDue = time.now().addingTimeInterval(Self.adoptionRest)
            trouble(error, in: &group)
            return false
        }
    }

    /// Takes over the feeds of a configuration that the store had no room for when it was read (R16, R21).
    mutating func catchUp(now: Date, in group: inout TaskGroup<Event>) async {
        guard let due = adoptionDue else { return }
        // A clock that was set back must not put it off.
        adoptionDue = min(due, now.addingTimeInterval(Self.adoptionRest))
        guard due <= now, !isStopping, await adoptFeedsOrWait(in: &group) else { return }
        log(.notice, "the feeds of the configuration are in force", ["feeds": "\(desk.feedCount)"])
        service.status(status)
    }

    /// A store that has no room is waited for; one that cannot be trusted ends the process (R16, R17).
    mutating func trouble(_ error: StoreError, in group: inout TaskGroup<Event>) {
        let now = time.now()
        if error.isPassing {
            if storeTrouble.mayReport(at: now) {
                log(.error, "the store takes nothing", ["error": "\(error)"])
                service.status("the store takes nothing: \(error)")
            }
            return
        }
        guard !isStopping else { return }
        log(.error, "the store cannot be used any longer", ["error": "\(error)"])
        exitCode = error.exitCode
        stop(in: &group)
    }

    func giveUp(over error: StoreError) -> ExitCode {
        log(.error, "starting", ["error": "\(error)"])
        return error.exitCode
    }
}

/// Says at most once a minute that the store is in trouble.
struct StoreTrouble {
    private var last: Date?

    mutating func mayReport(at now: Date) -> Bool {
        if let last, abs(now.timeIntervalSince(last)) < 60 { return false }
        last = now
        return true
    }
}
