import FeedModel
@testable import Parsing

/// HTML to plain text, and what is found in a page.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let html = UnsafeBufferPointer(start: start, count: count)
    checkText(cleanText(PageText.plain(html: html)))
    checkText(cleanText(PageText.plain(text: html)))
    _ = looksLikeHTML(html)
    let page = Document(bytes: Array(html), url: "https://example.org/news/page")
    for address in FeedDiscovery.named(in: page).map(\.url) + FeedDiscovery.usualPlaces(of: page) {
        precondition(address.lowercased().hasPrefix("http"), "only web addresses are tried")
    }
    _ = FeedDiscovery.isPage(page)
    checkText(FeedParser().pageText(page))
    return 0
}
