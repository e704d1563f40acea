import FeedModel
import FoundationEssentials
import TestSupport
import Testing

@testable import Watching

/// The rule of decision 20 on edits that publishers really made, labelled by a reader (`Fixtures/edits/edits.tsv`).
@Suite struct RealEditsTests {
    private struct Row {
        var isMaterial: Bool
        var old: EntryText
        var new: EntryText
        var line: String
    }

    private static func rows() throws -> [Row] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/edits/edits.tsv")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            let fields = $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let title = texts(words: Int(fields[2]) ?? 0, changes: fields[3], filler: "headword")
            let body = texts(words: Int(fields[4]) ?? 0, changes: fields[5], filler: "bodyword")
            return Row(
                isMaterial: fields[0] == "material", old: EntryText(title: title.old, body: body.old),
                new: EntryText(title: title.new, body: body.new), line: String($0.prefix(160)))
        }
    }

    /// Both forms of a text of so many words, what changed in its place and other words between.
    private static func texts(words: Int, changes: String, filler: String) -> (old: String, new: String) {
        let changes = changes.split(separator: " | ").map { change in
            change.split(separator: "=>", omittingEmptySubsequences: false).map(String.init)
        }
        let gap = max(1, words / (changes.count + 1))
        var (old, new): ([String], [String]) = ([], [])
        var count = 0
        func fill(_ number: Int) {
            for _ in 0..<max(0, number) {
                count += 1
                old.append("\(filler)\(count)")
                new.append("\(filler)\(count)")
            }
        }
        for (number, change) in changes.enumerated() {
            fill(gap)
            old.append(written(change[0], "\(filler)old\(number)"))
            new.append(written(change[change.count - 1], "\(filler)new\(number)"))
        }
        fill(words - old.joined(separator: " ").split(separator: " ").count)
        return (old.joined(separator: " "), new.joined(separator: " "))
    }

    /// The fragment, with words for the number of them that it leaves out.
    private static func written(_ fragment: String, _ filler: String) -> String {
        fragment.split(separator: " ").map { word in
            guard word.hasPrefix("{"), let count = Int(word.dropFirst().dropLast()) else { return String(word) }
            return (0..<count).map { "\(filler)of\($0)" }.joined(separator: " ")
        }.joined(separator: " ")
    }

    /// 27 of the 38 are found, and 22 of the other 296 are taken for material; decision 20 says which.
    @Test func `most edits that say something else are found, and few of the rest are taken for such`() throws {
        let rows = try Self.rows()
        #expect(rows.count == 334 && rows.count(where: \.isMaterial) == 38)
        var (missed, wrong): ([String], [String]) = ([], [])
        for row in rows {
            let judgement = EditJudge.judge(from: EditJudge.Form(row.old), to: EditJudge.Form(row.new))
            let isTold = judgement?.edit == .material
            if row.isMaterial, !isTold { missed.append(row.line) }
            if !row.isMaterial, isTold { wrong.append("\(judgement?.reasons ?? []) \(row.line)") }
        }
        #expect(missed.count <= 11, "\(missed.joined(separator: "\n"))")
        #expect(wrong.count <= 22, "\(wrong.joined(separator: "\n"))")
    }
}
