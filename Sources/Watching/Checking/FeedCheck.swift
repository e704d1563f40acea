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
    /// Until when hosts asked to be left alone.
    var pauses = Pauses()
    /// Addresses that several unrelated feeds were redirected to lately: a portal, not a new home (P-44).
    var sharedTargets: Set<String> = []
    /// Which entries' pages deserve a look; nil for none.
    var secondLook: SecondLook?

    /// Checks `record.feed`. The attempt was written down before (P-24). Never throws: a failure is data.
    func run(_ record: FeedRecord, inFull: Bool = false) async -> CheckReport {
        var question = FeedQuestion(record, inFull: inFull, now: time.now())
        let reply = await ask(&question)
        let answered = AnsweredFeed(question: question, reply: reply, ended: time.now())
        if let unread = answered.unread {
            let conclusion = await conclude([unread])
            if let gap = conclusion.gaps.first { return await close(gap) }
            return conclusion.reports.first ?? CheckReport(answered)
        }
        // Cut short by the end of the program: that says nothing about the feed, and the attempt is written down.
        guard !Task.isCancelled else { return putOff(CheckReport(answered)) }
        return await search(settle(answered))
    }

    private func ask(_ question: inout FeedQuestion) async -> CheckReply {
        let request: FetchRequest
        do { request = try question.request() } catch { return CheckReply(failure: error) }
        do { return CheckReply(.success(try await fetcher.fetch(request))) } catch {
            return CheckReply(.failure(error))
        }
    }

    /// What an answer comes to that brought nothing to read: by far the most.
    func settle(_ answered: AnsweredFeed) -> CheckReport {
        var report = CheckReport(answered)
        switch answered.reply.answer {
        case .document: break
        case .notModified(let validators): settle(Findings(.unchanged(validators)), answered.question, into: &report)
        case .failure(let failure): settle(Findings(.failed(failure)), answered.question, into: &report)
        }
        return report
    }

    /// Reads and judges documents that came together: a reader, and the store, are asked once for several of them.
    func conclude(_ documents: [UnreadFeed]) async -> Conclusion {
        var conclusion = Conclusion()
        var rest = documents[...]
        while !rest.isEmpty {
            let portion = Array(rest.prefix(Self.portion(of: rest)))
            rest = rest.dropFirst(portion.count)
            await conclude(portion: portion, into: &conclusion)
        }
        return conclusion
    }

    /// So many documents, or bytes of them, are read at a time.
    private static let portion = (documents: 32, bytes: 1 << 20)

    private static func portion(of documents: ArraySlice<UnreadFeed>) -> Int {
        var bytes = 0
        let end = documents.firstIndex { unread in
            bytes += unread.document.bytes.count
            return bytes > portion.bytes
        }
        return max(1, min((end ?? documents.endIndex) - documents.startIndex, portion.documents))
    }

    private func conclude(portion: [UnreadFeed], into conclusion: inout Conclusion) async {
        let answered = portion.map { CheckReport($0.answered) }
        guard !Task.isCancelled else { return conclusion.reports += answered.map { putOff($0) } }
        do {
            let findings = try await read(portion)
            for (index, answered) in answered.enumerated() {
                var report = answered
                report.ended = time.now()
                if findings[index].isGap {
                    conclusion.gaps.append(
                        FeedWithGap(unread: portion[index], findings: findings[index], report: report))
                } else {
                    finish(&report, findings[index], portion[index].answered.question)
                    conclusion.reports.append(report)
                }
            }
        } catch {
            conclusion.reports += answered.map { putOff($0, over: error) }
        }
    }

    private func finish(_ report: inout CheckReport, _ findings: Findings, _ question: FeedQuestion) {
        settle(findings, question, into: &report)
        report.looks = looks(at: findings.entries, of: report.feed)
    }

    /// Reads the older pages of a feed in which nothing known turned up (P-66), and judges all that they and it brought.
    func close(_ gap: FeedWithGap) async -> CheckReport {
        var report = gap.report
        var findings = gap.findings
        do {
            try await readFurther(
                record: gap.unread.answered.record, from: gap.unread.document.url, into: &findings, report: &report)
            // What is known may stand on an older page.
            let memory = report.record.state.memory
            if findings.kinship == .none, memory.stranger == nil,
                try await store.isKin(
                    ids: [], shown: findings.seenAgain, to: report.record.url, strange: memory.strange ?? [])
            {
                findings.kinship = .same
            }
        } catch { return putOff(report, over: error) }
        report.ended = time.now()
        // The end of the program may have cut the way back short, and the new validators would hide what lies there.
        guard !Task.isCancelled else { return putOff(report) }
        finish(&report, findings, gap.unread.answered.question)
        report.heedWishes()
        return report
    }

    /// Nothing is known of this check but the attempt.
    private func putOff(_ report: CheckReport, over error: StoreError? = nil) -> CheckReport {
        var report = report
        report.storeError = error
        report.next = timing.provisional(report.record, now: report.ended)
        return report
    }
}

// MARK: Reading

extension FeedCheck {
    /// What the answer brought, read and matched; nothing decided yet.
    struct Findings: Sendable {
        var answer: Answer
        var entries: [MatchedEntry] = []
        var seenAgain: [EntryIdentity] = []
        var changed: [ChangedEntry] = []
        var contents: ParsedFeed?
        /// By what its entries were told apart.
        var identity: IdentityPolicy?
        /// Why its ids tell nothing apart, if that was found just now.
        var sharedID: String?
        /// What a document that redirects led to has to do with the feed.
        var kinship = Moves.Kinship.same
        /// What is known turned up in none of at least five entries (P-66).
        var isGap = false

        init(_ answer: Answer) { self.answer = answer }

        enum Answer: Sendable {
            case unchanged(Validators)
            case document(Validators, url: String)
            case failed(CheckFailure)
        }
    }

    /// What each document brought, in their order.
    private func read(_ documents: [UnreadFeed]) async throws(StoreError) -> [Findings] {
        let contents = await reading.contents(of: documents.map { ($0.document, $0.answered.record) })
        var findings: [Findings] = []
        var pages: [(index: Int, page: Page)] = []
        for (unread, result) in zip(documents, contents) {
            switch result {
            case .failure(let failure): findings.append(Findings(.failed(failure)))
            case .success(let contents):
                let record = unread.answered.record
                pages.append((findings.count, Page(contents: contents, record: record, rule: IdentityRule(record))))
                findings.append(Self.findings(in: contents.feed, unread.validators, url: unread.document.url))
            }
        }
        var sortedPages = pages.map(\.page)
        let sorted = try await sort(&sortedPages)
        for (at, (index, page)) in pages.enumerated() {
            let sorted = sorted[at]
            findings[index].add(sorted, of: sortedPages[at])
            findings[index].kinship = try await kinship(of: sortedPages[at], sorted, documents[index].answered)
            let hadEntries = page.record.state.lastNew != nil
            if sorted.again.isEmpty && hadEntries && page.contents.known.count >= 5 {
                findings[index].isGap = true
            }
        }
        return findings
    }

    /// What the document has to do with its feed; asked only where it did not come from where the feed is.
    private func kinship(
        of page: Page, _ sorted: Sorted, _ answered: AnsweredFeed
    ) async throws(StoreError) -> Moves.Kinship {
        guard !answered.reply.trace.redirects.isEmpty || answered.question.isAtOldAddress else { return .same }
        // The first document is the feed, wherever it comes from.
        guard page.record.state.lastSuccess != nil else { return .open }
        let memory = page.record.state.memory
        // Which entries a stranger brought was not written down once: then only a name proves anything.
        let isUnknown = memory.stranger != nil && memory.strange == nil
        let isKin = try await store.isKin(
            ids: page.contents.feed.ownIDs, shown: isUnknown ? [] : sorted.again, to: page.record.url,
            strange: memory.strange ?? [])
        return isKin ? .same : page.contents.known.isEmpty ? .open : .none
    }

    private static func findings(in feed: ParsedFeed, _ validators: Validators, url: String) -> Findings {
        var findings = Findings(.document(validators, url: url))
        findings.contents = feed
        if let fault = fault(of: feed) {
            findings.answer = .failed(CheckFailure(.parse, "reading the feed: \(fault)"))
        }
        return findings
    }

    /// Why the check of a document that was read counts as failed all the same; nil if it does not.
    private static func fault(of feed: ParsedFeed) -> String? {
        // What is complete may be used, but the next request must bring the rest: the old validators stay (R9).
        if let cut = feed.problems.first(where: { $0.code == "truncated" }) { return cut.message }
        // A feed without entries is believed only if its document is in order (R10).
        // What only cost a value its end or its tags ("too-long", "too-deep") hides no entry.
        let broken: Set = ["not-well-formed", "too-complex", "too-long-tag", "too-many-namespaces"]
        guard feed.entries.isEmpty, let broken = feed.problems.first(where: { broken.contains($0.code) }) else {
            return nil
        }
        return "not one entry is readable: \(broken.message)"
    }

    /// Follows the feed's own pages back in time (RFC 5005) until one holds something known; five at most (P-66).
    ///
    /// - Parameter home: the address that answered, whose host alone is asked for more: not the feed's own once it has moved.
    private func readFurther(
        record: FeedRecord, from home: String, into findings: inout Findings, report: inout CheckReport
    ) async throws(StoreError) {
        guard var page = findings.contents else { return }
        let rule = findings.sharedID == nil ? IdentityRule(record) : IdentityRule(record).demoted
        var asked: Set<String> = [record.feed.url, home]
        for _ in 0..<5 {
            guard let url = page.olderPage, asked.insert(url).inserted,
                hostKey(of: url) == hostKey(of: home), report.wishes.isEmpty
            else { return }
            // Cut short only by the end of the program; then the fetch is, too.
            try? await time.sleep(spacing(url))
            // A page that cannot be had, for whatever reason, ends the way back; the gap stays noted.
            guard let request = try? FetchRequest(url, of: record.feed) else { return }
            let answer: FetchResult
            do { answer = try await fetcher.fetch(request) } catch {
                return report.note(error, ofFurther: url, now: time.now())
            }
            report.note(answer, ofFurther: url, now: time.now())
            guard case .fresh(let document, _, _, _) = answer,
                let contents = try? await reading.contents(of: document, from: record.feed, rule: rule)
            else { return }
            var pages = [Page(contents: contents, record: record, rule: rule)]
            for sorted in try await sort(&pages) {
                findings.add(sorted, of: pages[0])
                guard sorted.again.isEmpty else { return }
            }
            page = contents.feed
        }
    }
}
