import FeedModel
import Parsing

/// Documents to complete entries: every field, dates, ids as published, the keys by which entries are known again and the
/// name that each bears in store and digests (which is made for new entries only where feeds are checked), bodies still in
/// their markup; and beside it the bodies to plain text. The line has the keys of the drivers that it is compared with:
/// `MBps` and `eps` (entries a second) of processor time, and `text_MBps`, megabytes of body markup a second.
enum ParseBenchmark {
    static func run(_ arguments: [String]) throws(BenchmarkError) -> String {
        guard arguments.count == 2, let seconds = Double(arguments[1]), seconds > 0, seconds < 3600 else {
            throw .usage
        }
        let documents = try files(in: arguments[0]).map { Document(bytes: $0.bytes, url: "https://example.org/feed") }
        let parser = FeedParser()
        var entries = 0
        var bad = 0
        var nameBytes = 0
        let reading = measure(seconds: seconds) {
            entries = 0
            bad = 0
            nameBytes = 0
            for document in documents {
                do {
                    let feed = try parser.parse(document)
                    for known in parser.identities(of: feed, feedURL: document.url) {
                        entries += 1
                        nameBytes += known.id(in: document.url).text.utf8.count
                    }
                } catch {
                    bad += 1
                }
            }
        }
        let bodies = documents.compactMap { try? parser.parse($0) }.flatMap(\.entries).flatMap { entry in
            [entry.summary].compactMap { $0 } + entry.content
        }
        let bodyBytes = bodies.reduce(0) { $0 + $1.text.utf8.count }
        var textBytes = 0
        let making = measure(seconds: seconds / 4) {
            textBytes = bodies.reduce(0) { $0 + parser.plainText(of: $1).utf8.count }
        }
        let bytes = documents.reduce(0) { $0 + $1.bytes.count }
        func rate(_ amount: Int, _ measured: (passes: Int, seconds: Double)) -> Double {
            Double(amount) * Double(measured.passes) / measured.seconds
        }
        return JSON.object([
            "mode": .string("durbeen"), "files": .integer(Int64(documents.count)), "bytes": .integer(Int64(bytes)),
            "entries": .integer(Int64(entries)), "bad": .integer(Int64(bad)),
            "name_bytes": .integer(Int64(nameBytes)),
            "passes": .integer(Int64(reading.passes)), "cpu_s": .real(reading.seconds),
            "MBps": .real(rate(bytes, reading) / 1e6), "eps": .real(rate(entries, reading)),
            "body_bytes": .integer(Int64(bodyBytes)), "text_bytes": .integer(Int64(textBytes)),
            "text_MBps": .real(rate(bodyBytes, making) / 1e6),
        ]).text(indented: false)
    }
}
