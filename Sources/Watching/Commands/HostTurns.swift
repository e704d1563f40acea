import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// When a command that asks outside the schedule may ask a host for something, by the schedule's own rules: the host's or
/// rate group's spacing and budget (P-47, P-48), and not a word to who asked for a pause (P-32). What hosts were asked for, and
/// the pauses that they asked for, are kept for the store. What the daemon asked in the hour before is known from there; what it asks
/// meanwhile is not.
actor HostTurns {
    /// Why nothing was sent.
    enum Refusal: Error, Sendable, Equatable {
        /// The host, its group or the feed asked for it.
        case pause(until: Date)
        /// All that may be asked of the host in an hour was asked.
        case budget(until: Date)

        var until: Date {
            switch self {
            case .pause(let until), .budget(let until): until
            }
        }

        var words: String {
            switch self {
            case .pause(let until): "its host asked for a pause until \(timestamp(until))"
            case .budget(let until):
                "its host was asked for as much as an hour allows ([fetch] host_budget); ask after \(timestamp(until))"
            }
        }
    }

    /// What came of a request, as far as it bears on the next ones.
    struct Answer: Sendable {
        var trace: FetchTrace
        var hint: FreshnessHint
        var isNotModified = false
    }

    private let rules: @Sendable (String) -> HostRules
    /// Whether a URL's host is one of many servers inside allowed addresses, which is never held back as a whole (P-31).
    private let isRelaxed: @Sendable (String) -> Bool
    private let scope: CheckDesk.RetryScope
    private let time: TimeSource
    private let known: Remembered
    private var hosts: [String: HostPacing] = [:]
    /// Of hosts and groups, and of feeds, that asked for it meanwhile.
    private var pauses: [String: Date] = [:]
    private var feedPauses: [String: Date] = [:]
    private var toldHosts: Set<String> = []
    private var lines: [String: LedgerLine] = [:]

    init(
        rules: @escaping @Sendable (String) -> HostRules,
        isRelaxed: @escaping @Sendable (String) -> Bool = { _ in false },
        scope: CheckDesk.RetryScope = .group, time: TimeSource = .system, known: Remembered
    ) {
        self.rules = rules
        self.isRelaxed = isRelaxed
        self.scope = scope
        self.time = time
        self.known = known
        for asked in known.asked {
            hosts[asked.place, default: HostPacing(rules(asked.place))].noted(at: asked.at)
        }
    }

    init(_ fetch: Configuration.Fetch, known: Remembered) {
        self.init(
            rules: { Wiring.hostRules(fetch, hostKey: $0) }, isRelaxed: Wiring.checkTiming(fetch).isRelaxed,
            scope: fetch.retryScope, known: known)
    }

    /// What a request for `url` counts by, asked for the sake of `feed`.
    static func key(of url: String, for feed: Feed) -> String {
        feed.rateGroup.map { "group " + $0 } ?? hostKey(of: url)
    }

    /// Waits until `url` may be asked, and takes that turn; `ended` gives it back.
    func take(_ url: String, for feed: Feed) async throws(Refusal) {
        let key = Self.key(of: url, for: feed)
        while true {
            let now = time.now()
            if let until = pause(of: url, for: feed, now: now) { throw .pause(until: until) }
            let pacing = hosts[key] ?? HostPacing(rules(key))
            let start = pacing.earliestStart(now: now) ?? now.addingTimeInterval(1)
            guard start > now, !Task.isCancelled else {
                hosts[key] = pacing
                hosts[key]?.started(at: now)
                return
            }
            guard start.timeIntervalSince(now) <= max(pacing.rules.spacing.inSeconds, 60) else {
                throw .budget(until: start)
            }
            // Cut short only when the command is told to end; then the fetch fails at once.
            try? await time.sleep(.seconds(start.timeIntervalSince(now)))
        }
    }

    private func pause(of url: String, for feed: Feed, now: Date) -> Date? {
        let places = [Self.key(of: url, for: feed), hostKey(of: url)]
        let told = places.map { pauses[$0] } + [feedPauses[url], known.states[url]?.pausedUntil]
        return (told.map { Pauses.inForce($0, now: now) } + [known.pauses.end(of: places, now: now)]).compactMap { $0 }
            .max()
    }

    /// Takes note of a request that ended.
    func ended(_ url: String, for feed: Feed, _ answer: Answer) {
        let now = time.now()
        let key = Self.key(of: url, for: feed)
        let followed = answer.trace.redirects.prefix(max(0, answer.trace.requests - 1)).map { hostKey(of: $0.to) }
        let elsewhere = feed.rateGroup == nil ? followed.filter { $0 != key } : []
        hosts[key]?.ended(at: now, further: max(0, answer.trace.requests - 1 - elsewhere.count))
        for host in elsewhere { hosts[host, default: HostPacing(rules(host))].noted(at: now) }
        count(answer, key, elsewhere, isFirst: known.states[feed.url]?.lastAttempt == nil, now: now)
        noteWish(answer, of: url, for: feed, now: now)
    }

    private func count(_ answer: Answer, _ key: String, _ elsewhere: [String], isFirst: Bool, now: Date) {
        guard answer.trace.requests > 0 else { return }
        let day = Int(clampingDays: now)
        var line = lines[key] ?? LedgerLine(host: key, day: day)
        line.requests += answer.trace.requests - elsewhere.count
        line.wireBytes += answer.trace.wireBytes
        if answer.trace.conditional {
            line.conditional += 1
        } else if isFirst {
            line.first += 1
        } else {
            line.inFull += 1
        }
        if answer.isNotModified { line.notModified += 1 }
        if answer.trace.status == 429 || answer.trace.status == 503 { line.toldToWait += 1 }
        lines[key] = line
        for host in elsewhere { lines[host, default: LedgerLine(host: host, day: day)].requests += 1 }
    }

    /// As the daemon's desk has it: 429 holds the host or group back, all else that asks for a pause its feed (P-28, P-31). A
    /// 503 with a time ends this command's questions to the host besides.
    private func noteWish(_ answer: Answer, of url: String, for feed: Feed, now: Date) {
        let status = answer.trace.status
        let asked = answer.hint.retryDelay(now: now).map { min($0, CheckTiming.longestRetryAfter) }
        guard let wait = status == 429 ? max(asked ?? .zero, CheckTiming.hour) : asked else { return }
        let until = now.addingTimeInterval(wait.inSeconds)
        feedPauses[url] = max(feedPauses[url] ?? until, until)
        let answering = answer.trace.finalURL.isEmpty ? url : answer.trace.finalURL
        guard status == 429 || status == 503, scope != .feed, !isRelaxed(answering) else { return }
        let host = feed.rateGroup == nil || scope == .host ? hostKey(of: answering) : Self.key(of: url, for: feed)
        pauses[host] = max(pauses[host] ?? until, until)
        if status == 429 { toldHosts.insert(host) }
    }

    /// What is to be written of it.
    struct Notes: Sendable {
        var ledger: [LedgerLine]
        var pauses: [CheckBatch.Pause]
        var feedPauses: [CheckBatch.FeedPause]
    }

    var notes: Notes {
        Notes(
            ledger: lines.values.sorted { $0.host < $1.host },
            pauses: toldHosts.sorted().compactMap { host in pauses[host].map { CheckBatch.Pause(host: host, until: $0) }
            },
            feedPauses: feedPauses.sorted { $0.key < $1.key }.map { CheckBatch.FeedPause(url: $0.key, until: $0.value) }
        )
    }
}

extension Commands {
    /// Writes down what was asked outside the schedule, also beside the daemon; says so where that cannot be done.
    func keep(_ notes: HostTurns.Notes, _ configuration: Configuration) async {
        let path = configuration.state.storePath
        guard !notes.ledger.isEmpty, !configuration.state.folder.isEmpty, exists(path) else {
            if !notes.feedPauses.isEmpty {
                output.note("a server asked for a pause; there is no store yet to remember it in")
            }
            return
        }
        do throws(StoreError) {
            let store = try Store(amendingBeside: path)
            try await store.note(notes.ledger, pauses: notes.pauses, feedPauses: notes.feedPauses)
            await store.close()
        } catch {
            return output.note("what was asked, and the pauses asked for, are not remembered: \(error)")
        }
        if !notes.feedPauses.isEmpty, let daemon = Store.holder(of: path) {
            output.note("process \(daemon) does not know of the pause that was asked for; durbeen reload tells it")
        }
    }
}
