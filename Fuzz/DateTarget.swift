@testable import Parsing

/// Dates of every form.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    if let date = FeedDate.parse(UnsafeBufferPointer(start: start, count: count)) {
        checkDate(date)
        let written = timestamp(date)
        precondition(FeedDate.parse(written).map { timestamp($0) } == written, "a date reads as it was written")
    }
    return 0
}
