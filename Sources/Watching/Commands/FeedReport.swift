import FeedModel
import FoundationEssentials
import Transfers

/// How one feed is: what it answered just now, and what is remembered of it.
struct FeedReport: Sendable {
    /// Whether asking with validators saves anything.
    enum ValidatorUse: String, Sendable {
        /// A 304 came.
        case work
        /// The whole document came again.
        case idle
        /// The feed gives none.
        case none
        case unknown
    }

    enum Result: Sendable {
        case seen(FeedProbe.Sighting, redirects: [FetchTrace.Redirect], validators: ValidatorUse)
        /// With the addresses of the feeds that the page there names, likeliest first.
        case failed(CheckFailure, named: [String])
        /// Nothing was sent (P-32, P-47).
        case notAsked(HostTurns.Refusal)
    }

    var feed: Feed
    var state: FeedState
    var result: Result

    var isWell: Bool {
        if case .seen = result { return true }
        return false
    }

    private static let staleAfter: TimeInterval = 365 * 86_400

    func lines(now: Date) -> [String] {
        let indent = "        "
        switch result {
        case .notAsked(let refusal):
            return ["paused  \(feed.url)", "\(indent)not asked: \(refusal.words)"]
        case .failed(let failure, let named):
            var lines = ["failed  \(feed.url)", "\(indent)\(failure.kind.rawValue): \(failure.message)"]
            lines += named.prefix(8).map { "\(indent)the page there names \($0)" }
            if !named.isEmpty {
                lines.append("\(indent)change the feed's address to \(named.count == 1 ? "it" : "one of them")")
            }
            return lines
        case .seen(let seen, _, let validators):
            let entries = counted(seen.document.entries.count, "entry", "entries")
            let age = newest(seen.document).map { ", newest \(ageText(now.timeIntervalSince($0)))" } ?? ", none dated"
            let remarks = remarks(now: now)
            var lines = ["\(remarks.isEmpty ? "ok  " : "odd ")    \(feed.url)"]
            lines.append("\(indent)\(seen.status), \(seen.document.format.rawValue), \(entries)\(age)")
            if seen.finalURL != feed.url { lines.append("\(indent)answered from \(seen.finalURL)") }
            lines += remarks.map { indent + $0 }
            if validators == .none { lines.append("\(indent)gives neither ETag nor Last-Modified: asked once a day") }
            lines += seen.document.problems.prefix(5).map { "\(indent)\($0.code): \($0.message)" }
            return lines
        }
    }

    /// What a reader should know of a feed that works.
    func remarks(now: Date) -> [String] {
        guard case .seen(let seen, let redirects, let validators) = result else { return [] }
        var remarks: [String] = []
        if seen.document.entries.isEmpty { remarks.append("a valid feed without a single entry") }
        if let newest = newest(seen.document), now.timeIntervalSince(newest) > Self.staleAfter {
            remarks.append("answers \(seen.status), but its newest entry is of \(dayText(newest))")
        }
        if let target = redirects.prefix(while: { $0.status == 301 || $0.status == 308 }).last?.to {
            remarks.append("moved for good (\(redirects[0].status)): change its address to \(target)")
        }
        if feed.identity == nil {
            if let demotion = state.memory.demotion {
                remarks.append("its ids count for nothing since \(dayText(demotion.since)): \(demotion.reason)")
            } else if let reason = EditReview.sharedID(in: seen.document) {
                remarks.append("its ids count for nothing: \(reason)")
            }
        }
        switch validators {
        case .idle: remarks.append("its ETag or Last-Modified never leads to a 304")
        case .none, .work, .unknown: break
        }
        return remarks
    }

    private func newest(_ document: ParsedFeed) -> Date? {
        document.entries.compactMap { $0.published ?? $0.updated }.max()
    }

    private func ageText(_ seconds: TimeInterval) -> String {
        guard seconds.isFinite, abs(seconds) < 1e12 else { return "at no believable time" }
        if seconds < 0 { return "in the future" }
        return seconds < 172_800 ? "\(Int(seconds / 3600)) h old" : "\(Int(seconds / 86_400)) days old"
    }

    func json(now: Date) -> JSON {
        switch result {
        case .notAsked(let refusal):
            .object([
                "url": .string(feed.url), "ok": .bool(false), "paused_until": .string(timestamp(refusal.until)),
                "error": .string("not asked: \(refusal.words)"),
            ])
        case .failed(let failure, let named):
            .object([
                "url": .string(feed.url), "ok": .bool(false), "class": .string(failure.kind.rawValue),
                "status": failure.status.map { .integer(Int64($0)) }, "error": .string(failure.message),
                "suggestion": named.first.map(JSON.string), "named": named.count > 1 ? .strings(named) : nil,
            ])
        case .seen(let seen, let redirects, let validators):
            .object([
                "url": .string(feed.url), "ok": .bool(true), "status": .integer(Int64(seen.status)),
                "final_url": .string(seen.finalURL),
                "redirects": redirects.isEmpty
                    ? nil
                    : .array(
                        redirects.map { .object(["status": .integer(Int64($0.status)), "to": .string($0.to)]) }),
                "format": .string(seen.document.format.rawValue),
                "title": seen.document.title.map(JSON.string), "entries": .integer(Int64(seen.document.entries.count)),
                "newest": newest(seen.document).map { .string($0.formatted(.iso8601)) },
                "identity": FeedRecord(feed: feed, state: state).identityJSON,
                "validators": .string(validators.rawValue), "remarks": .strings(remarks(now: now)),
                "problems": .array(
                    seen.document.problems.map { problem in
                        .object([
                            "code": .string(problem.code), "message": .string(problem.message),
                            "line": problem.line.map { .integer(Int64($0)) },
                        ])
                    }),
            ])
        }
    }
}
