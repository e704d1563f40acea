import FeedModel
import FoundationEssentials
import Parsing

extension Commands {
    /// Subscribes to a feed, or to the only feed that a site names; of several the reader chooses. The address is asked
    /// first, unless told otherwise.
    public func feedsAdd(_ options: AddOptions, json: Bool) async -> ExitCode {
        guard let configuration = configuration(checksFiles: false),
            let target = editable(configuration),
            let known = feeds(of: configuration)
        else { return .configuration }
        guard var feed = feed(from: options) else { return .usage }
        guard !isKnown(feed.url, known) else { return .wrong }
        if options.checks {
            let probe = FeedProbe(configuration.fetch, known: await remembered(configuration, now: Date()))
            let found = await probe.find(at: feed) { output.progress("feeds add: asking \($0)") }
            output.endProgress()
            await keep(await probe.stop(), configuration)
            guard let seen = chosen(found, options, known: known, json: json) else { return .wrong }
            feed.url = seen.url
            if feed.title.isEmpty { feed.title = seen.document.title ?? "" }
            feed.siteURL = seen.document.link
        }
        guard let opml = opml(target), write(opml.adding(feed).bytes(), to: target) else {
            return .storeCannotBeOpened
        }
        if json {
            output.json(Self.feedJSON(feed))
        } else {
            output.line("added \(feed.url)\(feed.title.isEmpty ? "" : " (\(feed.title))") to \(target)")
        }
        return .success
    }

    /// What is to be added, as far as the options say it; nil after saying what is wrong with them.
    private func feed(from options: AddOptions) -> Feed? {
        var feed = Feed(url: options.url)
        feed.title = options.title ?? ""
        feed.group = options.group
        feed.country = options.country
        if let word = options.kind {
            feed.kind = SourceKind(rawValue: word)
            guard feed.kind != nil else {
                let words = SourceKind.allCases.map(\.rawValue)
                let hint = nearest(to: word, among: words).map { "did you mean \($0)?" }
                output.error(
                    "feeds add: --kind \(word): not known; \(hint ?? "write one of \(words.joined(separator: ", "))")")
                return nil
            }
        }
        if let problem = addressProblem(options.url, schemes: ["http", "https"]) {
            output.error("feeds add: \(problem); write for example https://institute.example/feed/")
            return nil
        }
        return feed
    }

    /// The feed to add of what was found; nil after saying why there is none, or what there is to choose from.
    private func chosen(
        _ finding: FeedProbe.Finding, _ options: AddOptions, known: [Feed], json: Bool
    ) -> FeedProbe.Sighting? {
        switch finding {
        case .feed(let seen):
            return seen
        case .feedOfPage(let seen, let named):
            guard !isKnown(seen.url, known) else { return nil }
            if !json {
                let others = named.filter { $0.url != seen.url }.map { " (also \(Self.named($0)))" }.joined()
                output.line(
                    named.isEmpty
                        ? "\(options.url) is a web page that names no feed, but there is one at \(seen.url)"
                        : "\(options.url) is a web page; its feed is \(seen.url)\(others)")
            }
            return seen
        case .choice(let feeds):
            offer(feeds, options, known: known, json: json)
        case .noFeed:
            output.error(
                "feeds add: \(options.url): this is a web page that names no feed; look for a link called RSS, Atom or "
                    + "Feed on the site and give its address")
        case .notAsked(let url, let refusal):
            output.error("feeds add: \(url): not asked: \(refusal.words); add it then, or use --no-check")
        case .failed(let failure):
            output.error("feeds add: \(options.url): \(failure); correct the address, or use --no-check")
        }
        return nil
    }

    private func offer(_ feeds: [NamedFeed], _ options: AddOptions, known: [Feed], json: Bool) {
        let subscribed = Set(known.map(\.url))
        if json {
            output.json(
                .object([
                    "page": .string(options.url),
                    "feeds": .array(
                        feeds.map { feed in
                            .object([
                                "url": .string(feed.url), "title": feed.title.isEmpty ? nil : .string(feed.title),
                                "subscribed": .bool(subscribed.contains(feed.url)),
                            ])
                        }),
                ]))
        } else {
            for feed in feeds {
                let remark = subscribed.contains(feed.url) ? "already subscribed" : feed.title
                output.line(
                    "durbeen feeds add \(shellWord(feed.url))" + (remark.isEmpty ? "" : "    # \(oneLine(remark))"))
            }
        }
        output.error(
            "feeds add: \(options.url): this is a web page that names \(counted(feeds.count, "feed", "feeds")); nothing "
                + "was added; run one of the commands above, with the options you gave")
    }

    static func named(_ feed: NamedFeed) -> String { feed.url + (feed.title.isEmpty ? "" : " (\(feed.title))") }

    private func oneLine(_ text: String) -> String { visible(text, keepingNewlines: false) }

    private func isKnown(_ url: String, _ known: [Feed]) -> Bool {
        guard known.contains(where: { $0.url == url }) else { return false }
        output.error("feeds add: \(url): already subscribed; see durbeen feeds list")
        return true
    }
}

/// `text` as one word of a shell's command line. What pages name is pasted at the reader's risk; it must not run anything.
func shellWord(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-._/:%+=,@".utf8.contains(byte)
    }
    return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
