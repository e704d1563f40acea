import FeedModel
import Parsing

/// Subscription lists: what was read can be edited, written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let list = try? OPML.read(bytes) else { return 0 }
    var feed = Feed(url: "https://example.org/new.xml", title: "New & <old>")
    feed.group = "Some/Group"
    let longer = list.adding(feed)
    guard let again = try? OPML.read(longer.bytes()) else { preconditionFailure("what was written is not read") }
    precondition(again.feeds.contains { $0.url == feed.url }, "an added feed is in the list")
    let shorter = again.removing(url: feed.url)
    guard let rest = try? OPML.read(shorter.bytes()) else { preconditionFailure("what was written is not read") }
    precondition(!rest.feeds.contains { $0.url == feed.url }, "a removed feed is out of the list")
    return 0
}
