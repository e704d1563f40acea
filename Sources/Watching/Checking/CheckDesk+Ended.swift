import FeedModel
import FoundationEssentials
import Storage
import Transfers

// What ended: its slot is free, its feed is planned again, and its host may be held back.

extension CheckDesk {
    /// A check ended: its slot is free, and its feed is planned again.
    mutating func ended(_ report: CheckReport, now: Date) {
        let url = report.feed.url
        var report = report
        if let known = records[url], known !== report.record, !known.feed.hasCredentials(of: report.feed) {
            report.forgetValidators(now: now)
        }
        let host = schedule.hostInFlight(of: url) ?? hostKey(of: url)
        let wasLed = detours.removeValue(forKey: url) != nil
        let places = placesAsked(report, from: wasLed ? rateKey(of: report.feed, report.before) : host)
        let away = report.elsewhere.map { groups[$0] ?? $0 }
        ledger.note(report, places: places, away: away, rules: { schedule.rules(of: $0) })
        // Those that had a turn of their own count there already.
        let elsewhere = (wasLed ? [] : places.filter { $0 != host }) + away.filter { $0 != host }
        let turns = wasLed ? zip(places, places.dropFirst()).count { $0 != $1 } : places.count { $0 != host }
        let further = report.further - turns - away.count { $0 != host }
        let wasOffline = offline.isOffline
        let finalURL = report.reply.trace.finalURL
        let isPublic = !settings.timing.isRelaxed(finalURL.isEmpty ? url : finalURL)
        if report.result != nil && isPublic {
            offline.note(host: host, failed: report.isNetworkFailure, began: report.began, now: now)
        }
        let rank: Rank = report.failure != nil || report.took > 10 ? .late : .usual
        var next: Date? = report.state.memory.stop == nil ? report.next : nil
        var counts = report.result != nil
        if offline.isOffline && report.isNetworkFailure {
            // Nothing was learnt of the feed; it is asked again once the network is back.
            counts = false
            next = now.addingTimeInterval(Offline.canaryInterval.inSeconds)
            if !wasOffline { takeBack(now: now) }
            if !repeats { for url in schedule.urls { schedule.forget(url) } }
        }
        let answering = answeringHost(report, host: host)
        if counts { answeredBy[url] = answering == rateKey(of: report.feed, report.state) ? nil : answering }
        if let until = pause(of: report.feed, report.state, now: now) {
            next = next.map { max($0, until) }
        }
        schedule.finished(
            url, next: repeats ? next : nil, rank: rank, host: rateKey(of: report.feed, report.state),
            further: further, now: now)
        for host in elsewhere { schedule.noteRequest(to: host, now: now) }
        if counts { keep(report, now: now) }
        if wasOffline && !offline.isOffline { resume(now: now) }
        if counts && isPublic { holdBack(after: report, host: answering, now: now) }
        for wish in report.wishes where wish.status == 429 && !settings.timing.isRelaxed(wish.url) {
            guard settings.retryScope != .feed, let until = wish.until else { continue }
            let isGroup = report.feed.rateGroup != nil && settings.retryScope == .group
            hold(isGroup ? host : hostKey(of: wish.url), until: until, now: now)
        }
    }

    /// A redirect led a feed to another host: it is asked there when that host's turn has come (P-47).
    mutating func led(_ record: FeedRecord, to detour: Detour, now: Date) {
        let url = record.feed.url
        let place = place(of: detour.url)
        if let until = pauses.end(of: [place], now: now) {
            // The next check begins anew.
            answeredBy[url] = place
            ledger.noteLed(by: schedule.hostInFlight(of: url) ?? hostKey(of: url), now: now)
            if !repeats { heldBack.append(url) }
            schedule.finished(url, next: repeats ? until : nil, host: rateKey(of: record.feed, record.state), now: now)
            return
        }
        detours[url] = detour
        schedule.finished(url, next: now, host: place, now: now)
    }

    /// Who answered in the end, which is who is held back, with all feeds that were led there; not who led there, whose other
    /// feeds may have nothing to do with it.
    private func answeringHost(_ report: CheckReport, host: String) -> String {
        let trace = report.reply.trace
        return trace.redirects.isEmpty || report.feed.rateGroup != nil ? host : place(of: trace.finalURL)
    }

    /// What each request counts by, redirects followed: where they led counts there (P-47).
    private func placesAsked(_ report: CheckReport, from host: String) -> [String] {
        let trace = report.reply.trace
        guard report.feed.rateGroup == nil else { return [String](repeating: host, count: trace.requests) }
        let followed = trace.redirects.prefix(max(0, trace.requests - 1))
        return trace.requests > 0 ? [host] + followed.map { place(of: $0.to) } : []
    }

    private mutating func keep(_ report: CheckReport, now: Date) {
        portals.note(report)
        unsaved.add(report, now: now)
        if report.isNetworkFailure {
            recentFailures.append(report)
            if recentFailures.count > 20 { recentFailures.removeFirst() }
        } else if report.failure == nil, !recentFailures.isEmpty {
            recentFailures.removeAll { $0.feed.url == report.feed.url }
        }
    }

    /// What failed while it was not yet known that the machine is offline is no news of those feeds.
    private mutating func takeBack(now: Date) {
        let unwritten = unsaved.removeAll(of: Set(recentFailures.map(\.feed.url)))
        var done: Set<String> = []
        for var report in recentFailures {
            // Of several the first tells how it was before them.
            guard done.insert(report.feed.url).inserted else { continue }
            guard now.timeIntervalSince(report.ended) < 3600, records[report.feed.url] != nil else { continue }
            report.state = report.before
            report.state.lastAttempt = report.ended
            report.next = now.addingTimeInterval(Offline.canaryInterval.inSeconds)
            report.state.nextCheck = report.next
            var result = CheckResult(feedURL: report.feed.url, at: now, state: report.state, outcome: .unchanged)
            result.isCorrection = true
            result.retracts = recentFailures.filter { $0.feed.url == report.feed.url }.compactMap { failed in
                unwritten.contains { $0.feed.url == failed.feed.url && $0.ended == failed.ended } ? nil : failed.ended
            }
            report.result = result
            report.outcome = .unchanged
            report.notice = nil
            unsaved.add(report, now: now)
            if repeats, !schedule.isInFlight(report.feed.url) {
                schedule.plan(report.feed.url, at: report.next)
            }
        }
        recentFailures = []
    }

    /// After a time without network all feeds are due; they are spread over ten minutes.
    mutating func resume(now: Date) {
        for url in schedule.urls {
            guard !schedule.isInFlight(url), let next = schedule.nextCheck(of: url), next <= now else { continue }
            let start = now.addingTimeInterval(settings.timing.phase(of: url) * 600)
            schedule.plan(url, at: records[url].map { settings.timing.allowed(start, of: $0) } ?? start)
        }
    }

    /// 429 holds the whole host back, 503 after a second feed within ten minutes (P-31). Hosts inside allowed addresses are
    /// many servers in one, and never held back as a whole.
    private mutating func holdBack(after report: CheckReport, host: String, now: Date) {
        guard settings.retryScope != .feed, let status = report.failure?.status
        else { return }
        let until = report.state.pausedUntil ?? report.next
        if status == 429 {
            let isGroup = report.feed.rateGroup != nil
            hold(settings.retryScope == .host && isGroup ? hostKey(of: report.feed.url) : host, until: until, now: now)
        } else if status == 503 {
            if let last = busyHosts[host], last.url != report.feed.url, now.timeIntervalSince(last.at) < 600 {
                hold(host, until: until, now: now)
            }
            busyHosts[host] = (report.feed.url, now)
        }
    }

    mutating func hold(_ host: String, until: Date, now: Date) {
        guard pauses.note(host, until: until, now: now) else { return }
        newPauses.append(CheckBatch.Pause(host: host, until: until))
        let planned = looks.keys.filter { url in
            !schedule.isInFlight(url) && (place(of: url) == host || hostKey(of: url) == host)
        }
        for url in planned {
            // A page is asked for once or not at all: whoever polls by hand does not wait for it.
            if repeats { schedule.plan(url, at: until, rank: .page) } else { schedule.forget(url) }
            if !repeats { looks[url] = nil }
        }
        guard repeats else {
            let rest = records.values.filter {
                schedule.nextCheck(of: $0.feed.url) != nil && !schedule.isInFlight($0.feed.url)
                    && pause(of: $0, now: now) != nil
            }
            for record in rest { schedule.forget(record.feed.url) }
            heldBack += rest.map(\.feed.url).sorted()
            return
        }
        putOff(host, until: until)
    }

    mutating func putOff(_ host: String, until: Date) {
        schedule.hold(host, until: until)
        // A host within a group, or behind redirects.
        for (url, record) in records
        where !schedule.isInFlight(url)
            && (hostKey(of: record.feed.url) == host || answeredBy[url] == host)
        {
            if let next = schedule.nextCheck(of: url), next < until { schedule.plan(url, at: until) }
        }
    }

    /// Addresses that three or more feeds were led to within an hour (P-44).
    func sharedTargets(now: Date) -> Set<String> { portals.shared(now: now) }

    var isOffline: Bool { offline.isOffline }
}
