import FeedModel
import FoundationEssentials
import Glibc
import Parsing

extension Commands {
    /// Prints what each file says, read as a feed; an object for every file, however broken.
    public func parse(_ documents: Documents, format: ParseFormat) -> ExitCode {
        let limits = documentLimits()
        var areFeeds = true
        for path in documents.files {
            var bytes: [UInt8] = []
            // One more than is read, so that the reader sees that there is more.
            do { bytes = try readBeginning(of: path, length: limits.document + 1) } catch {
                areFeeds = false
                output.error("reading the document: \(path): \(error)")
            }
            switch format {
            case .json, .jsonl:
                let answer = Parsing.feedJSON(
                    bytes: bytes, baseURL: documents.baseURL, contentType: documents.contentType,
                    pretty: format == .json, limits: limits)
                areFeeds = areFeeds && answer.isFeed
                output.json(text: answer.json)
            case .text: areFeeds = summarise(bytes, path, documents, limits) && areFeeds
            }
        }
        return areFeeds ? .success : .wrong
    }

    /// A document may be as large as `max_body` of the configuration. Where there is none, for the command works without,
    /// or none that can be read, it is the default.
    func documentLimits() -> ParseLimits {
        var limits = ParseLimits()
        guard access(configurationPath, F_OK) == 0 else { return limits }
        do {
            let configuration = try Configuration.load(
                path: configurationPath, environment: environment, checksFiles: false)
            limits.document = configuration.fetch.maxBody
        } catch {
            for one in error.errors { output.error("reading the configuration: \(one)") }
        }
        return limits
    }

    /// Prints a feed for a reader's eyes; false if it is none.
    private func summarise(_ bytes: [UInt8], _ path: String, _ documents: Documents, _ limits: ParseLimits) -> Bool {
        let parser = FeedParser(limits: limits)
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
