import Glibc

/// `durbeen-bench NAME ...`: one measurement, printed as one line of JSON. What each measures stands in its own file;
/// `Benchmarks/thresholds.json` holds the ratios that must be kept.
@main struct Benchmark {
    private typealias Run = @Sendable ([String]) async throws(BenchmarkError) -> String

    private static let all: [(name: String, usage: String, run: Run)] = [
        ("parse", "FOLDER SECONDS", { arguments throws(BenchmarkError) in try ParseBenchmark.run(arguments) }),
        ("match", "FOLDER Q MAXDOCS", { arguments throws(BenchmarkError) in try MatchBenchmark.run(arguments) }),
        (
            "verdict", "ENTRIES.jsonl SECONDS WATCHLIST...",
            { arguments throws(BenchmarkError) in try VerdictBenchmark.run(arguments) }
        ),
        (
            "poll", PollBenchmark.usage,
            { arguments throws(BenchmarkError) in try await PollBenchmark.run(arguments) }
        ),
        (
            "schedule", ScheduleBenchmark.usage,
            { arguments throws(BenchmarkError) in try await ScheduleBenchmark.run(arguments) }
        ),
        (
            "deliver", DeliverBenchmark.usage,
            { arguments throws(BenchmarkError) in try await DeliverBenchmark.run(arguments) }
        ),
        (
            "freeze", "FOLDER",
            { arguments throws(BenchmarkError) in try await DeliverBenchmark.runFreezing(arguments) }
        ),
        ("worst", "WATCHES", { arguments throws(BenchmarkError) in try WorstBenchmark.run(arguments) }),
    ]

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let benchmark = all.first(where: { $0.name == arguments.first }) else {
            end(64, all.map { "usage: durbeen-bench \($0.name) \($0.usage)" }.joined(separator: "\n"))
        }
        do {
            print(try await benchmark.run(Array(arguments.dropFirst())))
        } catch BenchmarkError.usage {
            end(64, "usage: durbeen-bench \(benchmark.name) \(benchmark.usage)")
        } catch {
            end(66, "durbeen-bench: \(error)")
        }
    }

    private static func end(_ code: Int32, _ message: String) -> Never {
        let line = Array((message + "\n").utf8)
        _ = write(2, line, line.count)
        exit(code)
    }
}

/// Why there is nothing to measure.
enum BenchmarkError: Error, CustomStringConvertible {
    case usage
    case input(String)

    var description: String {
        switch self {
        case .usage: "wrong arguments"
        case .input(let text): text
        }
    }
}
