import FeedModel
import Matching
import Parsing

extension Commands {
    /// Reads feed documents and explains what every watch makes of each entry.
    public func match(
        _ documents: Documents, watchlists: [String], model: String? = nil, json: Bool
    ) async -> ExitCode {
        guard let matcher = await weighedMatcher(watchlists, model: model) else { return .configuration }
        let parser = FeedParser(limits: documentLimits())
        var code = ExitCode.success
        for path in documents.files {
            let bytes: [UInt8]
            do { bytes = try readInput(path, limit: 256 << 20) } catch {
                output.error("reading the document: \(path): \(error)")
                code = .noInput
                continue
            }
            do { try explain(bytes, documents, parser, matcher, json: json) } catch {
                output.error("\(path): \(error)")
                if code == .success { code = .wrong }
            }
        }
        return code
    }

    private func explain(
        _ bytes: [UInt8], _ documents: Documents, _ parser: FeedParser, _ matcher: Matcher, json: Bool
    ) throws(ParseError) {
        let url = documents.baseURL ?? ""
        let parsed = try parser.parse(Document(bytes: bytes, url: url, contentType: documents.contentType))
        let identities = parser.identities(of: parsed, feedURL: url)
        for (index, known) in identities.enumerated() {
            var entry = parser.entry(
                at: index, of: parsed, id: known.id(in: url), identity: known.identity, feedURL: url,
                language: parsed.language?.tag)
            entry.kind = EntryKind(of: entry, from: nil, hasAudio: parsed.entries[index].hasAudio)
            if json {
                let verdict = matcher.verdict(on: entry, of: nil)
                let answer = Classifier.json(
                    verdict, id: .string(entry.id.text), kind: entry.kind, withHits: true)
                output.json(answer, indented: false)
            } else {
                output.lines(Self.explanation(of: entry, by: matcher.explain(entry, of: nil)))
            }
        }
    }

    static func explanation(of entry: Entry, by watches: [WatchExplanation]) -> [String] {
        var lines = [entry.title.isEmpty ? "(no title)" : entry.title]
        if let url = entry.url { lines.append("  \(url)") }
        if watches.isEmpty { lines.append("  no watch found anything") }
        for watch in watches {
            let verdict = watch.refusal.map { "no: \($0)" } ?? "yes"
            lines.append(
                "  \(watch.watch.name) (\(watch.watch.topic)): \(plain(watch.score)) of \(plain(watch.watch.threshold)), \(verdict)"
            )
            lines += watch.hits.map(Commands.hitLine)
        }
        return lines + [""]
    }

    /// Which line of the watchlist found what, and where.
    static func hitLine(_ hit: Hit) -> String {
        let points = hit.points == 0 ? "gate" : (hit.points > 0 ? "+" : "") + plain(hit.points)
        // A comparison (`relevance >= 0.5`) holds, but stands nowhere in the text.
        let place = hit.text.isEmpty ? "what it compares" : "\"\(hit.text)\" in \(hit.field.rawValue) at \(hit.start)"
        return "    line \(hit.line): \(points) \(place)"
    }
}
