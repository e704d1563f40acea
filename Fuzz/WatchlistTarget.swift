import FeedModel
import Matching

/// Watchlist files, and what they make of an entry of the same bytes: mistakes have places in the file, hits in the text,
/// and scores alone say what scores with hits say.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let text = String(decoding: bytes, as: UTF8.self)
    // A head before the bytes gets past the first line more often than luck would.
    for head in ["", "[set s]\ngold Pak* \"x y\"\n[watch \"W\"]\ntopic = t\nthreshold = 0\n"] {
        do {
            let matcher = try Matcher([WatchlistSource(path: "f", bytes: Array(head.utf8) + bytes)])
            check(matcher, text)
        } catch {
            precondition(!error.errors.isEmpty, "a refusal says why")
            for one in error.errors { precondition(one.line >= 1 && one.column >= 1, "a mistake has a place") }
            _ = error.errors.map(\.caret)
        }
    }
    return 0
}

private func check(_ matcher: Matcher, _ text: String) {
    let half = text.index(text.startIndex, offsetBy: text.count / 2)
    let entry = Entry(
        id: EntryID("e"), feedURL: "", title: String(text[..<half]), summary: String(text[half...]), body: text)
    let (scores, whole) = (
        matcher.verdict(on: entry, of: nil, withHits: false), matcher.verdict(on: entry, of: nil, withHits: true)
    )
    precondition(
        scores.matches.map(\.score) == whole.matches.map(\.score)
            && scores.matches.map(\.watch.name) == whole.matches.map(\.watch.name), "hits change no score")
    for match in whole.matches {
        for hit in match.hits where !hit.text.isEmpty {
            let field = hit.field == .title ? entry.title : hit.field == .summary ? entry.summary : entry.body
            guard [.title, .summary, .body].contains(hit.field) else { continue }
            let scalars = Array(field.unicodeScalars)
            precondition(hit.start >= 0 && hit.start < hit.end && hit.end <= scalars.count, "a hit stands in its field")
            var cut = ""
            cut.unicodeScalars.append(contentsOf: scalars[hit.start..<hit.end])
            precondition(cut.unicodeScalars.elementsEqual(hit.text.unicodeScalars), "a hit's text is what stands there")
        }
    }
    _ = matcher.explain(entry, of: nil)
}
