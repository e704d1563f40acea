import FeedModel
import FoundationEssentials
import Matching
import Parsing
import Storage
import Transfers

/// One check of one feed, from its URL to what is to be stored. The steps are those of the story in docs/architecture.md; a
/// crash between any two of them loses nothing and repeats nothing.
struct FeedCheck: Sendable {
    let store: Store
    let fetcher: Fetcher
    let reading: Reading
    let matcher: Matcher
    let timing: CheckTiming
    let pace: Pace
    let time: TimeSource
    /// Takes the jitter of the next check from.
    let minutes: QuietMinutes
    /// The pause that a URL's host is owed between two requests.
    let spacing: @Sendable (String) -> Duration
    /// Addresses that several unrelated feeds were redirected to lately: a portal, not a new home (P-44).
    var sharedTargets: Set<String> = []
    /// Which entries' pages deserve a look; nil for none.
    var secondLook: SecondLook?

    /// Checks `record.feed`. The attempt was written down before (P-24). Never throws: a failure is data.
    func run(_ record: FeedRecord, inFull: Bool = false) async -> CheckReport {
        let began = time.now()
        let question = Question(record, inFull: inFull, now: began)
        let reply = await ask(question)
        var report = CheckReport(
            record: record, began: began, ended: time.now(), reply: reply, isInFull: question.isInFull)
        // Cut short by the end of the program: that says nothing about the feed, and the attempt is written down.
        guard !Task.isCancelled else {
            report.next = timing.provisional(feed: record.feed, state: record.state, now: report.ended)
            return report
        }
        do {
            let findings = try await read(reply, record: record)
            report.further += findings.extraRequests
            report.ended = time.now()
            settle(findings, question: question, into: &report)
            report.looks = looks(at: findings.entries, of: record.feed)
        } catch {
            report.storeError = error
            report.next = timing.provisional(feed: record.feed, state: record.state, now: report.ended)
        }
        if needsSearch(report.state, now: report.ended) { await seekNewAddress(&report) }
        return report
    }
}

// MARK: Asking

extension FeedCheck {
    /// What a feed is asked, and where.
    struct Question: Sendable {
        var record: FeedRecord
        var url: String
        var isInFull: Bool
        /// The feed has moved, and its own address is asked for once again (P-46).
        var isAtOldAddress: Bool

        init(_ record: FeedRecord, inFull: Bool, now: Date) {
            self.record = record
            let memory = record.state.memory
            isAtOldAddress = memory.movedTo != nil && Moves.shouldAskOldAddress(memory, now: now)
            url = isAtOldAddress ? record.feed.url : memory.movedTo ?? record.feed.url
            isInFull = inFull || StuckFeed.deservesWholeAnswer(record.state, now: now)
        }
    }

    private func ask(_ question: Question) async -> CheckReply {
        let feed = question.record.feed
        let state = question.record.state
        var request = FetchRequest(url: question.url)
        request.validators = question.isInFull ? Validators() : state.validators
        request.validatorsURL = state.validatorsURL
        request.credentialsURL = feed.url
        request.username = feed.username
        request.password = feed.password?.text
        request.allowsInsecureTLS = feed.allowsInsecureTLS
        if let file = feed.passwordFile {
            do { request.password = try Secret.read(file: file) } catch {
                return CheckReply(failure: CheckFailure(.policy, "reading the password: \(error)"))
            }
        }
        do {
            switch try await fetcher.fetch(request) {
            case .fresh(let document, let validators, let hint, let trace):
                return CheckReply(.document(document, validators), hint: hint, trace: trace)
            case .notModified(let validators, let hint, let trace):
                guard trace.conditional else {
                    return CheckReply(
                        .failure(
                            CheckFailure(
                                .clientError, status: 304,
                                "asking for the feed: the server answered 304 to a question that was not asked")),
                        hint: hint, trace: trace)
                }
                return CheckReply(.notModified(validators), hint: hint, trace: trace)
            }
        } catch {
            return CheckReply(.failure(error.failure), hint: error.freshness, trace: error.trace)
        }
    }
}

// MARK: Reading

extension FeedCheck {
    /// What the answer brought, read and matched; nothing decided yet.
    struct Findings: Sendable {
        var answer: Answer
        var entries: [MatchedEntry] = []
        var seenAgain: [EntryIdentity] = []
        var contents: ParsedFeed?
        /// What is known turned up in none of at least five entries (P-66).
        var isGap = false
        /// Requests for further pages of the feed.
        var extraRequests = 0

        enum Answer: Sendable {
            case unchanged(Validators)
            case document(Validators, url: String)
            case failed(CheckFailure)
        }
    }

    private func read(_ reply: CheckReply, record: FeedRecord) async throws(StoreError) -> Findings {
        switch reply.answer {
        case .notModified(let validators): return Findings(answer: .unchanged(validators))
        case .failure(let failure): return Findings(answer: .failed(failure))
        case .document(let document, let validators):
            let contents: Reading.Contents
            do { contents = try await reading.contents(of: document, from: record.feed) } catch {
                return Findings(answer: .failed(error))
            }
            var findings = Findings(answer: .document(validators, url: document.url))
            findings.contents = contents.feed
            if let cut = contents.feed.problems.first(where: { $0.code == "truncated" }) {
                // What is complete may be used, but the next request must bring the rest: the old validators stay (R9).
                findings.answer = .failed(CheckFailure(.parse, "reading the feed: \(cut.message)"))
            }
            let hasKnown = try await add(contents, of: record, to: &findings)
            let hadEntries = record.state.lastNew != nil
            if !hasKnown && hadEntries && contents.known.count >= 5 {
                findings.isGap = true
                try await readFurther(from: contents.feed, record: record, into: &findings)
            }
            return findings
        }
    }

    /// - Returns: whether any of the entries was known.
    private func add(
        _ contents: Reading.Contents, of record: FeedRecord, to findings: inout Findings
    ) async throws(StoreError) -> Bool {
        let isNew = try await store.unseen(contents.identities, in: record.feed.url)
        findings.entries += await reading.entries(
            at: isNew.indices.filter { isNew[$0] }, of: contents, from: record.feed, matcher: matcher, now: time.now(),
            isFirstFill: record.state.lastSuccess == nil)
        let again = isNew.indices.filter { !isNew[$0] }.map { contents.known[$0].identity }
        findings.seenAgain += again
        return !again.isEmpty
    }

    /// Follows the feed's own pages back in time (RFC 5005) until one holds something known; five at most (P-66).
    private func readFurther(
        from first: ParsedFeed, record: FeedRecord, into findings: inout Findings
    ) async throws(StoreError) {
        var page = first
        var asked: Set<String> = [record.feed.url]
        for _ in 0..<5 {
            guard let url = page.olderPage, asked.insert(url).inserted,
                hostKey(of: url) == hostKey(of: record.feed.url)
            else { return }
            // Cut short only by the end of the program; then the fetch is, too.
            try? await time.sleep(spacing(url))
            var request = FetchRequest(url: url)
            request.credentialsURL = record.feed.url
            request.username = record.feed.username
            request.password = record.feed.password?.text
            findings.extraRequests += 1
            guard case .fresh(let document, _, _, _)? = try? await fetcher.fetch(request),
                let contents = try? await reading.contents(of: document, from: record.feed)
            else { return }
            if try await add(contents, of: record, to: &findings) { return }
            page = contents.feed
        }
    }
}

// MARK: Deciding

extension FeedCheck {
    private func settle(_ findings: Findings, question: Question, into report: inout CheckReport) {
        let now = report.ended
        let before = question.record.state
        var state = before
        state.lastAttempt = now
        if question.isInFull { state.memory.askedInFull = now }
        if question.isAtOldAddress { state.memory.oldAddressAsked = now }
        switch findings.answer {
        case .unchanged(let validators):
            state.validators = state.validators.updated(byNotModified: validators)
            state.memory.idleValidators = nil
            state.recover(at: now)
        case .document(let validators, let url):
            take(findings, into: &state, wasConditional: report.reply.trace.conditional, now: now)
            state.validators = validators
            state.validatorsURL = url
            state.recover(at: now)
            report.outcome = .updated(
                new: findings.entries.count, matched: findings.entries.count { $0.verdict.isRelevant })
        case .failed(let failure):
            if findings.contents != nil { take(findings, into: &state, wasConditional: false, now: now) }
            state.fail(failure, at: now)
            report.outcome = .failed(failure)
        }
        if case .failed(let failure) = findings.answer {
            Moves.leave(&state.memory, after: failure)
        } else {
            let sharesItem = findings.contents == nil || !findings.seenAgain.isEmpty
            Moves.note(
                report.reply.trace, feed: question.record.feed, isAtOldAddress: question.isAtOldAddress,
                sharesItem: sharesItem, shared: sharedTargets, in: &state.memory, now: now)
        }
        report.notice = Notices.due(for: &state, now: now)
        let decision = timing.decide(
            feed: question.record.feed, state: state, hint: report.reply.hint, isFirst: before.lastAttempt == nil,
            now: now, chance: { minutes.draw(from: $0, window: $1) }, pace: pace)
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
        result.terms = decision.terms
        result.changesOnlyTimes = report.outcome == .unchanged && state.differsOnlyInTimes(from: before)
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
            matched: findings.entries.count { $0.verdict.isRelevant }, since: state.lastSuccess, now: now)
        if findings.isGap { state.memory.gapAt = now }
        if findings.entries.isEmpty, wasConditional {
            state.memory.idleValidators = min((state.memory.idleValidators ?? 0) + 1, 5)
        } else {
            state.memory.idleValidators = nil
        }
        if !findings.entries.isEmpty { state.lastNew = now }
    }

    private func looks(at entries: [MatchedEntry], of feed: Feed) -> [PageLook] {
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

    private func needsSearch(_ state: FeedState, now: Date) -> Bool {
        guard let since = state.memory.missingSince, state.memory.soughtAt == nil else { return false }
        return now.timeIntervalSince(since) >= 14 * 86_400
    }

    /// Looks once at the site's page for where a lost feed may be now; the reader decides (P-36).
    private func seekNewAddress(_ report: inout CheckReport) async {
        guard var result = report.result else { return }
        report.state.memory.soughtAt = report.ended
        let site = report.feed.siteURL ?? rootAddress(of: report.feed.url)
        if let site, hostKey(of: site) == hostKey(of: report.feed.url) {
            // Cut short only by the end of the program; then the fetch is, too.
            try? await time.sleep(spacing(site))
            var request = FetchRequest(url: site)
            request.accept = .pages
            report.further += 1
            if case .fresh(let page, _, _, _)? = try? await fetcher.fetch(request) {
                report.state.memory.suggestion = FeedDiscovery.named(in: page).first { $0.url != report.feed.url }?.url
            }
        }
        result.state = report.state
        report.result = result
    }

    private func rootAddress(of url: String) -> String? {
        guard let scheme = url.firstIndex(of: ":") else { return nil }
        return "\(url[..<scheme])://\(authority(of: url))/"
    }
}

extension FeedState {
    fileprivate mutating func recover(at now: Date) {
        failures = 0
        failingSince = nil
        lastFailure = nil
        lastSuccess = now
        memory.goneSince = nil
        memory.missingSince = nil
        memory.soughtAt = nil
        memory.suggestion = nil
    }

    fileprivate mutating func fail(_ failure: CheckFailure, at now: Date) {
        failures += 1
        failingSince = failingSince ?? now
        lastFailure = failure
        if failure.status == 429 {
            memory.caution = min((memory.caution ?? 1) * 1.5, 8)
            memory.cautionAt = now
        }
        guard let status = failure.status else { return }
        memory.missingSince = status == 404 ? memory.missingSince ?? now : nil
        if status == 410 {
            // Twice, at least a day apart (P-38).
            if let first = memory.goneSince, now.timeIntervalSince(first) >= 86_400 { memory.stop = .gone }
            memory.goneSince = memory.goneSince ?? now
        } else {
            memory.goneSince = nil
        }
    }

    /// Whether all but the times of checks is as in `other`.
    fileprivate func differsOnlyInTimes(from other: FeedState) -> Bool {
        var same = self
        same.lastAttempt = other.lastAttempt
        same.lastSuccess = other.lastSuccess
        same.nextCheck = other.nextCheck
        same.permittedFrom = other.permittedFrom
        same.interval = other.interval
        return same == other
    }
}

extension ParsedFeed {
    /// How long the publisher itself lets pass between two checks: the longer of RSS `ttl` and the syndication module's
    /// period over frequency (P-19).
    var publisherInterval: Duration? {
        let ttl: Duration? = ttlMinutes.flatMap { $0 > 0 ? .seconds(Int64(min($0, 60 * 24 * 365)) * 60) : nil }
        let periods: [String: Int64] = [
            "hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000,
        ]
        var module: Duration?
        if let period = updatePeriod.flatMap({ periods[$0.lowercased()] }) {
            module = .seconds(period / Int64(min(max(updateFrequency ?? 1, 1), 10_000)))
        }
        return [ttl, module].compactMap { $0 }.max()
    }

    /// The page of older entries, archived (RFC 5005, 4) or merely paged (3).
    var olderPage: String? {
        for rel in ["prev-archive", "next"] {
            if let link = links.first(where: { $0.rel == rel }) { return link.url }
        }
        return nil
    }
}
