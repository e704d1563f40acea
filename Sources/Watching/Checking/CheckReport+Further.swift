import FeedModel
import FoundationEssentials
import Transfers

// Requests that a check sent besides its own: for older pages of the feed, and for the page of its site.

extension CheckReport {
    mutating func note(_ answer: FetchResult, ofFurther url: String, now: Date) {
        switch answer {
        case .fresh(_, _, let hint, let trace), .notModified(_, let hint, let trace):
            note(trace, hint, ofFurther: url, now: now)
        }
    }

    mutating func note(_ error: FetchError, ofFurther url: String, now: Date) {
        note(error.trace, error.freshness, ofFurther: url, now: now)
    }

    private mutating func note(_ trace: FetchTrace, _ hint: FreshnessHint, ofFurther url: String, now: Date) {
        guard trace.requests > 0 else { return }
        let own = hostKey(of: feed.url)
        let asked = [url] + trace.redirects.prefix(trace.requests - 1).map(\.to)
        further += trace.requests
        if feed.rateGroup == nil { elsewhere += asked.map { hostKey(of: $0) }.filter { $0 != own } }
        let wait = hint.retryDelay(now: now).map { min($0, CheckTiming.longestRetryAfter) }
        // Who says 429 without a time means an hour at least (P-29).
        let pause = trace.status == 429 ? max(wait ?? .zero, CheckTiming.hour) : wait
        guard pause != nil || trace.status == 503 else { return }
        wishes.append(
            Wish(url: trace.finalURL, status: trace.status, until: pause.map { now.addingTimeInterval($0.inSeconds) }))
    }

    /// Brings what is to be written in line with what was learnt since it was decided: the feed itself is left alone for as long
    /// as a server of its own host asked for.
    mutating func heedWishes() {
        guard result != nil else { return }
        let own = [hostKey(of: feed.url), hostKey(of: reply.trace.finalURL)]
        let asked = wishes.filter { own.contains(hostKey(of: $0.url)) }.compactMap(\.until)
        if let until = asked.max() {
            state.pausedUntil = max(state.pausedUntil ?? until, until)
            next = max(next, until)
            state.nextCheck = next
            state.permittedFrom = max(state.permittedFrom ?? until, until)
            result?.terms.append(
                WaitTerm(
                    .retryAfter, .seconds(max(0, until.timeIntervalSince(ended))), "asked for besides the feed itself"))
        }
        result?.state = state
        if state != before { result?.changesOnlyTimes = false }
    }
}

extension CheckReport {
    /// Brings it in line with what was learnt of its feed since that was asked: by its reader, or beside the daemon.
    mutating func catchUp(with known: FeedRecord, now: Date) {
        if let until = Pauses.inForce(known.state.pausedUntil, now: now) { keepPause(until: until) }
        if !known.feed.hasCredentials(of: feed) { forgetValidators(now: now) }
    }

    /// The feed's credentials were changed while it was asked: what it answered belongs to the old ones (P-11), and it is due.
    private mutating func forgetValidators(now: Date) {
        state.validators = Validators()
        state.validatorsURL = nil
        state.nextCheck = state.pausedUntil
        next = max(now, state.pausedUntil ?? now)
        guard result != nil else { return }
        result?.state = state
        result?.changesOnlyTimes = false
    }
}

extension Feed {
    fileprivate var credentials: [String?] { [username, passwordFile, password?.text] }

    func hasCredentials(of other: Feed) -> Bool { credentials == other.credentials }
}
