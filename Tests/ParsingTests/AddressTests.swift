import FeedModel
import Testing

@testable import Parsing

@Suite struct AddressTests {
    @Test(arguments: [
        ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q#s"),
        ("g#s", "http://a/b/c/g#s"),
        ("g?y#s", "http://a/b/c/g?y#s"), (";x", "http://a/b/c/;x"), ("", ""), (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"),
        ("..", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../g", "http://a/g"),
        ("../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g;x=1/../y", "http://a/b/c/y"),
        ("http://other/x", "http://other/x"), ("mailto:a@b", "mailto:a@b"), ("javascript:x", ""),
        (" g\n", "http://a/b/c/g"),
        ("http://x/a b", "http://x/a b"),
    ])
    func `resolves as RFC 3986 does`(reference: String, url: String) {
        #expect(Address.resolve(reference, base: "http://a/b/c/d;p?q") == url)
    }

    @Test func `leaves a relative reference as it is where there is no base`() {
        #expect(Address.resolve("/a", base: nil) == "/a")
        #expect(Address.resolve("/a", base: "file:///etc/") == "/a")
    }

    @Test(arguments: [
        ("https://x/a?utm_source=rss&id=1&utm_medium=feed", "https://x/a?id=1"),
        ("https://x/a?utm_source=rss", "https://x/a"),
        ("https://x/a?id=1&fbclid=q#top", "https://x/a?id=1#top"), ("https://x/a?id=1&amp;utm_x=1", "https://x/a?id=1"),
        ("https://x/a?utmost=1", "https://x/a?utmost=1"), ("https://x/a?b&c=&d", "https://x/a?b&c=&d"),
        ("https://x/a?fbclid#top", "https://x/a#top"), ("https://x/a?a=1&gclid#c", "https://x/a?a=1#c"),
        ("https://x/a?a=1#?fbclid=1&utm_x=2", "https://x/a?a=1#?fbclid=1&utm_x=2"),
        ("https://x/a#b?utm_x=2", "https://x/a#b?utm_x=2"),
        ("https://x/a?", "https://x/a?"),
        ("/a?gclid=1&x=2", "/a?x=2"), ("https://x/utm_source=1", "https://x/utm_source=1"),
    ])
    func `takes the parameters of campaigns off (D5)`(url: String, clean: String) {
        #expect(Tracking.removed(from: url) == clean)
    }
}

@Suite struct PersonTests {
    @Test(
        arguments: [
            ("me@x.org (Me Too)", "Me Too", "me@x.org"), ("Me Too <me@x.org>", "Me Too", "me@x.org"),
            ("Me Too (me@x.org)", "Me Too", "me@x.org"), ("me@x.org", nil, "me@x.org"), ("Me Too", "Me Too", nil),
            ("Me @ Home", "Me @ Home", nil), ("mailto:me@x.org", nil, "me@x.org"),
        ] as [(String, String?, String?)])
    func `splits a name from an address`(text: String, name: String?, email: String?) {
        let person = Person(reading: text)
        #expect(person?.name == name)
        #expect(person?.email == email)
    }
}
