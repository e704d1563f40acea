import FeedModel
import Testing

@Suite struct FeedTests {
    @Test func `a copy that is changed leaves the feed that it was copied from as it was`() {
        let feed = Feed(url: "https://a.example/feed", title: "A")
        var copy = feed
        copy.title = "B"
        copy.interval = .seconds(1800)
        copy.password = Password("secret")
        #expect(feed == Feed(url: "https://a.example/feed", title: "A"))
        #expect(feed.interval == nil && feed.password == nil)
        #expect(copy.title == "B" && copy.interval == .seconds(1800) && copy.url == feed.url)
    }

    @Test func `feeds that say the same are equal and count as one, whether or not one is a copy of the other`() {
        let feed = Feed(url: "https://a.example/feed", kind: .press, rateGroup: "a")
        var other = Feed(url: "https://a.example/feed", kind: .press)
        #expect(feed != other)
        other.rateGroup = "a"
        #expect(feed == other && Set([feed, other]).count == 1)
    }

    @Test(arguments: [
        (Feed(url: "https://a.example/feed", title: "A", interval: .seconds(3600), rateGroup: "a"), true),
        (Feed(url: "https://a.example/feed", username: "reader"), false),
        (Feed(url: "https://a.example/feed", passwordFile: "/run/secret"), false),
        (Feed(url: "https://a.example/feed", allowsInsecureTLS: true), false),
    ])
    func `a feed is asked plainly if it takes neither credentials nor leave for a bad certificate`(
        feed: Feed, isPlain: Bool
    ) {
        #expect(feed.isAskedPlainly == isPlain)
    }

    @Test func `a feed with a password is not asked plainly`() {
        var feed = Feed(url: "https://a.example/feed")
        feed.password = Password("secret")
        #expect(!feed.isAskedPlainly)
    }
}
