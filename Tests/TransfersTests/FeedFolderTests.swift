import FeedModel
import LoopbackServer
import TestSupport
import Testing

@testable import Transfers

@Suite struct FeedFolderTests {
    @Test func `a folder is served as a careful publisher would: whole once, then by 304 until it changes`()
        async throws
    {
        let directory = try TemporaryDirectory()
        try directory.write("<rss/>", to: "feeds/world news.rss")
        let folder = FeedFolder(directory.path("feeds"))
        let server = try LoopbackServer { folder.response(to: $0) }
        let fetcher = Fetcher(.test)
        var request = FetchRequest(url: server.url + "/world%20news.rss")
        let first = try await fetcher.fetch(request)
        #expect(first.document?.bytes == Array("<rss/>".utf8))
        #expect(first.document?.contentType?.hasPrefix("application/rss+xml") == true)
        request.validators = first.validators
        request.validatorsURL = request.url
        #expect(try await fetcher.fetch(request).isNotModified)
        try directory.write("<rss version=\"2.0\"/>", to: "feeds/world news.rss")
        #expect(try await fetcher.fetch(request).document != nil)
        await fetcher.stop()
        server.stop()
    }

    @Test(arguments: [
        "/../secret.xml", "/..%2Fsecret.xml", "/%2e%2e/secret.xml", "/.hidden.xml", "/feeds", "/a%00b.xml", "/%zz",
        "//",
    ])
    func `nothing outside the folder and nothing hidden is served`(target: String) throws {
        let directory = try TemporaryDirectory()
        for name in ["secret.xml", "feeds/.hidden.xml", "feeds/a.xml"] { try directory.write("<rss/>", to: name) }
        let folder = FeedFolder(directory.path("feeds"))
        #expect(folder.response(to: LoopbackRequest(target: target)).status == 404)
        #expect(folder.response(to: LoopbackRequest(target: "/a.xml")).status == 200)
        #expect(folder.names == ["a.xml"])
    }
}
