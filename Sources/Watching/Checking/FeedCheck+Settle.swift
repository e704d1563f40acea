import FeedModel
import FoundationEssentials
import Matching
import Storage
import Transfers

// What an answer means for its feed, and when to come back. Nothing here waits.

extension FeedCheck {
    func settle(_ findings: Findings, _ question: FeedQuestion, into report: inout CheckReport) {
        let now = report.ended
        let before = question.record.state
        var state = before
        state.lastAttempt = now
        if question.isInFull { state.memory.askedInFull = now }
        if question.isAtOldAddress { state.memory.oldAddressAsked = now }
        switch findings.answer {
        case .unchanged(let validators):
            state.validators = state.validators.updated(byNotModified: validators)
            if state.hasParticulars { state.memory.idleValidators = nil }
            state.recover(at: now)
        case .document(let validators, let url):
            take(findings, into: &state, wasConditional: report.reply.trace.conditional, now: now)
            state.validators = validators
            // Nearly always the feed's own, which need not be kept twice.
            state.validatorsURL =
                url == before.validatorsURL ? before.validatorsURL : url == report.feed.url ? report.feed.url : url
            if question.secret != nil || state.hasParticulars { state.memory.secret = question.secret }
            state.recover(at: now)
            report.outcome = .updated(
                new: findings.entries.count, matched: findings.entries.count { $0.verdict.isRelevant })
        case .failed where question.isAtOldAddress:
            // An address that the feed has left says nothing of the feed (P-46).
            break
        case .failed(let failure):
            if findings.contents != nil { take(findings, into: &state, wasConditional: false, now: now) }
            state.fail(failure, at: now)
            report.outcome = .failed(failure)
        }
        if case .failed(let failure) = findings.answer {
            if !question.isAtOldAddress { Moves.doubt(&state.memory, after: failure, now: now) }
        } else if !report.reply.trace.redirects.isEmpty || state.hasParticulars {
            Moves.note(
                report.reply.trace, feed: question.record.feed, isAtOldAddress: question.isAtOldAddress,
                document: findings.contents == nil
                    ? nil
                    : Moves.Arrival(
                        findings.kinship, findings.entries, isFirst: before.lastSuccess == nil),
                shared: sharedTargets, in: &state.memory, now: now)
        }
        report.notice = Notices.due(for: &state, now: now)
        let decision = timing.decide(
            feed: question.record.feed, state: state, hint: report.reply.hint,
            answeredAt: report.reply.trace.finalURL, isFirst: before.lastAttempt == nil, now: now,
            chance: { minutes.draw(from: $0, window: $1) }, pace: pace)
        state.interval = decision.interval
        state.nextCheck = decision.next
        state.permittedFrom = decision.permittedFrom
        state.pausedUntil = decision.pausedUntil
        report.state = state
        report.next = decision.next
        var result = CheckResult(
            feedURL: question.record.feed.url, at: now, state: state, outcome: report.outcome,
            entries: findings.entries,
            seenAgain: findings.seenAgain)
        result.changed = findings.changed
        // Whatever came first is the feed; later on an empty document tells nothing of whose it is.
        if let contents = findings.contents, findings.kinship == .same || before.lastSuccess == nil {
            result.documentIDs = contents.ownIDs
        }
        result.terms = decision.terms
        result.changesOnlyTimes = report.outcome == .unchanged && state.lastsAs(before)
        report.result = result
    }

    /// What a document tells of its feed.
    private func take(_ findings: Findings, into state: inout FeedState, wasConditional: Bool, now: Date) {
        guard let contents = findings.contents else { return }
        state.documentTitle = contents.title ?? state.documentTitle
        state.publisherInterval = contents.publisherInterval
        state.memory.skipHours = contents.skipHours.isEmpty ? nil : contents.skipHours
        state.memory.skipDays = contents.skipDays.isEmpty ? nil : contents.skipDays
        state.memory.emptySince = contents.entries.isEmpty ? state.memory.emptySince ?? now : nil
        state.rate.count(
            findings.entries.map { $0.entry.published ?? $0.entry.updated },
            matched: findings.entries.count { $0.verdict.isRelevant }, since: state.lastSuccess, now: now,
            hasDates: contents.entries.contains { $0.published != nil || $0.updated != nil },
            hasChanged: !findings.entries.isEmpty)
        if findings.isGap { state.memory.gapAt = now }
        state.memory.identity = findings.identity
        if let reason = findings.sharedID { state.memory.demotion = .init(since: now, reason: reason) }
        if findings.entries.isEmpty, wasConditional {
            state.memory.idleValidators = min((state.memory.idleValidators ?? 0) + 1, 5)
        } else {
            state.memory.idleValidators = nil
        }
        if !findings.entries.isEmpty { state.lastNew = now }
    }

    func looks(at entries: [MatchedEntry], of feed: Feed) -> [PageLook] {
        guard let secondLook else { return [] }
        var looks: [PageLook] = []
        for matched in entries where looks.count < SecondLook.mostPerHost {
            // Asked only where it decides: it costs as much as the verdict did.
            let isBare = SecondLook.isBare(matched.entry) && !matched.verdict.isRelevant
            let hasHits = isBare && !matcher.explain(matched.entry, of: feed).isEmpty
            guard let url = matched.entry.url, secondLook.deserves(matched, hasHits: hasHits) else { continue }
            looks.append(PageLook(url: url, entry: matched.entry.id, feed: feed))
        }
        return looks
    }
}

extension FeedState {
    fileprivate mutating func recover(at now: Date) {
        lastSuccess = now
        guard hasParticulars else { return }
        failures = 0
        failingSince = nil
        lastFailure = nil
        memory.alike = nil
        memory.goneSince = nil
        memory.missingSince = nil
        memory.soughtAt = nil
        memory.suggestion = nil
    }

    fileprivate mutating func fail(_ failure: CheckFailure, at now: Date) {
        failures += 1
        failingSince = failingSince ?? now
        let isAlike = lastFailure != nil && lastFailure?.status == failure.status
        memory.alike = isAlike ? (memory.alike ?? 1) + 1 : nil
        lastFailure = failure
        if failure.status == 429 {
            memory.caution = min((memory.caution ?? 1) * 1.5, 8)
            memory.cautionAt = now
        }
        guard let status = failure.status else { return }
        // A server that is in trouble now and then still has not got it; only an answer that knows the feed says otherwise.
        if status == 404 { memory.missingSince = memory.missingSince ?? now }
        if status == 410 {
            // Twice, at least a day apart (P-38).
            if let first = memory.goneSince, now.timeIntervalSince(first) >= 86_400 { memory.stop = .gone }
            memory.goneSince = memory.goneSince ?? now
        } else {
            memory.goneSince = nil
        }
    }
}
