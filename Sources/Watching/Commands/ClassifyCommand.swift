import FeedModel
import FoundationEssentials
import Glibc
import Matching

extension Commands {
    /// The longest line that is judged, in bytes.
    static let longestLine = 16 << 20

    /// Judges entries given as JSON lines and answers in their order, one line each, as they come.
    public func classify(
        files: [String], withHits: Bool, watchlists: [String], model: String? = nil
    ) async -> ExitCode {
        guard let matcher = await weighedMatcher(watchlists, model: model) else { return .configuration }
        let classifier = Classifier(matcher: matcher, withHits: withHits)
        var code = ExitCode.success
        for path in files.isEmpty ? ["-"] : files {
            do {
                try Self.forEachLine(of: path) { lines in
                    let answers = lines.map(classifier.answer)
                    if answers.contains(where: { !$0.isGood }) { code = .wrong }
                    output.json(lines: answers.map(\.line))
                }
            } catch {
                output.error("reading entries: \(path): \(error)")
                code = .noInput
            }
        }
        return code
    }

    /// Hands over the lines of a file in the chunks they come in, so that a pipe is answered at once.
    private static func forEachLine(of path: String, _ take: ([ArraySlice<UInt8>]) -> Void) throws(FileError) {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw .system(errno) }
        defer { if path != "-" { close(descriptor) } }
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        var rest: [UInt8] = []
        // A line that is too long is answered once, with what was read of it, and the rest of it is passed over.
        var isPassingOver = false
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(errno) }
            guard count > 0 else { break }
            var lines: [ArraySlice<UInt8>] = []
            var start = 0
            for index in 0..<count where chunk[index] == UInt8(ascii: "\n") {
                if !isPassingOver { lines.append((rest + chunk[start..<index])[...]) }
                isPassingOver = false
                rest = []
                start = index + 1
            }
            if !isPassingOver { rest += chunk[start..<count] }
            if rest.count > longestLine {
                lines.append(rest[...])
                isPassingOver = true
                rest = []
            }
            take(lines.filter { !isBlank($0) })
        }
        if !rest.isEmpty && !isBlank(rest[...]) { take([rest[...]]) }
    }

    private static func isBlank(_ line: ArraySlice<UInt8>) -> Bool { line.allSatisfy { $0 <= 0x20 } }
}

/// One line of entries in, one line of verdict out.
struct Classifier: Sendable {
    let matcher: Matcher
    let withHits: Bool
    /// What the age of entries is counted to.
    var now = Date()

    func answer(to line: ArraySlice<UInt8>) -> (line: String, isGood: Bool) {
        guard line.count <= Commands.longestLine else {
            return refusal("longer than \(Commands.longestLine >> 20) MiB")
        }
        let json: JSON
        do { json = try JSON(reading: Array(line)) } catch { return refusal(error.description) }
        guard case .object = json else { return refusal("a JSON object should stand on the line") }
        let entry: EntryLine
        do { entry = try EntryLine(json) } catch { return refusal(error.description) }
        let verdict = matcher.verdict(on: entry.entry, of: entry.feed, now: now, withHits: withHits)
        return (Self.json(verdict, id: entry.id, kind: entry.entry.kind, withHits: withHits).text(), true)
    }

    private func refusal(_ why: String) -> (line: String, isGood: Bool) {
        (JSON.object(["id": .null, "error": .string(why)]).text(), false)
    }
}

extension Classifier {
    /// What is said of an entry, keys in a fixed order.
    static func json(_ verdict: Verdict, id: JSON, kind: EntryKind?, withHits: Bool) -> JSON {
        .object([
            "id": id,
            "type": kind.map { .string($0.rawValue) },
            "relevant": .bool(verdict.isRelevant),
            "relevance": .real(verdict.relevance),
            "topics": .array(topics(of: verdict)),
            "matches": .array(verdict.matches.map { json($0, withHits: withHits) }),
        ])
    }

    /// The topics of the watches passed, best first; a topic of several watches once, with its best score.
    private static func topics(of verdict: Verdict) -> [JSON] {
        var seen: Set<String> = []
        return verdict.matches.filter { seen.insert($0.watch.topic).inserted }.map { match in
            .object(["id": .string(match.watch.topic), "score": .real(match.score)])
        }
    }

    private static func json(_ match: Match, withHits: Bool) -> JSON {
        .object([
            "watch": .string(match.watch.name),
            "topic": .string(match.watch.topic),
            "score": .real(match.score),
            "threshold": .real(match.watch.threshold),
            "hits": withHits ? .array(match.hits.map { json($0) }) : nil,
        ])
    }

    private static func json(_ hit: Hit) -> JSON {
        .object([
            "line": .integer(Int64(hit.line)),
            "field": .string(hit.field.rawValue),
            "start": .integer(Int64(hit.start)),
            "end": .integer(Int64(hit.end)),
            "text": .string(hit.text),
            "points": .real(hit.points),
        ])
    }
}
