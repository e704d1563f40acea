import FeedModel
import FoundationEssentials
import Storage
import Transfers

// The pages that are looked at besides (P-50).

extension CheckDesk {
    /// - Parameter retryAt: when a page that could not be had is to be asked for again: it has had its place among those of an
    ///   hour, and takes the next that is free.
    mutating func plan(_ look: PageLook, retryAt: Date? = nil, now: Date) {
        let (host, place) = (hostKey(of: look.url), place(of: look.url))
        // A round by hand that has lost the network waits for nothing more.
        guard settings.secondLook != nil, looks[look.url] == nil, record(of: look.url) == nil,
            repeats || !offline.isOffline
        else { return }
        var at = max(retryAt ?? now, pauses.end(of: [host, place], now: now) ?? now, now)
        let planned = (lookedAt[host] ?? []).filter { $0 > now.addingTimeInterval(-3600) }
        func isCrowded(_ at: Date) -> Bool {
            planned.count { abs(at.timeIntervalSince($0)) < 3600 } >= SecondLook.mostPerHost
        }
        // A page that moved within its host is still the same page.
        let isCounted = look.via.allSatisfy { hostKey(of: $0) != host }
        if isCounted, isCrowded(at) {
            guard retryAt != nil else { return }
            var hours = 0
            while isCrowded(at), hours < 24 {
                at.addTimeInterval(3600)
                hours += 1
            }
            guard !isCrowded(at) else { return }
        }
        // A round by hand does not wait for what is not yet allowed.
        guard repeats || at <= now else { return }
        if lookedAt.count > 10_000 { lookedAt = [:] }
        if isCounted { lookedAt[host] = planned + [at] }
        looks[look.url] = look
        if retryAt == nil { newLooks.append(CheckBatch.Look(url: look.url, entry: look.entry, at: at)) }
        schedule.plan(look.url, at: at, rank: .page, host: place)
    }

    /// Takes up the pages again that were planned before.
    mutating func adopt(_ pages: [Store.WaitingPage], now: Date) {
        for page in pages {
            guard let record = record(of: page.feedURL), repeats || page.at <= now else { continue }
            plan(PageLook(url: page.url, entry: page.entry, feed: record.feed), retryAt: page.at, now: now)
        }
    }

    /// A look at a page ended. One that led elsewhere goes on there, by the rules of that place (P-50).
    mutating func ended(_ report: PageCheck.Report, now: Date) {
        let url = report.look.url
        let host = schedule.hostInFlight(of: url) ?? place(of: url)
        ledger.notePage(
            host: host, requests: report.requests - report.elsewhere.count, wireBytes: report.wireBytes,
            began: report.began,
            ended: report.ended,
            rules: settings.rules(host))
        for host in report.elsewhere {
            ledger.notePage(
                host: host, requests: 1, wireBytes: 0, began: report.ended, ended: report.ended,
                rules: settings.rules(host))
        }
        // Unless it became a feed meanwhile, which keeps its plan.
        let next = looks[url] == nil ? schedule.nextCheck(of: url) : nil
        schedule.finished(
            url, next: next, further: max(0, report.requests - 1 - report.elsewhere.count), now: now)
        for host in report.elsewhere { schedule.noteRequest(to: host, now: now) }
        looks[url] = nil
        let pausedAt = report.pausedAt ?? url
        if let until = report.pausedUntil, settings.retryScope != .feed, !settings.timing.isRelaxed(pausedAt) {
            hold(place(of: pausedAt), until: until, now: now)
        }
        if let target = report.redirect {
            var look = report.look
            look.via.append(url)
            look.url = target
            plan(look, now: now)
        } else if let next = report.retryAt, repeats {
            plan(report.look, retryAt: next, now: now)
        }
    }
}
