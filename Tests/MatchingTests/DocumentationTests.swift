import FeedModel
import FoundationEssentials
import Testing

@testable import Matching

/// What the documentation shows has to work.
@Suite struct DocumentationTests {
    private static let docs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs")

    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: Self.docs.appending(path: path)), as: UTF8.self)
    }

    @Test func `the watchlist of the guide loads and passes its own tests`() throws {
        let blocks = try text("watchlists.md").split(separator: "```watch\n").dropFirst().compactMap {
            $0.split(separator: "```").first
        }
        #expect(!blocks.isEmpty)
        for block in blocks { _ = try Matcher([WatchlistSource(path: "guide", text: String(block))]) }
    }

    @Test func `every field and key is in the guide and in the manual`() throws {
        let (guide, manual) = (try text("watchlists.md"), try text("man/durbeen.watch.5"))
        for key in Setting.allCases.map(\.rawValue) {
            #expect(guide.contains("| `\(key)` |") && manual.contains(".It Ic \(key)\n"), "\(key)")
        }
        for field in EntryField.allCases.map(\.rawValue) {
            #expect(guide.contains(field) && manual.contains(field), "\(field)")
        }
    }
}
