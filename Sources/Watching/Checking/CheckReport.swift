import FeedModel
import FoundationEssentials
import Storage
import Transfers

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

    /// A failure before anything was sent.
    init(failure: CheckFailure) { self.init(.failure(failure), hint: FreshnessHint(), trace: FetchTrace()) }
}

/// How a check ended, and what is to be written of it.
struct CheckReport: Sendable {
    var feed: Feed
    /// What was known of the feed before.
    var before: FeedState
    /// What is known of it now.
    var state: FeedState
    var outcome = CheckOutcome.unchanged
    var next: Date
    var began: Date
    var ended: Date
    var reply: CheckReply
    /// Asked for in full although there were validators.
    var isInFull: Bool
    /// Requests to the feed's host beyond the first.
    var further: Int
    /// All that is to be written; nil if nothing is known of this check but the attempt.
    var result: CheckResult?
    /// The store could not be asked what is known.
    var storeError: StoreError?
    /// Entries whose page deserves a look.
    var looks: [PageLook] = []
    /// What the operator should hear now, in a few words (P-40).
    var notice: String?

    init(record: FeedRecord, began: Date, ended: Date, reply: CheckReply, isInFull: Bool) {
        feed = record.feed
        before = record.state
        state = record.state
        next = ended
        self.began = began
        self.ended = ended
        var reply = reply
        // The bytes are read by now, or never will be; many reports may wait to be written.
        if case .document(var document, let validators) = reply.answer {
            document.bytes = []
            reply.answer = .document(document, validators)
        }
        self.reply = reply
        self.isInFull = isInFull
        further = max(0, reply.trace.requests - 1)
    }

    var took: TimeInterval { max(0, ended.timeIntervalSince(began)) }

    var failure: CheckFailure? {
        if case .failed(let failure) = outcome { return failure }
        return nil
    }

    /// No server answered at all.
    var isNetworkFailure: Bool {
        guard let failure, failure.status == nil else { return false }
        return [.dns, .connect, .timeout].contains(failure.kind)
    }
}
