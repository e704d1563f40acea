import FeedModel
import FoundationEssentials
import Parsing

// The subscriptions of a configuration, as they stand in its OPML files. The configuration itself is never written.

extension Commands {
    public func feedsList(json: Bool) -> ExitCode {
        guard let configuration = configuration(checksFiles: false),
            let feeds = feeds(of: configuration)
        else { return .configuration }
        if json {
            output.json(.array(feeds.map(Self.feedJSON)))
        } else {
            output.lines(feeds.map(Self.feedLine))
        }
        return .success
    }

    public func feedsRemove(_ urls: [String]) -> ExitCode {
        guard let configuration = configuration(checksFiles: false) else { return .configuration }
        var missing = Set(urls)
        for path in configuration.feeds.opml {
            guard let opml = opml(path) else { return .configuration }
            // An address with a password in it is listed, and named, without.
            let listed = opml.feeds.map { (raw: $0.url, shown: $0.separatingCredentials().url) }
            let here = listed.filter { urls.contains($0.raw) || urls.contains($0.shown) }
            guard !here.isEmpty else { continue }
            let rest = here.reduce(opml) { $0.removing(url: $1.raw) }
            guard write(rest.bytes(), to: path) else { return .storeCannotBeOpened }
            missing.subtract(here.flatMap { [$0.raw, $0.shown] })
            for url in here.map(\.shown) { output.line("removed \(url) from \(path)") }
        }
        for url in urls where missing.contains(url) {
            let isInline = configuration.feeds.inline.contains { $0.url == url }
            output.error(
                "feeds remove: \(url): "
                    + (isInline
                        ? "stands in \(configuration.path); take its [[feeds.feed]] out there"
                        : "not subscribed; see durbeen feeds list"))
        }
        return missing.isEmpty ? .success : .wrong
    }

    public func feedsImport(_ path: String) -> ExitCode {
        guard let configuration = configuration(checksFiles: false),
            let target = editable(configuration)
        else { return .configuration }
        let imported: OPML
        do {
            let bytes = try readInput(path, limit: 16 << 20)
            imported = try OPML.read(bytes)
        } catch let error as OPMLError {
            output.note("\(path):\(error.line):\(error.column): \(error.message)")
            return .noInput
        } catch {
            output.error("feeds import: \(path): \(error); name an OPML file that can be read")
            return .noInput
        }
        guard let feeds = feeds(of: configuration), var opml = opml(target) else {
            return .configuration
        }
        var known = Set(feeds.map(\.url))
        var added = 0
        for feed in imported.feeds {
            if let problem = addressProblem(feed.url, schemes: ["http", "https"]) {
                output.error("feeds import: \(path): \(problem); this one is left out")
            } else if known.insert(feed.url).inserted {
                opml = opml.adding(feed)
                added += 1
            }
        }
        guard added > 0 || imported.feeds.isEmpty == false else {
            output.error("feeds import: \(path): holds no feed; name another file")
            return .wrong
        }
        if added > 0, !write(opml.bytes(), to: target) { return .storeCannotBeOpened }
        let rest = imported.feeds.count - added
        output.line("added \(counted(added, "feed", "feeds")) to \(target); \(rest) already there or left out")
        return .success
    }

    public func feedsExport() -> ExitCode {
        guard let configuration = configuration(checksFiles: false),
            let feeds = feeds(of: configuration)
        else { return .configuration }
        // One file that says it all is given as it stands, so that nothing in it is lost.
        if configuration.feeds.inline.isEmpty, configuration.feeds.opml.count == 1,
            let opml = opml(configuration.feeds.opml[0])
        {
            output.document(String(decoding: opml.bytes(), as: UTF8.self))
        } else {
            let opml = OPML(title: "Durbeen's feeds", feeds: feeds)
            output.document(String(decoding: opml.bytes(), as: UTF8.self))
        }
        return .success
    }

    private static func feedLine(_ feed: Feed) -> String {
        let about = [feed.kind?.rawValue, feed.country, feed.group].compactMap { $0 }.joined(separator: ", ")
        return feed.url + (feed.title.isEmpty ? "" : "  \(feed.title)") + (about.isEmpty ? "" : "  (\(about))")
    }

    static func feedJSON(_ feed: Feed) -> JSON {
        .object([
            "url": .string(feed.url), "title": feed.title.isEmpty ? nil : .string(feed.title),
            "site": feed.siteURL.map(JSON.string), "kind": feed.kind.map { .string($0.rawValue) },
            "country": feed.country.map(JSON.string), "group": feed.group.map(JSON.string),
            "language": feed.language.map(JSON.string),
            "interval_seconds": feed.interval.map { .integer($0.components.seconds) },
            "priority": feed.priority.map(JSON.real),
            "insecure_tls": feed.allowsInsecureTLS ? .bool(true) : nil,
        ])
    }
}

extension Commands {
    /// All subscriptions; nil after every error was told.
    func feeds(of configuration: Configuration) -> [Feed]? {
        do { return try configuration.subscribedFeeds(allowingMissingFiles: true) } catch {
            for error in error.errors { output.note(error.description) }
            return nil
        }
    }

    /// The OPML file that commands edit; nil after saying that there is none.
    func editable(_ configuration: Configuration) -> String? {
        if let first = configuration.feeds.opml.first { return first }
        output.error(
            "feeds: \(configuration.path): names no OPML file to write into; write opml = [\"feeds.opml\"] under [feeds]"
        )
        return nil
    }

    /// An OPML file, or an empty one where there is none yet; nil after the error was told.
    func opml(_ path: String) -> OPML? {
        if !exists(path) { return OPML(title: "Durbeen's feeds", feeds: []) }
        do { return try readOPML(path) } catch {
            for error in error.errors { output.note(error.description) }
            return nil
        }
    }

    /// Replaces a file after reading back what would be written, so that no mistake of ours harms a reader's file.
    func write(_ bytes: [UInt8], to path: String) -> Bool {
        do {
            _ = try OPML.read(bytes)
            try replaceFile(path, with: bytes)
            return true
        } catch {
            output.error("writing feeds: \(path): \(error); the file is as it was")
            return false
        }
    }
}
