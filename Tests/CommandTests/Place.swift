import FoundationEssentials
import Synchronization
import TestSupport
import Watching

@testable import durbeen

/// Runs the program in this process and keeps what it writes.
func durbeen(
    _ words: [String], environment: [String: String] = [:]
) async -> (code: ExitCode, output: String, errors: String) {
    let kept = Kept()
    let output = Output { text, stream in kept.add(text, stream) }
    let code = await Main.start(words, environment: environment, output: output)
    return (code, kept.text(.output), kept.text(.errors))
}

private final class Kept: Sendable {
    private let texts = Mutex<[Output.Stream: String]>([:])

    func add(_ text: String, _ stream: Output.Stream) { texts.withLock { $0[stream, default: ""] += text } }
    func text(_ stream: Output.Stream) -> String { texts.withLock { $0[stream] ?? "" } }
}

/// A folder with a configuration, a watchlist and two OPML files.
struct Place {
    let folder: TemporaryDirectory
    var configuration: String { path("durbeen.toml") }

    init(_ configuration: String = Place.plain) throws {
        folder = try TemporaryDirectory()
        try write("durbeen.toml", configuration)
        try write("feeds.opml", Place.opml)
        try write("trade.watch", Place.watchlist)
    }

    func path(_ name: String) -> String { folder.path + "/" + name }
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path(name)))
    }
    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path(name))), as: UTF8.self)
    }

    static let plain = """
        [state]
        folder = "state"
        [fetch]
        contact = "mailto:ops@example.org"
        [feeds]
        opml = ["feeds.opml"]
        [watchlists]
        files = ["*.watch"]
        [[profile]]
        name = "daily"
        zone = "Asia/Karachi"
        [files]
        folder = "digests"
        """
    static let watchlist = """
        [watch "Trade"]
        topic = trade-investment
        area = economy
        threshold = 4
        +5 tariff
        """
    static let opml = opml(url: "https://one.example/feed?a=1&amp;b=2")

    static func opml(url: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <opml version="2.0" xmlns:durbeen="urn:durbeen:opml:1">
          <head><title>Mine</title></head>
          <!-- kept -->
          <body>
            <outline text="Institutes">
              <outline type="rss" text="One" xmlUrl="\(url)" mine="kept" durbeen:verified="no"/>
            </outline>
          </body>
        </opml>

        """
    }
}
