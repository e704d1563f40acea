import FeedModel

@testable import Parsing

/// Feeds in XML, and what was meant to be XML, through every reader that may get to see them. Where the quick reader takes
/// a document, libxml2 must take it too, and read the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    checkFeed(bytes, contentType: nil)
    let text = decodeDocument(bytes, contentType: nil).bytes
    text.withUnsafeBufferPointer { text in
        let reader = MarkupFeed(limits: ParseLimits(), base: "https://example.org/feeds/all.xml")
        let prologue = Prologue(text)
        guard let quick = reader.readQuickly(text, prologue) else { return }
        let thorough = reader.readThoroughly(text, prologue)
        precondition(quick == thorough, "the quick reader reads what libxml2 reads")
    }
    return 0
}
