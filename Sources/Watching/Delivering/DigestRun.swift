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
        /// Nothing new, and the profile wants no empty digest: only the date is marked as done.
        case nothingNew(DigestKey)
        /// Another run made it first.
        case exists(DigestKey)
    }

    /// What is asked for: a date's digest, or one by hand.
    struct Request: Sendable {
        var profile: Configuration.Profile
        var date: LocalDate
        /// Entries seen before this moment belong to the digest.
        var cutoff: Date
        /// Entries seen before this moment do not; nil sets no bound.
        var from: Date?
        /// Remarks for the foot of the digest.
        var notes: [String] = []
        /// Asked for by hand: when there is nothing new, nothing at all is written down.
        var isByHand = false
    }

    func make(_ request: Request, now: Date) async throws(StoreError) -> Outcome {
        let edition = try await store.editions(of: request.profile.name, on: request.date) + 1
        let key = DigestKey(profile: request.profile.name, date: request.date, edition: edition)
        let digest = try await compose(request, key: key, now: now)
        let ids = digest.entryIDs
        let isWanted = !ids.isEmpty || request.profile.whenEmpty != .skip
        guard isWanted || !request.isByHand else { return .nothingNew(key) }
        let json = render(digest, as: .json)
        let record = DigestRecord(
            key: key, id: digest.id, madeAt: now, from: digest.from, to: digest.to, stories: digest.allStories.count,
            entries: ids.count, json: json)
        let deliveries = isWanted ? deliveries(of: digest, json: json, to: request.profile, now: now) : []
        do { try await store.allocate(record, entries: ids, deliveries: deliveries) } catch StoreError.digestExists {
            return .exists(key)
        }
        return isWanted ? .made(digest, record) : .nothingNew(key)
    }

    /// The digest that `make` would write, with nothing written.
    func compose(_ request: Request, key: DigestKey, now: Date) async throws(StoreError) -> Digest {
        let profile = request.profile
        let waiting = try await store.unallocated(
            for: profile.name, before: request.cutoff, firstFill: profile.firstFill.forStore)
        let entries = request.from.map { from in waiting.filter { $0.firstSeen >= from } } ?? waiting
        let previous = try await store.lastDigest(for: profile.name, now: now)?.to
        var coverage = try await store.coverage(from: previous, to: request.cutoff, failingFor: Self.failingFor)
        coverage.notes = request.notes + coverage.notes
        guard let zone = Zone(profile.zone) else {
            preconditionFailure("the configuration was checked to name only zones that exist")
        }
        return DigestBuilder().build(
            DigestRequest(
                key: key, zone: zone, from: previous, to: request.cutoff, installation: installation, entries: entries,
                feeds: Dictionary(feeds.map { ($0.url, $0) }, uniquingKeysWith: { first, _ in first }),
                topics: profile.topics, threshold: profile.threshold, coverage: coverage))
    }

    /// A feed is named in the digest once it has failed for two days (P-40).
    static let failingFor: Duration = .seconds(48 * 60 * 60)
}

extension DigestRun {
    /// One delivery per place and recipient, its bytes fixed.
    private func deliveries(
        of digest: Digest, json: [UInt8], to profile: Configuration.Profile, now: Date
    ) -> [Delivery] {
        profile.sinks.flatMap { sink -> [Delivery] in
            switch sink {
            case .files:
                return [delivery(of: digest, sink: sink, to: "", files: editions(of: digest, json: json), now: now)]
            case .mail, .maildir, .sendmail:
                return profile.to.map { recipient in
                    let message = mail(digest, to: recipient, for: profile, now: now)
                    let file = FrozenFile(fileExtension: "eml", bytes: message.bytes)
                    return delivery(of: digest, sink: sink, to: recipient, files: [file], now: now)
                }
            case .webhook, .exec:
                return []
            }
        }
    }

    private func delivery(
        of digest: Digest, sink: SinkKind, to recipient: String, files: [FrozenFile], now: Date
    ) -> Delivery {
        Delivery(
            id: deliveryID(installation: installation, key: digest.key, sink: sink, recipient: recipient),
            digest: digest.key, sink: sink, recipient: recipient, files: files, nextAttempt: now)
    }

    private func editions(of digest: Digest, json: [UInt8]) -> [FrozenFile] {
        configuration.files.formats.map { format in
            FrozenFile(
                fileExtension: format.asDigestFormat.fileExtension,
                bytes: format == .json ? json : render(digest, as: format.asDigestFormat))
        }
    }

    private func mail(
        _ digest: Digest, to recipient: String, for profile: Configuration.Profile, now: Date
    ) -> MailMessage {
        let mail = configuration.mail
        return MailMessage(
            digest: digest, from: mail.from, senderName: "Durbeen: \(profile.name)", to: recipient,
            installation: installation, idDomain: mail.idDomain, frozenAt: now, zone: Zone(profile.zone) ?? .utc)
    }
}
