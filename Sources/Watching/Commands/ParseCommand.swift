import FeedModel
import FoundationEssentials
import Parsing

extension Commands {
    /// Prints what each file says, read as a feed; an object for every file, however broken.
    public func parse(_ documents: Documents, format: ParseFormat) -> ExitCode {
        var areFeeds = true
        for path in documents.files {
            var bytes: [UInt8] = []
            // One more than is read, so that the reader sees that there is more.
            do { bytes = try readBeginning(of: path, length: ParseLimits().document + 1) } catch {
                areFeeds = false
                output.error("reading the document: \(path): \(error)")
            }
            switch format {
            case .json, .jsonl:
                let answer = Parsing.feedJSON(
                    bytes: bytes, baseURL: documents.baseURL, contentType: documents.contentType,
                    pretty: format == .json)
                areFeeds = areFeeds && answer.isFeed
                output.json(text: answer.json)
            case .text: areFeeds = summarise(bytes, path, documents) && areFeeds
            }
        }
        return areFeeds ? .success : .wrong
    }

    /// Prints a feed for a reader's eyes; false if it is none.
    private func summarise(_ bytes: [UInt8], _ path: String, _ documents: Documents) -> Bool {
        let parser = FeedParser()
        let feed: ParsedFeed
        do {
            feed = parser.inPlainText(
                try parser.parse(
                    Document(bytes: bytes, url: documents.baseURL ?? "", contentType: documents.contentType)))
        } catch {
            output.error("\(path): \(error)")
            return false
        }
        output.line("\(path): \(feed.title ?? "(no title)")")
        output.line("  \(feed.format.rawValue), \(feed.encoding), \(counted(feed.entries.count, "entry", "entries"))")
        for problem in feed.problems {
            output.line("  \(problem.line.map { "line \($0): " } ?? "")\(problem.code): \(problem.message)")
        }
        for entry in feed.entries {
            let date = entry.published ?? entry.updated
            output.line("  \(date.map(dayText) ?? "(no date) ")  \(entry.title ?? "(no title)")")
            if let link = entry.link { output.line("              \(link)") }
        }
        return true
    }
}

/// "1 feed", "3 feeds".
func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }

/// The day in UTC: `2026-11-25`.
func dayText(_ date: Date) -> String { String(date.formatted(.iso8601).prefix(10)) }
