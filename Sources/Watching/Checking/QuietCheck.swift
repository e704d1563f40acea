import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// A check that came to what nearly all come to: nothing changed, and nothing is remembered of the feed but when. It takes a
/// way of its own from the answer to the store, on which little is copied.
struct QuietCheck: Sendable {
    /// The feed, and what was known of it before.
    let record: FeedRecord
    /// Its number in the schedule; nil if nobody told.
    var number: Int32?
    /// What is known of it now; all else is as before.
    var times: CheckTimes
    /// The terms of the decision when to come back.
    var terms: [WaitTerm]
    var began: Date
    var ended: Date
    var next: Date
    var wireBytes: Int

    var took: TimeInterval { max(0, ended.timeIntervalSince(began)) }

    /// What is to be written.
    var unchanged: CheckBatch.Unchanged {
        CheckBatch.Unchanged(url: record.url, number: record.number, times: times, terms: terms)
    }
}

extension FeedCheck {
    /// What an answer comes to; nil if there is more to it than times.
    func quiet(_ question: FeedQuestion, _ answer: FetchAnswer, now: Date) -> QuietCheck? {
        guard case .unchanged(let hint, let wireBytes) = answer.ending, hint.retryAfter == nil, !question.isInFull,
            question.detour == nil,
            !question.record.state.hasParticulars
        else { return nil }
        var state = question.record.state
        let isFirst = state.lastAttempt == nil
        state.times.lastAttempt = now
        state.times.lastSuccess = now
        let decision = timing.decide(
            feed: question.record.feed, state: state, hint: hint, isFirst: isFirst, now: now,
            chance: { [minutes] in minutes.draw(from: $0, window: $1) }, pace: pace)
        state.times.interval = decision.interval
        state.times.nextCheck = decision.next
        state.times.permittedFrom = decision.permittedFrom
        return QuietCheck(
            record: question.record, number: question.number, times: state.times, terms: decision.terms,
            // It may have waited in line for its turn.
            began: max(question.began, now.addingTimeInterval(-answer.took.inSeconds)), ended: now, next: decision.next,
            wireBytes: wireBytes)
    }
}

extension CheckDesk {
    /// A check ended in which nothing changed: its slot is free, and its feed is planned again.
    mutating func ended(_ check: QuietCheck, now: Date) {
        var check = check
        check.number = check.number ?? schedule.number(of: check.record.url)
        let host = check.number.flatMap { schedule.hostInFlight(of: $0) } ?? hostKey(of: check.record.url)
        let rules = check.number.flatMap { schedule.rulesInFlight(of: $0) } ?? schedule.rules(of: host)
        ledger.note(check, host: host, rules: rules)
        let record = check.number.flatMap { self.record(at: $0) } ?? check.record
        // What was learnt meanwhile holds, and an answer to other credentials says nothing (P-11).
        if record !== check.record, !record.feed.hasCredentials(of: check.record.feed) {
            return finished(check, next: pause(of: record, now: now) ?? now, now: now)
        }
        let wasOffline = offline.isOffline
        if !settings.timing.isRelaxed(record.url) {
            offline.note(host: host, failed: false, began: check.began, now: now)
        }
        if !answeredBy.isEmpty { answeredBy[record.url] = nil }
        let next = max(check.next, pause(of: record, now: now) ?? check.next)
        finished(check, next: next, rank: check.took > 10 ? .late : .usual, now: now)
        unsaved.add(check, now: now)
        if !recentFailures.isEmpty { recentFailures.removeAll { $0.record.url == record.url } }
        if wasOffline && !offline.isOffline { resume(now: now) }
    }

    private mutating func finished(_ check: QuietCheck, next: Date, rank: Rank? = nil, now: Date) {
        guard let number = check.number else { return }
        schedule.finished(number, next: repeats ? next : nil, rank: rank, now: now)
    }
}
