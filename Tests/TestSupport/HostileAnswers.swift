public import LoopbackServer

/// What servers do that are broken or mean harm: a case for each line of the promises on fetching.
public enum HostileAnswers {
    /// By the name of the trick. None of them holds an entry titled "Good".
    public static let all: [(name: String, answer: LoopbackResponse)] = [
        // R6: time.
        ("silence", .silence),
        ("drip", drip("<rss/>" + String(repeating: " ", count: 10_000))),
        ("stall", cut("<rss version=\"2.0\"><channel>", ending: .stall)),
        // S4: size.
        ("endless-chunked", endless(.chunked)),
        ("endless-until-close", endless(.untilClose)),
        ("gzip-bomb", coded("gzip", Bomb.gzip(64 << 20))),
        ("deflate-bomb", coded("deflate", Bomb.deflate(64 << 20))),
        ("brotli-bomb", coded("br", Bomb.brotli)), ("zstd-bomb", coded("zstd", Bomb.zstd(1 << 30))),
        ("stacked-gzip", coded("gzip, gzip", Bomb.gzip(1 << 20))),
        ("transfer-gzip", .raw(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n".utf8) + Bomb.gzip(32 << 20))),
        ("huge-head", .raw("HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 1 << 20))\r\n\r\n")),
        ("endless-head", endlessHead),
        ("huge-stall", hugeStall),
        ("huge-document", LoopbackResponse(body: [UInt8](repeating: 0x20, count: 9 << 20))),
        // S1, S3, S7: addresses.
        ("to-metadata", .redirect(to: "http://169.254.169.254/latest/meta-data/")),
        ("to-private", .redirect(301, to: "http://10.0.0.1/")), ("to-decimal", .redirect(to: "http://167772161/")),
        ("to-octal", .redirect(to: "http://012.0.0.1/")), ("to-mapped", .redirect(to: "http://[::ffff:10.0.0.1]/")),
        ("to-any", .redirect(to: "http://[::]/")), ("to-file", .redirect(to: "file:///etc/passwd")),
        ("to-gopher", .redirect(to: "gopher://127.0.0.1/1")), ("to-password", .redirect(to: "http://a:b@example.org/")),
        ("circle", .redirect(to: "/hostile/circle")), ("no-target", LoopbackResponse(status: 302)),
        // R9: cut short.
        ("cut-length", cut("<rss><channel><item><title>x</title></item></channel></rss>", ending: .close)),
        ("cut-xml", LoopbackResponse(text: "<rss version=\"2.0\"><channel><item><guid>1</guid><title>cut")),
        ("cut-chunked", cut("<rss><channel><item><title>x</title></item></channel></rss>", ending: .close, .chunked)),
        // The length is right; only the document shows that its coding was cut.
        ("cut-gzip", coded("gzip", Array(Bomb.gzip(storing: shortFeed).prefix(80)))),
        ("partial", LoopbackResponse(status: 206, text: "<rss/>")),
        ("reset", reset), ("nothing", .raw("")), ("old-http", .raw("<rss/>")),
        ("garbage", .raw([UInt8](0...255))),
        ("negative-length", .raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n<rss/>")),
        ("bad-chunk", .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss/>")),
        // S19: more, or less, than was asked for.
        ("two-lengths", .raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 5\r\n\r\n<rss/>   ")),
        ("poison", .raw("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnopeHTTP/1.1 200 OK\r\n\r\n\(shortFeed)")),
        ("304-with-body", .raw("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n\(shortFeed)")),
        // R10: no content.
        ("empty", LoopbackResponse()), ("no-content", LoopbackResponse(status: 204)),
        ("page", LoopbackResponse(text: "<!doctype html><html><body>Sorry</body></html>")),
        ("challenge", LoopbackResponse(status: 403, headers: [("cf-mitigated", "challenge")], text: "<html>")),
        ("binary", LoopbackResponse(body: (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 7) })),
        ("unasked-304", LoopbackResponse(status: 304)),
        // S5, S6: documents.
        ("laughs", LoopbackResponse(text: laughs)),
        ("external", LoopbackResponse(text: "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><r>&x;</r>")),
        ("deep", LoopbackResponse(text: "<rss>" + String(repeating: "<a>", count: 100_000))),
        ("attributes", LoopbackResponse(text: "<rss \((0..<100_000).map { "a\($0)=''" }.joined(separator: " "))/>")),
        ("deep-json", LoopbackResponse(text: "{\"version\":" + String(repeating: "[", count: 1_000_000))),
    ]

    /// Some of these together take up all the room there is for answers, and end when their time does.
    private static var hugeStall: LoopbackResponse {
        var response = LoopbackResponse(body: [UInt8](repeating: 0x20, count: 8 << 20))
        response.cutAfter = 7 << 20
        response.ending = .stall
        return response
    }

    private static func drip(_ text: String) -> LoopbackResponse {
        var response = LoopbackResponse(text: text)
        response.drip = (bytes: 1, pause: .milliseconds(20))
        return response
    }

    private static let shortFeed =
        "<rss version=\"2.0\"><channel><title>T</title><item><guid>1</guid><title>Bad</title></item></channel></rss>"

    private static func cut(
        _ text: String, ending: LoopbackResponse.Ending, _ framing: LoopbackResponse.Framing = .contentLength
    ) -> LoopbackResponse {
        var response = LoopbackResponse(text: text)
        response.framing = framing
        response.cutAfter = text.utf8.count / 2
        response.ending = ending
        return response
    }

    private static func endless(_ framing: LoopbackResponse.Framing) -> LoopbackResponse {
        var response = LoopbackResponse(body: [UInt8](repeating: 0x20, count: 64 << 10))
        response.framing = framing
        response.isEndless = true
        return response
    }

    private static func coded(_ coding: String, _ body: [UInt8]) -> LoopbackResponse {
        LoopbackResponse(headers: [("Content-Encoding", coding)], body: body)
    }

    private static var endlessHead: LoopbackResponse {
        var response = LoopbackResponse.raw("HTTP/1.1 100 Continue\r\n\r\n")
        response.isEndless = true
        response.drip = (bytes: 25, pause: .zero)
        return response
    }

    private static var reset: LoopbackResponse {
        var response = LoopbackResponse(text: "<rss/>")
        response.cutAfter = 3
        response.ending = .reset
        return response
    }

    private static var laughs: String {
        var text = "<!DOCTYPE r [<!ENTITY a0 \"ha\">"
        for level in 1..<20 {
            text += "<!ENTITY a\(level) \"\(String(repeating: "&a\(level - 1);", count: 10))\">"
        }
        return text + "]><r>&a19;</r>"
    }
}
