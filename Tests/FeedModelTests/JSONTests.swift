import FeedModel
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        [], [""], ["a"], ["a", "b"], ["\"", "\\", "\n\t\u{0}\u{7F}"], ["پاکستان", "e\u{301}", "👩‍👩‍👧"], ["[", "]", ","],
    ])
    func `a list of texts is written as the value of it would be`(texts: [String]) {
        #expect(JSON.text(ofStrings: texts) == JSON.strings(texts).text())
    }
}
