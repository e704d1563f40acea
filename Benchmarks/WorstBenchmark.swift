import FeedModel
import Glibc
import Matching

/// The dearest entries: `worst WATCHES` loads so many made-up watches and prints the milliseconds of processor time for
/// one entry of 2,000 words and for entries made to hurt (the dearest of a few runs, the first left out).
enum WorstBenchmark {
    static func run(_ arguments: [String]) throws(BenchmarkError) -> String {
        guard arguments.count == 1, let count = Int(arguments[0]), (1...100_000).contains(count) else { throw .usage }
        var words = WordSource()
        let file = words.watchlist(count)
        let began = processorSeconds()
        let matcher = try MatchBenchmark.matcher([WatchlistSource(path: "watches", text: file)])
        let loading = processorSeconds() - began
        let entries: [(String, Entry)] = [
            ("plain_2000_words", words.entry(bodyWords: 2000)),
            ("plain_10000_words", words.entry(bodyWords: 10_000)),
            ("one_word_64_KiB", entry(String(repeating: "sanction ", count: 7281))),
            ("capitals_64_KiB", entry(String(repeating: "US ", count: 21_845))),
            ("points_64_KiB", entry(String(repeating: "U.S.", count: 16_384))),
            ("hyphens_64_KiB", entry(String(repeating: "de-escalation-", count: 4681))),
            ("letters_64_KiB", entry(String(repeating: "a", count: 65_536))),
            ("marks_64_KiB", entry(String(repeating: "a\u{0301}\u{0301}\u{0301}", count: 9362))),
            ("cjk_64_KiB", entry(String(repeating: "\u{7F8E}\u{570B}", count: 10_922))),
            ("all_terms_64_KiB", entry(String(words.allWords.joined(separator: " ").prefix(65_536)))),
        ]
        var members: [String: JSON] = [:]
        for (name, entry) in entries {
            var dearest = 0.0
            for run in 0..<6 {
                let start = processorSeconds()
                _ = matcher.verdict(on: entry, of: nil, withHits: false)
                let spent = processorSeconds() - start
                if run > 0 { dearest = max(dearest, spent) }
            }
            members[name] = .real((dearest * 1e5).rounded() / 100)
        }
        var lines = "{\"mode\": \"durbeen\", \"watches\": \(count), \"load_s\": \((loading * 1000).rounded() / 1000)"
        for (name, _) in entries { lines += ", \"\(name)\": \(members[name]?.text() ?? "null")" }
        return lines + "}"
    }

    private static func entry(_ body: String) -> Entry {
        Entry(id: EntryID("e"), feedURL: "", title: "US and Pakistan", summary: "On sanctions.", body: body)
    }
}

/// Made-up words, watches and texts, the same every time.
private struct WordSource {
    private var state: UInt64 = 77
    private(set) var allWords: [String] = []

    init() {
        let syllables = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo za bra cle dri fro gru".split(
            separator: " ")
        for _ in 0..<60_000 {
            allWords.append((0..<(2 + next(3))).map { _ in String(syllables[next(syllables.count)]) }.joined())
        }
    }

    /// A number below `limit` (a linear congruential generator).
    private mutating func next(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(limit))
    }

    /// A word as texts have them: the first of all is the most frequent, the tenth a tenth as frequent (Zipf's law).
    private mutating func word(from rank: Int = 1) -> String {
        let share = Double(next(1 << 24)) / Double(1 << 24)
        let drawn = Double(rank) * pow(Double(allWords.count) / Double(rank), share)
        return allWords[min(Int(drawn), allWords.count - 1)]
    }

    /// A word as watches name them: none of the five hundred most frequent.
    private mutating func term() -> String { word(from: 500) }

    mutating func watchlist(_ count: Int) -> String {
        var text = "[set side]\n" + (0..<200).map { _ in term() }.joined(separator: " ") + "\n"
        for number in 0..<count {
            text += "[watch \"W\(number)\"]\ntopic = technology\nthreshold = 4\n"
            text += "must @side (\(term()) | \(term()) | \"\(term()) \(term())\")\n"
            text += "+4 \(term()) | \(term())* | US | sanction*\n+2 \(term()) NEAR/10 \(term()) max=6\n"
            text +=
                "+2 title:\(term()) | (\(term()) SENTENCE @side)\n-3 \"\(term()) \(term())\"\nnever title:=\(term())x\n"
        }
        return text
    }

    mutating func entry(bodyWords: Int) -> Entry {
        var body = ""
        for at in 0..<bodyWords { body += word() + (at % 15 == 14 ? ".\n" : " ") }
        return Entry(
            id: EntryID("e"), feedURL: "", title: "\(word()) \(word()) \(word())", summary: body.prefix(300) + "",
            body: body)
    }
}
