import Digests
import FeedModel
import FoundationEssentials
import Matching
import Storage

extension Commands {
    /// `why-not URL`: what became of a page, from the feed that should carry it to the digest that did or did not.
    public func whyNot(_ url: String, json: Bool) async -> ExitCode {
        guard let configuration = configuration(), let matcher = await weighedMatcher([]) else { return .configuration }
        return await withReader { (store) throws(StoreError) in
            var answers: [WhyNot] = []
            for stored in try await stored(url, store) {
                let feed = try await store.feed(stored.entry.feedURL)?.feed
                let found = stored.recognised(from: feed)
                var why = WhyNot(
                    found: found, watches: matcher.explain(found.entry, of: feed, now: found.firstSeen),
                    allocations: try await store.allocations(of: found.entry.id))
                why.retellings = try await store.retellings(of: found.entry.id)
                why.isHeldBack = try await store.isHeldBack(found.entry.id)
                why.profiles = configuration.profiles
                answers.append(why)
            }
            guard !answers.isEmpty else {
                let feeds = try await store.feeds().filter { sameHost($0.feed.url, url) }
                let lines = WhyNot.unknown(url, feeds: feeds)
                if json {
                    output.json(.object(["url": .string(url), "state": .string("unfetched"), "why": .strings(lines)]))
                } else {
                    output.lines(lines)
                }
                return .wrong
            }
            if json { output.json(.array(answers.map(\.json))) } else { output.lines(answers.flatMap(\.lines)) }
            return .success
        }
    }

    /// The stored entries of a page, with or without the slash at its end, or of the id itself.
    func stored(_ url: String, _ store: Store) async throws(StoreError) -> [MatchedEntry] {
        if let entry = try await store.entry(EntryID(url)) { return [entry] }
        let exact = try await store.entries(url: url)
        if !exact.isEmpty { return exact }
        return try await store.entries(url: url.hasSuffix("/") ? String(url.dropLast()) : url + "/")
    }
}

/// Whether two addresses name one site: their hosts are the same but for `www.` and the like.
private func sameHost(_ one: String, _ other: String) -> Bool {
    func site(_ url: String) -> [Substring] {
        let rest = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard rest.count >= 3 else { return [] }
        return rest[2].prefix { $0 != ":" }.split(separator: ".").suffix(2)
    }
    return !site(one).isEmpty && site(one) == site(other)
}

/// What became of one stored entry.
struct WhyNot {
    let found: MatchedEntry
    /// By today's watchlists.
    let watches: [WatchExplanation]
    let allocations: [Allocation]
    /// The digests that told it again because it had changed.
    var retellings: [DigestRecord] = []
    var isHeldBack = false
    var profiles: [Configuration.Profile] = []

    /// One word for scripts.
    private var state: String {
        if let allocation = allocations.first {
            return allocation.deliveries.contains { $0.state == .accepted } ? "delivered" : "in-digest"
        }
        if isHeldBack { return "found-later" }
        return found.verdict.isRelevant ? "waiting" : "not-matched"
    }

    var lines: [String] {
        var lines = [found.entry.title.isEmpty ? "(no title)" : found.entry.title]
        lines.append("  \(found.entry.id), first seen \(timestamp(found.firstSeen)) in \(found.entry.feedURL)")
        return lines + reasons.map { "  " + $0 } + [""]
    }

    var json: JSON {
        .object([
            "id": .string(found.entry.id.text), "title": .string(found.entry.title),
            "url": found.entry.url.map(JSON.string), "feed": .string(found.entry.feedURL),
            "first_seen": .string(timestamp(found.firstSeen)), "state": .string(state), "why": .strings(reasons),
            "versions": .integer(Int64(found.version + 1)),
            "digests": .array(
                allocations.map { allocation in
                    .object([
                        "digest": .string(allocation.digest.key.description),
                        "story": story(in: allocation.digest).map { .string($0.title) },
                        "deliveries": .array(
                            allocation.deliveries.map {
                                .object([
                                    "sink": .string($0.sink.rawValue), "recipient": .string($0.recipient),
                                    "state": .string($0.state.rawValue),
                                ])
                            }),
                    ])
                }),
        ])
    }

    /// Said one after the other, from the watchlists to the reader.
    var reasons: [String] {
        var edits: [String] = []
        if found.version > 0 {
            let times = counted(found.version, "time", "times")
            edits = ["its text changed \(times) since: durbeen versions \(found.entry.id)"]
        }
        if !allocations.isEmpty {
            return allocations.flatMap(reasons)
                + retellings.map { "told again, as revised, in digest \($0.key)" } + edits
        }
        return reasonsOfWaiting + edits
    }

    private var reasonsOfWaiting: [String] {
        guard found.verdict.isRelevant else { return refusals }
        if isHeldBack {
            return ["found later, by a rescan, and so kept out of digests; durbeen rescan --deliver lets it in"]
        }
        var reasons = [
            "accepted by \(found.verdict.matches.map(\.watch.name).joined(separator: ", ")), in no digest yet"
        ]
        for profile in profiles {
            let topics = profile.topics
            let matches = found.verdict.matches.filter { topics.isEmpty || topics.contains($0.watch.topic) }
            if matches.isEmpty {
                reasons.append(
                    "profile \(profile.name): none of its topics; it wants \(topics.joined(separator: ", "))")
            } else if let best = matches.map(\.normalisedScore).max(), best < profile.threshold {
                reasons.append(
                    "profile \(profile.name): \(Commands.plain((best * 100).rounded() / 100)) times what its watch "
                        + "needs is under the profile's threshold \(Commands.plain(profile.threshold))")
            } else if let language = primaryLanguage(found.entry.language), !profile.languages.isEmpty,
                !profile.languages.contains(language)
            {
                reasons.append(
                    "profile \(profile.name): in the language \(language); it reads "
                        + profile.languages.joined(separator: ", "))
            } else if found.isFirstFill {
                reasons.append(
                    "profile \(profile.name): it came with the first check of its feed, of which first_fill decides")
            } else {
                let muted = profile.mutedUntil.map { ", of which there is none before \($0)" } ?? ""
                reasons.append("profile \(profile.name): waits for the next digest\(muted)")
            }
        }
        return reasons
    }

    /// What each watch that saw a word of it objects to.
    private var refusals: [String] {
        let now = watches.filter(\.passed).map(\.watch.name)
        if !now.isEmpty {
            return [
                "not matched when it came; \(now.joined(separator: ", ")) would accept it today: durbeen rescan finds it"
            ]
        }
        guard !watches.isEmpty else { return ["not matched: no word of any watch stands in it"] }
        return watches.map { watch in
            let why = watch.refusal.map(\.description) ?? "accepted"
            return "not matched by \(watch.watch.name) (\(watch.watch.file)): \(why)"
        }
    }

    private func reasons(_ allocation: Allocation) -> [String] {
        let digest = allocation.digest
        var reasons: [String] = []
        if let story = story(in: digest), story.isFolded {
            reasons.append("folded into the story \"\(story.title)\" of digest \(digest.key)")
        } else {
            reasons.append("in digest \(digest.key), made \(timestamp(digest.madeAt))")
        }
        for delivery in allocation.deliveries {
            let place =
                delivery.recipient.isEmpty
                ? delivery.sink.rawValue : "\(delivery.sink.rawValue) to \(delivery.recipient)"
            let error = delivery.lastError.map { " (\($0))" } ?? ""
            reasons.append("  \(place): \(delivery.state == .accepted ? "delivered" : delivery.state.rawValue + error)")
        }
        return reasons
    }

    /// The story of a digest that carries the entry, and whether another entry is shown for it.
    private func story(in digest: DigestRecord) -> (title: String, isFolded: Bool)? {
        guard let json = try? JSON(reading: digest.json) else { return nil }
        let sections = json["sections"]?.array ?? []
        let stories = sections.flatMap { section in
            ["stories", "more", "continuing"].flatMap { section[$0]?.array ?? [] }
        }
        for story in stories + (json["possible"]?.array ?? []) {
            let ids = (story["entries"]?.array ?? []).map { $0["id"]?.string ?? "" }
            guard ids.contains(found.entry.id.text) else { continue }
            return (story["title"]?.string ?? "", ids.first != found.entry.id.text)
        }
        return nil
    }

    /// What can be said of a page that is in no feed that was read.
    static func unknown(_ url: String, feeds: [FeedRecord]) -> [String] {
        var lines = ["\(url): no entry with this link was ever read"]
        if feeds.isEmpty {
            lines.append("  no feed of this site is subscribed; durbeen feeds add \(url) looks for one")
        }
        for record in feeds {
            let state = record.state
            var line = "  \(record.feed.url): "
            if let failure = state.lastFailure {
                line += "failing: \(failure.message)"
            } else if let last = state.lastSuccess {
                line += "last read \(timestamp(last))"
            } else {
                line += "not read yet"
            }
            if let next = state.nextCheck { line += ", next check \(timestamp(next))" }
            lines.append(line)
        }
        return lines
    }
}
