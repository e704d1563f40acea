import Digests
import FeedModel
import FoundationEssentials
import Testing

@Suite struct NoticeTests {
    private let digest: Digest = {
        var job = Samples.entry("x1", title: "Now hiring: programme officer for Pakistan")
        job.entry.kind = .job
        var event = Samples.entry("x2", title: "Webinar on minerals and Washington")
        event.entry.kind = .event
        var release = Samples.entry("x3", title: "Readout of the call on minerals")
        release.entry.kind = .pressRelease
        return DigestBuilder().build(Samples.request([job, event, release]))
    }()

    @Test func `jobs and events stay out of the body, but are carried, once`() {
        #expect(digest.stories.map(\.title) == ["Readout of the call on minerals"])
        #expect(Set(digest.notices.flatMap { $0.entries.map(\.id.text) }) == ["x1", "x2"])
        #expect(digest.entryIDs.map(\.text).sorted() == ["x1", "x2", "x3"])
    }

    @Test(arguments: [DigestFormat.text, .html, .markdown, .json])
    func `every rendering names them at the end`(format: DigestFormat) throws {
        let text = String(decoding: render(digest, as: format), as: UTF8.self)
        let body = try #require(text.firstRange(of: "Readout of the call on minerals"))
        let job = try #require(text.firstRange(of: "Now hiring: programme officer for Pakistan"))
        #expect(body.lowerBound < job.lowerBound)
    }
}
