import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// A check that came to what nearly all come to: nothing changed, and nothing is remembered of the feed but when. It takes a
/// way of its own from the answer to the store, on which little is copied.
struct QuietCheck: Sendable {
    /// The feed, and what was known of it before.
    let record: FeedRecord
    /// What is known of it now: other times.
    var state: FeedState
    /// The terms of the decision when to come back.
    var terms: [WaitTerm]
    var began: Date
    var ended: Date
    var next: Date
    var wireBytes: Int

    var feed: Feed { record.feed }

    var took: TimeInterval { max(0, ended.timeIntervalSince(began)) }

    /// What is to be written.
    var unchanged: CheckBatch.Unchanged { CheckBatch.Unchanged(url: feed.url, times: state.times, terms: terms) }
}

extension FeedCheck {
    /// What an answer comes to; nil if there is more to it than times.
    func quiet(_ question: FeedQuestion, _ answer: FetchAnswer, now: Date) -> QuietCheck? {
        guard case .unchanged(let hint, let wireBytes) = answer.ending, hint.retryAfter == nil, !question.isInFull,
            question.detour == nil,
            !question.record.state.hasParticulars
        else { return nil }
        let before = question.record.state
        var state = before
        state.times.lastAttempt = now
        state.times.lastSuccess = now
        let decision = timing.decide(
            feed: question.record.feed, state: state, hint: hint, isFirst: before.lastAttempt == nil, now: now,
            chance: { minutes.draw(from: $0, window: $1) }, pace: pace)
        state.times.interval = decision.interval
        state.times.nextCheck = decision.next
        state.times.permittedFrom = decision.permittedFrom
        return QuietCheck(
            record: question.record, state: state, terms: decision.terms,
            // It may have waited in line for its turn.
            began: max(question.began, now.addingTimeInterval(-answer.took.inSeconds)), ended: now, next: decision.next,
            wireBytes: wireBytes)
    }
}

extension CheckDesk {
    /// A check ended in which nothing changed: its slot is free, and its feed is planned again.
    mutating func ended(_ check: QuietCheck, now: Date) {
        let url = check.feed.url
        var check = check
        var feed = check.feed
        let host = schedule.hostInFlight(of: url) ?? hostKey(of: url)
        ledger.note(check, host: host, rules: { schedule.rules(of: $0) })
        if let known = records[url], known !== check.record {
            // What was learnt meanwhile holds, and an answer to other credentials says nothing (P-11).
            guard known.feed.hasCredentials(of: feed) else {
                return schedule.finished(
                    url, next: repeats ? pause(of: known, now: now) ?? now : nil, now: now)
            }
            let times = check.state.times
            check.state = known.state
            check.state.times = times
            feed = known.feed
        }
        let wasOffline = offline.isOffline
        if !settings.timing.isRelaxed(url) { offline.note(host: host, failed: false, began: check.began, now: now) }
        if !answeredBy.isEmpty { answeredBy[url] = nil }
        let next = max(check.next, pause(of: feed, check.state, now: now) ?? check.next)
        schedule.finished(
            url, next: repeats ? next : nil, rank: check.took > 10 ? .late : .usual, now: now)
        unsaved.add(check, now: now)
        if !recentFailures.isEmpty { recentFailures.removeAll { $0.feed.url == url } }
        if wasOffline && !offline.isOffline { resume(now: now) }
    }
}
