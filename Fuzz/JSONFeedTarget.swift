/// JSON Feeds; what is given is put where the items stand half of the time, so that more than the outermost braces is met.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    checkFeed(bytes, contentType: "application/feed+json")
    let head = #"{"version":"https://jsonfeed.org/version/1.1","items":["#
    checkFeed(Array(head.utf8) + bytes + Array("]}".utf8), contentType: "application/feed+json")
    return 0
}
