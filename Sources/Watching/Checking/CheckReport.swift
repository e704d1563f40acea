import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// How a check ended, and what is to be written of it.
struct CheckReport: Sendable {
    /// The feed, and what was known of it before.
    let record: FeedRecord
    /// What is known of it now.
    var state: FeedState
    var outcome = CheckOutcome.unchanged
    var next: Date
    var began: Date
    var ended: Date
    var reply: CheckReply
    /// Asked for in full although there were validators.
    var isInFull: Bool
    /// Requests beyond the first, those to other hosts included.
    var further: Int
    /// The hosts of further requests that were not the feed's: one for each.
    var elsewhere: [String] = []
    /// Servers that asked for a pause when older pages or the site's page were asked for.
    var wishes: [Wish] = []
    /// All that is to be written; nil if nothing is known of this check but the attempt.
    var result: CheckResult?
    /// The store could not be asked what is known.
    var storeError: StoreError?
    /// Entries whose page deserves a look.
    var looks: [PageLook] = []
    /// What the operator should hear now, in a few words (P-40).
    var notice: String?

    init(_ answered: AnsweredFeed) {
        record = answered.record
        state = record.state
        next = answered.ended
        began = answered.question.began
        ended = answered.ended
        var reply = answered.reply
        // The bytes are read by now, or never will be; many reports may wait to be written.
        if case .document(var document, let validators) = reply.answer {
            document.bytes = []
            document.place = nil
            reply.answer = .document(document, validators)
        }
        self.reply = reply
        isInFull = answered.question.isInFull
        further = max(0, reply.trace.requests - 1)
    }

    /// What the answer to a further request asked for (P-28).
    struct Wish: Sendable, Equatable {
        /// Who answered.
        var url: String
        var status: Int
        /// nil if it only said 429 or 503.
        var until: Date?
    }

    var feed: Feed { record.feed }
    var before: FeedState { record.state }

    var took: TimeInterval { max(0, ended.timeIntervalSince(began)) }

    var failure: CheckFailure? {
        if case .failed(let failure) = outcome { return failure }
        return nil
    }

    /// Why the server did not give what it was asked for, whatever that says of the feed.
    var refusal: CheckFailure? {
        if case .failure(let failure) = reply.answer { return failure }
        return nil
    }

    /// Something was asked, and no server answered at all.
    var isNetworkFailure: Bool {
        guard reply.trace.requests > 0, let refusal, refusal.status == nil else { return false }
        return [.dns, .connect, .timeout].contains(refusal.kind)
    }

    /// What was asked for beside the daemon while the check was under way holds, too.
    mutating func keepPause(until end: Date) {
        guard end > state.pausedUntil ?? .distantPast else { return }
        state.pausedUntil = end
        result?.state.pausedUntil = end
        result?.changesOnlyTimes = false
    }
}
