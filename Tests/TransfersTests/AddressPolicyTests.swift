import FeedModel
import LoopbackServer
import TestSupport
import Testing

@testable import Transfers

@Suite struct AddressPolicyTests {
    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
        "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::2", "fe80::1", "fec0::1", "fc00::1",
        "fd12::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "64:ff9b:1::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::",
        // Teredo keeps the client's address inverted.
        "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    ])
    func `P-58, S1: addresses that are not the Internet's are refused, wrapped or not`(text: String) throws {
        #expect(!AddressPolicy().permits(try #require(IPAddress(text))))
    }

    @Test(arguments: [
        "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.17.0.1", "198.20.0.1",
        "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::101:101",
    ])
    func `public addresses are not refused`(text: String) throws {
        #expect(AddressPolicy().permits(try #require(IPAddress(text))))
    }

    @Test func `a range that the operator allowed is permitted, also in its mapped form, and nothing beside it`() throws
    {
        let policy = AddressPolicy(allowed: ["127.0.0.0/8", "10.1.2.3", "fd00::/63"].compactMap { AddressRange($0) })
        for text in ["127.9.9.9", "::ffff:127.0.0.1", "10.1.2.3", "fd00:0:0:1::5"] {
            #expect(policy.permits(try #require(IPAddress(text))), "\(text)")
        }
        for text in ["10.1.2.4", "fd00:0:0:2::5", "::1", "192.168.0.1"] {
            #expect(!policy.permits(try #require(IPAddress(text))), "\(text)")
        }
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "localhost", "10.0.0", "10.0.0.0/8/8",
        "1.2.3.4/+8",
    ])
    func `what is no range is not read as one`(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: [
        "http://127.0.0.1:PORT/", "http://2130706433:PORT/", "http://0x7f.1:PORT/", "http://0177.0.0.1:PORT/",
        "http://127.1:PORT/", "http://localhost:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://[::1]:PORT/",
        "http://[::]:PORT/", "http://0:PORT/", "http://0.0.0.0:PORT/", "http://127.0.0.1.:PORT/",
        "http://１２７.０.０.１:PORT/", "http://①②⑦.⓪.⓪.①:PORT/", "http://127。0。0。1:PORT/", "http:\\\\127.0.0.1:PORT/",
        "http://[::127.0.0.1]:PORT/", "http://[64:ff9b::7f00:1]:PORT/", "http://LOCALHOST.:PORT/",
        "http://example.org@127.0.0.1:PORT/", "http://127.0.0.1%00.example.org:PORT/",
    ])
    func `S1: no spelling of loopback is reached, directly or by a redirect`(spelling: String) async throws {
        let target = try FeedServer()
        target.on("/", LoopbackResponse(text: "secret"))
        let url = spelling.replacing("PORT", with: "\(target.port)")
        let fetcher = Fetcher(FetchSettings(userAgent: "test"))
        await #expect(throws: FetchError.self) { try await fetcher.fetch(FetchRequest(url: url)) }
        await fetcher.stop()

        // The first server's address alone is allowed; 127.0.0.1 is refused though it is the same machine.
        let door = try LoopbackServer(address: "127.0.0.2") { _ in .redirect(to: url) }
        var settings = FetchSettings(userAgent: "test")
        settings.timeout = .seconds(5)
        settings.allowAddresses = ["127.0.0.2/32"].compactMap { AddressRange($0) }
        let other = Fetcher(settings)
        await #expect(throws: FetchError.self) {
            try await other.fetch(FetchRequest(url: door.url))
        }
        await other.stop()
        door.stop()

        // A proxy would be asked for it, and connect where the operator would not; names are the proxy's to judge.
        let proxy = try FeedServer()
        proxy.on("http://public.example/", .redirect(to: url))
        var through = FetchSettings(userAgent: "test")
        through.proxy = proxy.url
        let third = Fetcher(through)
        for start in [url, "http://public.example/"] {
            await #expect(throws: FetchError.self) { try await third.fetch(FetchRequest(url: start)) }
        }
        #expect(proxy.requests.map(\.target) == ["http://public.example/"])
        await third.stop()
        proxy.stop()
        #expect(target.requests.isEmpty)
        target.stop()
    }

    @Test func `S2, P-58: a name is judged by the address it leads to, at each connection`() async throws {
        let target = try FeedServer()
        target.on("/", LoopbackResponse(text: "secret"))
        let url = "http://localhost:\(target.port)/"
        for (allowed, isReached) in [("127.0.0.1/32", true), ("::1/128", false), ("127.0.0.2/32", false)] {
            var settings = FetchSettings(userAgent: "test")
            settings.allowAddresses = [allowed].compactMap { AddressRange($0) }
            let fetcher = Fetcher(settings)
            target.forgetRequests()
            // The name stays the same; what it leads to decides, for the first connection and the second.
            for _ in 0..<2 { _ = try? await fetcher.fetch(FetchRequest(url: url)) }
            #expect(target.requests.count == (isReached ? 2 : 0), "\(allowed)")
            await fetcher.stop()
        }
        target.stop()
    }

    @Test func `P-58: the refusal names the address and the key that would allow it`() async throws {
        let fetcher = Fetcher(FetchSettings(userAgent: "test"))
        do {
            _ = try await fetcher.fetch(FetchRequest(url: "http://localhost:9/"))
            Issue.record("fetched")
        } catch {
            #expect(error.failure.kind == .policy)
            #expect(error.failure.message.contains("127.0.0.1") || error.failure.message.contains("::1"))
            #expect(error.failure.message.contains("fetch.allow_addresses"))
        }
        await fetcher.stop()
    }
}
