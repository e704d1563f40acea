import FeedModel
import Storage
import Transfers

extension Log {
    /// The lines of the checks that were written in a round.
    func checks(of round: CheckDesk.Round) {
        if level >= .info { for quiet in round.quiet { check(quiet) } }
        for report in round.reports { check(report) }
    }

    private func check(_ quiet: QuietCheck) {
        self(
            .info, "check",
            ["feed": quiet.record.url, "outcome": "unchanged", "asked": "conditional", "next": timestamp(quiet.next)])
    }

    /// The one line a check leaves.
    func check(_ report: CheckReport) {
        guard let result = report.result, !result.isCorrection else { return }
        if let notice = report.notice {
            self(.notice, "feed", ["feed": report.feed.url, "notice": notice, "why": report.failure?.message ?? ""])
        }
        if let gap = report.state.memory.gapAt, gap != report.before.memory.gapAt {
            let pages = "\(max(0, report.further - report.reply.trace.redirects.count))"
            self(
                .notice, "gap", ["feed": report.feed.url, "why": "nothing known was left in it", "older_pages": pages])
        }
        guard level >= (report.failure == nil ? .info : .warning) else { return }
        let next = timestamp(report.next)
        let asked = report.reply.trace.conditional ? "conditional" : "full"
        switch report.outcome {
        case .unchanged:
            // A feed that has moved was looked for where it once was, in vain.
            guard let refusal = report.refusal else {
                return self(
                    .info, "check", ["feed": report.feed.url, "outcome": "unchanged", "asked": asked, "next": next])
            }
            self(.info, "check", ["feed": report.feed.url, "old_address": refusal.message, "next": next])
        case .updated(let new, let matched):
            let edited = result.changed.count { $0.edit != nil }
            self(
                .info, "check",
                [
                    "feed": report.feed.url, "outcome": "updated", "new": "\(new)", "matched": "\(matched)",
                    "edited": "\(edited)", "asked": asked, "next": next,
                ])
        case .failed(let failure):
            self(
                .warning, "check",
                [
                    "feed": report.feed.url, "outcome": "failed", "class": failure.kind.rawValue,
                    "failures": "\(report.state.failures)", "why": failure.message, "next": next,
                ])
        }
    }

    /// The one line a look at a page leaves.
    func look(_ report: PageCheck.Report) {
        guard report.requests > 0 || report.outcome != .failed else { return }
        if let target = report.redirect {
            return self(.info, "page", ["page": report.look.url, "outcome": "redirected", "to": target])
        }
        if let next = report.retryAt {
            return self(.info, "page", ["page": report.look.url, "outcome": "failed", "next": timestamp(next)])
        }
        self(
            .info, "page",
            [
                "page": report.look.url, "outcome": report.outcome.rawValue,
                "relevant": report.isRelevant ? "yes" : "no",
            ])
    }
}
