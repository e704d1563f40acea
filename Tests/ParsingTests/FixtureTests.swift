import FeedModel
import FoundationEssentials
import Testing

@testable import Parsing

/// The documents in `Tests/Fixtures/feeds`, each named for what is odd about it; the fuzzer starts from them, too.
@Suite struct FixtureTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/feeds")

    private static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }

    @Test(
        arguments: [
            ("rss-podcast-and-media.xml", 1, []), ("rdf-items-beside-channel.xml", 1, []),
            ("rss-undeclared-nbsp.xml", 1, ["not-well-formed"]),
            ("rss-bare-ampersand-and-tag-soup.xml", 2, ["not-well-formed"]),
            ("rss-cut.xml", 1, ["not-well-formed", "truncated"]), ("atom-xhtml-base-and-lang.xml", 1, []),
            ("atom03-escaped-and-base64.xml", 1, []), ("rss-doctype-with-entities.xml", 1, []),
            ("news-sitemap.xml", 1, []),
            ("jsonfeed.json", 1, []),
        ] as [(String, Int, Set<String>)])
    func `gives its entries, and says what is wrong with it`(name: String, entries: Int, codes: Set<String>) throws {
        let feed = try read(try Self.bytes(name))
        #expect(feed.entries.count == entries)
        #expect(seriousCodes.intersection(feed.codes) == codes)
    }

    @Test func `every beginning of every document is read without a crash, and by all readers alike`() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) {
            let whole = try Self.bytes(name)
            for length in stride(from: 0, through: whole.count, by: 7) {
                Array(whole.prefix(length)).withUnsafeBufferPointer { bytes in
                    let reader = MarkupFeed(limits: ParseLimits(), base: nil)
                    let prologue = Prologue(bytes)
                    guard let quick = reader.readQuickly(bytes, prologue) else { return }
                    #expect(quick == reader.readThoroughly(bytes, prologue))
                }
                _ = try? read(Array(whole.prefix(length)))
            }
        }
    }
}
