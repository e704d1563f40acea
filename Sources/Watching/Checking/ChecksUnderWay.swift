import FeedModel
import FoundationEssentials
import Transfers

/// The checks that wait for their servers. They are no tasks: under load, answers come by the dozen, and what nearly all come
/// to, "not modified", is settled on the spot.
struct ChecksUnderWay: Sendable {
    /// Where the answers arrive; to be handed to `take`.
    let answers = FetchAnswers()
    private var waiting: [Waiting?] = []
    private var free: [Int] = []

    private struct Waiting: Sendable {
        var question: FeedQuestion
        var generation: Int
    }

    /// What some answers came to.
    struct Taken: Sendable {
        var quiet: [QuietCheck] = []
        var settled: [CheckReport] = []
        /// What is left to do for these takes its time.
        var unread: [UnreadFeed] = []
        var lost: [CheckReport] = []
        /// Feeds that redirects led to another host: to go on with in that host's turn.
        var led: [LedCheck] = []
        /// How many of these fetches were begun under each generation.
        var generations: [Int: Int] = [:]
    }

    /// Asks for the feeds. The attempts were written down before (P-24).
    ///
    /// - Parameters:
    ///   - numbers: theirs in the schedule, in the same order.
    ///   - detours: where some of them are to be asked instead, by URL.
    /// - Returns: the reports of feeds that could not even be asked.
    mutating func begin(
        _ records: [FeedRecord], numbers: [Int32] = [], detours: [String: Detour] = [:], inFull: Bool = false,
        generation: Int = 0, by check: FeedCheck
    ) -> Taken {
        var refused = Taken()
        var requests: [(number: Int, request: FetchRequest)] = []
        requests.reserveCapacity(records.count)
        let now = check.time.now()
        for (index, record) in records.enumerated() {
            let detour = detours.isEmpty ? nil : detours[record.url]
            let number = numbers.indices.contains(index) ? numbers[index] : nil
            var question = FeedQuestion(record, number: number, inFull: inFull, detour: detour, now: now)
            do throws(CheckFailure) {
                let request = try question.request()
                requests.append((keep(Waiting(question: question, generation: generation)), request))
            } catch {
                refused.add(
                    AnsweredFeed(question: question, reply: CheckReply(failure: error), ended: now), of: generation,
                    check)
            }
        }
        check.fetcher.begin(requests, answers: answers)
        return refused
    }

    /// Settles what can be settled at once.
    mutating func take(_ answers: [FetchAnswer], by check: FeedCheck) -> Taken {
        var taken = Taken()
        let now = check.time.now()
        for answer in answers {
            guard let (asked, generation) = release(answer.number) else { continue }
            if let quiet = check.quiet(asked, answer, now: now) {
                taken.quiet.append(quiet)
                taken.generations[generation, default: 0] += 1
                continue
            }
            // It may have waited in line for its turn.
            var question = asked
            question.began = max(asked.began, now.addingTimeInterval(-answer.took.inSeconds))
            if let reply = CheckReply(answer.ending, url: question.url) {
                taken.add(AnsweredFeed(question: question, reply: reply, ended: now), of: generation, check)
            } else if case .led(let detour) = answer.ending {
                taken.generations[generation, default: 0] += 1
                taken.led.append(
                    LedCheck(record: question.record, detour: detour, began: question.began, ended: now))
            }
        }
        return taken
    }

    private mutating func keep(_ check: Waiting) -> Int {
        if let number = free.popLast() {
            waiting[number] = check
            return number
        }
        waiting.append(check)
        return waiting.count - 1
    }

    private mutating func release(_ number: Int) -> (FeedQuestion, Int)? {
        guard let check = waiting[number] else { return nil }
        waiting[number] = nil
        free.append(number)
        return (check.question, check.generation)
    }
}

extension ChecksUnderWay.Taken {
    fileprivate mutating func add(_ answered: AnsweredFeed, of generation: Int, _ check: FeedCheck) {
        generations[generation, default: 0] += 1
        if let document = answered.unread {
            unread.append(document)
        } else {
            let report = check.settle(answered)
            if check.needsSearch(report) { lost.append(report) } else { settled.append(report) }
        }
    }

    /// What is left to do, in parts that need not wait for one another: the documents, and the searches on each site's host, one
    /// after the other.
    func parts(by check: FeedCheck) -> [@Sendable () async -> Conclusion] {
        var parts: [@Sendable () async -> Conclusion] = []
        if !unread.isEmpty { parts.append { [unread] in await check.conclude(unread) } }
        for lost in Dictionary(grouping: lost, by: { hostKey(of: check.site(of: $0.feed) ?? $0.feed.url) }).values {
            parts.append {
                var conclusion = Conclusion()
                for report in lost { conclusion.reports.append(await check.search(report)) }
                return conclusion
            }
        }
        return parts
    }
}
