import Digests
import FeedModel
import FoundationEssentials
import Matching

extension Commands {
    /// Says what is wrong with the configuration, its watchlists and its OPML files, or else what they would do.
    public func check(json: Bool, now: Date = Date()) -> ExitCode {
        do {
            let plan = try Plan(reading: configurationPath, environment, now: now)
            if json { output.json(plan.json) } else { plan.lines.forEach(output.line) }
            return .success
        } catch {
            if json {
                output.json(
                    .object(["ok": .bool(false), "errors": .array(error.errors.map(Self.errorJSON))]))
            } else {
                for one in error.errors {
                    output.note(one.description)
                    // Scripts rely on one line an error; a person is shown the place.
                    if output.showsProgress { one.caret.forEach { output.note($0) } }
                }
            }
            return .configuration
        }
    }

    static func errorJSON(_ error: ConfigurationError) -> JSON {
        .object([
            "file": .string(error.file), "line": .integer(Int64(error.line)), "column": .integer(Int64(error.column)),
            "message": .string(error.message),
        ])
    }
}

/// What a configuration would do.
private struct Plan {
    var configuration: Configuration
    var feeds: [Feed]
    var watches: [FeedModel.Watch]
    /// When each profile's next digest is made.
    var nextDigests: [Date?]

    /// - Throws: every error of every file.
    init(reading path: String, _ environment: [String: String], now: Date) throws(ConfigurationErrors) {
        configuration = try Configuration.load(path: path, environment: environment)
        var errors: [ConfigurationError] = []
        feeds = []
        watches = []
        do { feeds = try configuration.subscribedFeeds() } catch { errors += error.errors }
        do {
            watches = try makeMatcher(
                over: configuration.watchlists.files, model: configuration.watchlists.relevanceModel
            ).watches
            errors += configuration.unknownTopics(in: watches)
        } catch { errors += error.errors }
        do { _ = try Wiring.loadPageRules(configuration) } catch { errors += error.errors }
        guard errors.isEmpty else { throw ConfigurationErrors(errors: errors) }
        nextDigests = configuration.profiles.map { $0.nextDigest(after: now) }
    }

    /// How many feeds there are of each kind, most first.
    private var kinds: [(kind: String, count: Int)] {
        var counts: [String: Int] = [:]
        for feed in feeds { counts[feed.kind?.rawValue ?? "unknown", default: 0] += 1 }
        return counts.map { ($0.key, $0.value) }.sorted { ($1.count, $0.kind) < ($0.count, $1.kind) }
    }

    private var topics: [String] {
        var seen: Set<String> = []
        return watches.map(\.topic).filter { seen.insert($0).inserted }
    }

    var lines: [String] {
        var lines = ["\(configuration.path): in order"]
        let byKind = kinds.map { "\($0.count) \($0.kind)" }.joined(separator: ", ")
        lines.append("  feeds    \(feeds.count)" + (feeds.isEmpty ? "" : ": \(byKind)"))
        lines.append("  watches  \(watches.count)" + (watches.isEmpty ? "" : ": \(topics.joined(separator: ", "))"))
        for (profile, next) in zip(configuration.profiles, nextDigests) {
            let zone = Zone(named: profile.zone)
            let when = next.map { "next digest \(zone.date(at: $0)) \(profile.time) \(profile.zone)" } ?? "no digest"
            let ways = profile.sinks.map { configuration.place(of: $0, for: profile) }.joined(separator: ", ")
            lines.append("  profile  \(profile.name): \(when), to \(ways)")
            if !profile.topics.isEmpty { lines.append("           topics: \(profile.topics.joined(separator: ", "))") }
        }
        lines.append("  store    \(configuration.state.folder.isEmpty ? "nowhere" : configuration.state.storePath)")
        return lines + configuration.warnings.map { "warning: \($0)" }
    }

    var json: JSON {
        .object([
            "ok": .bool(true),
            "configuration": .string(configuration.path),
            "feeds": .object([
                "count": .integer(Int64(feeds.count)),
                "kinds": .object(kinds.map { JSON.Member($0.kind, .integer(Int64($0.count))) }),
            ]),
            "watches": .array(
                watches.map { watch in
                    .object([
                        "watch": .string(watch.name), "topic": .string(watch.topic),
                        "area": .string(watch.area.rawValue), "threshold": .real(watch.threshold),
                    ])
                }),
            "profiles": .array(zip(configuration.profiles, nextDigests).map(profileJSON)),
            "store": configuration.state.folder.isEmpty ? nil : .string(configuration.state.storePath),
            "warnings": .array(configuration.warnings.map(Commands.errorJSON)),
        ])
    }

    private func profileJSON(_ profile: Configuration.Profile, _ next: Date?) -> JSON {
        .object([
            "name": .string(profile.name), "zone": .string(profile.zone),
            "next_digest": next.map { .string($0.formatted(.iso8601)) },
            "sinks": .strings(profile.sinks.map(\.rawValue)), "to": .strings(profile.to),
            "topics": .strings(profile.topics.isEmpty ? topics : profile.topics),
        ])
    }
}

extension Configuration {
    /// The topics that profiles ask for and no watch is filed under.
    fileprivate func unknownTopics(in watches: [FeedModel.Watch]) -> [ConfigurationError] {
        var known: [String] = []
        for watch in watches where !known.contains(watch.topic) { known.append(watch.topic) }
        return topicPlaces.filter { !known.contains($0.topic) }.map { place in
            let hint =
                nearest(to: place.topic, among: known).map { "did you mean \"\($0)\"?" }
                ?? (known.isEmpty ? "name a watchlist that has it" : "write one of \(known.joined(separator: ", "))")
            return ConfigurationError(
                file: path, line: place.line, column: place.column,
                message: "[[profile]] topics: no watch is filed under \"\(place.topic)\"; \(hint)")
        }
    }

    /// Where a sink leads, in a few words.
    fileprivate func place(of sink: SinkKind, for profile: Profile) -> String {
        switch sink {
        case .files: "files in \(files.folder)"
        case .mail: "\(profile.to.joined(separator: " ")) through \(mail.host):\(mail.effectivePort)"
        case .maildir: "the Maildir \(maildir.folder)"
        case .sendmail: "\(profile.to.joined(separator: " ")) through \(sendmail.path)"
        case .webhook: webhook.url
        case .exec: exec.command.first ?? "a program"
        }
    }
}

extension Configuration.Profile {
    /// The first moment after `now` at which a digest is due by the clock.
    func nextDigest(after now: Date) -> Date? {
        let zone = Zone(named: zone)
        var date = zone.date(at: now)
        for _ in 0..<9 {
            let instant = zone.instant(of: date, hour: time.hour, minute: time.minute)
            if instant > now, weekdays.isEmpty || weekdays.contains(date.weekday) { return instant }
            date = LocalDate(daysSince1970: date.daysSince1970 + 1)
        }
        return nil
    }
}
