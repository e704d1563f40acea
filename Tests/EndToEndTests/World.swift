import FoundationEssentials
import LoopbackServer
import TestSupport

/// A small world around the built program, real but for its size: a publisher, a mail server, a reader, and a folder
/// with the configuration, the store and what is delivered.
struct World {
    let folder: TemporaryDirectory
    let publisher: FeedServer
    let mailServer: ScriptedMailServer

    /// What the feed says at first; it is on the subject, and so is `news`.
    static let headline = "United States and Pakistan sign Reko Diq copper accord"
    static let news = "Pakistan ships first Reko Diq copper to the United States"

    init() throws {
        folder = try TemporaryDirectory()
        publisher = try FeedServer()
        mailServer = try ScriptedMailServer()
        try folder.write(
            "[watch \"Minerals\"]\ntopic = critical-minerals\nthreshold = 6\nmust Pakistan*\n+5 \"Reko Diq\"\n",
            to: "a.watch")
        try configure()
    }

    var configuration: String { folder.path("durbeen.toml") }

    /// The command line of `words` with this world's configuration.
    func command(_ words: String...) -> [String] { words + ["--config", configuration] }

    /// Checks, makes digests, delivers: the whole story of an entry in one run.
    var once: [String] { command("once", "--force", "--digest", "now") }

    /// Serves `titles`, newest last, from `path`, with an ETag that changes with them, as a careful publisher would.
    func publish(_ titles: [String], at path: String = "/feed.xml") {
        let items = titles.map { title in
            let name = String(title.filter(\.isLetter).lowercased())
            return "<item><guid>\(name)</guid><title>\(title)</title><link>https://herald.example/\(name)</link></item>"
        }
        let feed = "<rss version=\"2.0\"><channel><title>Herald</title>\(items.joined())</channel></rss>"
        let tag = "\"\(titles.count)-\(feed.utf8.count)\""
        publisher.on(path) { request in
            request.header("If-None-Match") == tag
                ? LoopbackResponse(status: 304, headers: [("ETag", tag)])
                : LoopbackResponse(headers: [("ETag", tag), ("Content-Type", "application/rss+xml")], text: feed)
        }
    }

    /// Writes the configuration: the feeds at `paths` of the publisher, delivered to `sinks`.
    func configure(
        paths: [String] = ["/feed.xml"], sinks: [String] = ["files"], floor: String = "1s",
        readers: [String] = ["reader"]
    ) throws {
        try configure(feedURLs: paths.map { publisher.url($0) }, sinks: sinks, floor: floor, readers: readers)
    }

    func configure(
        feedURLs: [String], sinks: [String], floor: String = "1s", readers: [String] = ["reader"]
    ) throws {
        let recipients = readers.map { "\"\($0)@example.org\"" }.joined(separator: ", ")
        let feeds = feedURLs.map { "[[feeds.feed]]\nurl = \"\($0)\"\ntitle = \"Herald\"\nkind = \"press\"\n" }
        let names = sinks.map { "\"\($0)\"" }.joined(separator: ", ")
        try folder.write(
            """
            [state]
            folder = "state"
            [fetch]
            contact = "mailto:test@example.org"
            allow_addresses = ["127.0.0.0/8"]
            host_spacing = "0s"
            host_budget = 0
            floor = "\(floor)"
            min_floor = "1s"
            \(feeds.joined())
            [watchlists]
            files = ["*.watch"]
            [[profile]]
            name = "reader"
            zone = "Asia/Karachi"
            first_fill = "all"
            sinks = [\(names)]
            to = [\(recipients)]
            [mail]
            host = "127.0.0.1"
            port = \(mailServer.port)
            tls = "none"
            from = "durbeen@example.org"
            rate = 0
            [maildir]
            folder = "maildir"
            [files]
            folder = "digests"
            formats = ["html", "json"]
            """, to: "durbeen.toml")
    }

    /// The JSON editions delivered as files that hold `text`; not the link to the latest.
    func editions(with text: String) throws -> [String] {
        try folder.files().filter { name in
            guard name.hasPrefix("digests/"), name.hasSuffix(".json"), !name.hasSuffix("latest.json") else {
                return false
            }
            return String(decoding: try folder.bytes(of: name), as: UTF8.self).contains(text)
        }
    }

    /// The messages in the Maildir whose name is final.
    func maildir() -> [String] { folder.files().filter { $0.hasPrefix("maildir/new/") } }

    /// One message per Message-ID, as a mail server that knows them keeps it.
    ///
    /// - Throws: `Program.Failure` if two messages with one Message-ID differ.
    func messagesWithoutRepeats() throws -> [ScriptedMailServer.Message] {
        var byID: [String: ScriptedMailServer.Message] = [:]
        for message in mailServer.received {
            let line = message.text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("message-id:") }
            guard let id = line.map(String.init) else { throw Program.Failure(what: "a message without Message-ID") }
            if let known = byID[id], known.bytes != message.bytes {
                throw Program.Failure(what: "two messages with \(id) differ")
            }
            byID[id] = message
        }
        return Array(byID.values)
    }
}
