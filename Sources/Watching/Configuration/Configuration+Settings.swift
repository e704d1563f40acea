import Digests
import FeedModel

/// One setting in force, as the file would write it.
struct Setting: Equatable {
    /// `fetch`, `profile.daily`.
    var table: String
    var key: String
    /// null where the key is not set.
    var value: JSON
    /// What holds if the file does not name it.
    var standard: JSON

    var isChanged: Bool { value != standard }
}

extension Configuration {
    /// Every setting in force, in the order of the shipped file; feeds are not among them, `feeds list` shows those. Nothing
    /// secret is: the configuration holds only the names of the files that hold secrets, and takes no address with a
    /// password in it.
    var settings: [Setting] {
        let standard = Configuration()
        let readers = profiles.flatMap { profile in
            Self.paired(Self.keys(of: profile), with: Self.keys(of: Profile()), table: "profile.\(profile.name)")
        }
        return Self.paired(stateKeys, with: standard.stateKeys, table: "state")
            + Self.paired(fetchKeys, with: standard.fetchKeys, table: "fetch")
            + Self.paired(["opml": .strings(feeds.opml)], with: ["opml": .strings([])], table: "feeds")
            + Self.paired(watchlistKeys, with: standard.watchlistKeys, table: "watchlists") + readers
            + Self.paired(mailKeys, with: standard.mailKeys, table: "mail")
            + Self.paired(sinkKeys(.maildir), with: standard.sinkKeys(.maildir), table: "maildir")
            + Self.paired(sinkKeys(.sendmail), with: standard.sinkKeys(.sendmail), table: "sendmail")
            + Self.paired(sinkKeys(.webhook), with: standard.sinkKeys(.webhook), table: "webhook")
            + Self.paired(sinkKeys(.exec), with: standard.sinkKeys(.exec), table: "exec")
            + Self.paired(sinkKeys(.files), with: standard.sinkKeys(.files), table: "files")
            + Self.paired(
                ["level": .text("\(log.level)")], with: ["level": .text("\(standard.log.level)")], table: "log")
    }

    private typealias Keys = KeyValuePairs<String, JSON>

    private static func paired(_ own: Keys, with standard: Keys, table: String) -> [Setting] {
        zip(own, standard).map { Setting(table: table, key: $0.key, value: $0.value, standard: $1.value) }
    }

    private var stateKeys: Keys { ["folder": .text(state.folder), "store": .text(state.store.rawValue)] }

    private var watchlistKeys: Keys {
        [
            "files": .strings(watchlists.files), "relevance_model": .text(watchlists.relevanceModel),
            "second_look": .array((watchlists.secondLook.map { [$0.from, $0.below] } ?? []).map { .decimal($0) }),
            "page_rules": .text(watchlists.pageRules),
        ]
    }

    private var fetchKeys: Keys {
        [
            "contact": .text(fetch.contact), "floor": .duration(fetch.floor), "min_floor": .duration(fetch.minFloor),
            "ceiling": .duration(fetch.ceiling), "daily_requests": .decimal(fetch.dailyRequests),
            "sweep": .duration(fetch.sweep), "retry_scope": .text(fetch.retryScope.rawValue),
            "concurrency": .count(fetch.concurrency),
            "host_connections": .count(fetch.hostConnections), "host_spacing": .duration(fetch.hostSpacing),
            "host_budget": .count(fetch.hostBudget), "connect_timeout": .duration(fetch.connectTimeout),
            "timeout": .duration(fetch.timeout), "max_body": .text("\(fetch.maxBody) B"),
            "max_redirects": .count(fetch.maxRedirects), "max_backoff": .duration(fetch.maxBackoff),
            "ca_file": .text(fetch.caFile), "proxy": .text(fetch.proxy),
            "allow_addresses": .strings(fetch.allowAddresses),
        ]
    }

    private var mailKeys: Keys {
        [
            "host": .text(mail.host), "port": .count(mail.effectivePort), "tls": .text(mail.tls.rawValue),
            "user": .text(mail.user), "password_file": .text(mail.passwordFile),
            "password_credential": .text(mail.passwordCredential), "from": .text(mail.from),
            "id_domain": .text(mail.idDomain), "unsubscribe_url": .text(mail.unsubscribeURL),
            "threading": .text(mail.threading.rawValue), "rate": .decimal(mail.rate),
            "daily_cap": .count(mail.dailyCap), "legacy_suppress": .bool(mail.legacySuppress),
        ]
    }

    private func sinkKeys(_ sink: SinkKind) -> Keys {
        switch sink {
        case .maildir: ["folder": .text(maildir.folder)]
        case .sendmail: ["path": .text(sendmail.path)]
        case .webhook: ["url": .text(webhook.url), "secret_file": .text(webhook.secretFile)]
        case .files:
            [
                "folder": .text(files.folder), "formats": .strings(files.formats.map(\.rawValue)),
                "site": .bool(files.site), "url": .text(files.url), "group": .text(files.group),
            ]
        case .exec: ["command": .strings(exec.command), "format": .text(exec.format.rawValue)]
        case .mail: [:]
        }
    }

    private static func keys(of profile: Profile) -> Keys {
        [
            "zone": .text(profile.zone), "time": .text("\(profile.time)"),
            "days": .strings(profile.weekdays.sorted().map { dayWords[$0 - 1] }), "topics": .strings(profile.topics),
            "languages": .strings(profile.languages),
            "mute_until": .text(profile.mutedUntil?.description),
            "threshold": .decimal(profile.threshold), "sinks": .strings(profile.sinks.map(\.rawValue)),
            "to": .strings(profile.to), "when_empty": .text(profile.whenEmpty.rawValue),
            "catch_up": .text(profile.catchUp.rawValue), "first_fill": .text(profile.firstFill.rawValue),
            "digest_style": .text(profile.digestStyle.rawValue), "attach_feed": .bool(profile.attachFeed),
            "urgent": .bool(profile.urgent), "quiet": .text(profile.quiet.map { "\($0)" }),
        ]
    }
}

extension JSON {
    /// Text; null if there is none or it is empty, which means unset.
    fileprivate static func text(_ value: String?) -> JSON {
        guard let value, !value.isEmpty else { return .null }
        return .string(value)
    }
    fileprivate static func duration(_ value: Duration) -> JSON { .string(value.inConfigurationWords) }
    fileprivate static func count(_ value: Int) -> JSON { .integer(Int64(value)) }
    fileprivate static func decimal(_ value: Double) -> JSON {
        Int64(exactly: value).map(JSON.integer) ?? .real(value)
    }
}
