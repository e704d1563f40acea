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
        let feed = catchUp(&report, now: now)
        let host = schedule.hostInFlight(of: url) ?? hostKey(of: url)
        // What was sent before counts where it was sent.
        let earlier = detours.removeValue(forKey: url)?.trace.requests ?? 0
        report.further = max(0, report.further - earlier)
        let places =
            earlier > 0
            ? [String](repeating: host, count: max(0, report.reply.trace.requests - earlier))
            : placesAsked(report, from: host)
        let away = report.elsewhere.map { groups[$0] ?? $0 }
        ledger.note(report, places: places, away: away, rules: { schedule.rules(of: $0) })
        let elsewhere = (places + away).filter { $0 != host }
        let wasOffline = offline.isOffline
        let finalURL = report.reply.trace.finalURL
        let isPublic = !settings.timing.isRelaxed(finalURL.isEmpty ? url : finalURL)
        if report.result != nil && isPublic && report.reply.trace.requests > 0 {
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
        if counts && record(of: url) != nil {
            let own = rateKey(of: report.feed, report.before, at: report.began)
            answeredBy[url] = answering == own ? nil : answering
        }
        if let until = pause(of: feed, report.state, now: now) {
            next = next.map { max($0, until) }
        }
        schedule.finished(
            url, next: repeats ? next : nil, rank: rank, host: rateKey(of: feed, report.state, at: next ?? now),
            further: report.further - elsewhere.count, now: now)
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

    /// Brings a report in line with what was learnt of its feed while it was under way.
    ///
    /// - Returns: the feed as its reader has it now.
    private func catchUp(_ report: inout CheckReport, now: Date) -> Feed {
        guard let known = record(of: report.record.url), known !== report.record else { return report.feed }
        report.catchUp(with: known, now: now)
        return known.feed
    }

    /// A redirect led a feed to another host: it is asked there when that host's turn has come (P-47).
    mutating func led(_ check: LedCheck, now: Date) {
        let url = check.record.feed.url
        let host = schedule.hostInFlight(of: url) ?? hostKey(of: url)
        let requests = max(1, check.detour.trace.requests - (detours[url]?.trace.requests ?? 0))
        ledger.noteLed(
            by: host, requests: requests, began: check.began, ended: check.ended, rules: schedule.rules(of: host))
        let wasOffline = offline.isOffline
        if !settings.timing.isRelaxed(url) { offline.note(host: host, failed: false, began: check.began, now: now) }
        detours[url] = nil
        guard let known = record(of: url) else {
            return schedule.finished(url, next: nil, further: requests - 1, now: now)
        }
        let place = place(of: check.detour.url)
        if let until = pauses.end(of: [place, hostKey(of: check.detour.url)], now: now) {
            // The next check begins anew.
            answeredBy[url] = place
            if !repeats { heldBack.append(url) }
            schedule.finished(
                url, next: repeats ? until : nil, host: rateKey(of: known.feed, known.state, at: until),
                further: requests - 1, now: now)
        } else {
            detours[url] = check.detour
            schedule.finished(url, next: now, host: place, further: requests - 1, now: now)
        }
        if wasOffline && !offline.isOffline { resume(now: now) }
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
        } else if !recentFailures.isEmpty {
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
            guard now.timeIntervalSince(report.ended) < 3600, record(of: report.record.url) != nil else { continue }
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
                plan(FeedRecord(report.record, state: report.state), at: report.next, now: now)
            }
        }
        recentFailures = []
    }

    /// After a time without network all feeds are due; they are spread over ten minutes.
    mutating func resume(now: Date) {
        for url in schedule.urls {
            guard !schedule.isInFlight(url), let next = schedule.nextCheck(of: url), next <= now else { continue }
            let start = now.addingTimeInterval(settings.timing.phase(of: url) * 600)
            schedule.plan(url, at: record(of: url).map { settings.timing.allowed(start, of: $0) } ?? start)
        }
    }

    /// 429 holds the whole host back, 503 after a second feed within ten minutes (P-31). Hosts inside allowed addresses are
    /// many servers in one, and never held back as a whole.
    private mutating func holdBack(after report: CheckReport, host: String, now: Date) {
        guard settings.retryScope != .feed, let status = report.refusal?.status else { return }
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
            if repeats {
                if let next = schedule.nextCheck(of: url), next < until { schedule.plan(url, at: until) }
            } else {
                // Whoever polls by hand does not wait for it.
                schedule.forget(url)
                looks[url] = nil
            }
        }
        guard repeats else {
            let rest = records.filter {
                schedule.nextCheck(of: $0.feed.url) != nil && !schedule.isInFlight($0.feed.url)
                    && pause(of: $0, now: now) != nil
            }
            for record in rest { schedule.forget(record.feed.url) }
            heldBack += rest.map(\.feed.url).sorted()
            return
        }
        putOff(host, until: until, now: now)
    }

    mutating func putOff(_ host: String, until: Date, now: Date) {
        for record in records {
            let url = record.url
            guard !schedule.isInFlight(url), let next = schedule.nextCheck(of: url), next < until,
                places(of: record.feed, record.state, now: now).contains(host)
            else { continue }
            // What was on its way there begins anew.
            detours[url] = nil
            plan(record, at: until, now: now)
        }
        schedule.hold(host, until: until)
    }

    /// Addresses that three or more feeds were led to within an hour (P-44).
    func sharedTargets(now: Date) -> Set<String> { portals.shared(now: now) }

    var isOffline: Bool { offline.isOffline }
}
