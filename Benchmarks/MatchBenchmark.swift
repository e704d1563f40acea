import FeedModel
import Matching

/// Stored queries over documents, with the keys of the drivers that it is compared with: `docs_s` (documents a second of
/// processor time), `matches`, `docs`. FOLDER holds `docs.txt` (a document a line) and `q_N.tsv` (a query a line, postfix:
/// `w:word`, `p:a phrase`, `x:prefix`, `&n`, `|n`, `!`). Each query becomes a watch with one must line.
enum MatchBenchmark {
    static func run(_ arguments: [String]) throws(BenchmarkError) -> String {
        guard arguments.count == 3, let count = Int(arguments[1]), let most = Int(arguments[2]), most > 0 else {
            throw .usage
        }
        let documents = try lines(of: arguments[0] + "/docs.txt").prefix(most)
        let queries = try lines(of: arguments[0] + "/q_\(count).tsv")
        let entries = documents.map { Entry(id: EntryID("d"), feedURL: "", title: "", summary: $0) }
        var file = "[defaults]\nthreshold = 0\n"
        for (number, query) in queries.enumerated() {
            file += "[watch \"\(number)\"]\ntopic = technology\nmust \(try expression(query))\n"
        }
        let began = processorSeconds()
        let matcher = try matcher([WatchlistSource(path: "queries", text: file)])
        let loading = processorSeconds() - began
        var matches = 0
        let start = processorSeconds()
        for entry in entries { matches += matcher.verdict(on: entry, of: nil, withHits: false).matches.count }
        let seconds = processorSeconds() - start
        return JSON.object([
            "mode": .string("durbeen"), "q": .integer(Int64(queries.count)), "docs": .integer(Int64(entries.count)),
            "matches": .integer(Int64(matches)), "build_s": .real((loading * 1000).rounded() / 1000),
            "cpu_s": .real(seconds), "docs_s": .real((Double(entries.count) / seconds).rounded()),
        ]).text()
    }

    /// A postfix query in the language of watchlists.
    private static func expression(_ query: String) throws(BenchmarkError) -> String {
        var stack: [String] = []
        for item in query.split(separator: "\t") {
            if item.hasPrefix("w:") {
                stack.append("=" + item.dropFirst(2))
            } else if item.hasPrefix("p:") {
                stack.append("\"\(item.dropFirst(2))\"")
            } else if item.hasPrefix("x:") {
                stack.append(item.dropFirst(2) + "*")
            } else if item == "!", let last = stack.popLast() {
                stack.append("-\(last)")
            } else if let count = Int(item.dropFirst()), count <= stack.count {
                let parts = stack.suffix(count).joined(separator: item.hasPrefix("&") ? " & " : " | ")
                stack.removeLast(count)
                stack.append("(\(parts))")
            } else {
                throw .input("reading a query: \(item) is no part of one")
            }
        }
        guard stack.count == 1 else { throw .input("reading a query: \(stack.count) values are left of \(query)") }
        return stack[0]
    }

    static func matcher(_ sources: [WatchlistSource]) throws(BenchmarkError) -> Matcher {
        do { return try Matcher(sources) } catch { throw .input("loading watchlists: \(error)") }
    }
}

/// Whole entries through the given watchlists, and a relevance model if a file `*.model` is among them: `verdict
/// ENTRIES.jsonl SECONDS FILE…` prints entries a second of processor time with and without hits.
enum VerdictBenchmark {
    static func run(_ arguments: [String]) throws(BenchmarkError) -> String {
        guard arguments.count >= 3, let seconds = Double(arguments[1]), seconds > 0, seconds < 3600 else {
            throw .usage
        }
        let entries = try lines(of: arguments[0]).compactMap { line in
            (try? JSON(reading: Array(line.utf8))).map { json in
                var entry = Entry(
                    id: EntryID(json["id"]?.string ?? ""), feedURL: "", title: json["title"]?.string ?? "",
                    summary: json["text"]?.string ?? "")
                entry.language = json["lang"]?.string
                return entry
            }
        }
        guard !entries.isEmpty else { throw .input("reading \(arguments[0]): no entries in it") }
        var sources: [WatchlistSource] = []
        for path in arguments.dropFirst(2) {
            sources.append(WatchlistSource(path: path, bytes: Array(try lines(of: path).joined(separator: "\n").utf8)))
        }
        let began = processorSeconds()
        let matcher: Matcher
        do {
            let model = try sources.first { $0.path.hasSuffix(".model") }.map { try RelevanceModel($0) }
            matcher = try Matcher(sources.filter { !$0.path.hasSuffix(".model") }, model: model)
        } catch { throw .input("loading watchlists: \(error)") }
        let loading = processorSeconds() - began
        func rate(withHits: Bool) -> (rate: Double, accepted: Int) {
            var accepted = 0
            let spent = measure(seconds: seconds) {
                accepted = 0
                for entry in entries where matcher.verdict(on: entry, of: nil, withHits: withHits).isRelevant {
                    accepted += 1
                }
            }
            return ((Double(entries.count * spent.passes) / spent.seconds).rounded(), accepted)
        }
        let (scores, hits) = (rate(withHits: false), rate(withHits: true))
        return JSON.object([
            "mode": .string("durbeen"), "watches": .integer(Int64(matcher.watches.count)),
            "entries": .integer(Int64(entries.count)), "accepted": .integer(Int64(scores.accepted)),
            "load_s": .real(loading), "entries_s": .real(scores.rate), "entries_with_hits_s": .real(hits.rate),
        ]).text()
    }
}
