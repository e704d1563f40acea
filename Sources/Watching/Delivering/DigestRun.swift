import Digests
import FeedModel
import FoundationEssentials
import Storage

/// One reader's digest, from the entries in the store to rows in the outbox. What leaves the machine is fixed here, in one
/// transaction with the allocation of its entries (M-04, M-05); handing it over is `DeliveryRun`'s affair.
struct DigestRun: Sendable {
    let store: Store
    let configuration: Configuration
    let feeds: [Feed]
    let installation: String

    enum Outcome: Sendable {
        case made(Digest, DigestRecord)
        /// Nothing that is to be handed over: only the date is marked as done.
        case nothingNew(DigestKey)
        /// Another run made it first.
        case exists(DigestKey)
    }

    /// What is asked for: a date's digest, one by hand, or an alert.
    struct Request: Sendable {
        enum Occasion: Sendable {
            case date
            /// When there is nothing new, nothing at all is written down.
            case byHand
            /// Only what is urgent; the rest waits for the day's digest.
            case alert
            /// A date that the reader wants left out: its entries are taken, and nobody is told (M-10).
            case skipped
        }

        var profile: Configuration.Profile
        var date: LocalDate
        /// Entries seen before this moment belong to the digest.
        var cutoff: Date
        var occasion = Occasion.date
        /// Remarks for the foot of the digest.
        var notes: [String] = []
    }

    func make(_ request: Request, now: Date) async throws(StoreError) -> Outcome {
        let isAlert = request.occasion == .alert
        let edition = try await store.editions(of: request.profile.name, on: request.date, alerts: isAlert) + 1
        let key = DigestKey(
            profile: request.profile.name, date: request.date, edition: edition, isAlert: isAlert)
        var request = request
        var digest = try await compose(request, key: key, now: now)
        if digest.isEmpty, try await isHeartbeat(request, now: now) {
            request.notes.append("Nothing has matched for a week. This is a sign of life.")
            digest = try await compose(request, key: key, now: now)
        }
        let isWanted = try await isWanted(request, isEmpty: digest.isEmpty, now: now)
        let entries = isWanted || request.occasion == .skipped ? digest.entries : []
        guard isWanted || !(request.occasion == .byHand || isAlert) else { return .nothingNew(key) }
        let json = render(digest, as: .json)
        let record = DigestRecord(
            key: key, id: digest.id, madeAt: now, from: digest.from, to: digest.to, stories: digest.allStories.count,
            entries: entries.count, json: json)
        let deliveries = isWanted ? deliveries(of: digest, json: json, to: request.profile, now: now) : []
        // What passed no watch was not told as a story: should it go on, it is new.
        let passed = digest.possible.filter { $0.normalisedScore >= 1 }
        let stories = Dictionary(
            (digest.allStories + passed + digest.notices).flatMap { story in
                story.entries.map { ($0.id, story.id) }
            },
            uniquingKeysWith: { first, _ in first })
        do {
            try await store.allocate(
                record, entries: entries.filter { $0.revision == nil }.map(\.id), stories: stories,
                versions: Dictionary(entries.map { ($0.id, $0.version) }, uniquingKeysWith: { first, _ in first }),
                revised: Dictionary(
                    entries.compactMap { entry in entry.revision.map { (entry.id, $0.version) } },
                    uniquingKeysWith: { first, _ in first }),
                deliveries: deliveries)
        } catch StoreError.digestExists {
            return .exists(key)
        }
        return isWanted ? .made(digest, record) : .nothingNew(key)
    }

    /// The digest that `make` would write, with nothing written.
    func compose(_ request: Request, key: DigestKey, now: Date) async throws(StoreError) -> Digest {
        let profile = request.profile
        let waiting = try await store.unallocated(
            for: profile.name, before: request.cutoff, firstFill: profile.firstFill.forStore)
        let isAlert = request.occasion == .alert
        let entries =
            isAlert
            ? waiting.filter { AlertPolicy.isNews($0, for: profile, now: now) }
            : waiting
                + (try await store.nearMisses(
                    for: profile.name, since: request.cutoff.addingTimeInterval(-Self.nearMissAge.inSeconds),
                    before: request.cutoff, limit: 200))
        let previous = isAlert ? nil : try await store.lastDigest(for: profile.name, now: now)?.to
        var coverage =
            isAlert
            ? Coverage() : try await store.coverage(from: previous, to: request.cutoff, failingFor: Self.failingFor)
        guard let zone = Zone(profile.zone) else {
            preconditionFailure("the configuration was checked to name only zones that exist")
        }
        let records = try await store.feeds()
        coverage.notes = request.notes + coverage.notes
        if !isAlert {
            // A digest by hand comes without a sweep before it.
            let sweep = request.occasion == .byHand ? .zero : configuration.fetch.sweep
            let remarks = PollingRemarks(zone: zone, from: previous, to: request.cutoff, sweep: sweep)
            coverage.notes += remarks.lines(on: records)
        }
        let recently = request.cutoff.addingTimeInterval(-Self.memory.inSeconds)
        let told = try await store.told(to: profile.name, since: recently)
        let revised = isAlert ? [] : try await store.revised(for: profile.name, since: recently, before: request.cutoff)
        var whole = DigestRequest(
            key: key, zone: zone, from: previous, to: request.cutoff, installation: installation,
            entries: entries + revised.map(\.matched),
            feeds: named(feeds, by: records),
            topics: profile.topics, threshold: profile.threshold, coverage: coverage, earlier: told,
            trends: isAlert ? nil : try await trends(until: request.cutoff, in: zone))
        whole.revisions = Dictionary(
            revised.map { ($0.matched.entry.id, Revision($0)) }, uniquingKeysWith: { first, _ in first })
        whole.languages = Set(profile.languages)
        var digest = DigestBuilder().build(whole)
        if isAlert, let first = digest.allStories.first {
            digest.follows = try await store.alerts(of: profile.name, telling: first.id)
        }
        return digest
    }

    /// The feeds by URL; one that the configuration gives no title has the one it gives itself.
    private func named(_ feeds: [Feed], by records: [FeedRecord]) -> [String: Feed] {
        let titles = Dictionary(
            records.map { ($0.feed.url, $0.state.documentTitle) }, uniquingKeysWith: { first, _ in first })
        return Dictionary(
            feeds.map { feed in
                var feed = feed
                if feed.title.isEmpty { feed.title = (titles[feed.url] ?? nil) ?? "" }
                return (feed.url, feed)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The balance of areas up to a moment, with what departs from the usual.
    func trends(until moment: Date, in zone: Zone) async throws(StoreError) -> Trends {
        let start = moment.addingTimeInterval(-Double(TrendsBuilder.span) * 86_400)
        let offset = zone.offset(at: moment)
        return TrendsBuilder(
            today: zone.date(at: moment),
            volumes: try await store.volumes(since: start, before: moment, offset: offset),
            sources: try await store.sourceActivity(since: start, offset: offset)
        ).build()
    }

    /// What came near a watch waits this long for a place below the line.
    static let nearMissAge: Duration = .seconds(7 * 24 * 60 * 60)

    /// How long what was told is held against what is new.
    static let memory: Duration = .seconds(21 * 24 * 60 * 60)

    /// A feed is named in the digest once it has failed for two days (P-40).
    static let failingFor: Duration = .seconds(48 * 60 * 60)
    /// How long after the last digest a reader who wants signs of life gets one (M-11).
    static let heartbeat: Duration = .seconds(7 * 24 * 60 * 60)
}

extension DigestRun {
    private func isWanted(_ request: Request, isEmpty: Bool, now: Date) async throws(StoreError) -> Bool {
        switch request.occasion {
        case .skipped: return false
        case .alert: return !isEmpty
        case .date, .byHand:
            guard isEmpty else { return true }
            if request.profile.whenEmpty == .send { return true }
            return try await isHeartbeat(request, now: now)
        }
    }

    /// Whether an empty digest goes out as the week's sign of life. A digest's day may be an hour short of 24 hours.
    private func isHeartbeat(_ request: Request, now: Date) async throws(StoreError) -> Bool {
        guard request.profile.whenEmpty == .heartbeat, request.occasion == .date || request.occasion == .byHand else {
            return false
        }
        let known = try await store.knownSince(profile: request.profile.name, now: now)
        let last = try await store.lastHandedOver(for: request.profile.name) ?? known
        return now.timeIntervalSince(last) >= Self.heartbeat.inSeconds - 2 * 60 * 60
    }

    /// One delivery per place and recipient, its bytes fixed.
    private func deliveries(
        of digest: Digest, json: [UInt8], to profile: Configuration.Profile, now: Date
    ) -> [Delivery] {
        let isMailed = profile.sinks.contains { $0 == .mail || $0 == .maildir || $0 == .sendmail }
        let (from, domain) = (configuration.mail.from, configuration.mail.idDomain)
        let body = isMailed ? MailBody(digest, profile.mailForm, from: from, idDomain: domain) : nil
        return profile.sinks.flatMap { sink -> [Delivery] in
            switch sink {
            case .files:
                return [delivery(of: digest, sink: sink, files: editions(of: digest, json: json), now: now)]
            case .mail, .maildir, .sendmail:
                return profile.to.map { recipient in
                    let message = mail(digest, to: recipient, for: profile, frozenAt: now, body: body)
                    let file = FrozenFile(
                        fileExtension: "eml", bytes: message.head, shared: message.body.bytes)
                    return delivery(of: digest, sink: sink, to: recipient, files: [file], now: now)
                }
            case .webhook:
                let file = FrozenFile(fileExtension: "json", bytes: json)
                return [delivery(of: digest, sink: sink, files: [file], now: now)]
            case .exec:
                return [delivery(of: digest, sink: sink, files: [edition(configuration.exec.format, digest)], now: now)]
            }
        }
    }

    private func delivery(
        of digest: Digest, sink: SinkKind, to recipient: String = "", files: [FrozenFile], now: Date
    ) -> Delivery {
        Delivery(
            id: deliveryID(installation: installation, key: digest.key, sink: sink, recipient: recipient),
            digest: digest.key, sink: sink, recipient: recipient, files: files, nextAttempt: now)
    }

    private func editions(of digest: Digest, json: [UInt8]) -> [FrozenFile] {
        configuration.files.editions.map { format in
            format == .json ? FrozenFile(fileExtension: "json", bytes: json) : edition(format, digest)
        }
    }

    private func edition(_ format: Configuration.Files.Format, _ digest: Digest) -> FrozenFile {
        let format = format.asDigestFormat
        return FrozenFile(
            fileExtension: format.fileExtension,
            bytes: render(digest, as: format, domain: configuration.mail.idDomain))
    }

    /// The message that a recipient gets; the same bytes for the same digest, recipient and moment, always.
    ///
    /// - Parameter isTest: no page of the digest will be there.
    func mail(
        _ digest: Digest, to recipient: String, for profile: Configuration.Profile, frozenAt: Date,
        body: MailBody? = nil, isTest: Bool = false
    ) -> MailMessage {
        let mail = configuration.mail
        var options = MailOptions()
        options.threadsByMonth = mail.threading == .month
        // The page is there for those profiles alone that have one.
        let hasPage = profile.sinks.contains(.files) && configuration.files.formats.contains(.html)
        options.archive = hasPage ? configuration.files.url : nil
        options.isArchived = !isTest
        options.suppressesReplies = mail.legacySuppress
        options.form = profile.mailForm
        let token = unsubscribeToken(installation: installation, profile: profile.name, recipient: recipient)
        return MailMessage(
            digest: digest, from: mail.from, to: recipient, installation: installation, idDomain: mail.idDomain,
            frozenAt: frozenAt, zone: Zone(profile.zone) ?? .utc,
            unsubscribe: mail.unsubscribeURL?.replacing("{token}", with: token), options: options,
            body: body)
    }
}

extension Configuration.Profile {
    var mailForm: MailForm { MailForm(style: digestStyle, attachesFeed: attachFeed) }
}
