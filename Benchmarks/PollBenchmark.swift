import FeedModel
import Glibc
import Watching

/// One poll of `n` feeds `BASE/f00000.xml`, ... by the daemon's own code: fetched, parsed, matched against no watchlist and
/// stored. A second run over the same folder asks with the validators of the first. Run from outside, which times it.
enum PollBenchmark {
    static let usage = "--base URL -n N --concurrency N --state FOLDER [--ca FILE] [--fresh] [--index]"

    static func run(_ arguments: [String]) async throws(BenchmarkError) -> String {
        var values: [String: String] = [:]
        var flags: Set<String> = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if ["--fresh", "--index"].contains(word) {
                flags.insert(word)
            } else if ["--base", "-n", "--concurrency", "--state", "--ca"].contains(word), let value = rest.popFirst() {
                values[word] = value
            } else {
                throw .usage
            }
        }
        guard let base = values["--base"], let folder = values["--state"],
            let count = values["-n"].flatMap({ Int($0) }),
            let concurrency = values["--concurrency"].flatMap({ Int($0) }), (0...1_000_000).contains(count)
        else { throw .usage }
        let urls = (0..<count).map { (number) -> String in
            // Five digits, more from a hundred thousand on.
            let digits = String(number).utf8
            var url = Array(base.utf8)
            url += "/f".utf8
            url += repeatElement(UInt8(ascii: "0"), count: max(0, 5 - digits.count))
            url += digits
            url += ".xml".utf8
            return String(decoding: url, as: UTF8.self)
        }
        do {
            let round = try PollRound(
                urls: urls, concurrency: concurrency, folder: folder, caFile: values["--ca"],
                keepsConnections: !flags.contains("--fresh"))
            let summary = try await round.run()
            let polled = processorSeconds()
            if flags.contains("--index") { try await PollRound.index(folder: folder) }
            return JSON.object([
                "checked": .integer(Int64(summary.checked)), "unchanged": .integer(Int64(summary.unchanged)),
                "updated": .integer(Int64(summary.updated)), "new": .integer(Int64(summary.newEntries)),
                "failed": .integer(Int64(summary.failed)), "cpu": .real(polled),
                "index_cpu": flags.contains("--index") ? .real(processorSeconds() - polled) : nil,
            ]).text()
        } catch {
            throw .input("\(error)")
        }
    }

    private static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
