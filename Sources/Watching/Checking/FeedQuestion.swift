import FeedModel
import FoundationEssentials
import Transfers

/// What a feed is asked, and where.
struct FeedQuestion: Sendable {
    var record: FeedRecord
    /// Its number in the schedule, if it was asked for by it.
    var number: Int32?
    var url: String
    var isInFull: Bool
    /// The feed has moved, and its own address is asked for once again (P-46).
    var isAtOldAddress = false
    /// Where redirects led the last time, before anything was answered.
    var detour: Detour?
    var began: Date
    /// The password that it is asked with, where that stands in a file of its own.
    private(set) var secret: Password?

    init(_ record: FeedRecord, number: Int32? = nil, inFull: Bool, detour: Detour? = nil, now: Date) {
        self.record = record
        self.number = number
        self.detour = detour
        began = now
        // One of which nothing particular is known has not moved.
        (url, isAtOldAddress) =
            record.state.hasParticulars ? Moves.address(of: record.feed, record.state, at: now) : (record.url, false)
        isInFull = inFull || StuckFeed.deservesWholeAnswer(record.state, now: now)
    }

    /// - Throws: what keeps the feed from being asked at all: its password cannot be read.
    mutating func request() throws(CheckFailure) -> FetchRequest {
        var request = try FetchRequest(url, of: record.feed)
        request.validators = isInFull ? Validators() : record.state.validators
        if record.feed.passwordFile != nil, let password = request.password {
            let secret = Password(password)
            self.secret = secret
            // They belong to the password that they came with, which may be another by now (P-11).
            if record.state.memory.secret != secret { request.validators = Validators() }
        }
        request.validatorsURL = record.state.validatorsURL
        request.detour = detour
        // A group has one pace wherever it is asked.
        request.stopsBetweenHosts = record.feed.rateGroup == nil
        return request
    }
}

/// What the server's answer comes to before anything is read.
struct CheckReply: Sendable {
    enum Answer: Sendable {
        case document(Document, Validators)
        case notModified(Validators)
        case failure(CheckFailure)
    }

    var answer: Answer
    var hint: FreshnessHint
    var trace: FetchTrace

    init(_ answer: Answer, hint: FreshnessHint, trace: FetchTrace) {
        self.answer = answer
        self.hint = hint
        self.trace = trace
    }

    /// - Parameter url: what was asked.
    /// - Returns: nil if nothing was answered yet.
    init?(_ ending: FetchAnswer.Ending, url: String) {
        switch ending {
        case .led: return nil
        case .ended(let result): self.init(result)
        case .unchanged(let hint, let wireBytes):
            var trace = FetchTrace()
            trace.finalURL = url
            trace.status = 304
            trace.requests = 1
            trace.conditional = true
            trace.wireBytes = wireBytes
            self.init(.notModified(Validators()), hint: hint, trace: trace)
        }
    }

    init(_ result: Result<FetchResult, FetchError>) {
        switch result {
        case .success(.fresh(let document, let validators, let hint, let trace)):
            self.init(.document(document, validators), hint: hint, trace: trace)
        case .success(.notModified(let validators, let hint, let trace)):
            guard trace.conditional else {
                let failure = CheckFailure(
                    .clientError, status: 304,
                    "asking for the feed: the server answered 304 to a question that was not asked")
                self.init(.failure(failure), hint: hint, trace: trace)
                return
            }
            self.init(.notModified(validators), hint: hint, trace: trace)
        case .failure(let error):
            self.init(.failure(error.failure), hint: error.freshness, trace: error.trace)
        }
    }

    /// A failure before anything was sent.
    init(failure: CheckFailure) { self.init(.failure(failure), hint: FreshnessHint(), trace: FetchTrace()) }
}

/// A check that redirects led to another host, where it is to go on.
struct LedCheck: Sendable {
    var record: FeedRecord
    var detour: Detour
    /// Of what was asked of the host that led there.
    var began: Date
    var ended: Date
}

/// A question with its answer, nothing of it read yet.
struct AnsweredFeed: Sendable {
    var question: FeedQuestion
    var reply: CheckReply
    var ended: Date

    var record: FeedRecord { question.record }

    /// The document that came, if one did.
    var unread: UnreadFeed? {
        guard case .document(let document, let validators) = reply.answer else { return nil }
        return UnreadFeed(answered: self, document: document, validators: validators)
    }
}

/// A feed whose server sent a document.
struct UnreadFeed: Sendable {
    var answered: AnsweredFeed
    var document: Document
    var validators: Validators
}

/// A document that was read, and in which nothing known turned up.
struct FeedWithGap: Sendable {
    var unread: UnreadFeed
    var findings: FeedCheck.Findings
    var report: CheckReport
}

/// What documents came to.
struct Conclusion: Sendable {
    var reports: [CheckReport] = []
    /// Feeds whose older pages are to be read first, which takes minutes.
    var gaps: [FeedWithGap] = []
}
